"""The tables of a study folder, typed: stages, arms, titles; and the checked study that they make together.

`protocol.py` reads them from the files and reports what is wrong.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import Field

from survey.allocation_rule import AllocationRule
from survey.items import Instrument, Strict
from survey.platforms import Prolific, Sona

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]


class ConsentStage(Strict):
    id: Name
    kind: Literal["consent"]
    information: Name  # texts
    consent: Name


class InstrumentStage(Strict):
    id: Name
    kind: Literal["instrument"]
    instrument: Name


class AllocationStage(Strict):
    """No page: the arm is drawn when the participant completes the stage before."""

    id: Name
    kind: Literal["allocation"]


class TextStage(Strict):
    id: Name
    kind: Literal["text"]
    text: Name


class LearningStage(Strict):
    """The arm's condition, until the participant ends it or the time is up."""

    id: Name
    kind: Literal["learning"]
    maximum_minutes: Annotated[float, Field(gt=0, le=600)]


class DebriefingStage(Strict):
    id: Name
    kind: Literal["debriefing"]
    text: Name


class FullStage(Strict):
    """Where those stand for whom no place was left: in no study file, and with nothing after it."""

    id: Literal["full"] = "full"
    kind: Literal["full"] = "full"


Stage = Annotated[
    ConsentStage | InstrumentStage | AllocationStage | TextStage | LearningStage | DebriefingStage,
    Field(discriminator="kind"),
]


class Arm(Strict):
    id: Name
    condition: str  # the URL name of the page on which this arm learns
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    features: dict[str, bool] = {}
    options: dict[str, tuple[str, ...]] = {}  # what the condition lets a study choose, such as chapters of its tour
    maximum: Annotated[int, Field(ge=1)] | None = None  # places in this arm


class StudyFile(Strict):
    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=50)]
    languages: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...], Field(min_length=1)]
    stages: tuple[Stage, ...]
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    allocation: AllocationRule
    prolific: Prolific | None = None
    sona: Sona | None = None


class Titles(Strict):
    study: str
    stages: dict[str, str]


@dataclass(frozen=True)
class Edition:
    """A study's wording in one language."""

    titles: Titles
    instruments: dict[str, Instrument]
    texts: dict[str, str]  # Markdown


@dataclass(frozen=True)
class Protocol:
    """A checked study: what participants go through, in each of its languages."""

    study: StudyFile
    editions: dict[str, Edition]

    def stage(self, stage_id: str) -> Stage | None:
        return next((stage for stage in self.study.stages if stage.id == stage_id), None)

    @property
    def consent(self) -> ConsentStage:
        """Return the first stage; checking has made sure that it is the consent."""
        return cast(ConsentStage, self.study.stages[0])

    @property
    def learning(self) -> LearningStage:
        """Return the learning stage; checking has made sure that there is exactly one."""
        return next(stage for stage in self.study.stages if stage.kind == "learning")

    def arm(self, arm_id: str) -> Arm:
        return next(arm for arm in self.study.arms if arm.id == arm_id)

    def instruments(self) -> list[tuple[InstrumentStage, Instrument]]:
        """Return the instruments in the order of their stages, in the study's first language."""
        edition = self.editions[self.study.languages[0]]
        return [
            (stage, edition.instruments[stage.instrument]) for stage in self.study.stages if stage.kind == "instrument"
        ]

    def items(self) -> dict[str, Any]:
        """Return {id: item} of everything that is asked, in the order of the stages and in the first language."""
        return {item.id: item for _, instrument in self.instruments() for item in instrument.items}
