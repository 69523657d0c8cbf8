"""The CONSORT flow: how many came, were allocated, stayed and are analysed, and why the others are not.

Everybody is in exactly one place of every part, so that the numbers of a part add up to the one before it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from survey.exclusion import excluded
from survey.models import Kind, StageVisit, Study
from survey.protocol import protocol_of

UNDER_WAY, REPLACED, FINISHED = "under_way", "replaced", "finished"
# What became of somebody, in the words of the diagram.
OUTCOMES: dict[str, Any] = {
    "screened_out": _("screened out"),
    "no_place": _("no place was left"),
    "withdrawn": _("withdrew"),
    "erased": _("withdrew, data erased"),
    REPLACED: _("did not come back in time, replaced"),
    UNDER_WAY: _("under way"),
}


@dataclass(frozen=True)
class Fate:
    """What became of one participant."""

    arm: str | None  # None: not allocated
    outcome: str  # one of OUTCOMES, or finished
    began: bool = False  # entered the learning phase
    timed_out: bool = False  # left it because the time was up: no loss, but worth telling
    excluded_for: str = ""  # the reason, if the data are not analysed
    replaced: bool = False  # their place was given on; whoever finishes all the same came back


@dataclass(frozen=True)
class ArmFlow:
    arm: str
    allocated: int
    began: int
    timed_out: int
    under_way: int
    lost: dict[str, int]  # {outcome: how many}
    finished: int
    came_back: int  # of those, whose place had been given to somebody else
    excluded: dict[str, int]  # {reason: how many}, of those who finished
    analysed: int

    @property
    def not_begun(self) -> int:
        return self.allocated - self.began

    @property
    def all_lost(self) -> int:
        return sum(self.lost.values())

    @property
    def all_excluded(self) -> int:
        return sum(self.excluded.values())


@dataclass(frozen=True)
class Flow:
    declined: int  # read the information and did not want to take part
    consented: int
    not_allocated: dict[str, int]  # {outcome: how many}
    arms: list[ArmFlow]

    @property
    def all_not_allocated(self) -> int:
        return sum(self.not_allocated.values())

    @property
    def allocated(self) -> int:
        return sum(arm.allocated for arm in self.arms)


def flow_of(fates: Iterable[Fate], arms: Iterable[str], declined: int = 0) -> Flow:
    """Return the flow of these participants, in these arms and then any other that was ever drawn."""
    everybody = list(fates)
    drawn = sorted({fate.arm for fate in everybody if fate.arm is not None} - set(arms))
    return Flow(
        declined=declined,
        consented=len(everybody),
        not_allocated=_counted(fate.outcome for fate in everybody if fate.arm is None),
        arms=[_arm(arm, [fate for fate in everybody if fate.arm == arm]) for arm in [*arms, *drawn]],
    )


def _arm(arm: str, fates: list[Fate]) -> ArmFlow:
    finished = [fate for fate in fates if fate.outcome == FINISHED]
    return ArmFlow(
        arm=arm,
        allocated=len(fates),
        began=sum(fate.began for fate in fates),
        timed_out=sum(fate.timed_out for fate in fates),
        under_way=sum(fate.outcome == UNDER_WAY for fate in fates),
        lost=_counted(fate.outcome for fate in fates if fate.outcome not in (FINISHED, UNDER_WAY)),
        finished=len(finished),
        came_back=sum(fate.replaced for fate in finished),
        excluded=_counted(fate.excluded_for for fate in finished if fate.excluded_for),
        analysed=sum(not fate.excluded_for for fate in finished),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def fates(study: Study) -> list[Fate]:
    """Return what became of every real participant of a study."""
    learning = {version.pk: protocol_of(version).learning.id for version in study.versions.all()}
    visits = StageVisit.objects.filter(participant__study=study, stage__in=set(learning.values()))
    ended = {(key, stage): how for key, stage, how in visits.values_list("participant_id", "stage", "ended_by")}
    reasons = excluded(study)
    found = []
    for participant in study.participants.filter(kind=Kind.REAL).select_related("allocation"):
        allocation = getattr(participant, "allocation", None)
        outcome = participant.status
        if participant.screened_out_reason and outcome == "screened_out":
            outcome = f"screened_out: {participant.screened_out_reason}"  # the study's own code for why
        if outcome == "started":
            outcome = REPLACED if allocation and allocation.released_at else UNDER_WAY
        visit = (participant.pk, learning[participant.version_id])
        exclusion = reasons.get(participant.pk)
        found.append(
            Fate(
                arm=allocation.arm if allocation else None,
                outcome=outcome,
                began=visit in ended,
                timed_out=ended.get(visit) == StageVisit.EndedBy.TIME_OUT,
                excluded_for=exclusion.reason if exclusion else "",
                replaced=bool(allocation and allocation.released_at),
            )
        )
    return found


def consort(study: Study) -> Flow:
    """Return the study's flow as it is now."""
    return flow_of(fates(study), [arm.id for arm in protocol_of(study.current_version).study.arms], study.declined)
