"""What a concept is shown on: the same moments of the same trained networks in both conditions.

The text draws each as a figure, the visualization goes to it. `examples.toml` holds the addresses, `<language>.toml`
the words. The study knows no network: that the figures are those moments is tested in tests/textcond/test_examples.py.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from survey.curriculum import CurriculumError

FOLDER = Path(__file__).parent


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Moment(_Strict):
    """One moment of one run, by its address in the visualization, and what it is called."""

    address: str  # a query string without its question mark
    name: str


class Example(_Strict):
    id: str  # in the text, the name of its figure
    concept: str  # with which it is shown
    title: str
    moments: Annotated[tuple[Moment, ...], Field(min_length=1)]

    @property
    def addresses(self) -> str:
        """Return the addresses with a space between them: they hold none themselves."""
        return " ".join(moment.address for moment in self.moments)


@lru_cache
def examples(language: str) -> dict[str, Example]:
    """Return {id: example} in the order of the file; raises CurriculumError naming the example at fault."""
    words = _read(f"{language}.toml")
    listed = _read("examples.toml")["examples"]
    if (ids := [each["id"] for each in listed]) != list(words):
        raise CurriculumError(f"examples/{language}.toml: expected words for {ids} in this order, got {list(words)}")
    found = {}
    for each in listed:
        names, title = words[each["id"]]["moments"], words[each["id"]]["title"]
        if len(names) != len(each["addresses"]):
            raise CurriculumError(f"examples/{language}.toml: {each['id']}: expected one name for each address")
        moments = [{"address": a, "name": n} for a, n in zip(each["addresses"], names, strict=True)]
        try:
            example = Example.model_validate(
                {"id": each["id"], "concept": each["concept"], "title": title, "moments": moments}
            )
        except ValidationError as error:
            raise CurriculumError(f"examples: {each['id']}: {error.errors()[0]['msg']}") from error
        found[example.id] = example
    return found


def addresses(example_id: str) -> str:
    """Return the addresses of an example, which are the same in every language, with a space between them."""
    return " ".join(next(each["addresses"] for each in _read("examples.toml")["examples"] if each["id"] == example_id))


def _read(name: str) -> dict:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
