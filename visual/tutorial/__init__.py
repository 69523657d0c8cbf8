"""The guided tour as data: steps in order, each with what it points at, waits for and says."""

import tomllib
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from survey import curriculum
from survey.curriculum import prompts
from visual.experiments import EXPERIMENTS
from visual.presets import PRESETS
from visual.runspec import DEFAULT

FOLDER = Path(__file__).parent
UNTRAINED = "untrained"  # the default run before its first epoch


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Strict):
    """Where a step begins: a preset, what else the address says, and the time step; or a prompt, or an experiment."""

    preset: str = ""
    view: str = ""
    step: Annotated[int, Field(ge=1, le=46)] = 46
    prompt: str = ""
    experiment: str = ""

    @model_validator(mode="after")
    def check_names(self) -> "Place":
        """Refuse a name that is no preset, prompt or experiment that offers a place, and all but one of them."""
        known = {
            "preset": [UNTRAINED, *PRESETS],
            "prompt": [prompt.id for prompt in prompts.prompts("en")],
            "experiment": [id_ for id_, experiment in EXPERIMENTS.items() if experiment.tries],
        }
        given = {kind: getattr(self, kind) for kind in known if getattr(self, kind)}
        if len(given) != 1:
            raise ValueError(f"expected one of {', '.join(known)}, got {', '.join(given) or 'none'}")
        [(kind, name)] = given.items()
        if name not in known[kind]:
            raise ValueError(f"{kind} {name!r}: expected one of {sorted(known[kind])}")
        return self

    @property
    def query(self) -> str:
        """The address of this place, without the page: `?run=...&epoch=...`."""
        if self.experiment:  # where its first try is, with nothing changed yet
            return EXPERIMENTS[self.experiment].tries[0].address(self.experiment).partition("&change=")[0]
        if self.prompt:
            prompt = next(each for each in prompts.prompts("en") if each.id == self.prompt)
            return f"?run={prompt.run}&epoch={prompt.epoch}&experiment=predictions&change=prompt={prompt.id}"
        run, epoch = (
            (DEFAULT, 0) if self.preset == UNTRAINED else (PRESETS[self.preset].run, PRESETS[self.preset].epoch)
        )
        return f"?run={run}&epoch={epoch}&step={self.step}" + (f"&{self.view}" if self.view else "")

    @property
    def needs(self) -> tuple[str, ...]:
        """The features without which nobody gets there."""
        return (self.experiment,) if self.experiment else ("predictions",) if self.prompt else ()


class Step(_Strict):
    """One step of the tour."""

    id: str
    chapter: str
    points_at: str
    keeps_free: str = ""
    needs: tuple[str, ...] = ()
    shows: Place | None = None
    waits_for: dict[str, str | int] | None = None
    concepts: tuple[str, ...]


class Words(_Strict):
    """What a step says."""

    title: str
    text: str


class Wording(_Strict):
    """The tour in one language."""

    chapters: dict[str, str]
    steps: dict[str, Words]


@lru_cache
def steps() -> tuple[Step, ...]:
    """Return the tour's steps in their order."""
    return tuple(Step.model_validate(each) for each in _read("steps.toml")["steps"])


@lru_cache
def wording(language: str) -> Wording:
    """Return the tour's words in `language`."""
    return Wording.model_validate(_read(f"{language}.toml"))


def chapters() -> list[str]:
    """Return the ids of the tour's chapters in their order."""
    return list(dict.fromkeys(step.chapter for step in steps()))


def tour(language: str, only: Collection[str] = (), without: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the tour as the browser gets it: every step with its words, its address and its concepts' titles.

    With `only`, the steps of these chapters, in the tour's own order. Steps that need a feature of `without` are left
    out: what they point at is not there.
    """
    words = wording(language)
    missing = {*without, *(EXPERIMENTS if "experiments" in without else ())}
    return [
        {
            "id": step.id,
            "chapter": words.chapters[step.chapter],
            "points_at": step.points_at,
            "keeps_free": step.keeps_free,
            "address": step.shows.query if step.shows else None,
            "waits_for": step.waits_for,
            "concepts": [
                [each, curriculum.concept(language, each).title]
                for each in step.concepts
                if "explanations" not in missing
            ],
            "title": words.steps[step.id].title,
            "text": words.steps[step.id].text,
        }
        for step in steps()
        if (not only or step.chapter in only)
        and missing.isdisjoint(step.needs + (step.shows.needs if step.shows else ()))
    ]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
