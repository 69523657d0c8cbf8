"""How far a study's participants have come: counts per arm and stage, and no outcome of anybody."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Prefetch, Q

from survey import flow
from survey.models import ItemResponse, Kind, Participant, StageVisit, Study, StudyVersion
from survey.protocol import protocol_of
from survey.study_file import Protocol
from survey.way import so_far_in


@dataclass(frozen=True)
class Group:
    """Everybody whom an arm was drawn for; the others add up to those allocated."""

    arm: str
    allocated: int
    finished: int
    under_way: int
    withdrawn: int
    screened_out: int = 0


@dataclass(frozen=True)
class Stage:
    """A stage, and how many are under way and stand in it."""

    title: str
    standing: int


@dataclass(frozen=True)
class FollowUp:
    """A later part of the study, and how many have begun and finished it."""

    title: str
    begun: int
    finished: int


@dataclass(frozen=True)
class Recruitment:
    study: Study
    title: str
    version: StudyVersion
    consented: int
    allocated: int
    finished: int
    under_way: int
    withdrawn: int
    screened_out: int
    no_place: int
    came_back: int  # finished although their place had been given to somebody else
    last_consent: datetime | None
    groups: list[Group]
    follow_ups: list[FollowUp]
    stages: list[Stage]

    @property
    def most_standing(self) -> int:
        """Return the length of the longest bar, at least 1."""
        return max([stage.standing for stage in self.stages] + [1])


FINISHED = Q(finished_at__isnull=False, withdrawn_at=None)
UNDER_WAY = Q(finished_at=None, withdrawn_at=None, no_place_at=None, screened_out_at=None)
WITHDRAWN = Q(withdrawn_at__isnull=False)
SCREENED_OUT = Q(screened_out_at__isnull=False, withdrawn_at=None)
NO_PLACE = Q(no_place_at__isnull=False, withdrawn_at=None)
CAME_BACK = FINISHED & Q(allocation__released_at__isnull=False)
COUNTS = {
    "finished": Count("pk", filter=FINISHED),
    "under_way": Count("pk", filter=UNDER_WAY),
    "withdrawn": Count("pk", filter=WITHDRAWN),
    "screened_out": Count("pk", filter=SCREENED_OUT),
}


def recruitment(study: Study) -> Recruitment:
    """Return the counts of a study as they are now, in eight queries at most; of real participants only."""
    version = study.current_version
    protocol = protocol_of(version)
    totals = study.participants.filter(kind=Kind.REAL).aggregate(
        consented=Count("pk"),
        last_consent=Max("consented_at"),
        no_place=Count("pk", filter=NO_PLACE),
        came_back=Count("pk", filter=CAME_BACK),
        **COUNTS,
    )
    groups = _groups(study, [arm.id for arm in protocol.study.arms])
    return Recruitment(
        study=study,
        title=next(iter(protocol.editions.values())).titles.study,
        version=version,
        allocated=sum(group.allocated for group in groups),
        groups=groups,
        follow_ups=_follow_ups(study, protocol),
        stages=_stages(study, version),
        **totals,
    )


def _groups(study: Study, arms: list[str]) -> list[Group]:
    """Return the counts of every arm: those of the current version, then any other that was ever drawn."""
    drawn = study.participants.filter(kind=Kind.REAL, allocation__isnull=False).order_by().values("allocation__arm")
    counted: Any = drawn.annotate(allocated=Count("pk"), **COUNTS)
    groups = {
        row["allocation__arm"]: Group(
            row["allocation__arm"],
            row["allocated"],
            row["finished"],
            row["under_way"],
            row["withdrawn"],
            row["screened_out"],
        )
        for row in counted
    }
    return [groups.get(arm) or Group(arm, 0, 0, 0, 0) for arm in [*arms, *sorted(set(groups) - set(arms))]]


def _follow_ups(study: Study, protocol: Protocol) -> list[FollowUp]:
    """Return the follow-ups of the current version."""
    stages = [stage.id for stage in protocol.study.stages if stage.kind == "follow_up"]
    seen = StageVisit.objects.filter(participant__study=study, participant__kind=Kind.REAL, stage__in=stages)
    counted = {
        stage: (begun, finished)
        for stage, begun, finished in seen.values_list("stage").annotate(Count("pk"), Count("completed_at"))
    }
    titles = next(iter(protocol.editions.values())).titles.stages
    return [FollowUp(titles[stage], *counted.get(stage, (0, 0))) for stage in stages]


def _stages(study: Study, current: StudyVersion) -> list[Stage]:
    """Return the stages in order, those of the current version first, with those who stand in them."""
    under_way = Participant.objects.filter(UNDER_WAY, study=study, kind=Kind.REAL).only("version_id")
    keys = set(under_way.order_by().values_list("version_id", flat=True).distinct())
    others = study.versions.filter(pk__in=keys - {current.pk})
    protocols = {version.pk: protocol_of(version) for version in (current, *others)}
    deciding = frozenset[str]().union(*(protocol.deciding for protocol in protocols.values()))
    given = ItemResponse.objects.filter(stage__in=deciding).order_by("revision", "pk")
    standing: Counter[str] = Counter()
    for walker in under_way.prefetch_related("visits", Prefetch("responses", given)):
        done = so_far_in(walker.visits.all(), walker.responses.all())
        standing[flow.standing(flow.way(protocols[walker.version_id], done), done).stage.id] += 1
    titles: dict[str, str] = {}
    for protocol in protocols.values():
        named = next(iter(protocol.editions.values())).titles.stages
        # Whoever has consented has left the first page, and whoever comes to the last has finished.
        for position in flow.way(protocol)[1:]:
            if position.part or position.stage.kind == "debriefing":
                continue
            titles.setdefault(position.stage.id, named[position.stage.id])
    return [Stage(title, standing[stage]) for stage, title in titles.items()]
