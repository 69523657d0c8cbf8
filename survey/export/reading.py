"""Participants with all their visits and answers, read in chunks: as few objects and conversions as can be.

The rows have the names of the models' fields, so that rules that take models take them too.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from survey.export.choice import Choice
from survey.models import ItemResponse, Participant, StageVisit, Study

CHUNK = 200  # participants
SHORT = 60  # characters of an answer's JSON: most answers are one of a few codes or numbers, decoded once


class Visit(NamedTuple):
    participant_id: int
    stage: str
    page: int
    attempt: int
    entered_at: datetime
    completed_at: datetime | None
    ended_by: str
    shown_text: str

    @property
    def shown(self) -> list[dict[str, Any]]:
        return json.loads(self.shown_text)


class Response(NamedTuple):
    participant_id: int
    pk: int
    stage: str
    instrument: str
    item: str
    attempt: int
    revision: int
    late: bool
    value_text: str | None
    answered_at: datetime | None

    @property
    def value(self) -> Any:
        if self.value_text is None:
            return None
        return _short(self.value_text) if len(self.value_text) < SHORT else json.loads(self.value_text)


@dataclass(frozen=True)
class Person:
    """A participant, with visits in their order and answers so that the last revision of an item comes last."""

    participant: Participant
    visits: list[Visit]
    responses: list[Response]


def people(study: Study, choice: Choice, times: bool = False) -> Iterator[Person]:
    """Yield everybody who was chosen, by their keys; `times` reads when each answer was given, too."""
    everybody = Participant.objects.filter(choice.whose(study)).order_by("pk")
    rows = everybody.select_related("allocation", "consent__version").iterator(chunk_size=CHUNK)
    visit_fields = ("participant_id", "stage", "page", "attempt", "entered_at", "completed_at", "ended_by")
    response_fields = ("participant_id", "pk", "stage", "instrument", "item", "attempt", "revision", "late")
    seen = StageVisit.objects.order_by("participant_id", "pk").values_list(*visit_fields, _text("shown"))
    given = ItemResponse.objects.order_by("participant_id", "revision", "pk")
    answered = given.values_list(*response_fields, _text("value"), *(["answered_at"] if times else []))
    while chunk := list(islice(rows, CHUNK)):
        keys = [participant.pk for participant in chunk]
        visits = _by_participant(Visit._make, seen.filter(participant__in=keys))
        make: Callable[[Any], Response] = Response._make if times else _without_time
        responses = _by_participant(make, answered.filter(participant__in=keys))
        for participant in chunk:
            yield Person(participant, visits.get(participant.pk, []), responses.get(participant.pk, []))


def _text(field: str) -> Cast:
    """Return a JSON field as its text: most of them need not be decoded, or not twice."""
    return Cast(field, TextField())


def _without_time(values: tuple) -> Response:
    return Response._make((*values, None))


def _by_participant(make: Callable[[tuple], Any], rows: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for values in rows.iterator(chunk_size=2000):
        found.setdefault(values[0], []).append(make(values))
    return found


@lru_cache(maxsize=4096)
def _short(text: str) -> Any:
    """Return a decoded answer; several rows share it, and nobody changes it."""
    return json.loads(text)
