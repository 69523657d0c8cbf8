"""What a column of the export is, and which name it gets."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MAX_NAME = 32  # characters: SPSS and old R
# What the codebook tells of a column when nothing more is to be said.
NEVER_EMPTY = "never empty"

TEXT_RULE = (
    "a text that begins with = + - @, a tab or a carriage return has an apostrophe in front, "
    "so that no spreadsheet runs it"
)

Role = tuple[str, ...]  # what a column holds, as the rows name it: ("item", "pretest", "pre_1")


@dataclass(frozen=True)
class Column:
    """One column of one file; the codebook has one row for each, with these fields as its columns."""

    file: str
    name: str
    label: str
    type: str  # string, integer, number, datetime, list (joined with |) or json
    unit: str = ""
    values: tuple[tuple[str, str], ...] = ()  # (code, label)
    minimum: float | None = None
    maximum: float | None = None
    stage: str = ""
    instrument: str = ""
    scale: str = ""  # of an item: the scales that it belongs to; of a score: how it is computed
    item_text: str = ""
    concept: str = ""
    level: str = ""
    key: tuple[str, ...] = ()
    wording: str = ""
    source: str = ""
    missing: str = NEVER_EMPTY
    study_versions: tuple[int, ...] = ()  # empty: every version
    role: Role = dataclasses.field(default=(), compare=False)


def columns_of(file: str, *entries: tuple) -> list[Column]:
    """Return columns from (name, type, label) and, where there is more to say, a dict of it."""
    return [
        Column(file, name, label, type_, role=(name,), **(more[0] if more else {}))
        for name, type_, label, *more in entries
    ]


def unique_name(wanted: str, taken: Iterable[str], suffix: str = "") -> str:
    """Return `wanted` with its suffix, at most 32 characters, numbered from 2 when it is taken."""
    number = 1
    while True:
        end = suffix if number == 1 else f"_{number}{suffix}"
        name = wanted[: MAX_NAME - len(end)] + end
        if name not in taken:
            return name
        number += 1


def merge(versions: list[tuple[int, Column]]) -> Column:
    """Return one column for what several versions of a study declare; where they differ, each is told."""
    numbers = tuple(number for number, _ in versions)
    columns = [column for _, column in versions]

    def told(field: str) -> str:
        texts = [getattr(column, field) for column in columns]
        if len(set(texts)) == 1:
            return texts[0]
        return " / ".join(f"version {number}: {text}" for number, text in zip(numbers, texts, strict=True))

    def bound(field: str, choose) -> float | None:
        bounds = [getattr(column, field) for column in columns]
        return None if None in bounds else choose(bounds)

    values: dict[str, list[str]] = {}
    for code, label in (pair for column in columns for pair in column.values):
        if label not in values.setdefault(code, []):
            values[code].append(label)
    keys = [column.key for column in columns]
    texts: dict[str, Any] = {
        field: told(field)
        for field in ("label", "unit", "instrument", "scale", "item_text", "concept", "level", "wording", "source")
    }
    return dataclasses.replace(
        columns[-1],
        type=_common_type({column.type for column in columns}),
        values=tuple((code, " / ".join(labels)) for code, labels in values.items()),
        minimum=bound("minimum", min),
        maximum=bound("maximum", max),
        key=keys[0]
        if len(set(keys)) == 1
        else tuple(f"version {number}: {', '.join(key)}" for number, key in zip(numbers, keys, strict=True)),
        study_versions=numbers,
        **texts,
    )


def _common_type(types: set[str]) -> str:
    if len(types) == 1:
        return next(iter(types))
    return "number" if types == {"integer", "number"} else "string"
