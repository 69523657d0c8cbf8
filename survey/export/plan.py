"""The rows that tell an analysis what to compute: of which items a score is made, and what was expected."""

from collections.abc import Iterator
from typing import Any

from survey.analysis_rule import Hypothesis, Measured
from survey.export.choice import ALL, Choice
from survey.export.codebook import participants_columns, versions_with_participants
from survey.export.columns import Role
from survey.items import CHOICES, Instrument, Scale
from survey.models import Study
from survey.protocol import protocol_of
from survey.study_file import InstrumentStage, Protocol

Row = dict[Role, Any]


def measures(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per item of each score; of a score that several versions define, as the last one does."""
    names = _names(study, choice)
    found: dict[Role, list[Row]] = {}
    for version in versions_with_participants(study, choice.kinds):
        for stage, instrument in protocol_of(version).instruments():
            for scale in instrument.scales:
                found["score", stage.id, scale.id] = list(_measure(stage, instrument, scale, names))
    for role in sorted(found, key=lambda role: list(names).index(role)):
        yield from found[role]


def _names(study: Study, choice: Choice) -> dict[Role, str]:
    """Return the names of all columns of participants.csv, those too that are not chosen."""
    return {column.role: column.name for column in participants_columns(study, Choice(kinds=choice.kinds))}


def _measure(stage: InstrumentStage, instrument: Instrument, scale: Scale, names: dict[Role, str]) -> Iterator[Row]:
    for place, name in enumerate(scale.items, start=1):
        item = instrument.item(name)
        kind = {"percent_correct": "ok", "percent_rated": "points"}.get(scale.score, "item")
        low, high = _bounds(item, kind)
        yield {
            ("score",): names["score", stage.id, scale.id],
            ("method",): scale.score,
            ("place",): place,
            ("item",): names["item", stage.id, name],
            ("value",): names[kind, stage.id, name],
            ("reversed",): int(name in scale.reverse or (scale.score == "sus" and place % 2 == 0)),
            ("minimum",): low,
            ("maximum",): high,
            ("options",): item.values if item.type in CHOICES else None,
            ("key",): ([item.key] if isinstance(item.key, str) else item.key) if kind == "ok" else None,
        }


def _bounds(item: Any, kind: str) -> tuple[float, float]:
    """Return the least and the greatest value that counts for an item."""
    if kind == "ok":
        return 0, 1
    if kind == "points":
        return min(item.rubric_points), max(item.rubric_points)
    return (1, item.points) if item.type == "likert" else (item.minimum, item.maximum)


def hypotheses(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per hypothesis of the study's current version."""
    names, protocol = _names(study, choice), protocol_of(study.current_version)
    for each in protocol.study.hypotheses:
        yield _hypothesis(each, protocol, names)


def _hypothesis(each: Hypothesis, protocol: Protocol, names: dict[Role, str]) -> Row:
    def column(measured: Measured | None) -> str | None:
        if measured is None:
            return None
        instruments = {stage.id: instrument for stage, instrument in protocol.instruments()}
        [stage] = measured.measured_in(instruments)
        # A scale that no version with participants has is no column yet: its id stands for it.
        return names.get(("score", stage, measured.scale), measured.scale)

    low, high = each.bounds or (None, None)
    return {
        ("hypothesis",): each.id,
        ("words",): each.words,
        ("family",): each.family,
        ("test",): each.test,
        ("outcome",): column(each.outcome),
        ("arm_1",): each.compare[0],
        ("arm_2",): each.compare[1],
        ("direction",): each.direction,
        ("covariate",): column(each.covariate),
        ("lower_bound",): low,
        ("upper_bound",): high,
        ("alpha",): each.alpha,
    }
