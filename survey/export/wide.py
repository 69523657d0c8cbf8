"""The rows of participants.csv: one for each participant, with times, answers and scores."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from survey import way
from survey.allocation_rule import REPLACED
from survey.analysis_rule import ExclusionRule
from survey.exclusion import excluded
from survey.export.choice import ALL, Choice
from survey.export.codebook import timed_stages
from survey.export.columns import Role
from survey.export.reading import Participation, Person, Visit, people
from survey.follow_up import follow_ups
from survey.models import StageVisit, Study, StudyVersion
from survey.protocol import protocol_of
from survey.rating.answers import Standing, answers, raters, standings
from survey.scoring import correct, score
from survey.study_file import LearningStage

TIME_OUT = StageVisit.EndedBy.TIME_OUT
Row = dict[Role, Any]


def participants(study: Study, choice: Choice = ALL, left_empty: Any = None) -> Iterator[Row]:
    """Yield one row per participant: who, when, how long, every answer, every score.

    `left_empty` stands for an answer to an item that was shown and left empty.
    """
    known = study.versions.in_bulk()
    versions: dict[int, _Version] = {}
    rated = standings(answers(study, choice.kinds).filter(choice.whose(study, "participant__")))
    numbers, out = raters(study), excluded(study)
    for person in people(study, choice):
        participant = person.participant
        if participant.version_id not in versions:
            versions[participant.version_id] = _Version(known[participant.version_id])
        version = versions[participant.version_id]
        times, course = version.times(person), version.course(person)
        yield {
            ("participant",): participant.code,
            ("study_version",): version.number,
            ("arm",): participant.arm,
            ("status",): participant.status,
            ("study_sha256",): version.sha256,
            ("language",): participant.language or None,
            ("consented_at",): participant.consented_at,
            ("allocated_at",): participant.allocated_at,
            ("replaced_at",): participant.released_at,
            ("finished_at",): participant.finished_at,
            ("withdrawn_at",): participant.withdrawn_at,
            ("erased_at",): participant.erased_at,
            ("consent_version",): participant.consent_version,
            ("consent_sha256",): participant.consent_sha256,
            ("consent_language",): participant.consent_language,
            ("screened_out_at",): participant.screened_out_at,
            ("screened_out_reason",): participant.screened_out_reason or None,
            **course,
            ("deviations",): version.deviations(person, times, course.get(("flags",))) or None,
            ("kind",): participant.kind,
            ("excluded_for",): out[participant.pk].reason if participant.pk in out else None,
            **times,
            **version.answers(person, rated, left_empty),
            **_points(person, rated, numbers),
        }


def _came_back(participant: Participation) -> bool:
    """Tell whether somebody finished although their place had been given to somebody else."""
    return bool(participant.released_at and participant.finished_at)


class _Version:
    """A version of the study: what its rows are made of, looked up once and not for each participant."""

    def __init__(self, version: StudyVersion):
        self.number, self.sha256, self._protocol = version.number, version.sha256, protocol_of(version)
        protocol = self._protocol
        self._timed = [(stage, protocol.pages(stage)) for stage in timed_stages(protocol)]
        self._instruments = protocol.instruments()
        self._asked = [
            (
                stage.id,
                instrument,
                [
                    (item.id, item, item.is_scored, ("item", stage.id, item.id), ("ok", stage.id, item.id))
                    for item in instrument.items
                ],
                [(scale, ("score", stage.id, scale.id)) for scale in instrument.scales],
            )
            for stage, instrument in self._instruments
        ]
        self._checks = [(stage, instrument) for stage, instrument in self._instruments if stage.comprehension]
        self._asks_attention = any(item.expected is not None for item in protocol.items().values())
        self._follows_up = any(protocol.parts.values())

    def times(self, person: Person) -> Row:
        """Return the times of the stages; a stage of several pages has a time once its last page is left."""
        row: Row = {}
        seen: dict[str, list[Visit]] = {}
        for visit in person.visits:
            seen.setdefault(visit.stage, []).append(visit)
        for stage, pages in self._timed:
            here = seen.get(stage.id, [])
            ended = [visit for visit in here if visit.completed_at]
            if ended and (ended[-1].ended_by == TIME_OUT or ended[-1].page == pages):
                row["stage", stage.id, "seconds"] = round(
                    sum(seconds(visit.entered_at, visit.completed_at) or 0 for visit in ended), 3
                )
            if isinstance(stage, LearningStage) and here:
                row["stage", stage.id, "entered_at"] = here[0].entered_at
            if stage.maximum_minutes and here:
                row["stage", stage.id, "ended_by"] = here[-1].ended_by or None
        return row

    def course(self, person: Person) -> Row:
        """Return what came of the checks of attention and comprehension, of times and of follow-ups."""
        row: Row = {("flags",): [REPLACED] if _came_back(person.participant) else None}
        if self._asks_attention or self._checks or self._follows_up:
            row |= self._checked(person)
        late = {}
        if any(response.late for response in person.responses):
            # The last revision of an item comes last.
            late = {(response.stage, response.item): bool(response.late) for response in person.responses}
        row["late_answers",] = sum(late.values()) if person.responses else None
        return row

    def deviations(self, person: Person, times: Row, flags: list[str] | None) -> list[str]:
        """Return the reasons of the study's rules of exclusion that somebody meets."""
        rules = self._protocol.study.exclusions
        done = way.NOTHING
        if any(rule.when for rule in rules):
            done = way.so_far_in(cast(Any, person.visits), cast(Any, person.responses))
        return [rule.reason for rule in rules if self._met(rule, done, times, flags or [])]

    def _met(self, rule: ExclusionRule, done: way.SoFar, times: Row, flags: list[str]) -> bool:
        if rule.flag is not None:
            return rule.flag in flags
        if rule.stage is not None:
            return rule.met_by_time(times.get(("stage", rule.stage, "seconds")))
        return rule.when is not None and way.met(rule.when, self._protocol, done)

    def _checked(self, person: Person) -> Row:
        protocol = self._protocol
        done = way.so_far_in(cast(Any, person.visits), cast(Any, person.responses))
        asked = way.attention_answers(protocol, done)
        row: Row = {
            ("attention_failed",): asked.count(False) if asked else None,
            ("flags",): [*way.flags(protocol, done), *[REPLACED] * _came_back(person.participant)] or None,
        }
        for each in follow_ups(cast(Any, person.participant), protocol, done):
            row["stage", each.stage.id, "opens_at"] = each.opens_at
            row["stage", each.stage.id, "entered_at"] = each.visit.entered_at if each.visit else None
            row["stage", each.stage.id, "finished_at"] = each.finished_at
        for stage, instrument in self._checks:
            if tries := done.completed_attempts(stage.id, instrument.pages):
                row["stage", stage.id, "tries"] = tries
                row["stage", stage.id, "passed"] = int(way.understood(protocol, done, stage, tries))
        return row

    def answers(self, person: Person, rated: dict[int, Standing], left_empty: Any) -> Row:
        """Return every answer, whether it is right, and every score, by the participant's own version."""
        row: Row = {}
        given: dict[str, dict[str, Any]] = {}
        settled: dict[str, dict[str, int | None]] = {}
        for response in person.responses:
            given.setdefault(response.stage, {})[response.item] = response.value
            if response.pk in rated:
                settled.setdefault(response.stage, {})[response.item] = rated[response.pk].points
        for stage, instrument, items, scales in self._asked:
            sent = given.get(stage, {})
            # An answer is kept, empty or not, with the page that showed the item.
            here = sent if len(sent) == len(items) else _reached(person, stage)
            if not here and not sent:
                continue
            for name, item, is_scored, of_item, of_ok in items:
                answer = sent.get(name)
                if answer is not None:
                    row[of_item] = in_order(item, answer)
                elif left_empty is not None and name in here:
                    row[of_item] = left_empty
                if is_scored and name in here:
                    row[of_ok] = correct(item, answer)
            for scale, of_score in scales:
                row[of_score] = score(scale, instrument, sent, here, settled.get(stage))
        return row


def _reached(person: Person, stage: str) -> set[str]:
    """Return the items on pages of a stage that have been left."""
    left = [visit for visit in person.visits if visit.stage == stage and visit.completed_at]
    return {entry["item"] for visit in left for entry in visit.shown}


def _points(person: Person, rated: dict[int, Standing], numbers: dict[int, int]) -> Row:
    """Return what each rater gave for an open answer, and what counts."""
    row: Row = {}
    if not rated:
        return row
    for response in person.responses:
        if standing := rated.get(response.pk):
            row["points", response.stage, response.item] = standing.points
            for rater, points in standing.given.items():
                row["rater", response.stage, response.item, str(numbers[rater])] = points
    return row


def in_order(item: Any, answer: Any) -> Any:
    """Return an answer for the export: several choices in the order of their declaration."""
    if isinstance(answer, list):
        return [option for option in item.values if option in answer]
    return answer


def seconds(entered_at: datetime, completed_at: datetime | None) -> float | None:
    return round((completed_at - entered_at).total_seconds(), 3) if completed_at else None
