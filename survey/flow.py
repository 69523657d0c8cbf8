"""Which page comes next, and what happens when one is completed.

A participant's way is the list of pages of their study version. They stand on the first page that they have not
completed; no address leads past it, and none leads back to change what was sent.

Locks: whoever completes a page locks the participant's row first, then (for the draw) the study's row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from survey import allocation
from survey.instruments import shown_on
from survey.models import Draft, ItemResponse, Participant, StageVisit
from survey.protocol import protocol_of
from survey.study_file import FullStage, Protocol, Stage
from survey.withdrawal import held


@dataclass(frozen=True)
class Position:
    """One page on a participant's way."""

    stage: Stage | FullStage
    page: int  # from 1
    pages: int
    number: int  # of all pages of the way, from 1
    of: int


def way(protocol: Protocol) -> list[Position]:
    """Return every page that participants see, from consent to debriefing."""
    pages = [
        (stage, page, count)
        for stage in protocol.study.stages
        for count in [_page_count(stage, protocol)]
        for page in range(1, count + 1)
    ]
    return [
        Position(stage, page, count, number, len(pages)) for number, (stage, page, count) in enumerate(pages, start=1)
    ]


def _page_count(stage: Stage, protocol: Protocol) -> int:
    if stage.kind == "allocation":
        return 0
    if stage.kind == "instrument":
        return next(iter(protocol.editions.values())).instruments[stage.instrument].pages
    return 1


def current(participant: Participant, at: datetime) -> Position:
    """Return the page on which the participant stands; ends a learning phase whose time is up."""
    positions = way(protocol_of(participant.version))
    if participant.no_place_at:
        return Position(FullStage(), 1, 1, len(positions), len(positions))
    visits = {(visit.stage, visit.page): visit for visit in participant.visits.all()}
    for position in positions[:-1]:
        visit = visits.get((position.stage.id, position.page))
        if visit and not visit.completed_at and visit.due_at and visit.due_at <= at:
            complete(participant, position, StageVisit.EndedBy.TIME_OUT, at=visit.due_at)
        elif not visit or not visit.completed_at:
            return position
    return positions[-1]


def enter(participant: Participant, position: Position, at: datetime) -> StageVisit:
    """Return the visit of this page, begun now if this is the first look at it."""
    stage = position.stage
    defaults: dict[str, Any] = {"entered_at": at}
    if stage.kind == "instrument":
        edition = protocol_of(participant.version).editions[participant.language]
        defaults["shown"] = shown_on(
            edition.instruments[stage.instrument], position.page, f"{participant.token}/{stage.id}"
        )
    if stage.kind == "learning":
        defaults["due_at"] = at + timedelta(minutes=stage.maximum_minutes)
    page = {"participant": participant, "stage": stage.id, "page": position.page}
    if visit := StageVisit.objects.filter(**page).first():
        return visit
    with transaction.atomic():
        held(participant)
        visit, _ = StageVisit.objects.get_or_create(**page, defaults=defaults)
    return visit


@transaction.atomic
def complete(
    participant: Participant, position: Position, ended_by: str, at: datetime, answers: Mapping[str, Any] | None = None
) -> bool:
    """Store a page's answers and move on; return False, and change nothing, when it was completed before.

    Sending a page twice (double click, second tab, a retry after a lost connection) is therefore harmless.
    """
    caller, participant = participant, held(participant)
    stage = position.stage
    visit = StageVisit.objects.get(participant=participant, stage=stage.id, page=position.page)
    if visit.completed_at:
        return False
    if stage.kind == "instrument":
        ItemResponse.objects.bulk_create(
            [
                ItemResponse(
                    participant=participant,
                    stage=stage.id,
                    instrument=stage.instrument,
                    item=item,
                    value=value,
                    answered_at=at,
                )
                for item, value in (answers or {}).items()
            ]
        )
    visit.completed_at, visit.ended_by = at, ended_by
    visit.save(update_fields=["completed_at", "ended_by"])
    Draft.objects.filter(participant=participant, stage=stage.id, page=position.page).delete()
    protocol = protocol_of(participant.version)
    if position.page == position.pages:
        _leave(participant, stage, protocol, at)
        # The caller goes on with what it holds: it must know of the draw.
        caller.refresh_from_db(from_queryset=Participant.objects.select_related("study", "version"))
    return True


def _leave(participant: Participant, stage: Stage | FullStage, protocol: Protocol, at: datetime) -> None:
    """Do what lies between a completed stage and the next page: draw the arm, or note that all is done."""
    stages: tuple[Any, ...] = protocol.study.stages
    following = stages[stages.index(stage) + 1]
    if following.kind == "allocation":
        if allocation.allocate(participant, protocol, at) is None:
            participant.no_place_at = at
            participant.save(update_fields=["no_place_at"])
            return
        following = stages[stages.index(following) + 1]
    if following.kind == "debriefing":
        participant.finished_at = at
        participant.save(update_fields=["finished_at"])


def address(participant: Participant, position: Position) -> str:
    """Return the URL of a page on the participant's way."""
    study, stage = participant.study.name, position.stage
    if stage.kind == "debriefing":
        return reverse("survey:complete", kwargs={"study": study})
    if stage.kind == "full":
        return reverse("survey:full", kwargs={"study": study})
    if stage.kind == "learning":
        arm = protocol_of(participant.version).arm(participant.allocation.arm)
        return reverse(arm.condition, kwargs={"study": study})
    return stage_address(participant, position)


def stage_address(participant: Participant, position: Position) -> str:
    """Return the URL that a page's form is sent to."""
    return reverse(
        "survey:stage", kwargs={"study": participant.study.name, "stage": position.stage.id, "page": position.page}
    )
