"""Which page comes next, and what happens when one is completed.

A participant's way is the list of pages that their study version has for them (`way.py`). They stand on the first
page that they have not completed; no address leads past it, and none leads back to change what was sent.

Locks: whoever completes a page locks the participant's row first, then (for the draw) the study's row.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.urls import reverse

from survey import allocation, times
from survey.follow_up import parts
from survey.instruments import PageForm, shown_on
from survey.models import Draft, ItemResponse, Participant, StageVisit
from survey.prepared import Insertion, prepared
from survey.protocol import protocol_of
from survey.study_file import FullStage
from survey.way import Position, so_far, standing, way
from survey.withdrawal import held, locked, store_held

__all__ = [
    "Position",
    "add_late",
    "address",
    "begin",
    "begin_follow_up",
    "complete",
    "current",
    "enter",
    "seconds_to_wait",
    "stage_address",
    "standing",
    "way",
]


ENDS = {"debriefing", "screen_out", "full"}


def current(participant: Participant, at: datetime) -> Position:
    """Return the page on which the participant stands; ends every page whose time is up."""
    protocol = protocol_of(participant.version)
    if participant.no_place_at:
        return Position(FullStage(), page=1, pages=1, number=2, of=2)
    while True:
        done = so_far(participant, protocol)
        position = standing(way(protocol, done), done, parts(participant, protocol, done, at))
        due = times.due_at(position.stage, position.begun_at) if position.begun_at else None
        if due is None or at < due or position.stage.kind in ENDS:
            return position
        visit = enter(participant, position, at)
        # On a later page of the stage the time may be up before it is seen.
        complete(participant, position, StageVisit.EndedBy.TIME_OUT, at=max(due, visit.entered_at))


def enter(participant: Participant, position: Position, at: datetime) -> StageVisit:
    """Return the visit of this page, begun now if this is the first look at it."""
    if position.visit:
        return position.visit
    stage = position.stage
    page = {"participant": participant, "stage": stage.id, "page": position.page, "attempt": position.attempt}
    due = times.due_at(stage, position.begun_at or at)
    defaults: dict[str, Any] = {"entered_at": at, "due_at": due}
    if stage.kind == "instrument" and (due is None or at < due):
        edition = protocol_of(participant.version).editions[participant.language]
        defaults["shown"] = shown_on(
            edition.instruments[stage.instrument], position.page, _order_key(participant, position)
        )
    visit = StageVisit(**page, **defaults)
    new = Insertion(visit)
    # A single statement needs no transaction; SQLite waits for the disk with the lock in hand where there is none.
    alone = not position.part and connection.vendor != "sqlite"
    with nullcontext() if alone else transaction.atomic():
        if not store_held(participant, new):
            [visit] = _visit(participant.pk, *position.key)  # another tab was first
        if position.part:
            begin_follow_up(participant, position.part, at)
    return visit


@prepared
def _visit(participant: int, stage: str, attempt: int, page: int) -> QuerySet[StageVisit]:
    return StageVisit.objects.filter(participant=participant, stage=stage, attempt=attempt, page=page)


@prepared
def _open_visit(participant: int, stage: str, attempt: int, page: int) -> QuerySet[StageVisit]:
    """Return the visit of a page that is not completed, its participant locked as by `held`."""
    here = locked.query(participant).values("pk")
    return StageVisit.objects.filter(participant__in=here, stage=stage, attempt=attempt, page=page, completed_at=None)


@prepared
def draft_of(participant: int, stage: str, page: int) -> QuerySet[Draft]:
    """Return what is typed on a page and not sent."""
    return Draft.objects.filter(participant=participant, stage=stage, page=page)


def begin_follow_up(participant: Participant, stage: str, at: datetime) -> None:
    """Note that a follow-up was begun: from now on it is open, whatever its time."""
    StageVisit.objects.get_or_create(participant=participant, stage=stage, page=1, defaults={"entered_at": at})


def _order_key(participant: Participant, position: Position) -> str:
    """Return what the random order follows from: the same after a reload, another one at the next try."""
    again = f"/{position.attempt}" if position.attempt > 1 else ""
    return f"{participant.token}/{position.stage.id}{again}"


def complete(
    participant: Participant, position: Position, ended_by: str, at: datetime, answers: Mapping[str, Any] | None = None
) -> Position | None:
    """Store a page's answers and return the page that comes next; change nothing when it was completed before.

    Sending a page twice (double click, second tab, a retry after a lost connection) is therefore harmless.
    """
    if position.visit:
        at = max(at, position.visit.entered_at)  # the clock may have been set back: nothing ends before it begins
    stage = position.stage
    kept: dict[str, Any] = {"attempt": position.attempt, "ended_by": ended_by, "at": at}
    # At the first attempt nothing of this page can have been answered before.
    new = _responses(participant, stage, answers, **kept) if answers and position.attempt == 1 else None
    with transaction.atomic():
        # Where this page was still open, nothing else about the participant can have changed since it was looked at.
        if not _open_visit.update(participant.pk, *position.key, completed_at=at, ended_by=ended_by):
            held(participant)
            participant.refresh_from_db(from_queryset=Participant.objects.with_study())  # it may have come to the draw
            return None
        if new:
            new.store()
        elif typed := answers or (ended_by == StageVisit.EndedBy.TIME_OUT and _typed(participant, position)):
            _revise(participant, stage, typed, **kept)
        draft_of.delete(participant.pk, stage.id, position.page)
        following, is_end = _arrive(participant, at)
        return current(participant, at) if is_end else following


def begin(participant: Participant, at: datetime) -> None:
    """Note that somebody who is new has read and sent the first page; within the transaction that makes them."""
    [first, *_] = way(protocol_of(participant.version))
    read = StageVisit(
        participant=participant,
        stage=first.stage.id,
        page=first.page,
        entered_at=at,
        completed_at=at,
        ended_by=StageVisit.EndedBy.SUBMITTED,
    )
    Insertion(read).store()
    _arrive(participant, at)


def _typed(participant: Participant, position: Position) -> dict[str, Any]:
    """Return what was typed until the time was up, as far as it is an answer."""
    draft = draft_of.first(participant.pk, position.stage.id, position.page)
    visit = _visit.first(participant.pk, *position.key)
    return _valid(participant, position.stage, visit, draft.values) if draft and visit else {}


def _valid(participant: Participant, stage: Any, visit: StageVisit, values: Any) -> dict[str, Any]:
    """Return {item: answer} of those values of a page that are answers."""
    instrument = protocol_of(participant.version).editions[participant.language].instruments[stage.instrument]
    form = PageForm(instrument, visit.shown, data=values)
    form.is_valid()
    return {item: value for item, value in form.cleaned_data.items() if value not in (None, "", [])}


def _responses(
    participant: Participant,
    stage: Any,
    answers: Mapping[str, Any],
    attempt: int,
    ended_by: str,
    at: datetime,
    given: Mapping[str, int] = MappingProxyType({}),
) -> Insertion:
    """Return answers as new rows; `given`: {item: the revision of the answer that it has already}."""
    return Insertion(
        *(
            ItemResponse(
                participant=participant,
                stage=stage.id,
                instrument=stage.instrument,
                item=item,
                attempt=attempt,
                revision=given.get(item, 0) + 1,
                late=ended_by == StageVisit.EndedBy.TIME_OUT,
                value=value,
                answered_at=at,
            )
            for item, value in answers.items()
        )
    )


def _revise(
    participant: Participant, stage: Any, answers: Mapping[str, Any], attempt: int, ended_by: str, at: datetime
) -> None:
    """Add answers; one to an item that has been answered is its next revision."""
    earlier = ItemResponse.objects.filter(participant=participant, stage=stage.id, item__in=answers).order_by()
    given = dict(earlier.values_list("item").annotate(Max("revision")))
    _responses(participant, stage, answers, attempt, ended_by, at, given).store()


@transaction.atomic
def add_late(participant: Participant, stage_id: str, page: int, attempt: int, values: Any, at: datetime) -> bool:
    """Keep what was typed on a page and arrives soon after its time was up; tell whether it was such a page.

    Only what is an answer, and another one than that which is kept already.
    """
    participant = held(participant)
    stage = protocol_of(participant.version).stage(stage_id)
    visit = StageVisit.objects.filter(
        participant=participant,
        stage=stage_id,
        page=page,
        attempt=attempt,
        ended_by=StageVisit.EndedBy.TIME_OUT,
        completed_at__gte=at - times.LATE,
    ).first()
    if visit is None or stage is None or stage.kind != "instrument":
        return False
    given = participant.responses.filter(stage=stage_id, attempt=attempt).order_by("revision")
    kept = dict(given.values_list("item", "value"))
    typed = _valid(participant, stage, visit, values)
    new = {item: value for item, value in typed.items() if kept.get(item) != value}
    if new:
        _revise(participant, stage, new, attempt, visit.ended_by, at)
    return True


def seconds_to_wait(participant: Participant, position: Position, at: datetime) -> float:
    """Return how long it takes until this page may be sent: the last of a stage not before its least time."""
    if position.page < position.pages:
        return 0
    return times.seconds_to_wait(position.stage, participant, position.begun_at or at, at)


def _arrive(participant: Participant, at: datetime) -> tuple[Position, bool]:
    """Do what lies before the page that comes next: draw the arm, or note that an end is reached.

    Returns that page, and whether there an end was reached, by which it may be another one.
    """
    protocol = protocol_of(participant.version)
    done = so_far(participant, protocol)
    following = standing(way(protocol, done), done, parts(participant, protocol, done, at))
    stage: Any = following.stage
    if participant.finished_at:
        begun = participant.visits.filter(completed_at=None, stage__in=set(protocol.parts.values()))
        begun.exclude(stage=following.part).update(completed_at=at, ended_by=StageVisit.EndedBy.SUBMITTED)
    if stage.kind == "screen_out":
        _note(participant, screened_out_at=at, screened_out_reason=stage.reason)
        return following, True
    order = [each.id for each in protocol.study.stages]
    arrives = order.index(stage.id) > order.index(protocol.allocation.id)
    if arrives and not hasattr(participant, "allocation"):
        drawn = allocation.allocate(participant, protocol, at)
        if drawn is None:
            _note(participant, no_place_at=at)
            return following, True
        participant.allocation = drawn
    finishes = stage.kind == "debriefing" and participant.finished_at is None
    if finishes:
        _note(participant, finished_at=at)
    return following, finishes


def _note(participant: Participant, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(participant, name, value)
    _row.update(participant.pk, **fields)


@prepared
def _row(participant: int) -> QuerySet[Participant]:
    return Participant.objects.filter(pk=participant)


def address(participant: Participant, position: Position) -> str:
    """Return the URL of a page on the participant's way."""
    study, stage = participant.study.name, position.stage
    if stage.kind == "debriefing":
        return reverse("survey:complete", kwargs={"study": study})
    if stage.kind == "full":
        return reverse("survey:full", kwargs={"study": study})
    if stage.kind == "screen_out":
        return reverse("survey:ended", kwargs={"study": study})
    if stage.kind == "learning":
        arm = protocol_of(participant.version).arm(participant.allocation.arm)
        return reverse(arm.condition, kwargs={"study": study})
    return stage_address(participant, position)


def stage_address(participant: Participant, position: Position) -> str:
    """Return the URL that a page's form is sent to."""
    return reverse(
        "survey:stage", kwargs={"study": participant.study.name, "stage": position.stage.id, "page": position.page}
    )
