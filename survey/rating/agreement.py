"""How well raters agree: pure functions of points.

Tested against scikit-learn and pingouin (tests/survey/reference/make_agreement.py) and against Shrout & Fleiss 1979.
"""

from collections.abc import Sequence

import numpy as np


def weighted_kappa(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Cohen's kappa of two raters with quadratic weights; None when chance leaves nothing to disagree about.

    1 - mean((x_i - y_i)^2) / mean over all pairs (i, j) of (x_i - y_j)^2; Cohen 1968. Points weigh as numbers: 0
    and 2 are twice as far apart as 0 and 1.
    """
    x, y = np.asarray(first, float), np.asarray(second, float)
    if not len(x):
        return None
    by_chance = np.mean((x[:, None] - y[None, :]) ** 2)
    return float(1 - np.mean((x - y) ** 2) / by_chance) if by_chance else None


def icc(points: Sequence[Sequence[float]]) -> tuple[float | None, float | None]:
    """Return ICC(2,1) and ICC(2,k) of points (answers, raters): absolute agreement, both effects random.

    The reliability of one rater's points, and of the mean of all k raters; Shrout & Fleiss 1979. None where answers
    do not differ, or there are fewer than two answers or raters.
    """
    x = np.asarray(points, float)
    if x.ndim != 2 or min(x.shape) < 2:
        return None, None
    n, k = x.shape
    rows, columns = x.mean(axis=1, keepdims=True), x.mean(axis=0, keepdims=True)
    between_rows = k * np.sum((rows - x.mean()) ** 2) / (n - 1)
    between_columns = n * np.sum((columns - x.mean()) ** 2) / (k - 1)
    error = np.sum((x - rows - columns + x.mean()) ** 2) / ((n - 1) * (k - 1))
    single = between_rows + (k - 1) * error + k * (between_columns - error) / n
    mean = between_rows + (between_columns - error) / n
    difference = between_rows - error
    return (
        float(difference / single) if single > 0 else None,
        float(difference / mean) if mean > 0 else None,
    )


def same(points: Sequence[Sequence[float]]) -> float | None:
    """Return the share of answers to which all raters gave the same points."""
    return sum(len(set(given)) == 1 for given in points) / len(points) if points else None
