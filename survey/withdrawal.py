"""Leaving a study: withdrawing, having one's data erased, and forgetting who is who.

What is never deleted is the draw: the arms of those who come later follow from it. An erased participant is an empty
row with a code, the time of their consent and their draw; nothing leads from it to a person.

Locks: the participant's row first, as whoever completes a page does. So nothing is stored of somebody who has left.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from survey import erasures
from survey.models import (
    Allocation,
    Draft,
    Identifier,
    Invitation,
    Participant,
    Study,
    new_completion_code,
    new_token,
)
from survey.prepared import Insertion, prepared

LINKS = ("token", "join_key", "completion_code")


class HasLeftError(Exception):
    """Somebody has withdrawn in another tab, while this request was on its way."""


def held(participant: Participant) -> Participant:
    """Return the participant, locked until the transaction ends, before anything is stored; raises HasLeftError."""
    found = locked.first(participant.pk)
    if found is None:
        raise HasLeftError
    return found


def store_held(participant: Participant, new: Insertion) -> bool:
    """Store a row of a participant as `held` guards it, in one statement; tell whether it was not there yet.

    Raises HasLeftError.
    """
    if new.store_where(locked, participant.pk):
        return True
    if not _here.first(participant.pk):
        raise HasLeftError
    return False


@prepared
def _here(participant: int) -> QuerySet[Participant]:
    return Participant.objects.filter(pk=participant, withdrawn_at=None)


@prepared
def locked(participant: int) -> QuerySet[Participant]:
    """Return the participant unless they have withdrawn; nobody else may write of them until the transaction ends."""
    return Participant.objects.select_for_update().filter(pk=participant, withdrawn_at=None)


@transaction.atomic
def withdraw(participant: Participant, at: datetime) -> None:
    """Let somebody leave and keep what they have sent; what they typed and did not send goes. Twice is as once."""
    leaving = Participant.objects.select_for_update().get(pk=participant.pk)
    Draft.objects.filter(participant=leaving).delete()
    if leaving.withdrawn_at is None:
        leaving.withdrawn_at = at
        leaving.save(update_fields=["withdrawn_at"])


@transaction.atomic
def erase(participant: Participant, at: datetime) -> None:
    """Let somebody leave and delete everything of them but their draw. Twice is as once."""
    leaving = Participant.objects.select_for_update().get(pk=participant.pk)
    if leaving.erased_at:
        return
    erasures.note(erasures.PARTICIPANT, leaving.code, at)
    for relation in Participant._meta.related_objects:
        # All tables that there will ever be, so that none is forgotten.
        if relation.related_model is not Allocation:
            relation.related_model._base_manager.filter(**{relation.field.name: leaving}).delete()
    Invitation.objects.filter(key=leaving.join_key).delete()
    _forget_links(leaving)
    leaving.language, leaving.finished_at, leaving.no_place_at = "", None, None
    leaving.screened_out_at, leaving.screened_out_reason = None, ""
    leaving.withdrawn_at, leaving.erased_at = leaving.withdrawn_at or at, at
    leaving.save()


@transaction.atomic
def unlink(participant: Participant, at: datetime) -> None:
    """Cut every link from one person to their data, as `anonymize` does for a study; the data stay."""
    known = Participant.objects.select_for_update().get(pk=participant.pk)
    erasures.note(erasures.UNLINKED, known.code, at)
    Identifier.objects.filter(participant=known).delete()
    Invitation.objects.filter(key=known.join_key).delete()
    _forget_links(known)
    known.save(update_fields=LINKS)


def _forget_links(participant: Participant) -> None:
    """Give new values to everything that somebody may have kept: personal link, invitation, completion code."""
    participant.token, participant.join_key = new_token(), uuid.uuid4()
    participant.completion_code = new_completion_code()


@transaction.atomic
def erase_identifiers(study: Study) -> int:
    """Delete as whom platforms know the study's participants, and nothing else; return how many there were."""
    erasures.note(erasures.IDENTIFIERS, study.name, timezone.now())
    count, _ = Identifier.objects.filter(study=study).delete()
    return count


@transaction.atomic
def anonymize(study: Study) -> None:
    """Cut every link from a person to the study's data: identifiers, invitations, personal links, completion codes."""
    erasures.note(erasures.LINKS, study.name, timezone.now())
    Identifier.objects.filter(study=study).delete()
    Invitation.objects.filter(study=study).delete()
    for participant in Participant.objects.select_for_update().filter(study=study).iterator():
        _forget_links(participant)
        participant.save(update_fields=LINKS)
