"""What a study folder says of its analysis before the data are there: hypotheses, exclusions, sample size."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from survey import conditions
from survey.conditions import Condition
from survey.derived_rule import Derived, Problem
from survey.items import Instrument, ItemId, Strict
from survey.measured import Measured, outcome_problem, place_problem, score_width

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Proportion = Annotated[float, Field(gt=0, lt=1)]


class Outcome(Strict):
    """What a hypothesis is about: a scale, with its stage where two stages show it, or a derived measure."""

    scale: ItemId | None = None
    stage: str | None = None
    derived: ItemId | None = None

    @model_validator(mode="after")
    def check_form(self) -> Self:
        if (self.scale is None) == (self.derived is None):
            raise ValueError("expected one of scale and derived")
        if self.derived is not None and self.stage is not None:
            raise ValueError(f"the stages of {self.derived!r} are said where it is derived; expected no stage")
        return self

    @property
    def name(self) -> str:
        """Return the id of the scale or of the derived measure."""
        return self.scale or self.derived or ""

    @property
    def measured(self) -> Measured | None:
        """Return the scale; None of a derived measure."""
        return Measured(scale=self.scale, stage=self.stage) if self.scale else None


class Hypothesis(Strict):
    """One expectation on two arms, and the test that decides on it; every p is two-sided."""

    id: Name
    words: Words
    outcome: Outcome
    compare: tuple[str, str]  # arms: the first minus the second
    test: Literal["difference", "ancova", "equivalence"]
    direction: Literal["greater", "less", "different"] | None = None  # of the first arm
    covariate: Measured | None = None
    bounds: tuple[float, float] | None = None  # of equivalence, in the outcome's unit
    alpha: Proportion = 0.05
    family: Name = "primary"  # whose p values Holm's method adjusts together

    @model_validator(mode="after")
    def check_test(self) -> Self:
        if self.compare[0] == self.compare[1]:
            raise ValueError(f"compares {self.compare[0]!r} with itself; expected two arms")
        if (self.test == "equivalence") == (self.direction is not None):
            raise ValueError("expected a direction (greater, less or different) for every test but equivalence")
        if (self.test == "equivalence") != (self.bounds is not None):
            raise ValueError("expected bounds, such as [-10, 10], for equivalence and for no other test")
        if (self.test == "ancova") != (self.covariate is not None):
            raise ValueError("expected a covariate for ancova and for no other test")
        if self.bounds and not self.bounds[0] < 0 < self.bounds[1]:
            raise ValueError(f"expected bounds below and above 0, got {list(self.bounds)}")
        return self


class ExclusionRule(Strict):
    """A rule by which somebody has not taken part as planned: out of the per-protocol analysis."""

    reason: Name  # the code in the export
    words: Words
    flag: Name | None = None  # of a check that was failed
    stage: str | None = None  # with one bound of seconds
    less_than_seconds: Annotated[float, Field(gt=0)] | None = None
    more_than_seconds: Annotated[float, Field(gt=0)] | None = None
    when: Condition | None = None

    @model_validator(mode="after")
    def check_form(self) -> Self:
        timed = self.less_than_seconds is not None or self.more_than_seconds is not None
        if [self.flag is not None, self.stage is not None, self.when is not None].count(True) != 1:
            raise ValueError("expected one of flag, stage and when")
        if timed != (self.stage is not None):
            raise ValueError("expected less_than_seconds or more_than_seconds with a stage, and with nothing else")
        return self

    def met_by_time(self, seconds: float | None) -> bool:
        """Tell whether a time spent on the stage meets it; a stage that was not left meets nothing."""
        if seconds is None:
            return False
        low, high = self.less_than_seconds, self.more_than_seconds
        return (low is not None and seconds < low) or (high is not None and seconds > high)


class SampleSize(Strict):
    """What the number of participants is planned with; `plan_study` computes it from this."""

    test: Literal["difference", "ancova", "equivalence"]
    effect: Annotated[float, Field(ge=-5, le=5)]  # in standard deviations; of equivalence, what is truly expected
    bound: Annotated[float, Field(gt=0, le=5)] | None = None  # of equivalence, in standard deviations
    power: Proportion = 0.8
    alpha: Proportion = 0.05
    correlation: Annotated[float, Field(gt=-1, lt=1)] = 0.0  # of outcome and covariate
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0  # share of those allocated whose outcome will be missing
    reason: Words

    @model_validator(mode="after")
    def check_test(self) -> Self:
        if (self.test == "equivalence") != (self.bound is not None):
            raise ValueError("expected a bound for equivalence and for no other test")
        if self.bound is not None and not abs(self.effect) < self.bound:
            raise ValueError(f"an effect of {self.effect:g} is not within the bound of {self.bound:g}")
        if self.test != "equivalence" and self.effect == 0:
            raise ValueError("no number of participants finds an effect of 0; expected another")
        if self.correlation and self.test != "ancova":
            raise ValueError("only ancova has a covariate; expected no correlation")
        return self


def check(
    hypotheses: Sequence[Hypothesis],
    exclusions: Sequence[ExclusionRule],
    derived: Sequence[Derived],
    arms: Sequence[str],
    instruments: Mapping[str, Instrument],
    before: Mapping[str, Instrument],
    timed: Sequence[str],
    flags: Sequence[str],
    problem: Problem,
) -> None:
    """Report what does not fit the study: {stage: instrument} of all stages, and of those before the allocation."""
    for index, hypothesis in enumerate(hypotheses):
        if hypothesis.id in {other.id for other in hypotheses[:index]}:
            problem(("hypotheses", index, "id"), f"a second hypothesis {hypothesis.id!r}; expected a name of its own")
        for arm in hypothesis.compare:
            if arm not in arms:
                problem(("hypotheses", index, "compare"), f"{arm!r} is no arm; expected two of {list(arms)}")
        for key, message in _measure_problems(hypothesis, derived, instruments, before):
            problem(("hypotheses", index, key), message)
        if alphas := {each.alpha for each in hypotheses[:index] if each.family == hypothesis.family} - {
            hypothesis.alpha
        }:
            problem(
                ("hypotheses", index, "alpha"),
                f"{hypothesis.alpha:g}, but {alphas.pop():g} above in the family {hypothesis.family!r}; expected one",
            )
    for index, rule in enumerate(exclusions):
        if rule.reason in {other.reason for other in exclusions[:index]}:
            problem(("exclusions", index, "reason"), f"a second rule {rule.reason!r}; expected a name of its own")
        if rule.stage is not None and rule.stage not in timed:
            problem(("exclusions", index, "stage"), f"{rule.stage!r} has no time; expected one of {list(timed)}")
        if rule.flag is not None and rule.flag not in flags:
            problem(
                ("exclusions", index, "flag"), f"no check gives the flag {rule.flag!r}; expected one of {list(flags)}"
            )
        if rule.when is not None:
            for path, message in conditions.problems(rule.when, instruments, instruments):
                problem(("exclusions", index, "when", *path), message)


def _measure_problems(
    hypothesis: Hypothesis,
    derived: Sequence[Derived],
    instruments: Mapping[str, Instrument],
    before: Mapping[str, Instrument],
) -> Iterator[tuple[str, str]]:
    """Yield (key, message) of an outcome or covariate that the study does not measure, or not in time."""
    outcome, covariate = hypothesis.outcome, hypothesis.covariate
    if problem := _outcome_problem(outcome, derived, instruments, before):
        yield "outcome", problem
    elif hypothesis.bounds:
        width = _width(outcome, derived, instruments)
        if width and max(-hypothesis.bounds[0], hypothesis.bounds[1]) >= width:
            yield "bounds", f"{list(hypothesis.bounds)} hold every difference; {outcome.name} has {width:g}"
    if covariate is None:
        return
    if problem := place_problem(covariate, instruments):
        yield "covariate", problem
    elif covariate.measured_in(instruments)[0] not in before:
        yield "covariate", f"{covariate.scale!r} is measured after the allocation, which may change it"


def _outcome_problem(
    outcome: Outcome,
    derived: Sequence[Derived],
    instruments: Mapping[str, Instrument],
    before: Mapping[str, Instrument],
) -> str | None:
    if outcome.measured:
        return outcome_problem(outcome.measured, instruments, before)
    known = [each.id for each in derived]
    return None if outcome.derived in known else f"no derived measure {outcome.derived!r}; expected one of {known}"


def _width(outcome: Outcome, derived: Sequence[Derived], instruments: Mapping[str, Instrument]) -> float | None:
    """Return how far two values of an outcome can be apart, where that is known."""
    if outcome.measured:
        return score_width(outcome.measured, instruments)
    return next(each.width for each in derived if each.id == outcome.derived)
