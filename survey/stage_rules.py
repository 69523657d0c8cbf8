"""What must hold for what names stages: conditions, checks, times, hypotheses, derived measures, rules of exclusion."""

from collections.abc import Callable, Mapping

from survey import analysis_rule, conditions, derived_rule
from survey.allocation_rule import REPLACED
from survey.items import Instrument
from survey.study_file import InstrumentStage, StudyFile

Problem = Callable[[tuple[str | int, ...], str], None]
SHORTEST_MONTH = 28  # days


def check(study: StudyFile, instruments: Mapping[str, Instrument], problem: Problem) -> None:
    """Report what does not fit in study.toml; `instruments` holds {id: instrument} of the study's first language."""
    everywhere = {
        stage.id: instruments[stage.instrument]
        for stage in study.stages
        if stage.kind == "instrument" and stage.instrument in instruments
    }
    earlier: dict[str, Instrument] = {}
    for index, stage in enumerate(study.stages):
        if when := getattr(stage, "when", None):
            for path, message in conditions.problems(when, earlier, everywhere):
                problem(("stages", index, "when", *path), message)
        least, most = getattr(stage, "minimum_seconds", None), getattr(stage, "maximum_minutes", None)
        if least and most and least >= 60 * most:
            problem(("stages", index, "minimum_seconds"), f"{least:g} s is not below the maximum of {most:g} min")
        if stage.kind == "instrument" and stage.comprehension:
            _check_comprehension(study, index, stage, everywhere.get(stage.id), problem)
        if stage.id in everywhere:
            earlier[stage.id] = everywhere[stage.id]
    _check_follow_ups(study, problem)
    _check_retention(study, problem)
    _check_attention(study, everywhere, problem)
    _check_ends(study, problem)
    _check_analysis(study, everywhere, problem)


def _check_comprehension(
    study: StudyFile, index: int, stage: InstrumentStage, instrument: Instrument | None, problem: Problem
) -> None:
    rule, path = stage.comprehension, ("stages", index, "comprehension")
    if rule is None:
        return
    texts = [each.id for each in study.stages[:index] if each.kind == "text"]
    if rule.text not in texts:
        problem((*path, "text"), f"{rule.text!r} is no text stage before this one; expected one of {texts}")
    if instrument and not any(item.is_scored for item in instrument.items):
        problem(path, f"no item of {stage.instrument!r} has a key; expected at least one right answer")
    _check_end(study, rule.failed, rule.end, path, problem)


def _check_retention(study: StudyFile, problem: Problem) -> None:
    """Nobody's link may be cut, nor anything erased, while they are to come back for a follow-up."""
    rule = study.retention
    if rule is None:
        return
    periods = rule.model_dump()
    if not any(periods.values()):
        problem(("retention",), "says nothing; expected identifiers_months, data_months or both")
    if rule.identifiers_months and rule.data_months and rule.data_months < rule.identifiers_months:
        problem(
            ("retention", "data_months"),
            f"identifiers go with all data; expected at least the {rule.identifiers_months} months of "
            f"identifiers_months, got {rule.data_months}",
        )
    last = max((stage.closes_after_days for stage in study.stages if stage.kind == "follow_up"), default=0)
    for key, months in periods.items():
        if months and months * SHORTEST_MONTH < last:
            problem(("retention", key), f"{months} months end before a follow-up closes, after {last:g} days")


def _check_follow_ups(study: StudyFile, problem: Problem) -> None:
    opens, part = 0.0, ""
    for index, stage in enumerate(study.stages):
        if stage.kind == "follow_up":
            part = stage.id
            following = study.stages[index + 1 : index + 2]
            if not following or following[0].kind == "follow_up":
                problem(("stages", index), f"nothing follows {stage.id!r}; expected an instrument or a text after it")
            if stage.closes_after_days <= stage.opens_after_days:
                problem(("stages", index, "closes_after_days"), "closes before it opens; expected more days")
            if stage.opens_after_days <= opens:
                problem(("stages", index, "opens_after_days"), "opens before the one above; expected more days")
            opens = stage.opens_after_days
        elif part and stage.kind not in ("instrument", "text"):
            problem(("stages", index, "kind"), f"{stage.kind!r} after {part!r}; expected instruments and texts only")
        elif part and stage.kind == "instrument" and stage.comprehension and stage.comprehension.end:
            problem(("stages", index, "comprehension", "end"), "nobody is screened out of a follow-up; expected a flag")


def _check_attention(study: StudyFile, everywhere: Mapping[str, Instrument], problem: Problem) -> None:
    rule = study.attention
    if rule is None:
        return
    checks = sum(item.expected is not None for held in everywhere.values() for item in held.items)
    if rule.failures > checks:
        problem(
            ("attention", "failures"), f"{rule.failures} of {checks} items with an `expected` answer can never fail"
        )
    _check_end(study, rule.failed, rule.end, ("attention",), problem)


def _check_end(study: StudyFile, failed: str, end: str | None, path: tuple[str | int, ...], problem: Problem) -> None:
    ends = [stage.id for stage in study.stages if stage.kind == "screen_out"]
    if failed == "screen_out" and end not in ends:
        problem((*path, "end"), f"{end!r} is no stage of kind 'screen_out'; expected one of {ends}")
    if failed != "screen_out" and end:
        problem((*path, "end"), f"failed = {failed!r} goes on; expected no end")


def _check_ends(study: StudyFile, problem: Problem) -> None:
    used = {study.attention.end} if study.attention else set()
    used |= {stage.comprehension.end for stage in study.stages if stage.kind == "instrument" and stage.comprehension}
    for index, stage in enumerate(study.stages):
        if stage.kind == "screen_out" and not stage.when and stage.id not in used:
            problem(("stages", index), f"nobody comes to {stage.id!r}; expected a `when`, or a check that names it")


def _check_analysis(study: StudyFile, everywhere: Mapping[str, Instrument], problem: Problem) -> None:
    flags = [study.attention.reason] if study.attention and study.attention.failed == "flag" else []
    flags += [REPLACED] if study.allocation.replace_after_minutes else []
    before: dict[str, Instrument] = {}
    drawn = False
    for stage in study.stages:
        drawn = drawn or stage.kind == "allocation"
        if stage.kind == "instrument" and stage.comprehension and stage.comprehension.failed == "flag":
            flags.append(stage.comprehension.reason)
        if stage.id in everywhere and not drawn:
            before[stage.id] = everywhere[stage.id]
    timed = [stage.id for stage in study.stages if stage.kind in ("instrument", "text", "learning")]
    arms = [arm.id for arm in study.arms]
    derived_rule.check(study.derived, everywhere, before, problem)
    analysis_rule.check(
        study.hypotheses, study.exclusions, study.derived, arms, everywhere, before, timed, flags, problem
    )
