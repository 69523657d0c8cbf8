"""How well raters agree, with 95 % confidence intervals: pure functions of points.

Tested against scikit-learn, statsmodels and pingouin (tests/survey/reference/make_agreement.py), and against Shrout &
Fleiss 1979.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Z = 1.959963984540054  # of the normal distribution, for 95 %
UPPER = 0.975


class Estimate(NamedTuple):
    """A value with its 95 % interval; a bound that cannot be computed is None."""

    value: float | None
    low: float | None = None
    high: float | None = None


UNKNOWN = Estimate(None)


def weighted_kappa(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Return Cohen's kappa of two raters with quadratic weights; unknown when chance leaves nothing to disagree about.

    1 - mean((x_i - y_i)^2) / mean over all pairs (i, j) of (x_i - y_j)^2; Cohen 1968. Points weigh as numbers: 0
    and 2 are twice as far apart as 0 and 1. Interval: kappa ± 1.96 standard errors for large samples, after Fleiss,
    Cohen & Everitt 1969, cut at -1 and 1. Perfect agreement has no standard error, hence no interval.
    """
    x, y = np.asarray(first, float), np.asarray(second, float)
    if not len(x):
        return UNKNOWN
    pairs = (x[:, None] - y[None, :]) ** 2
    by_chance, apart = pairs.mean(), (x - y) ** 2
    if not by_chance:
        return UNKNOWN
    kappa = 1 - apart.mean() / by_chance
    # With the weights 1 - (x - y)^2: what an answer contributes, against what its two points would by chance.
    expected = 1 - pairs.mean(axis=1) + 1 - pairs.mean(axis=0)
    spread = np.mean((1 - apart - expected * (1 - kappa)) ** 2) - (kappa - (1 - by_chance) * (1 - kappa)) ** 2
    if not apart.any() or spread < 0:
        return Estimate(float(kappa))
    half = Z * np.sqrt(spread / len(x)) / by_chance
    return Estimate(float(kappa), float(max(-1, kappa - half)), float(min(1, kappa + half)))


def icc(points: Sequence[Sequence[float]]) -> tuple[Estimate, Estimate]:
    """Return ICC(2,1) and ICC(2,k) of points (answers, raters): absolute agreement, both effects random.

    The reliability of one rater's points, and of the mean of all k raters; Shrout & Fleiss 1979. Unknown where answers
    do not differ, or there are fewer than two answers or raters. Intervals by the F distribution with Satterthwaite's
    degrees of freedom, after McGraw & Wong 1996, cut at -1; that of the mean by the Spearman-Brown formula.
    """
    x = np.asarray(points, float)
    if x.ndim != 2 or min(x.shape) < 2:
        return UNKNOWN, UNKNOWN
    n, k = x.shape
    rows, columns = x.mean(axis=1, keepdims=True), x.mean(axis=0, keepdims=True)
    between_rows = k * np.sum((rows - x.mean()) ** 2) / (n - 1)
    between_columns = n * np.sum((columns - x.mean()) ** 2) / (k - 1)
    error = np.sum((x - rows - columns + x.mean()) ** 2) / ((n - 1) * (k - 1))
    single = between_rows + (k - 1) * error + k * (between_columns - error) / n
    mean = between_rows + (between_columns - error) / n
    difference = between_rows - error
    low, high = _bounds(n, k, between_rows, between_columns, error, difference / single) if single > 0 else (None, None)
    return (
        Estimate(float(difference / single), low, high) if single > 0 else UNKNOWN,
        Estimate(float(difference / mean), _of_mean(low, k), _of_mean(high, k)) if mean > 0 else UNKNOWN,
    )


def _bounds(
    n: int, k: int, between_rows: float, between_columns: float, error: float, icc_single: float
) -> tuple[float | None, float | None]:
    """Return the 95 % interval of ICC(2,1) from the mean squares of n answers and k raters."""
    from scipy.stats import f  # half a second: only the pages that show agreement wait for it

    if icc_single >= 1 or not between_rows:
        return None, None  # raters who never differ, or answers that never do, leave nothing to estimate it from
    of_columns = k * icc_single / (n * (1 - icc_single)) * between_columns
    of_error = (1 + k * icc_single * (n - 1) / (n * (1 - icc_single))) * error
    freedom = (of_columns + of_error) ** 2 / (of_columns**2 / (k - 1) + of_error**2 / ((n - 1) * (k - 1)))
    rest = k * between_columns + (k * n - k - n) * error
    below, above = f.ppf(UPPER, n - 1, freedom), f.ppf(UPPER, freedom, n - 1)
    low = n * (between_rows - below * error) / (below * rest + n * between_rows)
    high = n * (above * between_rows - error) / (rest + n * above * between_rows)
    return float(max(-1, low)), float(high)


def _of_mean(bound: float | None, k: int) -> float | None:
    """Return the bound of ICC(2,k) from that of ICC(2,1)."""
    return None if bound is None or 1 + (k - 1) * bound <= 0 else k * bound / (1 + (k - 1) * bound)


def same(points: Sequence[Sequence[float]]) -> float | None:
    """Return the share of answers to which all raters gave the same points."""
    return sum(len(set(given)) == 1 for given in points) / len(points) if points else None
