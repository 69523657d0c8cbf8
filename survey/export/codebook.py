"""Which columns every file of the export has, and what they mean: the export's source of truth."""

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from survey.export.choice import ALL, Choice
from survey.export.columns import Column, Role, merge, unique_name
from survey.export.fixed import CODEBOOK, CORRECT, ENDED_BY, FILES, PARTICIPANTS, PASSED
from survey.items import CHOICES, Instrument, LongText, Scale
from survey.models import Rating, Study, StudyVersion
from survey.protocol import protocol_of
from survey.rating.answers import raters
from survey.scoring import SCORING_VERSION
from survey.study_file import Edition, InstrumentStage, LearningStage, Protocol, TextStage

TYPES = {
    "single_choice": "string",
    "multiple_choice": "list",
    "likert": "integer",
    "short_text": "string",
    "long_text": "string",
}
MAX_LABEL = 80
ITEM_MISSING = "not reached, or left empty where that is allowed (then responses.csv has a row without value)"


def versions_with_participants(study: Study, kinds: Collection[str]) -> list[StudyVersion]:
    """Return the versions that anybody takes part in; before the first participant, the current one."""
    versions = list(study.versions.taken_part_in(kind__in=kinds).order_by("number"))
    return versions or [study.current_version]


def columns(study: Study, choice: Choice = ALL) -> dict[str, list[Column]]:
    """Return {file: its columns in order} of an export, the codebook first.

    Names follow from the kinds of participants alone: whatever else is chosen, a column keeps its name.
    """
    versions = [(version.number, protocol_of(version)) for version in versions_with_participants(study, choice.kinds)]
    numbers = sorted(_who_rated(study, choice.kinds))
    arms = {arm.id: arm.condition for _, protocol in versions for arm in protocol.study.arms}
    fixed = [replace(each, values=tuple(arms.items())) if each.name == "arm" else each for each in FILES[PARTICIPANTS]]
    wide = [*fixed, *_named(_declared(versions, numbers, choice.language))]
    chosen = [CODEBOOK, PARTICIPANTS, *(f"{table}.csv" for table in choice.tables)]
    return {file: choice.of(wide) if file == PARTICIPANTS else FILES[file] for file in chosen}


def participants_columns(study: Study, choice: Choice = ALL) -> list[Column]:
    """Return the columns that participants.csv has."""
    return columns(study, choice)[PARTICIPANTS]


def rows(files: dict[str, list[Column]]) -> Iterator[dict[Role, Any]]:
    """Yield the codebook's own rows, one for each column of each file."""
    for column in (column for entries in files.values() for column in entries):
        row: dict[Role, Any] = {(field.name,): getattr(column, field.name) for field in files[CODEBOOK]}
        row["values",] = json.dumps(dict(column.values), ensure_ascii=False) if column.values else None
        yield row


def timed_stages(protocol: Protocol) -> list[InstrumentStage | TextStage | LearningStage]:
    """Return the stages that have a time: consent is one click, and the last page has no end."""
    return [stage for stage in protocol.study.stages if isinstance(stage, InstrumentStage | TextStage | LearningStage)]


def _who_rated(study: Study, kinds: Collection[str]) -> set[int]:
    """Return the numbers of the raters who gave points to these participants."""
    numbers = raters(study)
    rated = Rating.objects.filter(response__participant__study=study, response__participant__kind__in=kinds)
    return {numbers[rater] for rater in rated.order_by().values_list("rater_id", flat=True).distinct()}


def _declared(versions: list[tuple[int, Protocol]], numbers: list[int], language: str) -> list[Column]:
    """Return the columns that the study's files ask for, without names: stages, items, keys, points, scores.

    `numbers` are those of the raters. A version that does not speak the language tells of itself in its first one.
    """
    found: dict[Role, list[tuple[int, Column]]] = {}
    for number, protocol in versions:
        edition = protocol.editions.get(language) or protocol.editions[protocol.study.languages[0]]
        for column in (
            *_stages(protocol, edition),
            *_follow_ups(protocol, edition),
            *_instruments(protocol, edition),
            *_points(protocol, edition, numbers),
        ):
            found.setdefault(column.role, []).append((number, column))
    merged = [merge(entries) for entries in found.values()]
    sections = ("stage", "item", "ok", "rater", "points", "score")
    return sorted(merged, key=lambda column: sections.index(column.role[0]))


def _named(declared: list[Column]) -> list[Column]:
    """Return the columns with their names. Items and scales choose first: their ids are their names."""
    taken = {column.name for column in FILES[PARTICIPANTS]}
    names: dict[Role, str] = {}
    for column in sorted(declared, key=lambda column: column.role[0] not in ("item", "score")):
        kind, *_, last = column.role
        wanted, suffix = {
            "stage": (column.stage, f"_{last}"),
            "ok": (names.get(("item", *column.role[1:]), ""), "_ok"),
            "points": (names.get(("item", *column.role[1:]), ""), "_points"),
            "rater": (names.get(("item", *column.role[1:3]), ""), f"_rater{last}"),
        }.get(kind, (last, ""))
        names[column.role] = unique_name(wanted, taken, suffix)
        taken.add(names[column.role])
    return [_with_name(column, names[column.role]) for column in declared]


def _with_name(column: Column, name: str) -> Column:
    return Column(**{**vars(column), "name": name})


def _stages(protocol: Protocol, edition: Edition) -> Iterator[Column]:
    titles = edition.titles.stages
    for stage in timed_stages(protocol):
        title = titles[stage.id]
        if stage.kind == "learning":
            yield _stage(stage.id, "entered_at", f"{title}: when it was entered", "datetime", missing="not reached")
        if stage.maximum_minutes:
            yield _stage(
                stage.id, "ended_by", f"{title}: how it ended", "string", values=ENDED_BY, missing="its end not reached"
            )
        if stage.kind == "instrument" and stage.comprehension:
            bounds: dict[str, Any] = {"minimum": 1, "maximum": stage.comprehension.tries}
            yield _stage(stage.id, "tries", f"{title}: tries at it", "integer", missing="not reached", **bounds)
            yield _stage(
                stage.id, "passed", f"{title}: how the last try went", "integer", values=PASSED, missing="not reached"
            )
        yield _stage(
            stage.id,
            "seconds",
            f"{title}: time on all its pages, pauses included",
            "number",
            unit="s",
            minimum=0,
            missing="its end not reached",
        )


def _follow_ups(protocol: Protocol, edition: Edition) -> Iterator[Column]:
    titles = edition.titles.stages
    for stage in protocol.study.stages:
        if stage.kind == "follow_up":
            title = titles[stage.id]
            yield _stage(stage.id, "opens_at", f"{title}: when it opens", "datetime", missing="main part not finished")
            yield _stage(stage.id, "entered_at", f"{title}: when it was begun", "datetime", missing="not begun")
            yield _stage(stage.id, "finished_at", f"{title}: when it was finished", "datetime", missing="not finished")


def _stage(stage: str, what: str, label: str, type_: str, **more: Any) -> Column:
    return Column(PARTICIPANTS, "", label, type_, stage=stage, role=("stage", stage, what), **more)


def _instruments(protocol: Protocol, edition: Edition) -> Iterator[Column]:
    for stage, instrument in protocol.instruments(edition):
        for item in instrument.items:
            yield _item(stage, instrument, item)
            if item.is_scored:
                yield _correctness(stage, instrument, item)
        for scale in instrument.scales:
            yield _score(stage, instrument, scale)


def _item(stage: InstrumentStage, instrument: Instrument, item: Any) -> Column:
    values: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    if item.type in CHOICES:
        values = tuple((option.value, option.text) for option in item.options)
    elif item.type == "likert":
        values, minimum, maximum = (("1", item.low), (str(item.points), item.high)), 1, item.points
    elif item.type == "number":
        minimum, maximum = item.minimum, item.maximum
    key = getattr(item, "key", None) or () if item.expected is None else (str(item.expected),)
    return Column(
        PARTICIPANTS,
        "",
        _short(item.text),
        TYPES.get(item.type) or ("integer" if item.is_whole else "number"),
        unit=getattr(item, "unit", ""),
        values=values,
        minimum=minimum,
        maximum=maximum,
        scale="|".join(
            f"{scale.id} (reversed)" if item.id in scale.reverse else scale.id
            for scale in instrument.scales
            if item.id in scale.items
        ),
        item_text=item.text,
        concept=item.concept,
        level=item.level or "",
        key=(key,) if isinstance(key, str) else key,
        missing=ITEM_MISSING,
        role=("item", stage.id, item.id),
        **_origin(stage, instrument),
    )


def _correctness(stage: InstrumentStage, instrument: Instrument, item: Any) -> Column:
    return Column(
        PARTICIPANTS,
        "",
        _short(f"Correct: {item.text}"),
        "integer",
        values=CORRECT,
        minimum=0,
        maximum=1,
        item_text=item.text,
        concept=item.concept,
        level=item.level or "",
        missing="not reached, or its page not sent yet; left empty on a page that was sent counts as wrong",
        role=("ok", stage.id, item.id),
        **_origin(stage, instrument),
    )


def _points(protocol: Protocol, edition: Edition, numbers: list[int]) -> Iterator[Column]:
    """Yield what each rater gave for an open answer, and what counts."""
    for stage, instrument in protocol.instruments(edition):
        for item in instrument.items:
            if not (isinstance(item, LongText) and item.rubric):
                continue
            possible = list(item.rubric_points)
            common: dict[str, Any] = {
                "values": tuple((str(points), line) for points, line in item.rubric_points.items()),
                "minimum": possible[0],
                "maximum": possible[-1],
                "item_text": item.text,
                "concept": item.concept,
                "level": item.level or "",
                **_origin(stage, instrument),
            }
            for number in numbers:
                yield Column(
                    PARTICIPANTS,
                    "",
                    _short(f"Points by rater {number}: {item.text}"),
                    "integer",
                    missing="no answer, not rated by this rater, or cannot be rated (then ratings.csv has a row)",
                    role=("rater", stage.id, item.id, str(number)),
                    **common,
                )
            yield Column(
                PARTICIPANTS,
                "",
                _short(f"Points that count: {item.text}"),
                "integer",
                missing="no answer, fewer than two raters, a difference not settled yet, or cannot be rated",
                role=("points", stage.id, item.id),
                **common,
            )


def _score(stage: InstrumentStage, instrument: Instrument, scale: Scale) -> Column:
    terms = ", ".join(
        f"{instrument.item(item).points + 1} - {item}" if item in scale.reverse else item for item in scale.items
    )
    percent = scale.score in ("percent_correct", "percent_rated")
    missing = "an item of the scale was not reached" if percent else "an item of the scale has no answer"
    if scale.score == "percent_rated":
        missing = "an item of the scale was not reached, or its answer has no points that count"
    bounds: dict[str, Any] = {"minimum": 0, "maximum": 100} if percent or scale.score == "sus" else {}
    return Column(
        PARTICIPANTS,
        "",
        _short(scale.title),
        "number",
        unit="%" if percent else "",
        scale=f"{scale.score}({terms}), scoring version {SCORING_VERSION}",
        missing=missing,
        role=("score", stage.id, scale.id),
        **bounds,
        **_origin(stage, instrument),
    )


def _origin(stage: InstrumentStage, instrument: Instrument) -> dict[str, Any]:
    return {
        "stage": stage.id,
        "instrument": stage.instrument,
        "wording": instrument.wording,
        "source": instrument.source,
    }


def _short(text: str) -> str:
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1].rstrip() + "…"
