"""Sample sizes against published tables; the page and the command that plan with them."""

import math
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from survey.analysis.power import detectable, power, sample_size
from survey.analysis_rule import SampleSize
from survey.report.planning import Planned, with_dropout
from tests import factories


def _needed(test, effect, wanted=0.8, alpha=0.05, **more):
    return sample_size(lambda n: power(test, effect, n, n, alpha, **more), wanted)


@pytest.mark.parametrize(
    ("effect", "eighty", "ninety"),
    # Cohen (1988), table 2.4.1, a2 = .05, has 393, 64, 26 and 526, 85, 34: rounded. G*Power 3.1 has these.
    [(0.2, 394, 527), (0.3, 176, 235), (0.4, 100, 133), (0.5, 64, 86), (0.8, 26, 34)],
)
def test_two_groups_need_as_many_as_cohen_and_gpower_say(effect, eighty, ninety):
    assert (_needed("difference", effect), _needed("difference", effect, 0.9)) == (eighty, ninety)
    assert _needed("difference", -effect) == eighty


def test_the_power_is_that_of_gpower():
    assert power("difference", 0.5, 64, 64, 0.05) == pytest.approx(0.8014596, abs=1e-6)
    # "ANCOVA: fixed effects", f = .25, two groups, one covariate, 128 in all.
    assert power("ancova", 0.5, 64, 64, 0.05) == pytest.approx(0.80141, abs=1e-5)
    assert power("difference", 0, 20, 20, 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("effect", [0.3, 0.5, 0.8])
def test_a_covariate_saves_what_borm_and_others_say(effect, correlation):
    """Borm, Fransen & Lemmens (2007): (1 - r^2) times the n of the t test, and one more in each group to be safe."""
    approximate = math.ceil((1 - correlation**2) * _needed("difference", effect))
    assert _needed("ancova", effect, correlation=correlation) - approximate in (-1, 0, 1)


def test_equivalence_has_the_power_that_powertost_gives():
    """PowerTOST's first example: power.TOST(CV = 0.35, n = c(52, 49), design = "parallel") is 0.8011186."""
    sd = math.sqrt(math.log(1 + 0.35**2))
    found = power("equivalence", math.log(0.95) / sd, 52, 49, 0.05, bound=math.log(1.25) / sd)
    assert found == pytest.approx(0.8011186, abs=1e-6)


@pytest.mark.parametrize("bound", [0.3, 0.4, 0.5, 0.8])
def test_equivalence_needs_julious_normal_approximation_or_little_more(bound):
    """Julious (2004), eq. 10 for a true difference of 0: 2 (z.95 + z.90)^2 / bound^2, and somewhat more by t."""
    normal = 2 * (1.6448536 + 1.2815516) ** 2 / bound**2
    assert 0 <= _needed("equivalence", 0, bound=bound) - normal < 2


def test_what_cannot_be_found_has_no_number():
    assert _needed("equivalence", 0.2, bound=0.2001) is None
    assert power("ancova", 1, 1, 1, 0.05) == 0 and power("equivalence", 0, 2, 2, 0.05, bound=0.001) < 1e-6
    assert power("difference", 200, 50, 50, 0.05) == 1
    assert detectable(lambda size: power("ancova", size, 2, 2, 0.05), 0.99) is None


def test_what_a_number_can_detect_is_the_reverse_of_what_is_needed():
    assert detectable(lambda size: power("difference", size, 18, 19, 0.05), 0.8) == pytest.approx(0.948, abs=0.001)
    assert detectable(lambda size: power("difference", size, 64, 64, 0.05), 0.8) == pytest.approx(0.5, abs=0.002)


def test_dropout_is_added_to_what_is_needed():
    assert [with_dropout(17, 0.15), with_dropout(34, 0.15), with_dropout(64, 0)] == [20, 40, 64]
    plan = SampleSize(test="ancova", effect=0.6, correlation=0.5, dropout=0.15, reason="r")
    assert (Planned(plan).per_group, Planned(plan).to_allocate, Planned(plan).total) == (34, 40, 80)


def test_the_curve_rises_to_the_number_needed():
    planned = Planned(SampleSize(test="difference", effect=0.5, reason="r"), 40)
    curve = planned.curve()
    heights = [float(point.split()[1]) for point in curve.path[1:].split("L")]
    assert heights == sorted(heights, reverse=True)
    assert [(words, side) for *_, words, side in curve.marks] == [("available", "end"), ("needed", "start")]
    assert curve.marks[1][1] == pytest.approx(curve.wanted, abs=1)
    alone = Planned(SampleSize(test="difference", effect=0.5, reason="r"), 64).curve()
    assert [words for *_, words, _ in alone.marks] == ["needed"]


@pytest.mark.parametrize("test", ["difference", "equivalence"])
def test_common_effects_or_bounds_are_listed(test):
    more = {"bound": 0.5, "effect": 0.25} if test == "equivalence" else {"effect": 0.5}
    found = dict(Planned(SampleSize(test=test, reason="r", **more)).others())
    if test == "difference":
        assert found[0.5] == [64, 86, 105]
    else:
        assert 0.2 not in found and found[0.3][0] > found[0.4][0]


def test_the_lines_for_the_study_file_are_what_was_planned():
    import tomllib

    plan = SampleSize(test="equivalence", effect=0, bound=0.4, dropout=0.1, reason="Small enough.")
    table = tomllib.loads(Planned(plan).lines())["sample_size"]
    assert SampleSize.model_validate(table) == plan


# The command


def _said(capsys, *args, **options):
    call_command("plan_study", *args, **options)
    return capsys.readouterr().out


def test_the_command_tells_the_plan_of_a_study_folder(capsys):
    said = _said(capsys, str(factories.REPLICATION), n=30)
    assert "34 per group with their outcome (power 0.803)" in said
    assert "40 per group to allocate, 80 in all: 15% drop-out" in said
    assert "With 30 per group: power 0.751; least effect found: 0.637 SD" in said


@pytest.mark.django_db
def test_the_command_takes_a_loaded_study_and_other_numbers(capsys):
    factories.study(factories.REPLICATION)
    assert "34 per group" in _said(capsys, "replication")
    assert "79 per group" not in _said(capsys, "replication", effect=0.5)
    # Of another test, what the study says of effect and covariate is not taken over.
    said = _said(capsys, "replication", test="equivalence", effect=0, bound=0.5, n=50)
    assert "70 per group with" in said and "83 per group to allocate" in said and "narrowest bound found: 0.589" in said


def test_the_command_plans_without_a_study(capsys):
    assert "64 per group with" in _said(capsys, effect=0.5)
    assert "More than a million" in _said(capsys, effect=0.2, test="equivalence", bound=0.2001)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "expected a study, or at least --effect"),
        ({"effect": 0.5, "power": 2}, "--power: Input should be less than 1"),
        ({"effect": 0.5, "n": 1}, "--n: expected at least 2"),
        ({"effect": 0.5, "test": "equivalence"}, "expected a bound"),
    ],
)
def test_the_command_refuses_what_is_no_plan(options, message):
    with pytest.raises(CommandError, match=message):
        call_command("plan_study", **options)


@pytest.mark.django_db
def test_a_study_without_a_plan_says_so():
    with pytest.raises(CommandError, match=r"no \[sample_size\] in study\.toml"):
        call_command("plan_study", factories.study().name)


# The page


def _page(study, **asked):
    response = factories.researcher().get(reverse("survey:planning", kwargs={"study": study.name}), asked)
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.django_db
def test_the_page_opens_with_the_studys_plan_and_computes_another():
    study = factories.study(factories.REPLICATION)
    html = _page(study)
    assert re.findall(r"<dd>(\d+)</dd>", html) == ["34", "40", "80"] and "plan of the study file" in html
    html = _page(study, effect="0.4", available="30")
    assert re.findall(r"<dd>(\d+)</dd>", html)[0] == "75" and "plan of the study file" not in html
    assert "The least effect that they find" in html and "plan-curve__mark--available" in html


@pytest.mark.django_db
def test_the_page_says_what_does_not_fit():
    study = factories.study()
    assert re.findall(r"<dd>(\d+)</dd>", _page(study)) == ["64", "64", "128"]
    html = _page(study, test="equivalence", effect="0.6", bound="0.3")
    assert "is not within the bound" in html and "<dd>" not in html
    assert "Ensure this value is less than" in _page(study, power="3")
    html = _page(study, test="equivalence", effect="0", bound="0.5", available="2")
    assert "The narrowest bound that they can show" in html
    assert "no effect below 10" in _page(study, test="ancova", available="2", power="0.999")
    assert "More than a million" in _page(study, test="equivalence", effect="0.2", bound="0.2001")
