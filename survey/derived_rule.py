"""What a study file derives of two scores of one person: learning efficiency, and the bias of a judgement.

Their values are no scores: an efficiency depends on who is analysed, so the analysis computes it in each set.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from survey.items import Instrument, ItemId, Strict
from survey.measured import Measured, outcome_problem

Title = Annotated[str, Field(min_length=1, max_length=80)]  # as wide as a figure
Problem = Callable[[tuple[str | int, ...], str], None]
PER_CENT = (0, 100)


class _Derived(Strict):
    id: ItemId
    words: Title


class Efficiency(_Derived):
    """What was achieved, less what it cost: (z of performance - z of effort) / sqrt(2).

    Paas & van Merriënboer (1993), Human Factors 35(4), 737-743.
    """

    method: Literal["efficiency"]
    performance: Measured
    effort: Measured
    width: ClassVar[float | None] = None  # how far two values can be apart: no bound is known

    @property
    def parts(self) -> dict[str, Measured]:
        """Return {key: its scale}: what is subtracted from, and what is subtracted."""
        return {"performance": self.performance, "effort": self.effort}

    def problems(self, instruments: Mapping[str, Instrument]) -> Iterator[tuple[str, str]]:
        """Yield (key, message) of scales that it cannot be made of."""
        where = [(part.scale, part.measured_in(instruments)) for part in self.parts.values()]
        if where[0] == where[1]:
            yield "effort", f"{self.effort.scale!r} is the performance too; expected another scale"


class JudgementBias(_Derived):
    """What was expected of oneself, less what was achieved, in percentage points: judgement - performance."""

    method: Literal["judgement_bias"]
    judgement: Measured
    performance: Measured
    width: ClassVar[float | None] = 200  # from -100 to 100

    @property
    def parts(self) -> dict[str, Measured]:
        """Return {key: its scale}: what is subtracted from, and what is subtracted."""
        return {"judgement": self.judgement, "performance": self.performance}

    def problems(self, instruments: Mapping[str, Instrument]) -> Iterator[tuple[str, str]]:
        """Yield (key, message) of scales that it cannot be made of."""
        scale, held = self.judgement.found_in(instruments)
        items = [held.item(name) for name in scale.items]
        judged = all(item.type == "number" and (item.minimum, item.maximum) == PER_CENT for item in items)
        if scale.score != "mean" or not judged:
            yield (
                "judgement",
                f"{scale.id!r} is no per cent that was judged; expected a mean of numbers from 0 to 100",
            )
        scale, _ = self.performance.found_in(instruments)
        if scale.score not in ("percent_correct", "percent_rated"):
            yield "performance", f"{scale.id!r} is a {scale.score}; expected percent_correct or percent_rated"


Derived = Annotated[Efficiency | JudgementBias, Field(discriminator="method")]


def check(
    measures: Sequence[Derived],
    instruments: Mapping[str, Instrument],
    before: Mapping[str, Instrument],
    problem: Problem,
) -> None:
    """Report what does not fit the study: {stage: instrument} of all stages, and of those before the allocation."""
    for index, each in enumerate(measures):
        if each.id in {other.id for other in measures[:index]}:
            problem(("derived", index, "id"), f"a second derived measure {each.id!r}; expected a name of its own")
        found = [(key, outcome_problem(measured, instruments, before)) for key, measured in each.parts.items()]
        for key, message in found:
            if message:
                problem(("derived", index, key), message)
        if not any(message for _, message in found):
            for key, message in each.problems(instruments):
                problem(("derived", index, key), message)
