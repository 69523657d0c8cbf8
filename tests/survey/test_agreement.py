"""Agreement against scikit-learn and pingouin (stored values), the textbook, and by hand."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from survey.rating.agreement import icc, same, weighted_kappa

STORED = json.loads((Path(__file__).parent / "reference" / "agreement.json").read_text())["cases"]
# Shrout & Fleiss 1979, table 2: six targets, four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize("case", STORED, ids=lambda case: f"{len(case['points'])}x{len(case['points'][0])}")
def test_kappa_and_icc_are_those_of_the_packages(case):
    columns = list(zip(*case["points"], strict=True))
    kappas = [weighted_kappa(first, second) for first, second in combinations(columns, 2)]
    assert kappas == pytest.approx(case["kappas"], abs=1e-12)
    assert icc(case["points"]) == pytest.approx((case["icc_2_1"], case["icc_2_k"]), abs=1e-12)


def test_icc_is_that_of_shrout_and_fleiss():
    single, mean = icc(SHROUT_FLEISS)
    assert (round(single, 2), round(mean, 2)) == (0.29, 0.62)


def test_kappa_by_hand():
    # Differences 0, 1, 0, 1: mean square 1/2. All 16 pairs of [0, 1, 2, 2] and [0, 0, 2, 3]: mean square 38/16.
    assert weighted_kappa([0, 1, 2, 2], [0, 0, 2, 3]) == pytest.approx(1 - 0.5 / (38 / 16))
    assert weighted_kappa([0, 1, 2], [0, 1, 2]) == 1
    assert weighted_kappa([0, 2], [2, 0]) == -1


def test_same_counts_the_answers_on_which_all_agree():
    assert same([[1, 1], [0, 1], [2, 2], [3, 3]]) == 0.75
    assert same([]) is None


@pytest.mark.parametrize(
    "points", [[], [[1, 2]], [[1], [2]], [[2, 2], [2, 2]]], ids=["none", "one answer", "one rater", "all the same"]
)
def test_where_nothing_can_be_computed_there_is_no_number(points):
    assert icc(points) == (None, None)


def test_kappa_without_anything_to_disagree_about_is_no_number():
    assert weighted_kappa([], []) is None
    assert weighted_kappa([2, 2], [2, 2]) is None
