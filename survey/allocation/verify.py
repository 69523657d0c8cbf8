"""Draws every arm of a study again, from seed and log, and finds the first draw that is not as it should be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from survey.allocation import seed_of
from survey.allocation.draws import Log, list_sha256
from survey.allocation.strata import stratum_of
from survey.models import Allocation, Kind, Study
from survey.protocol import protocol_of
from survey.study_file import Protocol

# The cause before its consequences: another stratum gives another place, and another place another arm.
FIELDS = ("list_sha256", "method", "stratum", "replaces", "block", "block_size", "place", "arm")


@dataclass(frozen=True)
class Difference:
    """The first draw of the log that cannot be drawn again."""

    kind: str
    sequence: int
    what: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.kind} draw {self.sequence}: {self.what}: expected {self.expected!r}, found {self.found!r}"


@dataclass(frozen=True)
class Verification:
    verified: dict[str, int]  # {kind: draws that are as they should be, from the first on}
    difference: Difference | None
    # Of those: draws of people whose data were erased; their stratum can be read in the log only.
    erased: int = 0


def verify(study: Study) -> Verification:
    """Return how many draws are reproduced, and the first that is not."""
    verified: dict[str, int] = {}
    for kind in Kind.values:
        verified[kind] = 0
        for difference in _differences(study, kind):
            if difference:
                return Verification(verified, difference)
            verified[kind] += 1
    return Verification(verified, None, study.allocations.filter(participant__erased_at__isnull=False).count())


def _differences(study: Study, kind: str) -> Iterator[Difference | None]:
    """Yield, for one draw after the other, None or what is different in it."""
    drawn = list(study.allocations.filter(kind=kind).order_by("sequence").select_related("participant__version"))
    released = _releases(drawn)
    log = Log()
    for allocation in drawn:
        if allocation.sequence != log.sequence + 1:
            yield Difference(kind, log.sequence + 1, "draw", "in the log", f"next is draw {allocation.sequence}")
            return
        for left in released.get(allocation.sequence, []):
            if reason := _undue(left, allocation):
                yield Difference(kind, left.sequence, "release", reason, f"before draw {allocation.sequence}")
                return
            log.release(left)
        protocol = protocol_of(allocation.participant.version)
        stratum = _stratum(allocation, protocol)
        place = log.draw(protocol.study, seed_of(study, kind), stratum)
        if place is None:
            yield Difference(kind, allocation.sequence, "draw", "no place left", allocation.arm)
            return
        expected = {
            **vars(place),
            "method": protocol.study.allocation.method,
            "stratum": stratum,
            "list_sha256": list_sha256(protocol.study),
        }
        for name in FIELDS:
            if expected[name] != getattr(allocation, name):
                yield Difference(kind, allocation.sequence, name, expected[name], getattr(allocation, name))
                return
        log.add(allocation)
        yield None


def _releases(drawn: Iterable[Allocation]) -> dict[int, list[Allocation]]:
    """Return {sequence of a draw: the places that were given free just before it}."""
    released: dict[int, list[Allocation]] = {}
    for allocation in drawn:
        if allocation.released_before is not None:
            released.setdefault(allocation.released_before, []).append(allocation)
    return released


def _stratum(allocation: Allocation, protocol: Protocol) -> str:
    if allocation.participant.erased_at:
        return allocation.stratum
    return stratum_of(allocation.participant, protocol, until=allocation.allocated_at)


def _undue(left: Allocation, following: Allocation) -> str:
    """Return why the place should not have been given free before the draw `following`; empty if it was right."""
    minutes = protocol_of(following.participant.version).study.allocation.replace_after_minutes
    if minutes is None:
        return "never, as the study replaces nobody"
    if left.sequence >= following.sequence:
        return "after its own draw"
    if left.participant.withdrawn_at or left.allocated_at + timedelta(minutes=minutes) <= following.allocated_at:
        return ""
    return f"no sooner than {minutes:g} minutes after it was drawn"
