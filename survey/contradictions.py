"""Finds conditions that can never be met: by no possible answers, or by nobody who gets so far.

What was asked is a variable with the few values that matter: each one that a condition names, and one on each side.
A search gives values to one variable after the other and gives up where a condition has failed already. Answers and
scores are taken to be independent of each other, so what is found is certain, and not everything is found.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from survey.conditions import UNKNOWN, Condition, Path, holds
from survey.items import Instrument, Scale
from survey.study_file import Protocol, Stage

MOST_MENTIONED = 8  # of one question's options, of which each doubles the search; with more, nothing is said

Variable = tuple[str, str, str]  # stage, "item" or "scale", name
Demand = tuple[Condition, bool]  # a condition, and whether it has to be met


@dataclass(frozen=True)
class Contradiction:
    path: Path  # in study.toml
    message: str


def contradictions(protocol: Protocol) -> Iterator[Contradiction]:
    """Yield every condition, or part of one, that can never be met, and the first stage that nobody comes to."""
    study = _Study(protocol)
    ends: list[Demand] = []
    for index, stage in enumerate(protocol.study.stages):
        when: Condition | None = getattr(stage, "when", None)
        path = ("stages", index)
        if when:
            found = list(study.never(when, (*path, "when"), ends))
            yield from found
            if stage.kind == "screen_out" and not found:
                ends.append((when, False))
                if not study.possible(ends):
                    yield Contradiction((*path, "when"), "is met by everybody who comes here; nobody goes on")
                    return


class _Study:
    def __init__(self, protocol: Protocol):
        self._stages: dict[str, Stage] = {stage.id: stage for stage in protocol.study.stages}
        self._instruments = {stage.id: instrument for stage, instrument in protocol.instruments()}
        leaves = [
            leaf
            for stage in protocol.study.stages
            if (when := getattr(stage, "when", None))
            for _, leaf in when.leaves()
        ]
        self._named: dict[Variable, list[Condition]] = {}
        for leaf in leaves:
            self._named.setdefault(self._variable(leaf), []).append(leaf)

    def never(self, condition: Condition, path: Path, ends: Sequence[Demand]) -> Iterator[Contradiction]:
        """Yield what in a condition can never be met by who has come by the ends before; nothing if it can."""
        if self.possible([(condition, True), *ends]):
            for index, part in enumerate(condition.any):
                yield from self.never(part, (*path, "any", index), ends)
            for index, part in enumerate(condition.all):
                beside = [(other, True) for other in condition.all if other is not part]
                if part.parts:
                    yield from self.never(part, (*path, "all", index), [*beside, *ends])
        else:
            yield Contradiction(path, f"can never be met: {self._why(condition, ends)}")

    def _why(self, condition: Condition, ends: Sequence[Demand]) -> str:
        for number in (1, 2):
            for parts in combinations(condition.all or (condition,), number):
                if not self.possible([(part, True) for part in parts], alone=True):
                    told = " and ".join(_told(part) for part in parts)
                    return f"no answers give {told}" + (" at once" if number > 1 else "")
        if not self.possible([(condition, True)], alone=True):
            return "no answers meet all its parts at once"
        if not self.possible([(condition, True)]):
            asked = sorted({self._variable(leaf)[0] for _, leaf in condition.leaves()})
            unless = [stage for stage in asked if getattr(self._stages[stage], "when", None)]
            return f"whoever it asks for does not come to {', '.join(unless)}, where that is answered"
        return "whoever meets it does not meet what stands beside it, or has been screened out before"

    def possible(self, demands: Sequence[Demand], alone: bool = False) -> bool:
        """Tell whether there are answers that satisfy all demands; `alone`: as if every stage came to everybody."""
        variables = self._involved(demands, alone)
        return self._search(demands, variables, {}, alone)

    def _involved(self, demands: Sequence[Demand], alone: bool) -> list[Variable]:
        found: dict[Variable, None] = {}
        todo = [condition for condition, _ in demands]
        while todo:
            for _, leaf in todo.pop().leaves():
                variable = self._variable(leaf)
                if variable not in found and not alone and (when := self._when(variable)):
                    todo.append(when)
                found[variable] = None
        return list(found)

    def _search(
        self, demands: Sequence[Demand], variables: Sequence[Variable], given: Mapping[Variable, Any], alone: bool
    ) -> bool:
        def value(leaf: Condition) -> Any:
            variable = self._variable(leaf)
            when = None if alone else self._when(variable)
            shown = holds(when, value) if when else True
            return None if shown is False else UNKNOWN if shown is None else given.get(variable, UNKNOWN)

        met = [(holds(condition, value), wanted) for condition, wanted in demands]
        if any(found is not None and found != wanted for found, wanted in met):
            return False
        if all(found is not None for found, _ in met) or not variables:
            return True
        first, *rest = variables
        return any(self._search(demands, rest, {**given, first: each}, alone) for each in self._values(first))

    def _when(self, variable: Variable) -> Condition | None:
        return getattr(self._stages[variable[0]], "when", None)

    def _variable(self, leaf: Condition) -> Variable:
        # The first of all that ask it: checking has made sure that no other one stands before the condition.
        return leaf.asked_in(self._instruments)[0], "item" if leaf.item else "scale", leaf.name

    def _values(self, variable: Variable) -> list[Any]:
        """Return the values that matter of what was asked: None where it may be left empty."""
        stage, kind, name = variable
        instrument, named = self._instruments[stage], self._named[variable]
        timed = bool(getattr(self._stages[stage], "maximum_minutes", None))
        if kind == "scale":
            scale = next(scale for scale in instrument.scales if scale.id == name)
            return _scores(scale, instrument, named) + [None] * timed
        item = instrument.item(name)
        empty = [None] * (timed or not item.required)
        if item.type == "single_choice":
            return item.values + empty
        if item.type == "multiple_choice":
            return _selections(item.values, named) + empty
        if item.type == "likert":
            return [*range(1, item.points + 1), *empty]
        return _numbers(named, item.minimum, item.maximum, item.step if item.is_whole else 0) + empty


def _selections(options: Sequence[str], named: Sequence[Condition]) -> list[Any]:
    """Return the selections of options that matter, none of them empty."""
    mentioned = sorted({value for leaf in named for value in leaf.values if isinstance(value, str)})
    if len(mentioned) > MOST_MENTIONED:
        return [UNKNOWN]
    others = [value for value in options if value not in mentioned][:1]
    chosen = [[*some, *others] for size in range(len(mentioned) + 1) for some in combinations(mentioned, size)]
    return [some for some in chosen if some]


def _numbers(named: Sequence[Condition], low: float, high: float, step: float) -> list[Any]:
    """Return the ends and the numbers nearest to those that are named; without a step, one between any two."""
    at = sorted({float(number) for leaf in named for number in (*leaf.values, *leaf.bounds)} | {low, high})
    if step:
        near = {low + step * (math.floor((number - low) / step) + side) for number in at for side in (-1, 0, 1, 2)}
    else:
        near = {*at, *((left + right) / 2 for left, right in pairwise(at))}
    return sorted(number for number in near if low <= number <= high)


def _scores(scale: Scale, instrument: Instrument, named: Sequence[Condition]) -> list[Any]:
    """Return the scores that matter; None: with an answer left empty, or before raters have given their points."""
    items = [instrument.item(name) for name in scale.items]
    if scale.score == "percent_rated":
        return [None]
    if scale.score == "percent_correct":
        return [100 * right / len(items) for right in range(len(items) + 1)]
    low = [item.minimum if item.type == "number" else 1 for item in items]
    high = [item.maximum if item.type == "number" else item.points for item in items]
    ends = {"sum": (sum(low), sum(high)), "sus": (0, 100)}
    least, most = ends.get(scale.score, (sum(low) / len(low), sum(high) / len(high)))
    return [*_numbers(named, least, most, 0), *[None] * any(not item.required for item in items)]


def _told(condition: Condition) -> str:
    """Return a condition in the words of its file."""
    if condition.parts:
        word = " and " if condition.all else " or "
        return "(" + word.join(_told(part) for part in condition.parts) + ")"
    keys = {"equals": condition.equals, "in": list(condition.among) or None}
    keys |= {"at_least": condition.at_least, "at_most": condition.at_most}
    return " ".join([condition.name, *(f"{key} = {value!r}" for key, value in keys.items() if value is not None)])
