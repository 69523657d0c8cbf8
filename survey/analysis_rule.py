"""What a study folder says of its analysis before the data are there: hypotheses, exclusions, sample size."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from survey import conditions
from survey.conditions import Condition
from survey.items import Instrument, ItemId, Strict

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Proportion = Annotated[float, Field(gt=0, lt=1)]
Problem = Callable[[tuple[str | int, ...], str], None]


class Measured(Strict):
    """A scale of the study; with its stage where two stages show the instrument."""

    scale: ItemId
    stage: str | None = None

    def measured_in(self, instruments: Mapping[str, Instrument]) -> list[str]:
        """Return the stages that measure it, of {stage: its instrument}."""
        return [
            stage
            for stage, held in instruments.items()
            if self.stage in (None, stage) and self.scale in {scale.id for scale in held.scales}
        ]


class Hypothesis(Strict):
    """One expectation on two arms, and the test that decides on it; every p is two-sided."""

    id: Name
    words: Words
    outcome: Measured
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
        for key, message in _measure_problems(hypothesis, instruments, before):
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
    hypothesis: Hypothesis, instruments: Mapping[str, Instrument], before: Mapping[str, Instrument]
) -> Iterator[tuple[str, str]]:
    """Yield (key, message) of an outcome or covariate that the study does not measure, or not in time."""
    found = list(_place_problems("outcome", hypothesis.outcome, instruments))
    if hypothesis.covariate:
        found += _place_problems("covariate", hypothesis.covariate, instruments)
    yield from found
    if found:
        return
    if hypothesis.outcome.measured_in(instruments)[0] in before:
        yield "outcome", f"{hypothesis.outcome.scale!r} is measured before the allocation; expected a scale after it"
    if hypothesis.covariate and hypothesis.covariate.measured_in(instruments)[0] not in before:
        yield "covariate", f"{hypothesis.covariate.scale!r} is measured after the allocation, which may change it"
    width = scale_range(hypothesis.outcome, instruments)
    if hypothesis.bounds and width and max(-hypothesis.bounds[0], hypothesis.bounds[1]) >= width:
        yield "bounds", f"{list(hypothesis.bounds)} hold every difference; {hypothesis.outcome.scale} has {width:g}"


def _place_problems(key: str, measured: Measured, instruments: Mapping[str, Instrument]) -> Iterator[tuple[str, str]]:
    stages = measured.measured_in(instruments)
    if not stages:
        where = f"in stage {measured.stage!r}" if measured.stage else "in any stage"
        yield key, f"no scale {measured.scale!r} {where}"
    elif len(stages) > 1:
        yield (
            key,
            f"{measured.scale!r} is measured in {', '.join(stages)}; expected a `stage` that says which one counts",
        )


def scale_range(measured: Measured, instruments: Mapping[str, Instrument]) -> float | None:
    """Return how far two scores of a scale can be apart; None for a sum, whose items may differ."""
    [stage] = measured.measured_in(instruments)
    held = instruments[stage]
    scale = next(scale for scale in held.scales if scale.id == measured.scale)
    if scale.score in ("percent_correct", "percent_rated", "sus"):
        return 100
    if scale.score == "sum":
        return None
    items = [held.item(name) for name in scale.items]
    spans = [item.points - 1 if item.type == "likert" else item.maximum - item.minimum for item in items]
    return math.fsum(spans) / len(spans)
