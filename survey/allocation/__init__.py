"""Draws the arm: the only place where chance decides.

`draws` says which arm comes next, from the study's secret seed and the log of earlier draws alone; `strata` tells
the stratum of a participant; `verify` recomputes a log. Here is what happens in the database. The rules are in
docs/algorithms/allocation.md.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from survey.allocation.draws import Log, Place, Sum, list_sha256, places
from survey.allocation.strata import stratum_of
from survey.models import Allocation, Kind, Participant, Study
from survey.prepared import created, prepared
from survey.study_file import Protocol

__all__ = ["Place", "allocate", "has_place", "list_sha256", "places", "read_log", "seed_of"]


# What a draw has to know of all earlier ones is summed up by the database; each draw reads it, while it holds the lock.
# A place is at most 100, as a block is (survey/allocation_rule.py).
SUMS = """
    SELECT list_sha256, stratum, arm, COUNT(*) - COUNT(released_before), MAX(sequence),
           MAX(CAST(block AS BIGINT) * 1000 + place), COUNT(released_before)
    FROM survey_allocation WHERE study_id = %s AND kind = %s GROUP BY list_sha256, stratum, arm
"""


def seed_of(study: Study, kind: str) -> str:
    """Return the seed of a kind's draws: test and simulated participants have lists of their own.

    So a rehearsal shows nothing of the arms that real participants will get.
    """
    return study.allocation_seed if kind == Kind.REAL else f"{study.allocation_seed}/{kind}"


def read_log(study: Study, kind: str) -> Log:
    """Return the log of a study's draws so far; to draw from it, hold the study's lock."""
    log, released = Log(), 0
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [study.pk, kind])
        for name, stratum, arm, taken, sequence, last, of_these in cursor.fetchall():
            log.add_sum(Sum(name, stratum, arm, taken, sequence, divmod(last, 1000)))
            released += of_these
    if released:
        drawn = study.allocations.filter(kind=kind)
        taken_over = drawn.exclude(replaces=None).values("replaces")
        for left in drawn.exclude(released_before=None).exclude(sequence__in=taken_over):
            log.set_free(left)
    return log


@transaction.atomic(savepoint=False)
def allocate(participant: Participant, protocol: Protocol, at: datetime) -> Allocation | None:
    """Return the participant's allocation, drawn now if there is none yet; None when every place is taken.

    Locks the study's row until the transaction ends (on SQLite: the transaction holds the whole database), so
    that two participants who arrive together draw one after the other, each a place of their own. The caller
    holds the participant's lock; nobody takes these two in the other order.
    """
    if existing := _drawn.first(participant.pk):
        return existing
    [study] = _locked(participant.study_id)
    log = read_log(study, participant.kind)
    sequence = log.sequence + 1
    for left in _left(study, participant.kind, protocol, at):
        left.released_before, left.released_at = sequence, at
        left.save(update_fields=["released_before", "released_at"])
        log.release(left)
    stratum = stratum_of(participant, protocol)
    place = log.draw(protocol.study, seed_of(study, participant.kind), stratum)
    if place is None:
        return None
    return created(
        Allocation(
            study=study,
            participant=participant,
            kind=participant.kind,
            sequence=sequence,
            arm=place.arm,
            method=protocol.study.allocation.method,
            stratum=stratum,
            block=place.block,
            block_size=place.block_size,
            place=place.place,
            list_sha256=list_sha256(protocol.study),
            replaces=place.replaces,
            allocated_at=at,
        )
    )


@prepared
def _drawn(participant: int) -> QuerySet[Allocation]:
    return Allocation.objects.filter(participant=participant)


@prepared
def _locked(study: int) -> QuerySet[Study]:
    # Draws wait for each other; whoever only refers to the study, such as a new participant's row, waits for none.
    return Study.objects.select_for_update(no_key=True).filter(pk=study)


def _left(study: Study, kind: str, protocol: Protocol, at: datetime) -> QuerySet[Allocation]:
    """Return the allocations whose participants have left by now, by the rule of this protocol."""
    minutes = protocol.study.allocation.replace_after_minutes
    if minutes is None:
        return Allocation.objects.none()
    drawn = study.allocations.filter(kind=kind, released_before=None).order_by("sequence")
    gone = Q(participant__withdrawn_at__isnull=False) | Q(participant__screened_out_at__isnull=False)
    stale = Q(allocated_at__lte=at - timedelta(minutes=minutes)) | gone
    return drawn.filter(stale, participant__finished_at=None)


def has_place(study: Study, kind: str, protocol: Protocol, at: datetime) -> bool:
    """Tell whether somebody who arrived at the draw now would get a place; asked before anybody begins."""
    caps = [protocol.study.allocation.maximum, *(arm.maximum for arm in protocol.study.arms)]
    if caps == [None] * len(caps):
        return True
    log = read_log(study, kind)
    for left in _left(study, kind, protocol, at):
        log.release(left)
    return bool(log.open_arms(protocol.study))
