"""Agreement against scikit-learn, statsmodels and pingouin (stored values), the textbook, and by hand."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from survey.rating.agreement import UNKNOWN, Estimate, icc, same, weighted_kappa

STORED = json.loads((Path(__file__).parent / "reference" / "agreement.json").read_text())["cases"]
# Shrout & Fleiss 1979, table 2: six targets, four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize("case", STORED, ids=lambda case: f"{len(case['points'])}x{len(case['points'][0])}")
def test_kappa_and_icc_are_those_of_the_packages(case):
    columns = list(zip(*case["points"], strict=True))
    kappas = [weighted_kappa(first, second) for first, second in combinations(columns, 2)]
    assert [kappa.value for kappa in kappas] == pytest.approx(case["kappas"], abs=1e-12)
    for kappa, (low, high) in zip(kappas, case["kappa_intervals"], strict=True):
        assert (kappa.low, kappa.high) == pytest.approx((max(-1, low), min(1, high)), abs=1e-9)
    single, mean = icc(case["points"])
    assert (single.value, mean.value) == pytest.approx((case["icc_2_1"], case["icc_2_k"]), abs=1e-12)
    # pingouin rounds its intervals to two decimals
    assert [round(bound, 2) for bound in single[1:]] == case["icc_2_1_interval"]
    assert [round(bound, 2) for bound in mean[1:]] == case["icc_2_k_interval"]


def test_icc_and_its_interval_are_those_of_shrout_and_fleiss():
    single, mean = icc(SHROUT_FLEISS)
    assert [round(each, 2) for each in single] == [0.29, 0.02, 0.76]
    assert [round(each, 2) for each in mean] == [0.62, 0.07, 0.93]


def test_kappa_by_hand():
    # Differences 0, 1, 0, 1: mean square 1/2. All 16 pairs of [0, 1, 2, 2] and [0, 0, 2, 3]: mean square 38/16.
    assert weighted_kappa([0, 1, 2, 2], [0, 0, 2, 3]).value == pytest.approx(1 - 0.5 / (38 / 16))
    assert weighted_kappa([0, 2], [2, 0]).value == -1


def test_who_never_differ_agree_perfectly_and_leave_no_interval():
    alike = [[0, 0], [1, 1], [2, 2]]
    assert weighted_kappa(*zip(*alike, strict=True)) == Estimate(1)
    assert icc(alike) == (Estimate(1), Estimate(1))


def test_raters_who_agree_less_than_by_chance_have_an_interval_too():
    single, mean = icc([[0, 2], [1, 1], [2, 0], [1, 2], [0, 1]])
    assert -1 == single.low < single.value < 0 < single.high < 1
    assert mean.value < 0 and mean.low is None


def test_same_counts_the_answers_on_which_all_agree():
    assert same([[1, 1], [0, 1], [2, 2], [3, 3]]) == 0.75
    assert same([]) is None


@pytest.mark.parametrize(
    "points", [[], [[1, 2]], [[1], [2]], [[2, 2], [2, 2]]], ids=["none", "one answer", "one rater", "all the same"]
)
def test_where_nothing_can_be_computed_there_is_no_number(points):
    assert icc(points) == (UNKNOWN, UNKNOWN)


def test_kappa_without_anything_to_disagree_about_is_no_number():
    assert weighted_kappa([], []) == UNKNOWN
    assert weighted_kappa([2, 2], [2, 2]) == UNKNOWN
