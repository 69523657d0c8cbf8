"""Which page comes next, and what happens when one is completed.

A participant's way is the list of pages that their study version has for them (`way.py`). They stand on the first
page that they have not completed; no address leads past it, and none leads back to change what was sent.

Locks: whoever completes a page locks the participant's row first, then (for the draw) the study's row.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.urls import reverse

from survey import allocation, times
from survey.follow_up import parts
from survey.instruments import PageForm, shown_on
from survey.models import Draft, ItemResponse, Participant, StageVisit
from survey.protocol import protocol_of
from survey.study_file import FullStage, Protocol
from survey.way import Position, so_far, standing, way
from survey.withdrawal import held

__all__ = [
    "Position",
    "add_late",
    "address",
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
        begun = done.begun_at(position)
        due = times.due_at(position.stage, begun) if begun else None
        if due is None or at < due or position.stage.kind in ENDS:
            return position
        visit = enter(participant, position, at)
        # On a later page of the stage the time may be up before it is seen.
        complete(participant, position, StageVisit.EndedBy.TIME_OUT, at=max(due, visit.entered_at))


def enter(participant: Participant, position: Position, at: datetime) -> StageVisit:
    """Return the visit of this page, begun now if this is the first look at it."""
    stage = position.stage
    page = {"participant": participant, "stage": stage.id, "page": position.page, "attempt": position.attempt}
    if visit := StageVisit.objects.filter(**page).first():
        return visit
    due = times.due_at(stage, _begun_at(participant, position) or at)
    defaults: dict[str, Any] = {"entered_at": at, "due_at": due}
    if stage.kind == "instrument" and (due is None or at < due):
        edition = protocol_of(participant.version).editions[participant.language]
        defaults["shown"] = shown_on(
            edition.instruments[stage.instrument], position.page, _order_key(participant, position)
        )
    with transaction.atomic():
        held(participant)
        visit, _ = StageVisit.objects.get_or_create(**page, defaults=defaults)
        if position.part:
            begin_follow_up(participant, position.part, at)
    return visit


def begin_follow_up(participant: Participant, stage: str, at: datetime) -> None:
    """Note that a follow-up was begun: from now on it is open, whatever its time."""
    StageVisit.objects.get_or_create(participant=participant, stage=stage, page=1, defaults={"entered_at": at})


def _begun_at(participant: Participant, position: Position) -> datetime | None:
    """Return when the stage of a page was begun, in this attempt; None if it has not been."""
    seen = participant.visits.filter(stage=position.stage.id, attempt=position.attempt)
    return seen.aggregate(begun=Min("entered_at"))["begun"]


def _order_key(participant: Participant, position: Position) -> str:
    """Return what the random order follows from: the same after a reload, another one at the next try."""
    again = f"/{position.attempt}" if position.attempt > 1 else ""
    return f"{participant.token}/{position.stage.id}{again}"


@transaction.atomic
def complete(
    participant: Participant, position: Position, ended_by: str, at: datetime, answers: Mapping[str, Any] | None = None
) -> bool:
    """Store a page's answers and move on; return False, and change nothing, when it was completed before.

    Sending a page twice (double click, second tab, a retry after a lost connection) is therefore harmless.
    """
    caller, participant = participant, held(participant)
    stage = position.stage
    visit = StageVisit.objects.get(
        participant=participant, stage=stage.id, page=position.page, attempt=position.attempt
    )
    if visit.completed_at:
        return False
    visit.completed_at, visit.ended_by = at, ended_by
    visit.save(update_fields=["completed_at", "ended_by"])
    _store(participant, stage, answers or _typed(participant, position, visit), visit, at)
    Draft.objects.filter(participant=participant, stage=stage.id, page=position.page).delete()
    if _arrive(participant, protocol_of(participant.version), at):
        # The caller goes on with what it holds: it must know of the draw.
        caller.refresh_from_db(from_queryset=Participant.objects.select_related("study", "version"))
    return True


def _typed(participant: Participant, position: Position, visit: StageVisit) -> dict[str, Any]:
    """Return what was typed until the time was up, as far as it is an answer."""
    draft = Draft.objects.filter(participant=participant, stage=position.stage.id, page=position.page).first()
    if not draft or visit.ended_by != StageVisit.EndedBy.TIME_OUT:
        return {}
    return _valid(participant, position.stage, visit, draft.values)


def _valid(participant: Participant, stage: Any, visit: StageVisit, values: Any) -> dict[str, Any]:
    """Return {item: answer} of those values of a page that are answers."""
    instrument = protocol_of(participant.version).editions[participant.language].instruments[stage.instrument]
    form = PageForm(instrument, visit.shown, data=values)
    form.is_valid()
    return {item: value for item, value in form.cleaned_data.items() if value not in (None, "", [])}


def _store(participant: Participant, stage: Any, answers: Mapping[str, Any], visit: StageVisit, at: datetime) -> None:
    """Add answers; one to an item that was answered before is its next revision."""
    if stage.kind != "instrument":
        return
    given = ItemResponse.objects.filter(participant=participant, stage=stage.id, item__in=answers)
    revisions = dict(given.order_by().values_list("item").annotate(Max("revision")))
    ItemResponse.objects.bulk_create(
        ItemResponse(
            participant=participant,
            stage=stage.id,
            instrument=stage.instrument,
            item=item,
            attempt=visit.attempt,
            revision=revisions.get(item, 0) + 1,
            late=visit.ended_by == StageVisit.EndedBy.TIME_OUT,
            value=value,
            answered_at=at,
        )
        for item, value in answers.items()
    )


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
    _store(participant, stage, {item: value for item, value in typed.items() if kept.get(item) != value}, visit, at)
    return True


def seconds_to_wait(participant: Participant, position: Position, at: datetime) -> float:
    """Return how long it takes until this page may be sent: the last of a stage not before its least time."""
    begun = _begun_at(participant, position)
    if begun is None or position.page < position.pages:
        return 0
    return times.seconds_to_wait(position.stage, participant, begun, at)


def _arrive(participant: Participant, protocol: Protocol, at: datetime) -> bool:
    """Do what lies before the page that comes next: draw the arm, or note that an end is reached.

    Returns whether the participant was changed.
    """
    done = so_far(participant, protocol)
    following = standing(way(protocol, done), done, parts(participant, protocol, done, at))
    stage: Any = following.stage
    if participant.finished_at:
        begun = participant.visits.filter(completed_at=None, stage__in=set(protocol.parts.values()))
        begun.exclude(stage=following.part).update(completed_at=at, ended_by=StageVisit.EndedBy.SUBMITTED)
    if stage.kind == "screen_out":
        participant.screened_out_at, participant.screened_out_reason = at, stage.reason
        participant.save(update_fields=["screened_out_at", "screened_out_reason"])
        return True
    order = [each.id for each in protocol.study.stages]
    draws = order.index(stage.id) > order.index(protocol.allocation.id) and not hasattr(participant, "allocation")
    if draws and allocation.allocate(participant, protocol, at) is None:
        participant.no_place_at = at
        participant.save(update_fields=["no_place_at"])
        return True
    finishes = stage.kind == "debriefing" and participant.finished_at is None
    if finishes:
        participant.finished_at = at
        participant.save(update_fields=["finished_at"])
    return draws or finishes


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
