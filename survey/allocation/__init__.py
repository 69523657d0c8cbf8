"""Draws the arm: the only place where chance decides.

`draws` says which arm comes next, from the study's secret seed and the log of earlier draws alone; `strata` tells
the stratum of a participant; `verify` recomputes a log. Here is what happens in the database. The rules are in
docs/algorithms/allocation.md.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from survey.allocation.draws import Log, Place, list_sha256, places
from survey.allocation.strata import stratum_of
from survey.models import Allocation, Kind, Participant, Study
from survey.prepared import prepared
from survey.study_file import Protocol

__all__ = ["Place", "allocate", "has_place", "list_sha256", "places", "read_log", "releases", "seed_of"]


DRAWN = ("sequence", "list_sha256", "stratum", "arm", "block", "block_size", "place", "replaces", "released_before")
Drawn = TypeVar("Drawn", bound=Any)  # an Allocation, or a row with these of its fields


def seed_of(study: Study, kind: str) -> str:
    """Return the seed of a kind's draws: test and simulated participants have lists of their own.

    So a rehearsal shows nothing of the arms that real participants will get.
    """
    return study.allocation_seed if kind == Kind.REAL else f"{study.allocation_seed}/{kind}"


def read_log(study: Study, kind: str) -> Log:
    """Return the log of a study's draws so far; to draw from it, hold the study's lock."""
    log = Log()
    # Rows without models: every draw reads all earlier ones, while it holds the lock.
    drawn = list(study.allocations.filter(kind=kind).order_by("sequence").values_list(*DRAWN, named=True))
    released = releases(drawn)
    for allocation in drawn:
        for left in released.pop(allocation.sequence, []):
            log.release(left)
        log.add(allocation)
    for left in (allocation for rest in released.values() for allocation in rest):
        log.release(left)
    return log


def releases(drawn: Iterable[Drawn]) -> dict[int, list[Drawn]]:
    """Return {sequence of a draw: the places that were given free just before it}."""
    released: dict[int, list[Drawn]] = {}
    for allocation in drawn:
        if allocation.released_before is not None:
            released.setdefault(allocation.released_before, []).append(allocation)
    return released


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
    return Allocation.objects.create(
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


@prepared
def _drawn(participant: int) -> QuerySet[Allocation]:
    return Allocation.objects.filter(participant=participant)


@prepared
def _locked(study: int) -> QuerySet[Study]:
    return Study.objects.select_for_update().filter(pk=study)


def _left(study: Study, kind: str, protocol: Protocol, at: datetime) -> QuerySet[Allocation]:
    """Return the allocations whose participants have left by now, by the rule of this protocol."""
    drawn = study.allocations.filter(kind=kind, released_before=None).order_by("sequence")
    minutes = protocol.study.allocation.replace_after_minutes
    if minutes is None:
        return drawn.none()
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
