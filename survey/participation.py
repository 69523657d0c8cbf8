"""The conditions' door: who is learning here, until when, and what they did.

A condition's page is a view wrapped in `participant_required`; it knows nothing else of the study.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from survey import curriculum, events, flow, lifecycle, times
from survey.models import InteractionEvent, Participant
from survey.prepared import prepared
from survey.protocol import protocol_of
from survey.study_file import Protocol
from survey.withdrawal import HasLeftError, held

COOKIE_DAYS = 60
MAX_EVENTS_PER_BATCH = 500


@dataclass(frozen=True)
class Learning:
    """What a condition may know of the participant who learns with it."""

    participant: str  # the code, as in the export
    study: str
    title: str
    stage_title: str
    language: str  # of the material
    arm: str
    features: dict[str, bool]
    options: dict[str, tuple[str, ...]]
    due_at: datetime
    seconds_left: int
    minutes: float
    wait: int  # seconds until it may be ended
    finish_url: str
    withdraw_url: str
    events_url: str
    # Of a kind of event: what the participant's latest one said, and when; None where there is none.
    latest_event: Callable[[str], tuple[dict, datetime] | None] = lambda kind: None


def remember(response: HttpResponse, participant: Participant) -> HttpResponse:
    """Let this browser go on as `participant`; the signed cookie holds the personal link's secret."""
    response.set_signed_cookie(
        _cookie(participant.study.name),
        participant.token,
        salt="participant",
        httponly=True,
        samesite="Lax",
        max_age=COOKIE_DAYS * 86400,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def forget(response: HttpResponse, study: str) -> HttpResponse:
    """Let this browser be nobody in `study`."""
    response.delete_cookie(_cookie(study), samesite="Lax")
    return response


def who(request: HttpRequest, study: str, withdrawn: bool = False) -> Participant | None:
    """Return the participant as whom this browser takes part in `study`, or None; `withdrawn`: as whom it took part."""
    token = request.get_signed_cookie(_cookie(study), default=None, salt="participant", max_age=COOKIE_DAYS * 86400)
    if not token:
        return None
    found = _seated.first(token, study)
    return found if found and bool(found.withdrawn_at) == withdrawn else None


@prepared
def _seated(token: str, study: str) -> QuerySet[Participant]:
    return Participant.objects.with_study().filter(token=token, study__name=study)


def seat(request: HttpRequest) -> str:
    """Return what this browser's place in any study is called, without a look into the database; empty for nobody."""
    for name in request.COOKIES:
        if name.startswith(_cookie("")):
            token = request.get_signed_cookie(name, default="", salt="participant", max_age=COOKIE_DAYS * 86400)
            if token:
                return token
    return ""


def _cookie(study: str) -> str:
    return f"participant_{study}"


def place(participant: Participant, at: datetime) -> str:
    """Return the address to which a participant is led who comes from elsewhere."""
    try:
        if not participant.withdrawn_at:
            return flow.address(participant, flow.current(participant, at))
    except HasLeftError:
        pass  # in this very moment, in another tab
    return reverse("survey:withdrawn", kwargs={"study": participant.study.name})


def unless_left(view: Callable) -> Callable:
    """Lead away from a view `(request, study, ...)` who withdraws in another tab while it is being made."""

    @wraps(view)
    def wrapped(request: HttpRequest, study: str, **kwargs) -> HttpResponse:
        try:
            return view(request, study, **kwargs)
        except HasLeftError:
            return redirect("survey:withdrawn", study=study)

    return wrapped


def participant_required(view: Callable) -> Callable:
    """Show a view `(request, study, learning)` to the arm's participants while they learn, and to nobody else.

    Everyone else is led to the page on which they stand: no stage is skipped or repeated by its address.
    """

    @wraps(view)
    @never_cache
    @unless_left
    def wrapped(request: HttpRequest, study: str, **kwargs) -> HttpResponse:
        participant = who(request, study)
        if participant is None:
            return redirect("survey:join", study=study)
        if not lifecycle.goes_on(participant.study):
            return redirect("survey:closed", study=study)
        now = timezone.now()
        position = flow.current(participant, now)
        stage = position.stage
        if stage.kind != "learning" or request.path != flow.address(participant, position):
            return redirect(flow.address(participant, position))
        visit = flow.enter(participant, position, now)
        arm, due_at = participant.allocation.arm, cast(datetime, visit.due_at)
        learning = learning_of(
            protocol_of(participant.version), arm, participant.language, participant.code, due_at, now
        )
        learning = replace(learning, latest_event=lambda kind: _latest_event(participant, kind))
        with translation.override(participant.language):
            return view(request, study=study, learning=learning, **kwargs)

    return wrapped


def _latest_event(participant: Participant, kind: str) -> tuple[dict, datetime] | None:
    event = participant.events.filter(kind=kind).order_by("occurred_at", "sequence").last()
    return (event.data, event.occurred_at) if event else None


def learning_of(
    protocol: Protocol, arm_id: str, language: str, participant: str, due_at: datetime, now: datetime
) -> Learning:
    """Return what the condition of an arm may know of the participant with this code, who learns until `due_at`."""
    stage, arm, titles = protocol.learning, protocol.arm(arm_id), protocol.editions[language].titles
    study = {"study": protocol.study.name}
    return Learning(
        participant=participant,
        study=protocol.study.name,
        title=titles.study,
        stage_title=titles.stages[stage.id],
        language=curriculum.written_in(language),
        arm=arm.id,
        features=arm.features,
        options=arm.options,
        due_at=due_at,
        seconds_left=round(times.seconds_left(stage, due_at, now)),
        minutes=stage.maximum_minutes,
        wait=times.seconds_to_learn(stage, due_at, now),
        finish_url=reverse("survey:stage", kwargs={**study, "stage": stage.id, "page": 1}),
        withdraw_url=reverse("survey:withdraw", kwargs=study),
        events_url=reverse("survey:events", kwargs=study),
    )


@require_POST
@never_cache
def record_events(request: HttpRequest, study: str) -> JsonResponse:
    """Store a batch of interaction events; sending it again stores nothing twice.

    Events that fit their schema are stored even when others of the batch do not; `refused` says what is wrong with
    those. Events of a learning phase that has just ended are still taken.
    """
    participant = who(request, study)
    if participant is None:
        return JsonResponse({"error": "not taking part in this study"}, status=403)
    if not lifecycle.goes_on(participant.study):
        return JsonResponse({"error": "the study is closed"}, status=409)
    visit = participant.visits.filter(stage=protocol_of(participant.version).learning.id).first()
    if visit is None:
        return JsonResponse({"error": "the learning phase has not begun"}, status=409)
    try:
        batch = json.loads(request.body)["events"]
    except (ValueError, KeyError, TypeError):
        batch = None
    if not isinstance(batch, list) or len(batch) > MAX_EVENTS_PER_BATCH:
        return JsonResponse({"error": f'expected {{"events": [at most {MAX_EVENTS_PER_BATCH} events]}}'}, status=400)
    rows, refused = [], []
    now = timezone.now()
    for number, event in enumerate(batch, start=1):
        try:
            rows.append(_row(participant, visit.stage, event, now))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
            refused.append({"event": number, "error": str(error)})
    try:
        with transaction.atomic():
            held(participant)
            InteractionEvent.objects.bulk_create(rows, ignore_conflicts=True)
    except HasLeftError:
        return JsonResponse({"error": "not taking part in this study"}, status=403)
    return JsonResponse({"accepted": len(rows), "refused": refused})


def _row(participant: Participant, stage: str, event: dict, now: datetime) -> InteractionEvent:
    sequence = event["sequence"]
    if not isinstance(sequence, int) or not 0 <= sequence < 2**31:
        raise events.EventError(f"sequence: expected a number from 0, got {sequence!r:.40}")
    return InteractionEvent(
        participant=participant,
        stage=stage,
        event_id=uuid.UUID(event["id"]),
        sequence=sequence,
        kind=event["kind"],
        data=events.check(event["kind"], event["data"]),
        occurred_at=datetime.fromtimestamp(event["at"] / 1000, tz=UTC),
        received_at=now,
    )
