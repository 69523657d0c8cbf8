"""How reliably a scale measures in this sample, and how well each of its items works."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

LEAST_UNIQUENESS = 0.005  # R's factanal stops there too: less is no proper solution


@dataclass(frozen=True)
class Reliability:
    n: int
    items: int
    alpha: float | None = None
    low: float | None = None
    high: float | None = None
    omega: float | None = None
    spearman_brown: float | None = None
    why: str = ""  # what is missing, and why


def reliability(answers: np.ndarray) -> Reliability:
    """Return the reliability of (participants, items), complete answers only.

    Cronbach's alpha with Feldt's interval (1965); Spearman and Brown's coefficient for two items; McDonald's omega
    for three or more, (sum of loadings)^2 / ((sum of loadings)^2 + sum of unique variances), from one factor by
    maximum likelihood.
    """
    n, items = answers.shape
    if items < 2:
        return Reliability(n, items, why="a single item")
    if n < 3:
        return Reliability(n, items, why="fewer than three participants")
    total = np.var(answers.sum(axis=1), ddof=1)
    if total < 1e-9:
        return Reliability(n, items, why="no variance")
    alpha = float(items / (items - 1) * (1 - np.var(answers, axis=0, ddof=1).sum() / total))
    degrees = (n - 1, (n - 1) * (items - 1))
    low, high = (1 - (1 - alpha) * float(stats.f.ppf(quantile, *degrees)) for quantile in (0.975, 0.025))
    if (np.ptp(answers, axis=0) == 0).any():
        return Reliability(n, items, alpha, low, high, why="an item that all answered alike")
    if items == 2:
        r = float(np.corrcoef(answers.T)[0, 1])
        if r < -1 + 1e-9:
            return Reliability(n, items, alpha, low, high, why="items that contradict each other")
        return Reliability(n, items, alpha, low, high, spearman_brown=2 * r / (1 + r))
    found, why = omega(answers)
    return Reliability(n, items, alpha, low, high, omega=found, why=why)


def omega(answers: np.ndarray) -> tuple[float | None, str]:
    """Return McDonald's omega, or None and why not."""
    n, items = answers.shape
    if n <= items:
        return None, "no more participants than items"
    correlations = np.corrcoef(answers.T)
    if np.linalg.eigvalsh(correlations)[0] < 1e-8:
        return None, "items that follow from others"
    unique = _uniquenesses(correlations)
    if unique is None or unique.min() < LEAST_UNIQUENESS + 1e-4:
        return None, "no proper solution with one factor"
    deviations = np.std(answers, axis=0, ddof=1)
    common = float((_loadings(correlations, unique) * deviations).sum() ** 2)
    return common / (common + float((unique * deviations**2).sum())), ""


def _uniquenesses(correlations: np.ndarray) -> np.ndarray | None:
    """Return the unique variances that are most likely with one factor (Jöreskog, 1967); None if none is found."""

    def off(unique: np.ndarray) -> float:
        rest = _scaled(correlations, unique)[0][:-1]
        return float(-(np.log(rest) - rest).sum() - 1 + len(unique))

    def slope(unique: np.ndarray) -> np.ndarray:
        loadings = _loadings(correlations, unique)
        implied = np.outer(loadings, loadings) + np.diag(unique)
        return np.diag(implied - correlations) / unique**2

    start = (1 - 0.5 / len(correlations)) / np.diag(np.linalg.inv(correlations))  # as R's factanal
    bounds = [(LEAST_UNIQUENESS, 1.0)] * len(correlations)
    found = optimize.minimize(
        off, start, jac=slope, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-9, "maxiter": 2000}
    )
    return found.x if found.success or found.status == 2 else None


def _scaled(correlations: np.ndarray, unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = 1 / np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlations * np.outer(scale, scale))
    return np.maximum(values, 1e-300), vectors


def _loadings(correlations: np.ndarray, unique: np.ndarray) -> np.ndarray:
    values, vectors = _scaled(correlations, unique)
    loadings = np.sqrt(unique) * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0))
    return loadings if loadings.sum() >= 0 else -loadings


def item_rest(answers: np.ndarray, item: int) -> float | None:
    """Return the correlation of an item with the sum of the others; None where one of them does not vary."""
    rest = np.delete(answers, item, axis=1).sum(axis=1)
    if len(answers) < 3 or answers.shape[1] < 2 or np.ptp(answers[:, item]) == 0 or np.ptp(rest) < 1e-9:
        return None
    return float(np.corrcoef(answers[:, item], rest)[0, 1])
