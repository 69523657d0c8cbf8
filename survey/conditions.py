"""Conditions on earlier answers and scores: the `when` of a stage, what must hold for it, and whether it is met."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from survey.items import Asked, Instrument

UNKNOWN = object()  # the value of what can still be answered
Path = tuple[str | int, ...]
Value = str | int | float


class Condition(Asked):
    """One comparison of an item or a scale; or several conditions, of which all or any must be met."""

    equals: Value | None = None
    among: Annotated[tuple[Value, ...], Field(alias="in")] = ()
    at_least: float | None = None
    at_most: float | None = None
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()

    @model_validator(mode="after")
    def check_form(self) -> Self:
        compares = self.values or self.bounds
        if len([form for form in (self.item, self.scale, self.all, self.any) if form]) != 1:
            raise ValueError("expected one of item, scale, all and any")
        if (self.all or self.any) and (compares or self.stage):
            raise ValueError("all and any hold conditions; expected the comparisons inside them")
        if not (self.all or self.any or compares):
            raise ValueError("compares with nothing; expected equals, in, at_least or at_most")
        return self

    @property
    def parts(self) -> tuple["Condition", ...]:
        return self.all or self.any

    @property
    def values(self) -> tuple[Value, ...]:
        """Return the values of which the answer must be one."""
        return self.among if self.equals is None else (self.equals, *self.among)

    @property
    def bounds(self) -> tuple[float, ...]:
        return tuple(bound for bound in (self.at_least, self.at_most) if bound is not None)

    def leaves(self, path: Path = ()) -> Iterator[tuple[Path, "Condition"]]:
        """Yield (path, comparison) of every comparison that it is made of."""
        if not self.parts:
            yield path, self
        for index, part in enumerate(self.parts):
            yield from part.leaves((*path, "all" if self.all else "any", index))

    def met_by(self, value: Any) -> bool:
        """Tell whether an answer or score meets this comparison; nothing is met by an answer that is not there."""
        if value is None:
            return False
        given = set(value) if isinstance(value, list | tuple) else {value}
        return (
            (self.equals is None or self.equals in given)
            and (not self.among or bool(given & set(self.among)))
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )


def holds(condition: Condition, value_of: Callable[[Condition], Any]) -> bool | None:
    """Tell whether a condition is met; None while that is open, as `value_of` a comparison is UNKNOWN."""
    if not condition.parts:
        value = value_of(condition)
        return None if value is UNKNOWN else condition.met_by(value)
    decisive = bool(condition.any)  # one part that is met decides `any`, one that is not decides `all`
    found = {holds(part, value_of) for part in condition.parts}
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def problems(
    condition: Condition, earlier: Mapping[str, Instrument], everywhere: Mapping[str, Instrument]
) -> Iterator[tuple[Path, str]]:
    """Yield (path, message) of what does not fit; {stage: instrument} of the earlier stages, and of all."""
    for path, leaf in condition.leaves():
        kind = "item" if leaf.item else "scale"
        stages = leaf.asked_in(earlier)
        if not stages:
            if later := leaf.asked_in(everywhere):
                yield (*path, kind), f"{leaf.name!r} is first asked in {later[0]}; expected a {kind} of a stage before"
            else:
                where = f"in stage {leaf.stage!r}" if leaf.stage else "in a stage"
                yield (*path, kind), f"no {kind} {leaf.name!r} {where} before this one"
        elif len(stages) > 1:
            yield (
                (*path, kind),
                f"{leaf.name!r} is asked in {', '.join(stages)}; expected a `stage` that says which one counts",
            )
        else:
            item = earlier[stages[0]].item(leaf.item) if leaf.item else None
            for key, message in _value_problems(leaf, item):
                yield (*path, key), message


def _value_problems(leaf: Condition, item: Any) -> Iterator[tuple[str, str]]:
    """Yield (key, message) of comparisons with what cannot be answered; `item` is None for a scale."""
    numeric = item is None or item.type in ("likert", "number")
    keys = [key for key in ("at_least", "at_most") if getattr(leaf, key) is not None]
    if item is not None and not item.possible:
        yield "item", f"{leaf.name!r} is {item.type}; expected an item with options, a rating or a number"
        return
    if keys and not numeric:
        yield keys[0], f"{leaf.name!r} has options and no numbers; expected equals or in"
    elif keys and item is not None and len(keys) == 1 and not item.allows(getattr(leaf, keys[0])):
        yield keys[0], f"{getattr(leaf, keys[0]):g} is no answer to {leaf.name!r}; expected {item.possible}"
    elif len(keys) == 2 and leaf.bounds[0] > leaf.bounds[1]:
        yield "at_least", f"{leaf.bounds[0]:g} is above at_most; nobody could meet both"
    for key, values in (("equals", leaf.values[:1] if leaf.equals is not None else ()), ("in", leaf.among)):
        for value in values:
            if isinstance(value, str) if item is None else not item.allows(value):
                expected = "a number" if item is None else item.possible
                yield key, f"{value!r} is no answer to {leaf.name!r}; expected {expected}"
