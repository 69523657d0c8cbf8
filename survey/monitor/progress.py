"""How the study goes: recruitment over time, how long stages take, where people stand and where they left."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate

import numpy as np

from survey.models import Kind, Participant, StageVisit, Study
from survey.protocol import protocol_of

SILENT_AFTER = timedelta(days=1)
MOST_NAMED = 5  # of those who took unusually long


@dataclass(frozen=True)
class Times:
    """How long a stage took those who completed it, in minutes."""

    lowerfence: float  # the shortest
    q1: float
    median: float
    q3: float
    upperfence: float  # the longest that is not unusual
    beyond: list[tuple[str, float]]  # (code, minutes) of those above q3 + 1.5 * (q3 - q1), the longest first

    @property
    def longest(self) -> list[str]:
        return [code for code, _minutes in self.beyond[:MOST_NAMED]]


@dataclass
class StageProgress:
    title: str
    here: int = 0  # under way, and this is the last page that they saw
    silent: int = 0  # of those, for a day or longer
    left: Counter[str] = field(default_factory=Counter)  # {arm, or "" before the draw: who left here for good}
    times: Times | None = None

    @property
    def left_by_arm(self) -> list[tuple[str, int]]:
        """Return the same as pairs: to a template, a Counter has whatever key it asks for."""
        return sorted(self.left.items())

    @property
    def all_left(self) -> int:
        return self.left.total()


def times(minutes: dict[str, float]) -> Times | None:
    """Return the times of a stage from {participant's code: minutes}; outliers by Tukey's fences, Q3 + 1.5 IQR."""
    if not minutes:
        return None
    q1, median, q3 = (float(part) for part in np.percentile(list(minutes.values()), [25, 50, 75]))
    fence = q3 + 1.5 * (q3 - q1)
    beyond = sorted(((code, taken) for code, taken in minutes.items() if taken > fence), key=lambda each: -each[1])
    longest = max(taken for taken in minutes.values() if taken <= fence)
    return Times(min(minutes.values()), q1, median, q3, longest, beyond)


def stages(study: Study, at: datetime) -> list[StageProgress]:
    """Return where everybody stands, and how long each stage took, in the order of the stages; two queries."""
    titles, pages = _titles_and_pages(study)
    found = {stage: StageProgress(title) for stage, title in titles.items()}
    people = {
        participant.pk: participant
        for participant in study.participants.filter(kind=Kind.REAL).select_related("allocation")
    }
    last: dict[int, tuple[datetime, str]] = {}
    taken: dict[tuple[str, int], list[float]] = {}
    visits = StageVisit.objects.filter(participant__study=study, participant__kind=Kind.REAL).order_by("entered_at")
    for key, stage, entered, completed in visits.values_list("participant_id", "stage", "entered_at", "completed_at"):
        last[key] = (completed or entered, stage)
        if completed:
            taken.setdefault((stage, key), []).append((completed - entered).total_seconds() / 60)
    for key, (seen, stage) in last.items():
        if stage in found and people[key].status != "finished":
            _place(found[stage], people[key], seen, at)
    minutes: dict[str, dict[str, float]] = {}
    for (stage, key), parts in taken.items():
        if len(parts) >= pages.get((people[key].version_id, stage), 1):
            minutes.setdefault(stage, {})[people[key].code] = sum(parts)
    for stage, progress in found.items():
        progress.times = times(minutes.get(stage, {}))
    return list(found.values())


def _place(stage: StageProgress, participant: Participant, seen: datetime, at: datetime) -> None:
    allocation = getattr(participant, "allocation", None)
    if participant.status != "started" or (allocation and allocation.released_at):
        stage.left[allocation.arm if allocation else ""] += 1
    else:
        stage.here += 1
        stage.silent += at - seen >= SILENT_AFTER


def _titles_and_pages(study: Study) -> tuple[dict[str, str], dict[tuple[int, str], int]]:
    """Return {stage: title} of what participants go through, and {(version, stage): its number of pages}."""
    titles: dict[str, str] = {}
    pages: dict[tuple[int, str], int] = {}
    for version in study.versions.order_by("-number"):
        protocol = protocol_of(version)
        edition = next(iter(protocol.editions.values()))
        for stage in protocol.study.stages:
            if stage.kind in ("allocation", "consent", "screen_out", "debriefing", "follow_up"):
                continue
            titles.setdefault(stage.id, edition.titles.stages[stage.id])
            if stage.kind == "instrument":
                pages[version.pk, stage.id] = edition.instruments[stage.instrument].pages
    return titles, pages


@dataclass(frozen=True)
class Recruited:
    """How many had consented and finished by the end of each day, and how many are wanted."""

    days: list[date]
    consented: list[int]
    finished: list[int]
    target: int | None  # finishers

    @property
    def rows(self) -> list[tuple[date, int, int]]:
        """Return (day, consented, finished), the last day first."""
        return list(zip(self.days, self.consented, self.finished, strict=True))[::-1]


def recruited(study: Study, at: datetime) -> Recruited:
    """Return the recruitment from the first consent to today, in UTC days."""
    real = study.participants.filter(kind=Kind.REAL)
    came = Counter(when.date() for when in real.values_list("consented_at", flat=True))
    done = Counter(
        when.date() for when in real.filter(finished_at__isnull=False).values_list("finished_at", flat=True) if when
    )
    first = min(came, default=at.date())
    days = [first + timedelta(days=number) for number in range(max((at.date() - first).days, 0) + 1)]
    return Recruited(days, _running(came, days), _running(done, days), target(study))


def _running(counts: Counter[date], days: Iterable[date]) -> list[int]:
    return list(accumulate(counts[day] for day in days))


def target(study: Study) -> int | None:
    """Return how many places the study has: its own maximum, or that of all its arms; None where there is no limit."""
    file = protocol_of(study.current_version).study
    arms = [arm.maximum for arm in file.arms]
    of_arms = sum(maximum for maximum in arms if maximum) if all(arms) else None
    limits = [limit for limit in (file.allocation.maximum, of_arms) if limit is not None]
    return min(limits, default=None)
