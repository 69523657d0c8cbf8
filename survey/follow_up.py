"""Parts of a study that open some days after its main part: when, for whom, and what has become of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch

from survey.models import Kind, Participant, StageVisit, Study
from survey.protocol import protocol_of
from survey.study_file import FollowUpStage, Protocol
from survey.way import SoFar, so_far, so_far_in


@dataclass(frozen=True)
class FollowUp:
    """One follow-up of one participant. Begun in its time, it may be finished whenever they like."""

    stage: FollowUpStage
    opens_at: datetime
    closes_at: datetime
    visit: StageVisit | None  # from its first page to its last

    @property
    def finished_at(self) -> datetime | None:
        return self.visit.completed_at if self.visit else None

    def state(self, at: datetime) -> str:
        """Return `finished`, `begun`, `waiting`, `open` or `missed`."""
        if self.visit:
            return "finished" if self.visit.completed_at else "begun"
        if at < self.opens_at:
            return "waiting"
        return "open" if at < self.closes_at else "missed"


def follow_ups(participant: Participant, protocol: Protocol, done: SoFar) -> Iterator[FollowUp]:
    """Yield the follow-ups of somebody who has finished the main part; before, there are none."""
    for stage in protocol.study.stages:
        if stage.kind == "follow_up" and participant.finished_at:
            yield FollowUp(
                stage,
                participant.finished_at + timedelta(days=stage.opens_after_days),
                participant.finished_at + timedelta(days=stage.closes_after_days),
                done.visits.get((stage.id, 1, 1)),
            )


def everybodys(study: Study) -> Iterator[tuple[Participant, FollowUp]]:
    """Yield each follow-up of all real and pilot participants who may be asked to it, in the order they came."""
    asked = study.participants.filter(kind__in=(Kind.REAL, Kind.PILOT), withdrawn_at=None).exclude(finished_at=None)
    protocols = {version.pk: protocol_of(version) for version in study.versions.defer("files")}
    stages = {stage.id for found in protocols.values() for stage in found.study.stages if stage.kind == "follow_up"}
    visits = Prefetch("visits", StageVisit.objects.filter(stage__in=stages))
    for participant in asked.order_by("consented_at", "pk").prefetch_related(visits) if stages else ():
        done = so_far_in(participant.visits.all(), ())
        for each in follow_ups(participant, protocols[participant.version_id], done):
            yield participant, each


def parts(participant: Participant, protocol: Protocol, done: SoFar, at: datetime) -> set[str]:
    """Return the ids of the follow-ups whose pages a participant may see now."""
    return {each.stage.id for each in follow_ups(participant, protocol, done) if each.state(at) in ("begun", "open")}


def next_or_last(participant: Participant, at: datetime) -> FollowUp | None:
    """Return the follow-up that is next for a participant, else the last one; None in a study without."""
    protocol = protocol_of(participant.version)
    if not any(protocol.parts.values()):
        return None
    found = list(follow_ups(participant, protocol, so_far(participant, protocol)))
    return next((each for each in found if each.state(at) == "waiting"), found[-1] if found else None)


def may_begin_early(participant: Participant) -> bool:
    """Tell whether somebody need not wait for the time: the researcher's test participants, and simulated ones."""
    return participant.kind in (Kind.TEST, Kind.SIMULATED)
