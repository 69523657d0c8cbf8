"""The rows of each file, one by one, read in chunks: memory stays the same however many take part.

A row is {role: value}; the codebook's columns say which role goes where. Rows come in the order of their keys
in the database, so the same data give the same bytes.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any

from survey.export import fixed, plan
from survey.export.analysis_columns import DERIVED, HYPOTHESES, MEASURES
from survey.export.cells import cell
from survey.export.choice import ALL, Choice
from survey.export.columns import Role
from survey.export.reading import Person, people, text_of, time_of
from survey.export.wide import Row, in_order, participants, seconds
from survey.models import Allocation, InteractionEvent, Participant, Rating, Settlement, StageVisit, Study
from survey.protocol import protocol_of
from survey.rating.answers import answers, raters
from survey.scoring import correct

RECORDS = 2000
SOME = 50  # participants, whose events are sorted at once


def responses(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per answer that was sent, revisions included."""
    known = study.versions.in_bulk()
    versions: dict[int, dict[tuple[str, str], Any]] = {}
    for person in people(study, choice, times=True):
        participant = person.participant
        if participant.version_id not in versions:
            versions[participant.version_id] = {
                (stage.id, item.id): item
                for stage, instrument in protocol_of(known[participant.version_id]).instruments()
                for item in instrument.items
            }
        items = versions[participant.version_id]
        shown = _shown(person)
        for response in sorted(person.responses, key=lambda response: response.pk):
            where = (response.stage, response.attempt, response.item)
            page, position, options = shown.get(where, (None, None, None))
            item, value = items[response.stage, response.item], response.value
            yield {
                ("participant",): participant.code,
                ("stage",): response.stage,
                ("instrument",): response.instrument,
                ("page",): page,
                ("item",): response.item,
                ("attempt",): response.attempt,
                ("position",): position,
                ("options",): options,
                ("revision",): response.revision,
                ("value",): in_order(item, value),
                ("correct",): correct(item, value) if item.is_scored else None,
                ("late",): int(response.late),
                ("answered_at",): response.answered_at,
            }


def visits(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per page that was seen."""
    for row in _records(StageVisit, fixed.VISITS, study, choice):
        yield row | {("seconds",): seconds(row["entered_at",], row["completed_at",])}


def allocations(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per draw, in the order of the draws."""
    roles, fields = _fields(Allocation, fixed.ALLOCATIONS)
    drawn = Allocation.objects.filter(choice.whose(study, "participant__")).order_by("kind", "sequence")
    for code, *values in drawn.values_list("participant__code", *fields).iterator(chunk_size=RECORDS):
        yield {("participant",): code} | dict(zip(roles, values, strict=True))


def ratings(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per rating and per settlement, revisions included, answer by answer."""
    numbers = raters(study)
    rated = answers(study, choice.kinds).filter(choice.whose(study, "participant__"))
    of_answer = ("response_id", "response__participant__code", "response__stage", "response__item")
    fields = (*of_answer, "response__revision", "revision", "points", "reason")
    given: Iterator[Any] = Rating.objects.filter(response__in=rated).order_by("response_id", "pk").values_list(
        *fields, "rated_at", "rater_id"
    ).iterator(RECORDS)  # fmt: skip
    settled: Iterator[Any] = Settlement.objects.filter(response__in=rated).order_by("response_id", "pk").values_list(
        *fields, "settled_at"
    ).iterator(RECORDS)  # fmt: skip
    # Of one answer first what was given, then how it was settled.
    for _, code, stage, item, answer_revision, revision, points, reason, at, *rater in merge(
        given, settled, key=itemgetter(0)
    ):
        yield {
            ("participant",): code,
            ("stage",): stage,
            ("item",): item,
            ("answer_revision",): answer_revision,
            ("rater",): numbers[rater[0]] if rater else None,
            ("revision",): revision,
            ("points",): points,
            ("reason",): reason,
            ("rated_at",): at,
        }


def agreement(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per open item and measure of agreement, of kappa per pair of raters.

    It is about the raters: the answers of everybody count, whoever else was chosen.
    """
    from survey.rating.agreement import Estimate  # loads NumPy, which no other table needs
    from survey.rating.per_item import agreement as agreement_on
    from survey.rating.per_item import per_item

    numbers = raters(study)
    found, standing_of, items = per_item(study, choice.kinds)
    for where, responses in found.items():
        rated = [standing_of[key] for key in responses if key in standing_of]
        on_item = agreement_on(items[where], len(responses), rated, numbers)
        if on_item.raters < 2:
            continue
        of_all: Row = {("raters",): on_item.raters, ("answers",): on_item.common}
        measured: list[tuple[str, Estimate, Row]] = [("same_points", Estimate(on_item.same), of_all)]
        for one, other, both, kappa in on_item.kappas:
            of_two: Row = {("rater",): one, ("other_rater",): other, ("raters",): 2, ("answers",): both}
            measured.append(("weighted_kappa", kappa, of_two))
        measured += [("icc_2_1", on_item.icc_single, of_all), ("icc_2_k", on_item.icc_mean, of_all)]
        for measure, estimate, of_whom in measured:
            yield {("stage",): where[0], ("item",): where[1], ("measure",): measure, **of_whom} | {
                (name,): value if value is None else round(value, 6)
                for name, value in zip(("value", "ci_low", "ci_high"), estimate, strict=True)
            }


def events(study: Study, choice: Choice = ALL) -> Iterator[Row]:
    """Yield one row per interaction event, in the order of arrival, participant by participant.

    There are millions: what would be the same text again is taken as text.
    """
    as_text: dict[str, Callable[[str], Any]] = {
        "event_id": _with_hyphens,
        "data": _in_order_of_keys,
        "occurred_at": time_of,
        "received_at": time_of,
    }
    return _records(InteractionEvent, fixed.EVENTS, study, choice, as_text)


def _with_hyphens(text: str) -> str:
    """Return the usual text of a UUID, which SQLite keeps without hyphens."""
    if len(text) == 36:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=10_000)
def _in_order_of_keys(text: str) -> str:
    """Return a JSON object as every database gives it; many events say the same."""
    return cell(json.loads(text))


SOURCES: dict[str, Callable[[Study, Choice], Iterator[Row]]] = {
    fixed.PARTICIPANTS: participants,
    fixed.RESPONSES: responses,
    fixed.VISITS: visits,
    fixed.ALLOCATIONS: allocations,
    fixed.EVENTS: events,
    fixed.RATINGS: ratings,
    fixed.AGREEMENT: agreement,
    MEASURES: plan.measures,
    DERIVED: plan.derived,
    HYPOTHESES: plan.hypotheses,
}


def _records(
    model: Any, file: str, study: Study, choice: Choice, as_text: Mapping[str, Callable[[str], Any]] | None = None
) -> Iterator[Row]:
    """Yield a row per record, participant by participant; no objects, as there are many.

    Some participants at a time: a database that sorted all events at once would keep them somewhere. `as_text` names
    fields to be read as the database's text, and what makes their value of it.
    """
    as_text = as_text or {}
    roles, fields = _fields(model, file)
    made = [(number, as_text[field]) for number, field in enumerate(fields) if field in as_text]
    columns = [text_of(field) if field in as_text else field for field in fields]
    participants = Participant.objects.filter(choice.whose(study)).order_by("pk").values_list("pk", "code")
    codes = participants.iterator(chunk_size=RECORDS)
    while chunk := dict(islice(codes, SOME)):
        records = model.objects.filter(participant__in=chunk).order_by("participant_id", "pk")
        for key, *values in records.values_list("participant_id", *columns).iterator(chunk_size=RECORDS):
            for number, make in made:
                values[number] = make(values[number])
            row = dict(zip(roles, values, strict=True))
            row["participant",] = chunk[key]
            yield row


def _fields(model: Any, file: str) -> tuple[list[Role], list[str]]:
    """Return the roles and the fields of the columns that a file has from a model, without the participant."""
    known = {field.name for field in model._meta.get_fields()} - {"participant"}
    columns = [column for column in fixed.FILES[file] if column.name in known]
    return [column.role for column in columns], [column.name for column in columns]


def _shown(person: Person) -> dict[tuple[str, int, str], tuple[int, int, list | None]]:
    """Return {(stage, attempt, item): (page, place in the stage, options as shown)}."""
    shown: dict[tuple[str, int, str], tuple[int, int, list | None]] = {}
    places: Counter[tuple[str, int]] = Counter()
    for visit in sorted(person.visits, key=lambda visit: visit.page):
        attempt = (visit.stage, visit.attempt)
        for entry in visit.shown:
            places[attempt] += 1
            shown[*attempt, entry["item"]] = (visit.page, places[attempt], entry.get("options"))
    return shown
