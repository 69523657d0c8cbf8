"""Instruments as their TOML files declare them: items, their options, keys and scales.

Everything else follows from these declarations: form, validation, codebook, scores, export.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# 24 characters leave room for a suffix: a column's name has at most 32 (SPSS, old R).
ItemId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=24)]
Level = Literal["recall", "comprehension", "transfer"]
CHOICES = ("single_choice", "multiple_choice")


class Strict(BaseModel):
    """A table of a study file: unknown keys are errors, so that a misspelled key is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(Strict):
    """An answer or a score that a rule of the study looks at."""

    item: ItemId | None = None
    scale: ItemId | None = None
    # Only where two stages that come into question show the same instrument:
    stage: str | None = None

    @property
    def name(self) -> str:
        return self.item or self.scale or ""

    def asked_in(self, instruments: Mapping[str, "Instrument"]) -> list[str]:
        """Return the stages that ask it, of {stage: its instrument}."""

        def asks(instrument: Instrument) -> bool:
            entries: Sequence[Any] = instrument.items if self.item else instrument.scales
            return self.name in {entry.id for entry in entries}

        return [stage for stage, held in instruments.items() if self.stage in (None, stage) and asks(held)]


class Option(Strict):
    value: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=32)]
    text: str
    misconception: str = ""


class _Item(Strict):
    id: ItemId
    text: Annotated[str, Field(min_length=1)]
    help: str = ""
    required: bool = True
    # Of an attention check: the answer that the text asks for.
    expected: str | int | float | None = None
    # Knowledge items only:
    concept: str = ""
    level: Level | None = None
    reason: str = ""
    passages: tuple[str, ...] = ()

    @property
    def is_scored(self) -> bool:
        return getattr(self, "key", None) is not None

    @property
    def possible(self) -> str:
        """Return in words which values a rule can compare an answer with; empty where there are none."""
        return ""

    def allows(self, value: str | float) -> bool:
        """Tell whether an answer can be, or hold, this value."""
        return False

    @model_validator(mode="after")
    def check_expected(self) -> Self:
        if self.expected is not None and not self.possible:
            raise ValueError("expected belongs to single_choice, likert and number; a text has no expected answer")
        if self.expected is not None and not self.allows(self.expected):
            raise ValueError(f"expected {self.expected!r} is no answer to this item; expected {self.possible}")
        return self


class _ChoiceItem(_Item):
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    @property
    def values(self) -> list[str]:
        return [option.value for option in self.options]

    @property
    def possible(self) -> str:
        return f"one of {self.values}"

    def allows(self, value: str | float) -> bool:
        return value in self.values

    @model_validator(mode="after")
    def check_values(self) -> Self:
        if len(set(self.values)) < len(self.values):
            raise ValueError(f"two options have the same value; expected different ones, got {self.values}")
        return self


class SingleChoice(_ChoiceItem):
    type: Literal["single_choice"]
    key: str | None = None

    @model_validator(mode="after")
    def check_key(self) -> Self:
        if self.key is not None and self.key not in self.values:
            raise ValueError(f"key {self.key!r} is no option; expected one of {self.values}")
        return self


class MultipleChoice(_ChoiceItem):
    type: Literal["multiple_choice"]
    key: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def check_key(self) -> Self:
        if unknown := sorted(set(self.key or ()) - set(self.values)):
            raise ValueError(f"key names {unknown}, which are no options; expected some of {self.values}")
        if self.expected is not None:
            raise ValueError("expected belongs to an item with one answer; expected a single_choice")
        return self


class Likert(_Item):
    """A rating from 1 (`low`) to `points` (`high`)."""

    type: Literal["likert"]
    points: Annotated[int, Field(ge=2, le=11)]
    low: str
    high: str

    @property
    def possible(self) -> str:
        return f"a whole number from 1 to {self.points}"

    def allows(self, value: str | float) -> bool:
        return value in range(1, self.points + 1)


class Number(_Item):
    type: Literal["number"]
    minimum: float
    maximum: float
    step: Annotated[float, Field(gt=0)] = 1
    unit: str = ""

    @model_validator(mode="after")
    def check_range(self) -> Self:
        if self.minimum >= self.maximum:
            raise ValueError(f"minimum {self.minimum:g} is not below maximum {self.maximum:g}")
        return self

    @property
    def possible(self) -> str:
        return f"a number from {self.minimum:g} to {self.maximum:g}"

    def allows(self, value: str | float) -> bool:
        return not isinstance(value, str) and self.minimum <= value <= self.maximum

    @property
    def is_whole(self) -> bool:
        return self.minimum.is_integer() and float(self.step).is_integer()


class ShortText(_Item):
    type: Literal["short_text"]
    maximum_length: Annotated[int, Field(ge=1, le=1000)] = 200


class LongText(_Item):
    type: Literal["long_text"]
    maximum_length: Annotated[int, Field(ge=1, le=20_000)] = 5000
    rubric: tuple[str, ...] = ()  # "0 points: ...", "1 point: ...": a line for all points that raters may give

    @property
    def rubric_points(self) -> dict[int, str]:
        """Return {points: the rubric's line}, from the fewest points to the most."""
        lines = {int(re.match(r"\d*", line)[0] or -1): line for line in self.rubric}  # type: ignore[index]
        return dict(sorted(lines.items()))

    @model_validator(mode="after")
    def check_rubric(self) -> Self:
        if not self.rubric:
            return self
        if -1 in self.rubric_points:
            raise ValueError(f"a line of the rubric begins with its points, such as '0 points: …': {self.rubric}")
        if not len(self.rubric_points) == len(self.rubric) > 1:
            raise ValueError(f"a rubric has two lines or more, each with other points: {self.rubric}")
        return self


Item = Annotated[
    SingleChoice | MultipleChoice | Likert | Number | ShortText | LongText,
    Field(discriminator="type"),
]


class Scale(Strict):
    id: ItemId
    title: str
    items: Annotated[tuple[str, ...], Field(min_length=1)]
    score: Literal["mean", "sum", "percent_correct", "percent_rated", "sus"]
    reverse: tuple[str, ...] = ()


class Instrument(Strict):
    title: str
    kind: Literal["questionnaire", "knowledge_test"]
    wording: Literal["own", "adapted", "original"]
    instruction: str = ""
    source: str = ""
    items_per_page: Annotated[int, Field(ge=1)] | None = None
    shuffle_items: bool = False
    shuffle_options: bool = False
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    scales: tuple[Scale, ...] = ()

    def item(self, item_id: str) -> Any:
        return self.items_by_id[item_id]

    @cached_property
    def items_by_id(self) -> dict[str, Any]:
        return {item.id: item for item in self.items}

    @property
    def pages(self) -> int:
        return -(-len(self.items) // (self.items_per_page or len(self.items)))

    @model_validator(mode="after")
    def check_scales(self) -> Self:
        by_id = {item.id: item for item in self.items}
        for scale in self.scales:
            if unknown := sorted(set(scale.items) - set(by_id)):
                raise ValueError(f"scale {scale.id!r} names {unknown}, which are no items of this instrument")
            if stray := sorted(set(scale.reverse) - set(scale.items)):
                raise ValueError(f"scale {scale.id!r} reverses {stray}, which are not among its items")
            for item in (by_id[item_id] for item_id in scale.items):
                if scale.score == "percent_correct" and not item.is_scored:
                    raise ValueError(f"scale {scale.id!r} scores item {item.id!r}, which has no key")
                if scale.score == "percent_rated":
                    if not getattr(item, "rubric", ()):
                        raise ValueError(f"scale {scale.id!r} needs raters' points, but item {item.id!r} has no rubric")
                elif scale.score != "percent_correct" and item.type not in ("likert", "number"):
                    raise ValueError(f"scale {scale.id!r} needs numbers, but item {item.id!r} is {item.type}")
                if item.id in scale.reverse and item.type != "likert":
                    raise ValueError(f"scale {scale.id!r} reverses {item.id!r}; only Likert items can be")
                if scale.score == "sus" and (len(scale.items) != 10 or getattr(item, "points", 0) != 5):
                    raise ValueError(f"scale {scale.id!r}: the SUS has ten Likert items of five points")
        if self.kind == "knowledge_test":
            for item in self.items:
                if item.expected is None and not (item.concept and item.level):
                    raise ValueError(f"item {item.id!r} of a knowledge test needs a concept and a level")
        return self
