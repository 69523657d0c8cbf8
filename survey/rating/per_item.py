"""How well the raters of each open item agree: what the page shows and `agreement.csv` says."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from survey.models import Study
from survey.rating.agreement import Estimate, icc, same, weighted_kappa
from survey.rating.answers import Standing, Where, all_open_items, answers, standings


@dataclass(frozen=True)
class Agreement:
    """How well the raters of one item agree."""

    item: Any
    answers: int
    waiting: int  # answers with fewer raters than are needed
    differing: int  # and not settled
    common: int  # answers to which all raters gave points: what the figures rest on
    raters: int
    same: float | None
    kappas: list[tuple[Any, Any, int, Estimate]]  # (rater, rater, answers that both rated, weighted kappa)
    icc_single: Estimate
    icc_mean: Estimate


def agreement(item: Any, total: int, rated: list[Standing], names: dict[int, Any]) -> Agreement:
    """Return the agreement on an item with `total` answers, of which `rated` have been rated by somebody."""
    people = sorted({rater for standing in rated for rater in standing.given}, key=lambda rater: names[rater])
    common = _common(rated, people)
    single, mean = icc(common)
    kappas = []
    for first, second in combinations(people, 2):
        both = _common(rated, [first, second])
        kappa = weighted_kappa([row[0] for row in both], [row[1] for row in both])
        kappas.append((names[first], names[second], len(both), kappa))
    return Agreement(
        item=item,
        answers=total,
        waiting=total - sum(standing.is_rated for standing in rated),
        differing=sum(standing.differs and not standing.settlement for standing in rated),
        common=len(common),
        raters=len(people),
        same=same(common) if len(people) > 1 else None,
        kappas=kappas,
        icc_single=single,
        icc_mean=mean,
    )


def _common(rated: list[Standing], people: list[int]) -> list[list[int]]:
    """Return the points (answers, raters) of the answers to which all these people gave points."""
    rows = [[standing.given.get(rater) for rater in people] for standing in rated]
    return [[given for given in row if given is not None] for row in rows if None not in row]


def per_item(
    study: Study, kinds: Collection[str]
) -> tuple[dict[Where, list[int]], dict[int, Standing], dict[Where, Any]]:
    """Return {item: its answers}, {answer: its standing} and {item: what it asks}."""
    rated = answers(study, kinds)
    items = all_open_items(study)
    found: dict[Where, list[int]] = {where: [] for where in items}
    for response, stage, item in rated.order_by("pk").values_list("pk", "stage", "item"):
        if (stage, item) in found:
            found[stage, item].append(response)
    return found, standings(rated), items
