"""Compute agreement.json with scikit-learn, statsmodels and pingouin; run by hand, in an environment that has them."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas
import pingouin
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

rng = np.random.default_rng(20260301)
cases = []
for answers, raters, top, noise in [(12, 2, 3, 0.7), (40, 2, 3, 1.2), (25, 3, 4, 0.8), (9, 4, 2, 0.5), (30, 2, 1, 0.4)]:
    true = rng.uniform(-0.4, top + 0.4, (answers, 1))
    bias = rng.normal(0, 0.3, (1, raters))
    points = np.clip(np.round(true + bias + rng.normal(0, noise, (answers, raters))), 0, top).astype(int)
    long = pandas.DataFrame(points).reset_index().melt("index", var_name="rater", value_name="points")
    table = pingouin.intraclass_corr(long, targets="index", raters="rater", ratings="points").set_index("Type")
    column = table["ICC"]
    single = next(name for name in column.index if name in ("ICC2", "ICC(A,1)"))
    mean = next(name for name in column.index if name in ("ICC2k", "ICC(A,k)"))
    pairs = [(points[:, i], points[:, j]) for i in range(raters) for j in range(i + 1, raters)]
    kappas, intervals = [], []
    for first, second in pairs:
        kappas.append(cohen_kappa_score(first, second, weights="quadratic", labels=range(top + 1)))
        counts = np.zeros((top + 1, top + 1))
        np.add.at(counts, (first, second), 1)
        found = cohens_kappa(counts, wt="quadratic")
        intervals.append([float(found.kappa_low), float(found.kappa_upp)])
    cases.append(
        {
            "points": points.tolist(),
            "kappas": kappas,
            "kappa_intervals": intervals,
            "icc_2_1": float(column[single]),
            "icc_2_k": float(column[mean]),
            # pingouin rounds its intervals to two decimals
            "icc_2_1_interval": [float(bound) for bound in table["CI95"][single]],
            "icc_2_k_interval": [float(bound) for bound in table["CI95"][mean]],
        }
    )
made_with = {name: version(name) for name in ("scikit-learn", "statsmodels", "pingouin")}
lines = ",\n".join(json.dumps(case) for case in cases)  # a case a line
text = f'{{"made_with": {json.dumps(made_with)}, "cases": [\n{lines}\n]}}\n'
Path(__file__).with_name("agreement.json").write_text(text)
