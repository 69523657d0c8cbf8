"""The tables of a study folder, typed: stages, arms, titles; and the checked study that they make together.

`protocol.py` reads them from the files and reports what is wrong.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, cast

from pydantic import Field

from survey.allocation_rule import AllocationRule
from survey.analysis_rule import ExclusionRule, Hypothesis, SampleSize
from survey.conditions import Condition
from survey.derived_rule import Derived
from survey.items import Instrument, Strict
from survey.platforms import Outcome, Prolific, Sona

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]


class ConsentStage(Strict):
    id: Name
    kind: Literal["consent"]
    information: Name  # texts
    consent: Name


class _PageStage(Strict):
    """What holds for every stage with pages that participants send."""

    id: Name
    when: Condition | None = None  # who does not meet it goes on with the next stage
    minimum_seconds: Annotated[float, Field(gt=0, le=3600)] | None = None  # from its first page to sending the last
    maximum_minutes: Annotated[float, Field(gt=0, le=600)] | None = None  # for all its pages together


class Comprehension(Strict):
    """A test of what was just read: who fails reads again and tries again, up to a number of tries."""

    text: Name  # id of the text stage that is read again
    tries: Annotated[int, Field(ge=1, le=20)] = 2
    failed: Literal["flag", "screen_out"] = "flag"  # what happens after the last try
    reason: Name = "comprehension"  # of the flag
    end: Name | None = None  # of screening out: id of a screen_out stage


class InstrumentStage(_PageStage):
    kind: Literal["instrument"]
    instrument: Name
    comprehension: Comprehension | None = None


class AllocationStage(Strict):
    """No page: the arm is drawn when the participant completes the stage before."""

    id: Name
    kind: Literal["allocation"]


class TextStage(_PageStage):
    kind: Literal["text"]
    text: Name


class LearningStage(Strict):
    """The arm's condition, until the participant ends it or the time is up."""

    id: Name
    kind: Literal["learning"]
    minimum_seconds: Annotated[float, Field(gt=0, le=36_000)] | None = None
    maximum_minutes: Annotated[float, Field(gt=0, le=600)]


class ScreenOutStage(Strict):
    """An end before the end: for who meets `when`, or whom a check or a rule sends here."""

    id: Name
    kind: Literal["screen_out"]
    text: Name
    reason: Name  # the code that the export has
    outcome: Outcome = "fixed_screenout"  # whose completion code a platform is given
    when: Condition | None = None


class FollowUpStage(Strict):
    """After the debriefing: the stages behind it open days after the main part was finished."""

    id: Name
    kind: Literal["follow_up"]
    opens_after_days: Annotated[float, Field(gt=0, le=3650)]
    closes_after_days: Annotated[float, Field(gt=0, le=3650)]  # until then it may be begun


class DebriefingStage(Strict):
    id: Name
    kind: Literal["debriefing"]
    text: Name


class FullStage(Strict):
    """Where those stand for whom no place was left: in no study file, and with nothing after it."""

    id: Literal["full"] = "full"
    kind: Literal["full"] = "full"


Stage = Annotated[
    ConsentStage
    | InstrumentStage
    | AllocationStage
    | TextStage
    | LearningStage
    | ScreenOutStage
    | DebriefingStage
    | FollowUpStage,
    Field(discriminator="kind"),
]


class Attention(Strict):
    """What happens to who fails attention checks, the items with an `expected` answer."""

    failed: Literal["ignore", "flag", "screen_out"]
    failures: Annotated[int, Field(ge=1)] = 1  # so many, and it happens
    reason: Name = "attention"  # of the flag
    end: Name | None = None  # of screening out: id of a screen_out stage


class Arm(Strict):
    id: Name
    condition: str  # the URL name of the page on which this arm learns
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    features: dict[str, bool] = {}
    options: dict[str, tuple[str, ...]] = {}  # what the condition lets a study choose, such as chapters of its tour
    maximum: Annotated[int, Field(ge=1)] | None = None  # places in this arm


class Retention(Strict):
    """How long data are kept, in months after the last page that a participant sent: see `retention`."""

    identifiers_months: Annotated[int, Field(ge=1, le=1200)] | None = None  # platforms' identifiers, links, codes
    data_months: Annotated[int, Field(ge=1, le=1200)] | None = None  # everything but the draw


class StudyFile(Strict):
    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=50)]
    languages: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...], Field(min_length=1)]
    stages: tuple[Stage, ...]
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    allocation: AllocationRule
    attention: Attention | None = None
    derived: tuple[Derived, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    exclusions: tuple[ExclusionRule, ...] = ()
    sample_size: SampleSize | None = None
    retention: Retention | None = None
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


@dataclass(frozen=True, eq=False)  # so that what follows from one can be kept with it
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
    def allocation(self) -> AllocationStage:
        """Return the allocation; checking has made sure that there is exactly one."""
        return next(stage for stage in self.study.stages if stage.kind == "allocation")

    @property
    def learning(self) -> LearningStage:
        """Return the learning stage; checking has made sure that there is exactly one."""
        return next(stage for stage in self.study.stages if stage.kind == "learning")

    def screen_out(self, stage_id: str | None) -> ScreenOutStage:
        """Return the stage that a check ends on; checking has made sure that there is one."""
        return next(stage for stage in self.study.stages if stage.kind == "screen_out" and stage.id == stage_id)

    def arm(self, arm_id: str) -> Arm:
        return next(arm for arm in self.study.arms if arm.id == arm_id)

    def instruments(self, edition: Edition | None = None) -> list[tuple[InstrumentStage, Instrument]]:
        """Return the instruments in the order of their stages, in the study's first language unless told another."""
        edition = edition or self.editions[self.study.languages[0]]
        return [
            (stage, edition.instruments[stage.instrument]) for stage in self.study.stages if stage.kind == "instrument"
        ]

    def pages(self, stage: Stage) -> int:
        """Return the number of pages of one attempt at a stage; languages differ in wording only."""
        if stage.kind == "instrument":
            return self.editions[self.study.languages[0]].instruments[stage.instrument].pages
        return 0 if stage.kind in ("allocation", "follow_up") else 1

    @cached_property
    def parts(self) -> dict[str, str]:
        """Return {stage: the follow-up that it belongs to}; empty for the main part."""
        part, parts = "", {}
        for stage in self.study.stages:
            part = stage.id if stage.kind == "follow_up" else part
            parts[stage.id] = part
        return parts

    def items(self) -> dict[str, Any]:
        """Return {id: item} of everything that is asked, in the order of the stages and in the first language."""
        return {item.id: item for _, instrument in self.instruments() for item in instrument.items}

    @cached_property
    def deciding(self) -> frozenset[str]:
        """Return the stages whose answers decide on the way: those that conditions and checks look at."""
        instruments = {stage.id: instrument for stage, instrument in self.instruments()}
        looked_at = {
            place
            for stage in self.study.stages
            if (when := getattr(stage, "when", None))
            for _, leaf in when.leaves()
            for place in leaf.asked_in(instruments)
        }
        return frozenset(
            stage.id
            for stage, instrument in self.instruments()
            if stage.id in looked_at
            or stage.comprehension
            or any(item.expected is not None for item in instrument.items)
        )
