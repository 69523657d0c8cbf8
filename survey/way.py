"""Which pages a participant's way has: a function of the protocol and of what they have done so far.

Conditions that are still open count as met, so the way gets no longer by an answer; only reading again adds pages.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from django.db.models import QuerySet

from survey.conditions import UNKNOWN, Condition, holds
from survey.models import ItemResponse, Participant, StageVisit
from survey.prepared import prepared
from survey.scoring import correct, score
from survey.study_file import Comprehension, FullStage, InstrumentStage, Protocol, Stage

Page = tuple[str, int, int]  # stage, attempt and page, both from 1


@dataclass(frozen=True)
class SoFar:
    """What a participant has done: the pages they have seen, and the answers that decide on their way."""

    visits: Mapping[Page, StageVisit] = field(default_factory=dict)
    answers: Mapping[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)  # {(stage, attempt): {item: …}}

    def completed(self, page: Page) -> bool:
        visit = self.visits.get(page)
        return bool(visit and visit.completed_at)

    def begun_at(self, position: "Position") -> datetime | None:
        """Return when the stage of a page was begun, in this attempt; None if it has not been."""
        here = (position.stage.id, position.attempt)
        return min((visit.entered_at for key, visit in self.visits.items() if key[:2] == here), default=None)

    def latest(self, stage: str) -> Mapping[str, Any]:
        """Return the answers of the last attempt at a stage."""
        attempts = [attempt for found, attempt in self.answers if found == stage]
        return self.answers[stage, max(attempts)] if attempts else {}

    def reached(self, stage: str) -> set[str]:
        """Return the items on pages that have been left."""
        return {
            entry["item"]
            for (found, *_), visit in self.visits.items()
            if found == stage and visit.completed_at
            for entry in visit.shown
        }

    def completed_attempts(self, stage: str, pages: int) -> int:
        """Return how often the stage was gone through to its end."""
        return sum(
            found == stage
            and bool(visit.completed_at)
            and (page == pages or visit.ended_by == StageVisit.EndedBy.TIME_OUT)
            for (found, _, page), visit in self.visits.items()
        )


NOTHING = SoFar()


def so_far(participant: Participant, protocol: Protocol) -> SoFar:
    """Return what a participant has done, as the database has it now."""
    given = (response for stage in protocol.deciding for response in _responses(participant.pk, stage))
    return so_far_in(_visits(participant.pk), given)


@prepared
def _visits(participant: int) -> QuerySet[StageVisit]:
    return StageVisit.objects.filter(participant=participant)


@prepared
def _responses(participant: int, stage: str) -> QuerySet[ItemResponse]:
    # In the order of their revisions: the last answer of an attempt counts.
    return ItemResponse.objects.filter(participant=participant, stage=stage).order_by("revision", "pk")


def so_far_in(visits: Iterable[StageVisit], responses: Iterable[ItemResponse]) -> SoFar:
    """Return what these visits and responses say, the responses in the order of their revisions."""
    answers: dict[tuple[str, int], dict[str, Any]] = {}
    for given in responses:
        answers.setdefault((given.stage, given.attempt), {})[given.item] = given.value
    return SoFar({(visit.stage, visit.attempt, visit.page): visit for visit in visits}, answers)


@dataclass(frozen=True)
class Position:
    """One page on a participant's way."""

    stage: Stage | FullStage
    page: int  # from 1
    pages: int
    number: int  # of all pages of the way, from 1
    of: int
    attempt: int = 1  # above 1: read again, or tried again
    part: str = ""  # the follow-up that it belongs to; empty: the main part
    # Of the page on which somebody stands: its visit, and when its stage was begun in this attempt. None: not seen yet.
    visit: StageVisit | None = field(default=None, compare=False)
    begun_at: datetime | None = field(default=None, compare=False)

    @property
    def key(self) -> Page:
        return self.stage.id, self.attempt, self.page


def way(protocol: Protocol, done: SoFar = NOTHING) -> list[Position]:
    """Return every page of the way, from consent to its end, as far as it is known by now."""
    if protocol.deciding or any(visit.ended_by == StageVisit.EndedBy.TIME_OUT for visit in done.visits.values()):
        return _laid(protocol, done)
    return list(_straight(protocol))


@lru_cache(maxsize=64)
def _straight(protocol: Protocol) -> tuple[Position, ...]:
    """Return the way that nothing of what somebody does changes."""
    return tuple(_laid(protocol, NOTHING))


def _laid(protocol: Protocol, done: SoFar) -> list[Position]:
    course = _Course(protocol, done)
    for stage in protocol.study.stages:
        if course.ended:
            break
        course.go(stage)
    pages = course.pages
    rule = protocol.study.attention
    if rule and inattentive(protocol, done, "screen_out"):
        sent = [page for page in pages if done.completed((page[0].id, page[3], page[1]))]
        pages = [*sent, (protocol.screen_out(rule.end), 1, 1, 1)]
    parts = protocol.parts
    # The main part has its end among its pages; that of a follow-up comes behind its last page.
    of = Counter(parts[stage.id] for stage, *_, attempt in pages if attempt == 1)
    number: Counter[str] = Counter()
    positions = []
    for stage, page, count, attempt in pages:
        part = parts[stage.id]
        number[part] += attempt == 1  # whoever reads again stays where they are
        positions.append(Position(stage, page, count, number[part], of[part] + bool(part), attempt, part))
    return positions


def standing(positions: list[Position], done: SoFar, parts: Collection[str] = ()) -> Position:
    """Return the first page of a way that is not completed, else its end; of the follow-ups, only `parts` are open."""
    main = [position for position in positions if not position.part]
    rest = [position for position in positions if position.part in parts]
    found = next((position for position in (*main[:-1], *rest) if not done.completed(position.key)), main[-1])
    return replace(found, visit=done.visits.get(found.key), begun_at=done.begun_at(found))


class _Course:
    """Lays the way, stage after stage."""

    def __init__(self, protocol: Protocol, done: SoFar):
        self.pages: list[tuple[Stage, int, int, int]] = []  # stage, page, pages, attempt
        self.ended = False
        self._protocol, self._done = protocol, done
        self._instruments = {stage.id: instrument for stage, instrument in protocol.instruments()}
        self._passed: set[str] = set()  # stages that get no further answer
        self._read: Counter[str] = Counter()  # {stage: attempts so far}

    def go(self, stage: Stage) -> None:
        when = getattr(stage, "when", None)
        met = holds(when, self.value) if when else stage.kind != "screen_out"
        if stage.kind == "screen_out":
            if met:
                self._end(stage)
        elif met is False:
            self._passed.add(stage.id)
        elif self._protocol.pages(stage):
            completed = self._attempt(stage)
            if completed and isinstance(stage, InstrumentStage) and stage.comprehension:
                completed = self._try_again(stage, stage.comprehension)
            if completed:
                self._passed.add(stage.id)

    def _attempt(self, stage: Stage) -> bool:
        """Add the pages of one more attempt at a stage; tell whether they all have been completed."""
        self._read[stage.id] += 1
        attempt = self._read[stage.id]
        pages = self._protocol.pages(stage)
        for page in range(1, pages + 1):
            self.pages.append((stage, page, pages, attempt))
            visit = self._done.visits.get((stage.id, attempt, page))
            if not visit or not visit.completed_at:
                # The rest follows too; nothing after a page that is still open can have been completed.
                self.pages += [(stage, later, pages, attempt) for later in range(page + 1, pages + 1)]
                return False
            if visit.ended_by == StageVisit.EndedBy.TIME_OUT:
                break
        return True

    def _try_again(self, stage: InstrumentStage, rule: Comprehension) -> bool:
        """Add reading and trying again until it is understood or no try is left; tell whether that is so."""
        text = cast(Stage, self._protocol.stage(rule.text))
        while not understood(self._protocol, self._done, stage, self._read[stage.id]):
            if self._read[stage.id] == rule.tries:
                if rule.failed == "screen_out":
                    self._end(self._protocol.screen_out(rule.end))
                break
            if not (self._attempt(text) & self._attempt(stage)):
                return False
        return True

    def _end(self, stage: Stage) -> None:
        self.pages.append((stage, 1, 1, 1))
        self.ended = True

    def value(self, leaf: Condition) -> Any:
        """Return the answer or the score that a comparison looks at."""
        stages = leaf.asked_in({name: held for name, held in self._instruments.items() if name in self._passed})
        if not stages:
            return UNKNOWN
        [stage] = stages
        answers, instrument = self._done.latest(stage), self._instruments[stage]
        if leaf.item:
            return answers.get(leaf.item)
        scale = next(scale for scale in instrument.scales if scale.id == leaf.scale)
        return score(scale, instrument, answers, self._done.reached(stage))


def understood(protocol: Protocol, done: SoFar, stage: InstrumentStage, attempt: int) -> bool:
    """Tell whether every item with a key was answered with it in this attempt at a comprehension check."""
    answers = done.answers.get((stage.id, attempt), {})
    items = next(held for each, held in protocol.instruments() if each is stage).items
    return all(correct(item, answers.get(item.id)) for item in items if item.is_scored)


def attention_answers(protocol: Protocol, done: SoFar) -> list[bool]:
    """Return of every attention check that was answered whether it was answered as it asks."""
    expected = {item.id: item.expected for item in protocol.items().values() if item.expected is not None}
    answers = [pair for given in done.answers.values() for pair in given.items()]
    return [answer == expected[item] for item, answer in answers if item in expected]


def inattentive(protocol: Protocol, done: SoFar, then: str) -> bool:
    """Tell whether so many attention checks of the main part were failed that the study's rule is to do `then`."""
    rule = protocol.study.attention
    main = SoFar(answers={key: given for key, given in done.answers.items() if not protocol.parts[key[0]]})
    return rule is not None and rule.failed == then and attention_answers(protocol, main).count(False) >= rule.failures


def met(condition: Condition, protocol: Protocol, done: SoFar) -> bool:
    """Tell whether a condition is met by what was answered, wherever it was asked; what is open meets nothing."""
    course = _Course(protocol, done)
    for stage in protocol.study.stages:
        course.go(stage)
    return holds(condition, course.value) is True


def flags(protocol: Protocol, done: SoFar) -> list[str]:
    """Return the reason codes with which a participant went on although a check was failed."""
    found = []
    rule = protocol.study.attention
    if rule and inattentive(protocol, done, "flag"):
        found.append(rule.reason)
    for stage, instrument in protocol.instruments():
        check = stage.comprehension
        tried = check and done.completed_attempts(stage.id, instrument.pages) == check.tries
        if check and check.failed == "flag" and tried and not understood(protocol, done, stage, check.tries):
            found.append(check.reason)
    return found
