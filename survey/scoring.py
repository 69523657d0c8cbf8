"""Answers to scores: pure functions, by the definitions that the study's files declare.

Scores are computed at export and never stored. `SCORING_VERSION` goes up whenever the same answers would give
another number.

What counts as an answer that is missing:
- `mean`, `sum` and `sus` need an answer to every item of the scale; with one missing there is no score.
- `percent_rated` needs every item to have been reached, and every answer to be rated and settled. An item left empty
  gets the fewest points of its rubric; with an answer that cannot be rated there is no score.
- `percent_correct` needs every item of the scale to have been reached; with one not reached, no score.
  A reached item without an answer is wrong: in a knowledge test, not to know is a result.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any

from survey.items import Instrument, Scale

SCORING_VERSION = 1

Answers = Mapping[str, Any]  # {item id: the latest answer; None where it was left empty}


def correct(item: Any, answer: Any) -> int:
    """Return 1 when the answer to a scored item is its key, else 0; of several choices, exactly the key."""
    if item.type == "multiple_choice":
        return int(set(answer or ()) == set(item.key))
    return int(answer == item.key)


def score(
    scale: Scale,
    instrument: Instrument,
    answers: Answers,
    reached: Collection[str],
    settled: Mapping[str, int | None] | None = None,
) -> float | None:
    """Return the scale's score, or None when an item is missing.

    `reached` holds ids of items, `settled` the raters' points that count, {item: points}.
    """
    if scale.score == "percent_rated":
        return _percent_rated(scale, instrument, answers, reached, settled or {})
    if scale.score == "percent_correct":
        return _percent_correct(scale, instrument, answers, reached)
    values = []
    for item in scale.items:
        if answers.get(item) is None:
            return None
        values.append(_value(instrument.item(item), answers[item], item in scale.reverse))
    if scale.score == "sum":
        return math.fsum(values)
    if scale.score == "sus":
        return _sus(values)
    return math.fsum(values) / len(values)


def _percent_correct(scale: Scale, instrument: Instrument, answers: Answers, reached: Collection[str]) -> float | None:
    """Return the share of items answered with the key: 100 * correct / items."""
    right = 0
    for name in scale.items:
        if name not in reached:
            return None
        right += correct(instrument.item(name), answers.get(name))
    return 100 * right / len(scale.items)


def _percent_rated(
    scale: Scale,
    instrument: Instrument,
    answers: Answers,
    reached: Collection[str],
    settled: Mapping[str, int | None],
) -> float | None:
    """Return how much of the points that could be had was given: 100 * (points - fewest) / (most - fewest)."""
    given = fewest = most = 0
    for name in scale.items:
        possible = list(instrument.item(name).rubric_points)
        points = possible[0] if name in reached and answers.get(name) is None else settled.get(name)
        if points is None or name not in reached:
            return None
        given, fewest, most = given + points, fewest + possible[0], most + possible[-1]
    return 100 * (given - fewest) / (most - fewest)


def _value(item: Any, answer: float, is_reversed: bool) -> float:
    """Return the number that an answer stands for; a reversed rating x of n points is n + 1 - x."""
    return item.points + 1 - answer if is_reversed else answer


def _sus(ratings: list[float]) -> float:
    """Return the System Usability Scale's score, 0 to 100, of ten ratings from 1 to 5.

    2.5 * (sum over odd places of (x - 1) + sum over even places of (5 - x)); Brooke 1996. Places are those in
    the scale's list of items, whatever order they were shown in.
    """
    return 2.5 * (sum(x - 1 for x in ratings[0::2]) + sum(5 - x for x in ratings[1::2]))
