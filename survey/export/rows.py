"""The rows of each file, one by one, read in chunks: memory stays the same however many take part.

A row is {role: value}; the codebook's columns say which role goes where. Rows come in the order of their keys
in the database, so the same data give the same bytes.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from survey import way
from survey.exclusion import excluded
from survey.export import fixed
from survey.export.codebook import timed_stages
from survey.export.columns import Role
from survey.follow_up import follow_ups
from survey.models import (
    Allocation,
    InteractionEvent,
    ItemResponse,
    Kind,
    Participant,
    Rating,
    Settlement,
    StageVisit,
    Study,
)
from survey.protocol import protocol_of
from survey.rating.agreement import Estimate
from survey.rating.answers import Standing, answers, raters, standings
from survey.rating.per_item import agreement as agreement_on
from survey.rating.per_item import per_item
from survey.scoring import correct, score
from survey.study_file import LearningStage, Protocol

TIME_OUT = StageVisit.EndedBy.TIME_OUT
CHUNK = 100  # participants, with all their answers and visits
RECORDS = 2000
Row = dict[Role, Any]
Kinds = Collection[str]
REAL: Kinds = (Kind.REAL,)


def participants(study: Study, kinds: Kinds = REAL) -> Iterator[Row]:
    """Yield one row per participant: who, when, how long, every answer, every score."""
    versions = _versions(study, kinds)
    rated, numbers, out = standings(answers(study, kinds)), raters(study), excluded(study)
    for participant in _participants(study, kinds):
        number, sha256, protocol = versions[participant.version_id]
        allocation = getattr(participant, "allocation", None)
        consent = getattr(participant, "consent", None)
        yield {
            ("participant",): participant.code,
            ("study_version",): number,
            ("arm",): allocation and allocation.arm,
            ("status",): participant.status,
            ("study_sha256",): sha256,
            ("language",): participant.language or None,
            ("consented_at",): participant.consented_at,
            ("allocated_at",): allocation and allocation.allocated_at,
            ("finished_at",): participant.finished_at,
            ("withdrawn_at",): participant.withdrawn_at,
            ("erased_at",): participant.erased_at,
            ("consent_version",): consent and consent.version.number,
            ("consent_sha256",): consent and consent.sha256,
            ("consent_language",): consent and consent.language,
            ("screened_out_at",): participant.screened_out_at,
            ("screened_out_reason",): participant.screened_out_reason or None,
            **_course(participant, protocol),
            ("kind",): participant.kind,
            ("excluded_for",): out[participant.pk].reason if participant.pk in out else None,
            **_stages(participant, protocol),
            **_answers(participant, protocol, rated),
            **_points(participant, rated, numbers),
        }


def responses(study: Study, kinds: Kinds = REAL) -> Iterator[Row]:
    """Yield one row per answer that was sent, revisions included."""
    versions = _versions(study, kinds)
    for participant in _participants(study, kinds):
        protocol = versions[participant.version_id][2]
        items = _items(protocol)
        shown = _shown(participant)
        for response in sorted(participant.responses.all(), key=lambda response: response.pk):
            where = (response.stage, response.attempt, response.item)
            page, position, options = shown.get(where, (None, None, None))
            item = items[response.stage, response.item]
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
                ("value",): _value(item, response.value),
                ("correct",): correct(item, response.value) if item.is_scored else None,
                ("late",): int(response.late),
                ("answered_at",): response.answered_at,
            }


def visits(study: Study, kinds: Kinds = REAL) -> Iterator[Row]:
    """Yield one row per page that was seen."""
    for row in _records(StageVisit, fixed.VISITS, study, kinds, "participant_id", "pk"):
        yield row | {("seconds",): _seconds(row["entered_at",], row["completed_at",])}


def allocations(study: Study, kinds: Kinds = REAL) -> Iterator[Row]:
    """Yield one row per draw, in the order of the draws."""
    return _records(Allocation, fixed.ALLOCATIONS, study, kinds, "kind", "sequence")


def ratings(study: Study, kinds: Kinds = REAL) -> Iterator[Row]:
    """Yield one row per rating and per settlement, revisions included, answer by answer."""
    numbers = raters(study)
    rated = answers(study, kinds).select_related("participant").order_by("pk")
    given = (
        Prefetch("ratings", Rating.objects.order_by("pk")),
        Prefetch("settlements", Settlement.objects.order_by("pk")),
    )
    responses: Iterator[Any] = rated.prefetch_related(*given).iterator(RECORDS)
    for response in responses:
        named = {
            ("participant",): response.participant.code,
            ("stage",): response.stage,
            ("item",): response.item,
            ("answer_revision",): response.revision,
        }
        for rating in response.ratings.all():
            yield named | _given(rating, rating.rated_at) | {("rater",): numbers[rating.rater_id]}
        for settlement in response.settlements.all():
            yield named | _given(settlement, settlement.settled_at)


def _given(row: Rating | Settlement, at: datetime) -> Row:
    return {("revision",): row.revision, ("points",): row.points, ("reason",): row.reason, ("rated_at",): at}


def agreement(study: Study, kinds: Kinds = REAL) -> Iterator[Row]:
    """Yield one row per open item and measure of agreement, of kappa per pair of raters."""
    numbers = raters(study)
    found, standing_of, items = per_item(study, kinds)
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


def events(study: Study, kinds: Kinds = REAL) -> Iterator[Row]:
    """Yield one row per interaction event, in the order of arrival."""
    return _records(InteractionEvent, fixed.EVENTS, study, kinds, "participant_id", "pk")


SOURCES: dict[str, Callable[[Study, Kinds], Iterator[Row]]] = {
    fixed.PARTICIPANTS: participants,
    fixed.RESPONSES: responses,
    fixed.VISITS: visits,
    fixed.ALLOCATIONS: allocations,
    fixed.EVENTS: events,
    fixed.RATINGS: ratings,
    fixed.AGREEMENT: agreement,
}


def _participants(study: Study, kinds: Kinds) -> Iterator[Participant]:
    everybody = Participant.objects.filter(study=study, kind__in=kinds).order_by("pk")
    return (
        everybody.select_related("allocation", "consent__version")
        .prefetch_related(
            Prefetch("visits", StageVisit.objects.order_by("pk")),
            Prefetch("responses", ItemResponse.objects.order_by("revision", "pk")),  # the last one wins
        )
        .iterator(chunk_size=CHUNK)
    )


def _records(model: Any, file: str, study: Study, kinds: Kinds, *order: str) -> Iterator[Row]:
    """Yield a row per record, of the fields that the file has columns for; no objects, as there are many."""
    known = {field.name for field in model._meta.get_fields()}
    columns = [column for column in fixed.FILES[file] if column.name in known]
    fields = ["participant__code" if column.name == "participant" else column.name for column in columns]
    records = (
        model.objects.filter(participant__study=study, participant__kind__in=kinds)
        .order_by(*order)
        .values_list(*fields)
    )
    for values in records.iterator(chunk_size=RECORDS):
        yield {column.role: value for column, value in zip(columns, values, strict=True)}


def _versions(study: Study, kinds: Kinds) -> dict[int, tuple[int, str, Protocol]]:
    """Return {key: (number, sha256, protocol)}: read once, since a version holds all files of the study."""
    return {
        version.pk: (version.number, version.sha256, protocol_of(version))
        for version in study.versions.filter(participants__kind__in=kinds).distinct()
    }


def _items(protocol: Protocol) -> dict[tuple[str, str], Any]:
    return {(stage.id, item.id): item for stage, instrument in protocol.instruments() for item in instrument.items}


def _stages(participant: Participant, protocol: Protocol) -> Row:
    """Return the times of the stages; a stage of several pages has a time once its last page is left."""
    row: Row = {}
    for stage in timed_stages(protocol):
        seen = [visit for visit in participant.visits.all() if visit.stage == stage.id]
        ended = [visit for visit in seen if visit.completed_at]
        if ended and (ended[-1].ended_by == TIME_OUT or ended[-1].page == protocol.pages(stage)):
            row["stage", stage.id, "seconds"] = round(
                sum(_seconds(visit.entered_at, visit.completed_at) or 0 for visit in ended), 3
            )
        if isinstance(stage, LearningStage) and seen:
            row["stage", stage.id, "entered_at"] = seen[0].entered_at
        if stage.maximum_minutes and seen:
            row["stage", stage.id, "ended_by"] = seen[-1].ended_by or None
    return row


def _course(participant: Participant, protocol: Protocol) -> Row:
    """Return what came of the checks of attention and comprehension, of times and of follow-ups."""
    done = way.so_far_in(participant.visits.all(), participant.responses.all())
    asked = way.attention_answers(protocol, done)
    row: Row = {
        ("attention_failed",): asked.count(False) if asked else None,
        ("flags",): way.flags(protocol, done) or None,
    }
    for each in follow_ups(participant, protocol, done):
        row["stage", each.stage.id, "opens_at"] = each.opens_at
        row["stage", each.stage.id, "entered_at"] = each.visit.entered_at if each.visit else None
        row["stage", each.stage.id, "finished_at"] = each.finished_at
    # The last revision of an item comes last.
    late = {(response.stage, response.item): response.late for response in participant.responses.all()}
    row["late_answers",] = sum(late.values()) if late else None
    for stage, instrument in protocol.instruments():
        tries = done.completed_attempts(stage.id, instrument.pages)
        if stage.comprehension and tries:
            row["stage", stage.id, "tries"] = tries
            row["stage", stage.id, "passed"] = int(way.understood(protocol, done, stage, tries))
    return row


def _answers(participant: Participant, protocol: Protocol, rated: dict[int, Standing]) -> Row:
    """Return every answer, whether it is right, and every score, by the participant's own version."""
    row: Row = {}
    settled = {
        (response.stage, response.item): rated[response.pk].points
        for response in participant.responses.all()
        if response.pk in rated
    }
    given = {(response.stage, response.item): response.value for response in participant.responses.all()}
    reached = {
        (visit.stage, entry["item"])
        for visit in participant.visits.all()
        if visit.completed_at
        for entry in visit.shown
    }
    for stage, instrument in protocol.instruments():
        sent = {item.id: given.get((stage.id, item.id)) for item in instrument.items}
        points = {item: given for (where, item), given in settled.items() if where == stage.id}
        here = {item for where, item in reached if where == stage.id}
        for item in instrument.items:
            row["item", stage.id, item.id] = _value(item, sent[item.id])
            if item.is_scored and item.id in here:
                row["ok", stage.id, item.id] = correct(item, sent[item.id])
        for scale in instrument.scales:
            row["score", stage.id, scale.id] = score(scale, instrument, sent, here, points)
    return row


def _points(participant: Participant, rated: dict[int, Standing], numbers: dict[int, int]) -> Row:
    """Return what each rater gave for an open answer, and what counts."""
    row: Row = {}
    for response in participant.responses.all():
        if standing := rated.get(response.pk):
            row["points", response.stage, response.item] = standing.points
            for rater, points in standing.given.items():
                row["rater", response.stage, response.item, str(numbers[rater])] = points
    return row


def _shown(participant: Participant) -> dict[tuple[str, int, str], tuple[int, int, list | None]]:
    """Return {(stage, attempt, item): (page, place in the stage, options as shown)}."""
    shown: dict[tuple[str, int, str], tuple[int, int, list | None]] = {}
    places: Counter[tuple[str, int]] = Counter()
    for visit in sorted(participant.visits.all(), key=lambda visit: visit.page):
        attempt = (visit.stage, visit.attempt)
        for entry in visit.shown:
            places[attempt] += 1
            shown[*attempt, entry["item"]] = (visit.page, places[attempt], entry.get("options"))
    return shown


def _value(item: Any, value: Any) -> Any:
    """Return an answer for the export: several choices in the order of their declaration."""
    if isinstance(value, list):
        return [option for option in item.values if option in value]
    return value


def _seconds(entered_at: datetime, completed_at: datetime | None) -> float | None:
    return round((completed_at - entered_at).total_seconds(), 3) if completed_at else None
