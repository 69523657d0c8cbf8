"""The rows that tell an analysis what to compute: what scores are made of, what is derived, what was expected."""

from collections.abc import Iterator
from typing import Any

from survey.analysis_rule import Hypothesis
from survey.export.choice import ALL, Choice
from survey.export.codebook import participants_columns, versions_with_participants
from survey.export.columns import Role, unique_name
from survey.items import CHOICES, Instrument, Scale
from survey.measured import Measured
from survey.models import Study
from survey.protocol import protocol_of
from survey.study_file import InstrumentStage

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


def derived(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per derived measure of the study's current version."""
    plan = _Plan(study, choice)
    for each in plan.protocol.study.derived:
        minuend, subtrahend = (plan.score(measured) for measured in each.parts.values())
        yield {
            ("derived",): plan.derived[each.id],
            ("words",): each.words,
            ("method",): each.method,
            ("minuend",): minuend,
            ("subtrahend",): subtrahend,
        }


def hypotheses(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per hypothesis of the study's current version."""
    plan = _Plan(study, choice)
    for each in plan.protocol.study.hypotheses:
        yield _hypothesis(each, plan)


def to_come(study: Study, choice: Choice = ALL) -> dict[str, str]:
    """Return {name: title} of the scores that the current version has, and no version with participants: no columns."""
    return _Plan(study, choice).to_come


class _Plan:
    """What the study's current version says of its analysis, with the names that the export gives."""

    def __init__(self, study: Study, choice: Choice):
        self.protocol = protocol_of(study.current_version)
        self._names = _names(study, choice)
        self._instruments = {stage.id: instrument for stage, instrument in self.protocol.instruments()}
        # Another version may have a column of this name, and an analysis puts both beside each other.
        taken = set(self._names.values())
        self.to_come: dict[str, str] = {}
        for stage, instrument in self._instruments.items():
            for scale in instrument.scales:
                if (role := ("score", stage, scale.id)) not in self._names:
                    self._names[role] = unique_name(scale.id, taken)
                    self.to_come[self._names[role]] = scale.title
                    taken.add(self._names[role])
        self.derived = {each.id: unique_name(each.id, taken) for each in self.protocol.study.derived}

    def score(self, measured: Measured) -> str:
        """Return the column of a scale."""
        [stage] = measured.measured_in(self._instruments)
        return self._names["score", stage, measured.scale]


def _hypothesis(each: Hypothesis, plan: _Plan) -> Row:
    low, high = each.bounds or (None, None)
    outcome = each.outcome.measured
    return {
        ("hypothesis",): each.id,
        ("words",): each.words,
        ("family",): each.family,
        ("test",): each.test,
        ("outcome",): plan.score(outcome) if outcome else plan.derived[each.outcome.name],
        ("arm_1",): each.compare[0],
        ("arm_2",): each.compare[1],
        ("direction",): each.direction,
        ("covariate",): plan.score(each.covariate) if each.covariate else None,
        ("lower_bound",): low,
        ("upper_bound",): high,
        ("alpha",): each.alpha,
    }
