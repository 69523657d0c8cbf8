"""The concepts that both conditions teach: written once, in one order, each with an id.

`outline.toml` holds the order, `concepts/<language>/<id>.md` the words. Test items name the concepts they test and
the passages (paragraphs, from 1) where these are taught.
"""

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from django.utils.safestring import SafeString
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from survey import markdown

FOLDER = Path(__file__).parent


class CurriculumError(Exception):
    """A concept file that cannot be used; the message names file and key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Symbol(_Strict):
    symbol: str  # LaTeX
    meaning: str

    @property
    def mathml(self) -> SafeString:
        return markdown.inline_formula(self.symbol)


class Deeper(_Strict):
    """The passages that may be left out, and what they add: they open on demand, and no item may ask for them."""

    first: Annotated[int, Field(ge=2, alias="from")]  # passage from which on the explanation goes deeper
    title: str


class _FrontMatter(_Strict):
    title: str
    gist: str
    misconception: str
    formula: str = ""  # LaTeX
    deeper: Deeper | None = None
    see_also: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()  # runs by name whose results it tells; a condition knows them and tests them
    symbols: tuple[Symbol, ...] = ()


class Related(_Strict):
    """Another concept that a concept leads to."""

    id: str
    title: str


class Concept(_FrontMatter):
    id: str
    explanation: Annotated[str, Field(min_length=1)]  # Markdown
    related: tuple[Related, ...] = ()  # those of see_also, once the whole curriculum is read

    @property
    def passages(self) -> list[str]:
        """Return the paragraphs of the explanation; passage 1 is the first."""
        return self.explanation.split("\n\n")

    @property
    def core(self) -> int:
        """How many of the passages everybody is to read."""
        return self.deeper.first - 1 if self.deeper else len(self.passages)

    @property
    def words_per_sentence(self) -> float:
        """Return the mean length of the explanation's sentences; a formula counts as one word."""
        text = re.sub(r"\$[^$]+\$", "x", self.explanation)
        sentences = re.split(r"(?<=[.?!])\**\s+", text)
        return sum(len(sentence.split()) for sentence in sentences) / len(sentences)

    @property
    def html(self) -> SafeString:
        """The passages that everybody is to read."""
        return markdown.render("\n\n".join(self.passages[: self.core]))

    @property
    def deeper_html(self) -> SafeString:
        return markdown.render("\n\n".join(self.passages[self.core :]))

    @property
    def gist_html(self) -> SafeString:
        return markdown.render_inline(self.gist)

    @property
    def misconception_html(self) -> SafeString:
        return markdown.render_inline(self.misconception)

    @property
    def formula_html(self) -> SafeString:
        return markdown.formula(self.formula)


@dataclass(frozen=True)
class Chapter:
    id: str
    number: int  # from 1
    title: str
    introduction: str
    concepts: tuple[Concept, ...]


def written_in(language: str) -> str:
    """Return the language in which somebody learns who takes part in this one: English where it is not translated."""
    return language if (FOLDER / "concepts" / language).is_dir() else "en"


@lru_cache
def chapters(language: str) -> tuple[Chapter, ...]:
    """Return the curriculum in `language`, in teaching order; raises CurriculumError naming the file at fault."""
    outline = tomllib.loads((FOLDER / "outline.toml").read_text(encoding="utf-8"))
    folder = FOLDER / "concepts" / language
    wording = tomllib.loads((folder / "chapters.toml").read_text(encoding="utf-8"))
    concepts = connected(
        [read_concept(folder / f"{concept}.md") for chapter in outline["chapters"] for concept in chapter["concepts"]]
    )
    return tuple(
        Chapter(
            chapter["id"],
            number,
            wording[chapter["id"]]["title"],
            wording[chapter["id"]]["introduction"],
            tuple(concepts[concept] for concept in chapter["concepts"]),
        )
        for number, chapter in enumerate(outline["chapters"], start=1)
    )


def connected(concepts: Collection[Concept]) -> dict[str, Concept]:
    """Return {id: concept}, each with the titles of what it leads to; raises CurriculumError for an unknown id."""
    titles = {each.id: each.title for each in concepts}
    for each in concepts:
        if unknown := sorted(set(each.see_also) - set(titles)):
            raise CurriculumError(f"{each.id}.md: see_also: {unknown} are not in outline.toml")
    return {
        each.id: each.model_copy(
            update={"related": tuple(Related(id=other, title=titles[other]) for other in each.see_also)}
        )
        for each in concepts
    }


def concept(language: str, concept_id: str) -> Concept:
    """Return one concept; raises KeyError for an id that the outline does not have."""
    return {each.id: each for chapter in chapters(language) for each in chapter.concepts}[concept_id]


def read_concept(path: Path) -> Concept:
    """Return the concept of one file: TOML between two lines of `+++`, then Markdown."""
    if not path.is_file():
        raise CurriculumError(f"{path.name}: not found; outline.toml names this concept")
    opening, _, rest = path.read_text(encoding="utf-8").partition("+++\n")
    front, fence, explanation = rest.partition("\n+++\n")
    if opening or not fence:
        raise CurriculumError(f"{path.name}: expected front matter between two lines of +++ at the top")
    try:
        concept = Concept.model_validate({**tomllib.loads(front), "id": path.stem, "explanation": explanation.strip()})
    except tomllib.TOMLDecodeError as error:
        raise CurriculumError(f"{path.name}: no valid TOML in the front matter: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise CurriculumError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if concept.core >= len(concept.passages) and concept.deeper:
        raise CurriculumError(
            f"{path.name}: deeper: from is {concept.deeper.first}; the explanation has {len(concept.passages)} passages"
        )
    return concept
