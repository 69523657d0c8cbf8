"""How many participants a test of two equal groups needs, and what it finds with those that there are.

Differences are in standard deviations of the outcome. All is exact for normal values with equal variances.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
LARGEST = 1_000_000  # per group: nobody plans with more


def power(
    test: str, effect: float, n: float, m: float, alpha: float, correlation: float = 0.0, bound: float = 0.0
) -> float:
    """Return how probably groups of n and m show an effect, two-sided; of equivalence, that it is within the bound.

    An analysis of covariance takes the part of the variance that the covariate explains from the outcome, and one
    degree of freedom; see Borm, Fransen and Lemmens (2007).
    """
    if test == "equivalence":
        return _equivalence(effect, bound, n, m, alpha)
    df = n + m - (3 if test == "ancova" else 2)
    if df < 1:
        return 0.0
    ncp = abs(effect) / math.sqrt(1 - correlation**2) * math.sqrt(n * m / (n + m))
    critical = stats.t.ppf(1 - alpha / 2, df)
    above, below = float(stats.nct.sf(critical, df, ncp)), float(stats.nct.cdf(-critical, df, ncp))
    # Far out in a tail SciPy answers with NaN: that much noncentrality is always found, and never on the other side.
    return (1.0 if math.isnan(above) else above) + (0.0 if math.isnan(below) else below)


def _equivalence(effect: float, bound: float, n: float, m: float, alpha: float) -> float:
    """Return the power of two one-sided t tests: their joint distribution, integrated over the pooled SD.

    Phillips (1990) writes it with Owen's Q; here it is the same integral by Gauss and Legendre.
    """
    df, scale = n + m - 2, math.sqrt(1 / n + 1 / m)
    reach = stats.t.ppf(1 - alpha, df) * scale
    spread = 12 / math.sqrt(2 * df)
    low, high = max(0.0, 1 - spread), min(1 + spread, bound / reach)
    if high <= low:
        return 0.0
    sd = low + (high - low) * (NODES + 1) / 2
    inside = stats.norm.cdf((bound - reach * sd - effect) / scale) - stats.norm.cdf(
        (reach * sd - bound - effect) / scale
    )
    density = stats.chi.pdf(sd, df, scale=1 / math.sqrt(df))
    return float(np.clip(np.sum(WEIGHTS * inside * density) * (high - low) / 2, 0, 1))


def sample_size(power_at: Callable[[int], float], wanted: float) -> int | None:
    """Return the least number per group that has the power wanted; None where a million is not enough."""
    high = 2
    while power_at(high) < wanted:
        high *= 2
        if high > LARGEST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle) >= wanted else (middle, high)
    return high


def detectable(power_of: Callable[[float], float], wanted: float) -> float | None:
    """Return the least effect, or the narrowest bound, that is found with the power wanted; None above 10."""
    if power_of(10.0) < wanted:
        return None
    return float(optimize.brentq(lambda size: power_of(size) - wanted, 1e-6, 10.0, xtol=1e-9))
