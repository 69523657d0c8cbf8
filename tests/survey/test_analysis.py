"""Each method against published worked examples, and against R's own data sets and functions.

`sleep`, `ToothGrowth` and `attitude` come with R; the figures beside them are what its functions print.
"""

import numpy as np
import pytest

from survey.analysis.ancova import ancova
from survey.analysis.compare import (
    describe,
    difference,
    equal_variances,
    equivalence,
    hedges,
    holm,
    normality,
    ranks,
)
from survey.analysis.printing import number, probability
from survey.analysis.reliability import item_rest, omega, reliability

# R: sleep
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# R: ToothGrowth; ten lengths for each dose of 0.5, 1 and 2 mg
JUICE = [15.2, 21.5, 17.6, 9.7, 14.5, 10.0, 8.2, 9.4, 16.5, 9.7, 19.7, 23.3, 23.6, 26.4, 20.0]
JUICE += [25.2, 25.8, 21.2, 14.5, 27.3, 25.5, 26.4, 22.4, 24.5, 24.8, 30.9, 26.4, 27.3, 29.4, 23.0]
ACID = [4.2, 11.5, 7.3, 5.8, 6.4, 10.0, 11.2, 11.2, 5.2, 7.0, 16.5, 16.5, 15.2, 17.3, 22.5]
ACID += [17.3, 13.6, 14.5, 18.8, 15.5, 23.6, 18.5, 33.9, 25.5, 26.4, 32.5, 26.7, 21.5, 23.3, 29.5]
DOSES = [0.5] * 10 + [1.0] * 10 + [2.0] * 10
# R: attitude
ATTITUDE = np.array(
    [
        [43, 51, 30, 39, 61, 92, 45], [63, 64, 51, 54, 63, 73, 47], [71, 70, 68, 69, 76, 86, 48],
        [61, 63, 45, 47, 54, 84, 35], [81, 78, 56, 66, 71, 83, 47], [43, 55, 49, 44, 54, 49, 34],
        [58, 67, 42, 56, 66, 68, 35], [71, 75, 50, 55, 70, 66, 41], [72, 82, 72, 67, 71, 83, 31],
        [67, 61, 45, 47, 62, 80, 41], [64, 53, 53, 58, 58, 67, 34], [67, 60, 47, 39, 59, 74, 41],
        [69, 62, 57, 42, 55, 63, 25], [68, 83, 83, 45, 59, 77, 35], [77, 77, 54, 72, 79, 77, 46],
        [81, 90, 50, 72, 60, 54, 36], [74, 85, 64, 69, 79, 79, 63], [65, 60, 65, 75, 55, 80, 60],
        [65, 70, 46, 57, 75, 85, 46], [50, 58, 68, 54, 64, 78, 52], [50, 40, 33, 34, 43, 64, 33],
        [64, 61, 52, 62, 66, 80, 41], [53, 66, 52, 50, 63, 80, 37], [40, 37, 42, 58, 50, 57, 49],
        [63, 54, 42, 48, 66, 75, 33], [66, 77, 66, 63, 88, 76, 72], [78, 75, 58, 74, 80, 78, 49],
        [48, 57, 44, 45, 51, 83, 38], [85, 85, 71, 71, 77, 74, 55], [82, 82, 39, 59, 64, 78, 39],
    ],
    dtype=float,
)  # fmt: skip


def test_describing_a_group_is_what_r_prints():
    found = describe(DRUG_1)
    assert (found.n, found.median, found.minimum, found.maximum) == (10, 0.35, -1.6, 3.7)
    assert [found.mean, found.sd] == pytest.approx([0.75, 1.78901], abs=1e-5)
    assert [found.low, found.high] == pytest.approx([-0.529781, 2.029781], abs=1e-6)


def test_a_group_of_one_has_a_mean_and_no_interval_and_an_empty_one_nothing():
    assert describe([3.0]) == describe([3.0]).__class__(1, 3.0, None, None, None, 3.0, 3.0, 3.0)
    assert describe([]) == describe([]).__class__(0)


def test_welchs_test_is_that_of_student_1908_in_rs_example():
    found = difference(DRUG_1, DRUG_2)
    assert [found.t, found.df, found.p] == pytest.approx([-1.860813, 17.776474, 0.079394], abs=1e-6)
    assert [found.difference, found.low, found.high] == pytest.approx([-1.58, -3.365483, 0.205483], abs=1e-6)


def test_hedges_g_and_its_interval():
    """R: d = -0.832181; pt(-1.860813, 18, ncp) is .975 and .025 at the ncp of d = -1.738817 and 0.095450."""
    g, low, high = hedges(DRUG_1, DRUG_2)
    correction = 1 - 3 / (4 * 18 - 1)
    assert g == pytest.approx(-0.832181 * correction, abs=1e-5)
    assert [low, high] == pytest.approx([-1.738817 * correction, 0.095450 * correction], abs=1e-6)


def test_an_extreme_difference_has_an_effect_size_without_an_interval():
    g, low, high = hedges([0.0, 0.1, 0.2, 0.1], [10.0, 10.1, 10.2, 10.1])
    assert g < -50 and (low, high) == (None, None)


def test_ranks_are_exact_without_ties_as_hollander_and_wolfe_have_it():
    """Permeability of the amnion, Hollander & Wolfe (1973), p. 69: one-sided p = .127 for U = 35."""
    term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    early = [1.15, 0.88, 0.90, 0.74, 1.21]
    u, p, r = ranks(term, early)
    assert (u, r) == (35, pytest.approx(0.4)) and p == pytest.approx(0.254412, abs=1e-6)


def test_ranks_with_ties_are_normal_with_corrections_as_in_r():
    u, p, _ = ranks(DRUG_1, DRUG_2)  # R: W = 25.5, p-value = 0.06933
    assert u == 25.5 and p == pytest.approx(0.06933, abs=1e-5)


def test_two_one_sided_tests_decide_by_the_larger_p():
    """R: t.test(..., mu = -4, alternative = "greater") and (mu = 4, alternative = "less")."""
    found = equivalence(DRUG_1, DRUG_2, -4, 4)
    assert [found.t_lower, found.p_lower] == pytest.approx([2.850107, 0.005362], abs=1e-5)
    assert [found.t_upper, found.df] == pytest.approx([-6.571735, 17.776474], abs=1e-5)
    assert found.p == found.p_lower and found.p_upper < 1e-5
    assert [found.low, found.high] == pytest.approx([-3.0533815, -0.1066185], abs=1e-5)


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([], [], "fewer than two values in an arm"),
        ([1.0], [2.0, 3.0], "fewer than two values in an arm"),
        ([5.0, 5.0], [7.0, 7.0], "no variance in either arm"),
    ],
)
def test_what_cannot_be_compared_says_why(x, y, why):
    assert difference(x, y).why == equivalence(x, y, -1, 1).why == why
    assert difference(x, y).p is None and equivalence(x, y, -1, 1).p is None


def test_one_arm_without_variance_is_compared_all_the_same():
    found = difference([5.0, 5.0, 5.0], [6.0, 7.0, 9.0])
    assert found.df == pytest.approx(2) and found.p is not None


def test_ancova_is_rs_linear_model():
    found = ancova(list(zip(DOSES, JUICE, strict=True)), list(zip(DOSES, ACID, strict=True)))
    assert [found.difference, found.t, found.p] == pytest.approx([3.7, 3.383307, 0.001300662], abs=1e-6)
    assert [found.low, found.high, found.slope] == pytest.approx([1.510095, 5.889905, 9.763571], abs=1e-6)
    assert (found.n_1, found.n_2, found.df) == (30, 30, 57)
    assert found.partial_eta_squared == pytest.approx(3.383307**2 / (3.383307**2 + 57), abs=1e-6)
    assert [found.mean_1, found.mean_2] == pytest.approx([np.mean(JUICE), np.mean(ACID)])  # the doses are balanced
    assert [found.slopes.statistic, found.slopes.p] == pytest.approx([5.333483, 0.024631], abs=1e-5)
    assert (found.slopes.df_1, found.slopes.df_2) == (1, 56)
    assert [found.normality.statistic, found.normality.p] == pytest.approx([0.95538, 0.02809], abs=1e-5)


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([(1, 2)], [(1, 3), (2, 4)], "fewer than two values in an arm"),
        ([(1, 2), (1, 4)], [(1, 3), (1, 5)], "no variance in the covariate"),
        ([(1, 2), (1, 4)], [(2, 3), (2, 5)], "the covariate tells the arms apart"),
        ([(1, 2), (2, 3)], [(1, 4), (2, 5)], "nothing is left to compare: no residual variance"),
        ([(1, 5), (2, 5)], [(1, 5), (2, 5)], "nothing is left to compare: no residual variance"),
    ],
)
def test_an_ancova_that_cannot_be_computed_says_why(x, y, why):
    found = ancova(x, y)
    assert found.why == why and found.p is None and (found.n_1, found.n_2) == (len(x), len(y))


def test_slopes_that_cannot_be_told_apart_are_not_tested():
    assert ancova([(1, 2), (2, 4)], [(1, 3), (2, 4)]).slopes is None  # four people
    assert ancova([(1, 2), (1, 4), (1, 3)], [(1, 3), (2, 4), (3, 4)]).slopes is None  # one covariate does not vary
    assert ancova([(1, 1), (2, 2), (3, 3)], [(1, 3), (2, 2), (3, 1)]).slopes is None  # nothing is left


def test_assumptions_are_tested_as_in_r_and_not_where_nothing_varies():
    assert normality(DRUG_1).p == pytest.approx(0.4079, abs=1e-4)  # R: shapiro.test
    found = equal_variances([DRUG_1, DRUG_2])  # car::leveneTest prints 0.2482 and 0.6244
    assert [found.statistic, found.p] == pytest.approx([0.24816, 0.62443], abs=1e-4)
    assert (found.df_1, found.df_2) == (1, 18)
    assert normality([1.0, 2.0]) is None and normality([2.0, 2.0, 2.0]) is None and normality(range(5001)) is None
    assert equal_variances([[1.0], [1.0, 2.0]]) is None and equal_variances([[1.0, 2.0], [3.0, 4.0]]) is None


def test_holms_adjustment_is_rs_and_a_missing_p_counts_as_the_largest():
    assert holm([0.01, 0.03, 0.04]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.01, None, 0.04]) == [pytest.approx(0.03), None, pytest.approx(0.08)]
    assert holm([]) == []


def test_alpha_is_that_of_psych_for_attitude():
    """psych::alpha(attitude): raw alpha .84; Feldt's interval .74 to .91."""
    found = reliability(ATTITUDE)
    assert (found.n, found.items) == (30, 7)
    assert found.alpha == pytest.approx(0.8431, abs=1e-4)
    assert [found.low, found.high] == pytest.approx([0.74, 0.91], abs=0.01)


def test_omega_follows_from_rs_factor_analysis():
    unique = [0.273279, 0.185961, 0.648699, 0.466085, 0.414783, 0.939427, 0.857239]  # R: factanal(attitude, 1)
    sds = ATTITUDE.std(axis=0, ddof=1)
    common = (np.sqrt(1 - np.array(unique)) * sds).sum() ** 2
    assert omega(ATTITUDE)[0] == pytest.approx(common / (common + (np.array(unique) * sds**2).sum()), abs=1e-5)


def test_two_items_have_spearman_and_browns_coefficient():
    found = reliability(ATTITUDE[:, :2])
    r = float(np.corrcoef(ATTITUDE[:, :2].T)[0, 1])
    assert (found.spearman_brown, found.omega) == (pytest.approx(2 * r / (1 + r)), None)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([[1], [2], [3]], "a single item"),
        ([[1, 2], [2, 3]], "fewer than three participants"),
        ([[1, 3], [2, 2], [3, 1]], "no variance"),
        ([[1, 3], [2, 3], [3, 3]], "an item that all answered alike"),
        ([[1, 6], [2, 4], [3, 2]], "items that contradict each other"),
        ([[1, 2, 2], [2, 3, 1], [3, 3, 4]], "no more participants than items"),
        ([[1, 2, 3], [2, 3, 5], [3, 3, 6], [1, 4, 5]], "items that follow from others"),
        ([[1, 1, 5], [2, 2, 1], [3, 3.1, 4], [4, 4, 1], [5, 5.1, 5]], "no proper solution with one factor"),
    ],
)
def test_a_reliability_that_cannot_be_computed_says_why(answers, why):
    found = reliability(np.array(answers, dtype=float))
    assert found.why == why and found.omega is None and found.spearman_brown is None


def test_an_item_is_correlated_with_the_rest_of_its_scale():
    rest = ATTITUDE[:, 1:].sum(axis=1)
    assert item_rest(ATTITUDE, 0) == pytest.approx(float(np.corrcoef(ATTITUDE[:, 0], rest)[0, 1]))
    assert item_rest(ATTITUDE[:2], 0) is None and item_rest(ATTITUDE[:, :1], 0) is None


def test_numbers_are_printed_as_apa_has_them():
    assert [number(2.005), number(-0.001), number(None), number(float("nan")), number(12.0, 0)] == [
        "2.00",
        "0.00",
        "",
        "",
        "12",
    ]
    assert number(0.1 + 0.2, 1) == "0.3"
    assert [probability(p) for p in (0.0009, 0.0496, 0.9996, None)] == ["<0.001", "0.050", "1.000", ""]
