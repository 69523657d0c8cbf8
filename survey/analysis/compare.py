"""Two groups of numbers compared. What cannot be computed is None, and `why` says why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

Numbers = Sequence[float]
EXACT = 50  # below, ranks without ties have an exact p, as R's wilcox.test does it by itself
LARGEST_NCP = 37.0  # beyond, R's noncentral t is not accurate
NORMAL_SIZES = range(3, 5001)  # for which Shapiro and Wilk's test was made


@dataclass(frozen=True)
class Described:
    n: int
    mean: float | None = None
    sd: float | None = None
    low: float | None = None  # of the mean, by t
    high: float | None = None
    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Difference:
    """Welch's t test, Hedges' g and Mann and Whitney's U of the first group minus the second."""

    why: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    t: float | None = None
    df: float | None = None
    p: float | None = None
    g: float | None = None
    g_low: float | None = None
    g_high: float | None = None
    u: float | None = None
    u_p: float | None = None
    rank_biserial: float | None = None


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided Welch's t tests of a difference against its bounds."""

    why: str = ""
    difference: float | None = None
    low: float | None = None  # at 1 - 2 alpha
    high: float | None = None
    df: float | None = None
    t_lower: float | None = None
    p_lower: float | None = None
    t_upper: float | None = None
    p_upper: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Tested:
    """A test of an assumption."""

    statistic: float
    df_1: float | None
    df_2: float | None
    p: float


def describe(x: Numbers, alpha: float = 0.05) -> Described:
    """Return what one group is like; SD and interval need two values."""
    if not x:
        return Described(0)
    mean = float(np.mean(x))
    ends = float(np.median(x)), min(x), max(x)
    if len(x) < 2:
        return Described(1, mean, None, None, None, *ends)
    sd = float(np.std(x, ddof=1))
    half = stats.t.ppf(1 - alpha / 2, len(x) - 1) * sd / math.sqrt(len(x))
    return Described(len(x), mean, sd, mean - half, mean + half, *ends)


def difference(x: Numbers, y: Numbers, alpha: float = 0.05) -> Difference:
    """Return how two groups differ."""
    if why := why_not(x, y):
        return Difference(why)
    means = CompareMeans(DescrStatsW(x), DescrStatsW(y))
    t, p, df = means.ttest_ind(usevar="unequal")
    low, high = means.tconfint_diff(alpha, usevar="unequal")
    g, g_low, g_high = hedges(x, y, alpha)
    u, u_p, rank_biserial = ranks(x, y)
    return Difference(
        difference=float(np.mean(x) - np.mean(y)),
        low=low,
        high=high,
        t=t,
        df=df,
        p=p,
        g=g,
        g_low=g_low,
        g_high=g_high,
        u=u,
        u_p=u_p,
        rank_biserial=rank_biserial,
    )


def why_not(x: Numbers, y: Numbers) -> str:
    """Return why two means cannot be compared; empty where they can."""
    if min(len(x), len(y)) < 2:
        return "fewer than two values in an arm"
    if constant(x) and constant(y):
        return "no variance in either arm"
    return ""


def constant(x: Numbers) -> bool:
    return len(x) == 0 or max(x) == min(x)


def hedges(x: Numbers, y: Numbers, alpha: float = 0.05) -> tuple[float, float | None, float | None]:
    """Return Hedges' g with its interval, J * d with J = 1 - 3 / (4 df - 1) and the pooled SD (Hedges, 1981).

    The interval is that of the noncentrality of t (Steiger & Fouladi, 1997), times J; None where t is extreme.
    """
    n, m = len(x), len(y)
    df = n + m - 2
    pooled = math.sqrt(((n - 1) * np.var(x, ddof=1) + (m - 1) * np.var(y, ddof=1)) / df)
    scale = math.sqrt(1 / n + 1 / m)
    d = float(np.mean(x) - np.mean(y)) / pooled
    correction = 1 - 3 / (4 * df - 1)
    t = d / scale
    low, high = _ncp(t, df, 1 - alpha / 2), _ncp(t, df, alpha / 2)
    if low is None or high is None:
        return correction * d, None, None
    return correction * d, correction * low * scale, correction * high * scale


def _ncp(t: float, df: int, probability: float) -> float | None:
    """Return the noncentrality at which t lies at this quantile; None beyond what programs compute alike."""

    def off(ncp: float) -> float:
        below = float(stats.nct.cdf(t, df, ncp))
        if math.isnan(below):  # SciPy's answer far out in a tail
            below = float(ncp < t)
        return below - probability

    if abs(t) > LARGEST_NCP - 5 or off(-LARGEST_NCP) < 0 or off(LARGEST_NCP) > 0:
        return None
    return float(optimize.brentq(off, -LARGEST_NCP, LARGEST_NCP, xtol=1e-12))


def ranks(x: Numbers, y: Numbers) -> tuple[float, float, float]:
    """Return Mann and Whitney's U of the first group, its p and the rank-biserial correlation 2 U / (n m) - 1.

    Exact for fewer than 50 in each group without ties, else normal, with corrections for ties and continuity.
    """
    distinct = len(set(x) | set(y)) == len(x) + len(y)
    exact = distinct and max(len(x), len(y)) < EXACT
    result = stats.mannwhitneyu(x, y, method="exact" if exact else "asymptotic")
    u = float(result.statistic)
    return u, float(result.pvalue), 2 * u / (len(x) * len(y)) - 1


def equivalence(x: Numbers, y: Numbers, lower: float, upper: float, alpha: float = 0.05) -> Equivalence:
    """Return whether the groups differ by less than the bounds (Schuirmann, 1987), with unequal variances."""
    if why := why_not(x, y):
        return Equivalence(why)
    means = CompareMeans(DescrStatsW(x), DescrStatsW(y))
    p, ((t_lower, p_lower, df), (t_upper, p_upper, _)) = means.ttost_ind(lower, upper, usevar="unequal")
    low, high = means.tconfint_diff(2 * alpha, usevar="unequal")
    return Equivalence(
        "",
        float(np.mean(x) - np.mean(y)),
        float(low),
        float(high),
        float(df),
        float(t_lower),
        float(p_lower),
        float(t_upper),
        float(p_upper),
        float(p),
    )


def normality(residuals: Numbers) -> Tested | None:
    """Return Shapiro and Wilk's test; None for fewer than 3 or more than 5,000 values, or equal ones."""
    if len(residuals) not in NORMAL_SIZES or max(residuals) - min(residuals) < 1e-9:
        return None
    result = stats.shapiro(residuals)
    return Tested(float(result.statistic), None, None, float(result.pvalue))


def equal_variances(groups: Sequence[Numbers]) -> Tested | None:
    """Return Brown and Forsythe's test: Levene's, around the medians; None where no distance varies."""
    distances = [np.abs(np.asarray(group) - np.median(group)) for group in groups if len(group)]
    if min(map(len, groups)) < 2 or all(np.ptp(distance) < 1e-9 for distance in distances):
        return None
    result = stats.levene(*groups, center="median")
    total = sum(map(len, groups))
    return Tested(float(result.statistic), len(groups) - 1, total - len(groups), float(result.pvalue))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Return the p values of a family as Holm (1979) adjusts them; one that is missing counts as the largest."""
    adjusted = multipletests([1.0 if p is None else p for p in ps], method="holm")[1] if ps else []
    return [None if p is None else float(found) for p, found in zip(ps, adjusted, strict=True)]
