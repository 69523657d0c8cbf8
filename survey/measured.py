"""A scale as the plan of an analysis names it: which stage measures it, and what its scores can be."""

import math
from collections.abc import Mapping

from survey.items import Instrument, ItemId, Scale, Strict


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

    def found_in(self, instruments: Mapping[str, Instrument]) -> tuple[Scale, Instrument]:
        """Return the scale with its instrument; checking has made sure that one stage measures it."""
        [stage] = self.measured_in(instruments)
        held = instruments[stage]
        return next(scale for scale in held.scales if scale.id == self.scale), held


def place_problem(measured: Measured, instruments: Mapping[str, Instrument]) -> str | None:
    """Return what is wrong where not exactly one stage measures a scale."""
    stages = measured.measured_in(instruments)
    if not stages:
        where = f"in stage {measured.stage!r}" if measured.stage else "in any stage"
        return f"no scale {measured.scale!r} {where}"
    if len(stages) > 1:
        return f"{measured.scale!r} is measured in {', '.join(stages)}; expected a `stage` that says which one counts"
    return None


def outcome_problem(
    measured: Measured, instruments: Mapping[str, Instrument], before: Mapping[str, Instrument]
) -> str | None:
    """Return what is wrong where a scale is not measured exactly once, or `before` the allocation already."""
    if found := place_problem(measured, instruments):
        return found
    if measured.measured_in(instruments)[0] in before:
        return f"{measured.scale!r} is measured before the allocation; expected a scale after it"
    return None


def score_width(measured: Measured, instruments: Mapping[str, Instrument]) -> float | None:
    """Return how far two scores of a scale can be apart; None for a sum, whose items may differ."""
    scale, held = measured.found_in(instruments)
    if scale.score in ("percent_correct", "percent_rated", "sus"):
        return 100
    if scale.score == "sum":
        return None
    items = [held.item(name) for name in scale.items]
    spans = [item.points - 1 if item.type == "likert" else item.maximum - item.minimum for item in items]
    return math.fsum(spans) / len(spans)
