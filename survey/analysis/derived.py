"""What is derived of two scores of one person: learning efficiency, and the bias of a judgement."""

import numpy as np

from .compare import Numbers, constant

DECIMALS = 10  # what is equal but for rounding has to be equal, as ranks and variances look at it


def derive(method: str, minuend: Numbers, subtrahend: Numbers) -> list[str]:
    """Return what is derived of everybody in a set who has both scores, as the texts of cells; empty: no value."""
    values = {"efficiency": efficiency, "judgement_bias": judgement_bias}[method](minuend, subtrahend)
    return [f"{value:.{DECIMALS}f}" for value in values] if values else [""] * len(minuend)


def efficiency(performance: Numbers, effort: Numbers) -> list[float]:
    """Return (z of performance - z of effort) / sqrt(2); nothing where one of the two does not vary.

    Paas & van Merriënboer (1993). z is by mean and SD (n - 1) of everybody here, so it depends on who that is.
    """
    if constant(performance) or constant(effort):
        return []
    return ((_z(performance) - _z(effort)) / np.sqrt(2)).tolist()


def judgement_bias(judgement: Numbers, performance: Numbers) -> list[float]:
    """Return judgement - performance, in percentage points: above 0, more was expected than achieved."""
    return (np.array(judgement) - np.array(performance)).tolist()


def _z(x: Numbers) -> np.ndarray:
    return (np.array(x) - np.mean(x)) / np.std(x, ddof=1)
