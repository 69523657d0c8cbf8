"""Participants with all their visits and answers, read in chunks: as few objects and conversions as can be.

The rows have the names of the models' fields, so that rules that take models take them too. Django converts every row
of a query as soon as one column needs it; columns are therefore taken as text, or as the driver gives them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db.models import ExpressionWrapper, F, TextField, Value
from django.db.models.functions import Cast

from survey.export.choice import Choice
from survey.models import ItemResponse, Participant, StageVisit, Study
from survey.models.study import status_of

CHUNK = 200  # participants
SHORT = 60  # characters of an answer's JSON: most answers are one of a few codes or numbers, decoded once


class Participation(NamedTuple):
    """A participant with their draw and their consent; a model would bring the whole study along with the consent."""

    pk: int
    version_id: int
    code: str
    kind: str
    language: str
    consented_at: datetime
    finished_at: datetime | None
    withdrawn_at: datetime | None
    no_place_at: datetime | None
    erased_at: datetime | None
    screened_out_at: datetime | None
    screened_out_reason: str
    arm: str | None
    allocated_at: datetime | None
    released_at: datetime | None
    consent_version: int | None
    consent_sha256: str | None
    consent_language: str | None

    @property
    def status(self) -> str:
        return status_of(self)


class Visit(NamedTuple):
    participant_id: int
    stage: str
    page: int
    attempt: int
    ended_by: str
    shown_text: str
    entered_at: datetime
    completed_at: datetime | None

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
    late: bool | int
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

    participant: Participation
    visits: list[Visit]
    responses: list[Response]


# As `_make`, and without a call of Python for each of hundreds of thousands of rows.
_VISIT: Callable[[tuple], Visit] = partial(tuple.__new__, Visit)
_REVISION = attrgetter("revision")
_RESPONSE: Callable[[tuple], Response] = partial(tuple.__new__, Response)
FIELDS = (
    *Participation._fields[:-6],
    "allocation__arm",
    "allocation__allocated_at",
    "allocation__released_at",
    "consent__version__number",
    "consent__sha256",
    "consent__language",
)


def people(study: Study, choice: Choice, times: bool = False) -> Iterator[Person]:
    """Yield everybody who was chosen, by their keys; `times` reads when each answer was given, too."""
    everybody = Participant.objects.filter(choice.whose(study)).order_by("pk").values_list(*FIELDS)
    rows = map(Participation._make, everybody.iterator(chunk_size=CHUNK))
    seen = StageVisit.objects.order_by("participant_id", "pk").values_list(
        *("participant_id", "stage", "page", "attempt", "ended_by"),
        *map(text_of, ("shown", "entered_at", "completed_at")),
    )
    # By revision they are sorted here: the database has their keys in order, and would copy them all to sort them.
    given = ItemResponse.objects.order_by("participant_id", "pk")
    fields = ("participant_id", "pk", "stage", "instrument", "item", "attempt", "revision")
    answered_at = "answered_at" if times else Value(None, output_field=TextField())
    answered = given.values_list(*fields, _raw("late"), text_of("value"), answered_at)
    while chunk := list(islice(rows, CHUNK)):
        keys = [participant.pk for participant in chunk]
        visits = _by_participant(_visit, seen.filter(participant__in=keys))
        responses = _by_participant(_RESPONSE, answered.filter(participant__in=keys))
        for participant in chunk:
            answers = responses.get(participant.pk, [])
            answers.sort(key=_REVISION)
            yield Person(participant, visits.get(participant.pk, []), answers)


def text_of(field: str) -> Cast:
    """Return a field as its text: most JSON need not be decoded, or not twice, and a time is read quickly from it."""
    return Cast(field, TextField())


def _raw(field: str) -> ExpressionWrapper:
    """Return a field as the driver gives it, without Django's conversion."""
    return ExpressionWrapper(F(field), output_field=TextField())


def time_of(text: Any) -> datetime | None:
    """Return a time from the database's text of it, which is in UTC; SQLite does not say so in it."""
    return text and datetime.fromisoformat(text if "+" in text else f"{text}+00:00")


def _visit(values: tuple) -> Visit:
    return _VISIT((*values[:-2], time_of(values[-2]), time_of(values[-1])))


def _by_participant(make: Callable[[tuple], Any], rows: Any) -> dict[int, list[Any]]:
    """Return {participant: what is made of their rows}, which come participant by participant."""
    by_participant = groupby(rows.iterator(chunk_size=2000), itemgetter(0))
    return {participant: list(map(make, values)) for participant, values in by_participant}


@lru_cache(maxsize=4096)
def _short(text: str) -> Any:
    """Return a decoded answer; several rows share it, and nobody changes it."""
    return json.loads(text)
