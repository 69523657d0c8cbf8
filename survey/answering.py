"""A page of items as somebody fills it in: its form, its draft, and what comes when the time is up."""

import json
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from survey import flow, lifecycle
from survey.instruments import PageForm
from survey.models import Draft, Participant, StageVisit
from survey.participation import unless_left, who
from survey.protocol import protocol_of
from survey.withdrawal import held

MAX_DRAFT_BYTES = 200_000
ATTEMPT = "_attempt"  # no item can have this name


def form_of(
    participant: Participant, position: flow.Position, visit: StageVisit, data: Any, refused: bool = False
) -> PageForm | None:
    """Return the page's form: with the data sent, or filled with the draft; `refused` marks what is wrong with it."""
    if position.stage.kind != "instrument":
        return None
    edition = protocol_of(participant.version).editions[participant.language]
    instrument = edition.instruments[position.stage.instrument]
    if data is not None:
        return PageForm(instrument, visit.shown, data=data)
    draft = None
    if position.visit:  # on a page that was never seen before nothing was typed
        draft = flow.draft_of.first(participant.pk, position.stage.id, position.page)
    values = draft.values if draft else {}
    return (
        PageForm(instrument, visit.shown, data=values) if refused else PageForm(instrument, visit.shown, initial=values)
    )


@transaction.atomic
def keep_draft(participant: Participant, position: flow.Position, values: dict) -> None:
    """Keep what is typed on a page; no answer yet.

    Without the character NUL, which no key types and no answer may have: PostgreSQL keeps no text with it.
    """
    held(participant)
    Draft.objects.update_or_create(
        participant=participant,
        stage=position.stage.id,
        page=position.page,
        defaults={"values": {item: _without_nul(value) for item, value in values.items()}, "saved_at": timezone.now()},
    )


def _without_nul(value: str | list[str]) -> str | list[str]:
    return value.replace("\0", "") if isinstance(value, str) else [part.replace("\0", "") for part in value]


def attempt_in(values: Any) -> int:
    """Return which try at a page a form was made for."""
    attempt = values.get(ATTEMPT, "1")
    return int(attempt) if isinstance(attempt, str) and attempt.isdecimal() and len(attempt) < 4 else 0


@never_cache
@require_POST
@unless_left
def draft(request: HttpRequest, study: str, stage: str, page: int) -> JsonResponse:
    """Keep what is typed on the page on which the participant stands."""
    participant = who(request, study)
    if participant is None:
        raise Http404
    values = _values(request)
    if values is None:
        return JsonResponse({"saved": False, "error": 'expected {"values": {item: text or list of texts}}'}, status=400)
    now = timezone.now()
    position = flow.current(participant, now)
    here = position.key == (stage, attempt_in(values), page) and position.stage.kind == "instrument"
    if not here or not lifecycle.goes_on(participant.study):
        late = flow.add_late(participant, stage, page, attempt_in(values), values, now)
        return JsonResponse({"saved": late, "here": flow.address(participant, position)}, status=409)
    items = {entry["item"] for entry in flow.enter(participant, position, now).shown}
    keep_draft(participant, position, {item: value for item, value in values.items() if item in items})
    return JsonResponse({"saved": True})


def _values(request: HttpRequest) -> dict | None:
    """Return the values that were sent, or None when the body is not of the expected form."""
    try:
        values = json.loads(request.body)["values"]
        sent = values.values()
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if len(request.body) > MAX_DRAFT_BYTES or not all(
        isinstance(value, str) or (isinstance(value, list) and all(isinstance(part, str) for part in value))
        for value in sent
    ):
        return None
    return values
