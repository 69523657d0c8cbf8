"""The analysis of covariance of two groups: outcome on covariate and group, by ordinary least squares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm

from .compare import Tested, constant, equal_variances, normality

Pairs = Sequence[tuple[float, float]]  # (covariate, outcome)


@dataclass(frozen=True)
class Ancova:
    """The adjusted difference of the first group minus the second, and what it assumes."""

    why: str = ""
    n_1: int = 0
    n_2: int = 0
    mean_1: float | None = None  # at the covariate's mean
    mean_2: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    t: float | None = None
    df: int | None = None
    p: float | None = None
    partial_eta_squared: float | None = None
    slope: float | None = None  # of the outcome on the covariate
    normality: Tested | None = None
    variances: Tested | None = None
    slopes: Tested | None = None


def ancova(x: Pairs, y: Pairs, alpha: float = 0.05) -> Ancova:
    """Return the analysis of two groups of (covariate, outcome)."""
    sizes = (len(x), len(y))
    covariate = np.array([pair[0] for pair in (*x, *y)])
    outcome = np.array([pair[1] for pair in (*x, *y)])
    first = np.repeat([1.0, 0.0], [len(x), len(y)])
    if min(len(x), len(y)) < 2:
        return Ancova("fewer than two values in an arm", *sizes)
    if constant(covariate.tolist()):
        return Ancova("no variance in the covariate", *sizes)
    design = np.column_stack([np.ones_like(first), covariate, first])
    if np.linalg.matrix_rank(design) < 3:
        return Ancova("the covariate tells the arms apart", *sizes)
    model = sm.OLS(outcome, design).fit()
    if model.df_resid < 1 or model.ssr <= 1e-10 * max(1.0, float(np.sum((outcome - outcome.mean()) ** 2))):
        return Ancova("nothing is left to compare: no residual variance", *sizes)
    intercept, slope, effect = model.params
    low, high = model.conf_int(alpha)[2]
    middle = intercept + slope * covariate.mean()
    t = float(model.tvalues[2])
    residuals = np.asarray(model.resid)
    return Ancova(
        "",
        *sizes,
        mean_1=float(middle + effect),
        mean_2=float(middle),
        difference=float(effect),
        low=float(low),
        high=float(high),
        t=t,
        df=int(model.df_resid),
        p=float(model.pvalues[2]),
        partial_eta_squared=t**2 / (t**2 + model.df_resid),
        slope=float(slope),
        normality=normality(residuals.tolist()),
        variances=equal_variances([residuals[: len(x)].tolist(), residuals[len(x) :].tolist()]),
        slopes=_slopes(outcome, design),
    )


def _slopes(outcome: np.ndarray, design: np.ndarray) -> Tested | None:
    """Return the test of whether the slopes differ; None where they cannot be told apart."""
    wider = np.column_stack([design, design[:, 1] * design[:, 2]])
    if len(outcome) < 5 or np.linalg.matrix_rank(wider) < 4:
        return None
    model = sm.OLS(outcome, wider).fit()
    if model.ssr <= 1e-10 * max(1.0, float(np.sum((outcome - outcome.mean()) ** 2))):
        return None
    t = float(model.tvalues[3])
    return Tested(t**2, 1, int(model.df_resid), float(model.pvalues[3]))
