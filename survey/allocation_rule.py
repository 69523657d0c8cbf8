"""How a study says that its arms are drawn: the `[allocation]` table of `study.toml`, and what must hold for it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from survey.items import Asked, Instrument, Strict

Problem = Callable[[tuple[str | int, ...], str], None]
REPLACED = "replaced"  # the flag of who finishes after their place was given to somebody else
MAX_STRATA = 4  # a stratum's name has its place in the database, and few people fill no more strata than these


class Factor(Asked):
    """One answer or score, given before the allocation, by which arms are balanced."""

    # 50, 80: three levels, below 50, from 50 to below 80, 80 and above.
    cuts: tuple[float, ...] = ()


class AllocationRule(Strict):
    method: Literal["simple", "permuted_blocks", "minimization"]
    # More than one size: each block's size is drawn too, so that nobody can count the last place out.
    block_sizes: Annotated[tuple[Annotated[int, Field(ge=1, le=100)], ...], Field(min_length=1)] = ()
    # Of permuted blocks: each combination of levels has blocks of its own. Of minimization: what is balanced.
    strata: Annotated[tuple[Factor, ...], Field(max_length=MAX_STRATA)] = ()
    # Of minimization: how probably the arm is drawn that leaves the least imbalance; of the smallest arm, if
    # their weights differ.
    probability: Annotated[float, Field(gt=0, le=1)] = 0.8
    maximum: Annotated[int, Field(ge=1)] | None = None  # places in the study
    # Who has not finished so long after the draw has left: their place goes to the next of their stratum.
    replace_after_minutes: Annotated[float, Field(gt=0, le=525_600)] | None = None

    def named(self) -> dict[str, Any]:
        """Return what names the list: all that decides on its order, and nothing that is left at its default.

        Caps and replacement decide who gets a place, not what the list holds: changing them starts no new list.
        """
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"maximum", "replace_after_minutes"})


def check(
    rule: AllocationRule,
    weights: Sequence[int],
    before: Mapping[str, Instrument],
    learning_minutes: float,
    problem: Problem,
) -> None:
    """Report what does not fit in the rule; `before` holds the instruments of the stages before the allocation."""
    total = sum(weights)
    if rule.method == "permuted_blocks" and not rule.block_sizes:
        problem((), "permuted_blocks need block_sizes; expected a list such as [4, 6]")
    if rule.method != "permuted_blocks" and rule.block_sizes:
        problem(("block_sizes",), f"{rule.method} has no blocks; expected none")
    for size in rule.block_sizes:
        if size % total:
            problem(
                ("block_sizes",),
                f"{size} is no multiple of the arms' weights together ({total}); a block holds every arm in proportion",
            )
    if rule.method != "minimization" and "probability" in rule.model_fields_set:
        problem(("probability",), f"{rule.method} has none; expected it with minimization only")
    if rule.method == "minimization":
        if not rule.strata:
            problem((), "minimization needs [[allocation.strata]]; expected at least one item or scale")
        if rule.probability <= min(weights) / total:
            problem(
                ("probability",),
                f"{rule.probability:g} is no more than the smallest arm's share ({min(weights) / total:.2g}); "
                "expected more, or no arm is ever preferred",
            )
    if rule.method == "simple" and rule.strata:
        problem(("strata",), "simple draws know no strata; expected permuted_blocks or minimization")
    if rule.replace_after_minutes is not None and rule.replace_after_minutes <= learning_minutes:
        problem(
            ("replace_after_minutes",),
            f"{rule.replace_after_minutes:g} is no longer than the learning stage ({learning_minutes:g}); "
            "expected more, or people who still learn would be replaced",
        )
    for index, factor in enumerate(rule.strata):
        for key, message in _factor_problems(factor, before):
            problem(("strata", index, *key), message)
    names = [factor.name for factor in rule.strata]
    if len(set(names)) < len(names):
        problem(("strata",), f"two strata by the same item or scale; expected different ones, got {names}")


def _factor_problems(factor: Factor, before: Mapping[str, Instrument]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (key, message) of what does not fit in one factor."""
    if (factor.item is None) == (factor.scale is None):
        yield (), "expected either an item or a scale"
        return
    kind, name = ("item" if factor.item else "scale"), factor.name
    stages = factor.asked_in(before)
    if not stages:
        where = f"in stage {factor.stage!r}" if factor.stage else "in a stage"
        yield (kind,), f"no {kind} {name!r} {where} before the allocation; expected one that is answered by then"
        return
    if len(stages) > 1:
        yield (kind,), f"{name!r} is asked in {', '.join(stages)}; expected a `stage` that says which one counts"
        return
    if list(factor.cuts) != sorted(set(factor.cuts)):
        yield ("cuts",), f"expected rising numbers, got {list(factor.cuts)}"
    item = before[stages[0]].item(factor.item) if factor.item else None
    if item is None or item.type == "number":
        if not factor.cuts:
            yield (kind,), f"{name!r} is a number; expected `cuts` that divide it into levels"
    elif item.type not in ("single_choice", "likert"):
        yield (kind,), f"{name!r} is {item.type}; expected an item with one answer of few, or a number"
    elif item.type == "single_choice" and factor.cuts:
        yield ("cuts",), f"{name!r} is a choice; expected no cuts"


def level(factor: Factor, value: Any) -> str:
    """Return the level of an answer or score: an option, a point, a range such as `50..80`, or `missing`.

    A range holds its lower bound and not its upper one.
    """
    if value is None:
        return "missing"
    if not factor.cuts:
        return str(value)
    below = [cut for cut in factor.cuts if cut <= value]
    above = [cut for cut in factor.cuts if cut > value]
    return (f"{below[-1]:.12g}" if below else "") + ".." + (f"{above[0]:.12g}" if above else "")


def stratum(levels: Mapping[str, str]) -> str:
    """Return the name of a combination of levels: `gender=woman;pre_total=50..`, as the log has it."""
    return ";".join(f"{name}={found}" for name, found in levels.items())


def levels_of(name: str) -> dict[str, str]:
    """Return the levels that a stratum's name tells."""
    return dict(part.split("=", 1) for part in name.split(";")) if re.match(r".+=", name) else {}
