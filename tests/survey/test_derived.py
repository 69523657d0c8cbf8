"""Learning efficiency and the bias of judgements: in the study file, in the export, in the results."""

import csv
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.data import data_of, values
from survey.analysis.derived import derive, efficiency, judgement_bias
from survey.analysis.tables import Results
from survey.export import bundle
from survey.export.choice import Choice
from survey.protocol import StudyError, parse
from tests import factories

DERIVED = """
[[derived]]
id = "gain"
words = "Learning efficiency"
method = "efficiency"
performance = { scale = "post_total" }
effort = { scale = "joy" }

[[derived]]
id = "bias"
words = "Bias of judgement"
method = "judgement_bias"
judgement = { scale = "effort" }
performance = { scale = "post_total" }

[[hypotheses]]
id = "more"
words = "Learning is more efficient."
outcome = { derived = "gain" }
compare = ["visual", "text"]
test = "difference"
direction = "greater"

[[hypotheses]]
id = "alike"
words = "Judgements are equally good."
outcome = { derived = "bias" }
compare = ["visual", "text"]
test = "equivalence"
bounds = [-10, 10]
"""


def _files(plan=DERIVED):
    return factories.files(study=factories.files()["study.toml"] + plan)


# Values


def test_efficiency_is_the_distance_of_both_z_values_computed_by_hand():
    """Performance 40, 60, 80: z = -1, 0, 1. Effort 7, 1, 4: mean 4, SD 3, z = 1, -1, 0."""
    assert efficiency([40, 60, 80], [7, 1, 4]) == pytest.approx([-2 / 2**0.5, 1 / 2**0.5, 1 / 2**0.5])


def test_bias_is_judgement_minus_per_cent_correct():
    assert judgement_bias([80, 50, 0], [62.5, 50, 100]) == [17.5, 0, -100]


@pytest.mark.parametrize(("performance", "effort"), [([], []), ([5], [3]), ([5, 5], [1, 2]), ([1, 2], [4, 4])], ids=str)
def test_nobody_has_an_efficiency_where_a_score_does_not_vary(performance, effort):
    assert derive("efficiency", performance, effort) == [""] * len(effort)
    assert len(derive("judgement_bias", performance, effort)) == len(effort)


def test_what_is_equal_but_for_rounding_is_equal():
    performance = [100 * right / 24 for right in range(25)]
    assert {abs(float(text)) for text in derive("efficiency", performance, [each / 7 for each in performance])} == {0}


SCORES = st.lists(st.tuples(st.integers(0, 24), st.integers(1, 9)), min_size=2, max_size=60).filter(
    lambda pairs: len({pair[0] for pair in pairs}) > 1 and len({pair[1] for pair in pairs}) > 1
)
SCALES = st.tuples(st.floats(0.01, 100), st.floats(-100, 100))


@given(SCORES, SCALES, SCALES)
def test_efficiency_does_not_depend_on_the_units_and_adds_up_to_nothing(pairs, of_performance, of_effort):
    performance, effort = zip(*pairs, strict=True)
    found = efficiency(performance, effort)
    rescaled = ([factor * x + shift for x in scores] for scores, (factor, shift) in
                [(performance, of_performance), (effort, of_effort)])  # fmt: skip
    assert efficiency(*rescaled) == pytest.approx(found, abs=1e-6)
    assert math.fsum(found) == pytest.approx(0, abs=1e-9)
    assert efficiency(effort, performance) == pytest.approx([-each for each in found])


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=20))
def test_bias_is_the_difference_and_within_100_points(pairs):
    found = derive("judgement_bias", [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    for (judged, achieved), text in zip(pairs, found, strict=True):
        assert float(text) == pytest.approx(judged - achieved, abs=1e-9) and -100 <= float(text) <= 100


# Sets


def _row(code, arm, total, effort, judged, finished="2026-03-02T10:00:00.000Z", **more):
    row = {"participant": code, "arm": arm, "status": "finished", "finished_at": finished, "deviations": ""}
    return row | {"excluded_for": "", "total": total, "effort": effort, "judged": judged, **more}


def _data(*rows):
    derived = [
        {"derived": "gain", "method": "efficiency", "minuend": "total", "subtrahend": "effort", "words": "Gain"},
        {"derived": "bias", "method": "judgement_bias", "minuend": "judged", "subtrahend": "total", "words": "Bias"},
    ]
    arms = {"file": "participants.csv", "name": "arm", "values": '{"visual": "", "text": ""}', "study_versions": ""}
    measures = [{"score": score} for score in ("total", "effort", "judged")]
    files = {"participants.csv": list(rows), "codebook.csv": [arms], "measures.csv": measures}
    return data_of(files | {"derived.csv": derived, "hypotheses.csv": []})


FOUR = (
    _row("a", "visual", "40", "7", "50"),
    _row("b", "visual", "60", "1", ""),
    _row("c", "text", "80", "4", "70"),
    _row("d", "text", "100", "8", "100", finished=""),
)


def _derived(data, name, outcome):
    return {row["participant"]: row[outcome] for people in data.sets[name].values() for row in people if outcome in row}


def test_z_is_over_everybody_of_the_set_all_arms_together():
    data = _data(*FOUR)
    assert values(data.sets["pp"]["visual"], "gain") == pytest.approx([-2 / 2**0.5, 1 / 2**0.5])
    assert values(data.sets["pp"]["text"], "gain") == pytest.approx([1 / 2**0.5])
    itt, pp = (_derived(data, name, "gain") for name in ("itt", "pp"))
    assert set(itt) == {*pp, "d"} and all(itt[code] != pp[code] for code in pp)
    assert sum(map(float, itt.values())) == pytest.approx(0, abs=1e-9)
    assert _derived(data, "itt", "bias") == {"a": "10.0000000000", "c": "-10.0000000000", "d": "0.0000000000"}
    assert all("gain" not in row for row in FOUR)


def test_who_lacks_a_score_is_erased_excluded_or_in_no_arm_moves_no_z():
    others = (
        _row("e", "visual", "0", "", "10"),
        _row("f", "text", "", "9", ""),
        _row("g", "text", "0", "9", "10", status="erased"),
        _row("h", "text", "0", "9", "10", excluded_for="twice"),
        _row("i", "", "0", "9", "10"),
    )
    few, many = _data(*FOUR), _data(*FOUR, *others)
    assert _derived(few, "itt", "gain") == _derived(many, "itt", "gain")
    assert _derived(many, "itt", "bias").keys() - _derived(few, "itt", "bias").keys() == {"e"}


def test_they_stand_after_the_scores_in_the_tables_of_outcomes_and_have_no_items():
    results = Results(_data(*FOUR))
    assert list(dict.fromkeys(row[1] for row in results._outcomes().rows)) == [
        "total",
        "effort",
        "judged",
        "gain",
        "bias",
    ]
    [missing] = results._outcomes().records(set="itt", outcome="bias", arm="visual")
    assert (missing["n"], missing["missing"], missing["mean"]) == ("1", "1", "10.00")
    [compared] = results._differences().records(set="itt", outcome="gain")
    assert (compared["arm_1"], compared["n_1"], compared["n_2"]) == ("visual", "2", "2") and compared["p"]


# Study file


def _problems(former, now, plan=DERIVED):
    assert former in plan
    with pytest.raises(StudyError) as raised:
        parse(_files(plan.replace(former, now, 1)))
    assert all(problem.file == "study.toml" and problem.line > 50 for problem in raised.value.problems)
    return {(problem.key, problem.message) for problem in raised.value.problems}


def test_a_study_file_may_derive_and_expect():
    study = parse(_files()).study
    assert [(each.id, each.method, list(each.parts)) for each in study.derived] == [
        ("gain", "efficiency", ["performance", "effort"]),
        ("bias", "judgement_bias", ["judgement", "performance"]),
    ]
    assert [each.outcome.name for each in study.hypotheses] == ["gain", "bias"]


@pytest.mark.parametrize(
    ("former", "now", "key", "message"),
    [
        ('id = "bias"', 'id = "gain"', "derived.2.id", "a second derived measure 'gain'"),
        ('id = "gain"', 'id = "joy"', "derived.1.id", "'joy' is already in en/instruments/ratings.toml"),
        ('id = "gain"', 'id = "joy_1"', "derived.1.id", "'joy_1' is already in en/instruments/ratings.toml"),
        ('id = "gain"', 'id = "arm"', "derived.1.id", "'arm' is a column that every export has"),
        ('"Learning efficiency"', f'"{"x" * 81}"', "derived.1.words", "at most 80 characters"),
        ('"efficiency"', '"quotient"', "derived.1", "'efficiency', 'judgement_bias'"),
        ('scale = "joy"', 'scale = "boredom"', "derived.1.effort", "no scale 'boredom' in any stage"),
        ('scale = "joy"', 'scale = "joy", stage = "posttest"', "derived.1.effort", "no scale 'joy' in stage"),
        ('scale = "joy"', 'scale = "pre_total"', "derived.1.effort", "'pre_total' is measured before the allocation"),
        ('scale = "joy"', 'scale = "post_total"', "derived.1.effort", "'post_total' is the performance too"),
        ('effort = { scale = "joy" }\n', "", "derived.1.effort", "missing"),
        ("effort = {", "judgement = {", "derived.1.judgement", "unknown key"),
        ('scale = "effort"', 'scale = "joy"', "derived.2.judgement", "'joy' is no per cent that was judged"),
        ('scale = "effort"', 'scale = "joy_sum"', "derived.2.judgement", "expected a mean of numbers from 0 to 100"),
        ('{ scale = "effort" }', '{ scale = "sus" }', "derived.2.judgement", "expected a mean of numbers"),
        ('derived = "gain"', 'derived = "pain"', "hypotheses.1.outcome", "no derived measure 'pain'; expected one of"),
        (
            'derived = "gain"',
            'derived = "gain", scale = "joy"',
            "hypotheses.1.outcome",
            "expected one of scale and derived",
        ),
        ('{ derived = "gain" }', "{}", "hypotheses.1.outcome", "expected one of scale and derived"),
        ('derived = "gain"', 'derived = "gain", stage = "posttest"', "hypotheses.1.outcome", "expected no stage"),
        ("[-10, 10]", "[-10, 200]", "hypotheses.2.bounds", "hold every difference; bias has 200"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(former, now, key, message):
    found = _problems(former, now)
    assert any(where == key and message in what for where, what in found), found


def test_a_judgement_is_held_against_a_test():
    bias = DERIVED[DERIVED.index('id = "bias"') :]
    found = _problems(bias, bias.replace("post_total", "sus", 1))
    assert found == {("derived.2.performance", "'sus' is a sus; expected percent_correct or percent_rated")}
    assert parse(_files(DERIVED.replace(bias, bias.replace("post_total", "post_rated", 1)))).study.derived[1]


def test_an_efficiency_has_no_range_that_bounds_could_exceed_and_a_covariate_is_a_scale():
    plan = DERIVED.replace('derived = "bias"', 'derived = "gain"').replace("[-10, 10]", "[-900, 900]")
    assert parse(_files(plan)).study.hypotheses[1].bounds == (-900, 900)
    ancova = 'test = "ancova"\ncovariate = { derived = "bias" }'
    found = _problems('test = "difference"', ancova)
    assert ("hypotheses.1.covariate.derived", "unknown key; expected none of this name") in found


def test_a_scale_of_two_stages_needs_the_stage():
    again = '[[stages]]\nid = "ratings_b"\nkind = "instrument"\ninstrument = "ratings"\n\n[[stages]]\nid = "debriefing"'
    texts = _files(DERIVED)
    texts["study.toml"] = texts["study.toml"].replace('[[stages]]\nid = "debriefing"', again)
    texts["en/titles.toml"] += '\nratings_b = "Again"\n'
    with pytest.raises(StudyError, match=r"'joy' is measured in ratings, ratings_b; expected a `stage`"):
        parse(texts)
    for scale in ("joy", "effort"):
        texts["study.toml"] = texts["study.toml"].replace(
            f'{{ scale = "{scale}" }}', f'{{ scale = "{scale}", stage = "ratings_b" }}'
        )
    assert parse(texts).study.derived[0].effort.stage == "ratings_b"


# Export


def _table(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.django_db
def test_the_export_says_of_what_they_are_made_and_has_no_column_of_them(tmp_path):
    study = factories.study(files=_files())
    bundle.write_folder(study, tmp_path / "export")
    assert _table(tmp_path / "export", "derived.csv") == [
        {
            "derived": "gain",
            "words": "Learning efficiency",
            "method": "efficiency",
            "minuend": "post_total",
            "subtrahend": "joy",
        },
        {
            "derived": "bias",
            "words": "Bias of judgement",
            "method": "judgement_bias",
            "minuend": "effort",
            "subtrahend": "post_total",
        },
    ]
    assert [row["outcome"] for row in _table(tmp_path / "export", "hypotheses.csv")] == ["gain", "bias"]
    header = (tmp_path / "export" / "participants.csv").read_text().splitlines()[0].split(",")
    assert {"post_total", "joy", "effort"} <= set(header) and not {"gain", "bias"} & set(header)
    assert "It is no column of participants.csv, as z depends on who is analysed" in " ".join(
        (tmp_path / "export" / "README.md").read_text().split()
    )


@pytest.mark.django_db
def test_without_the_file_the_scripts_are_left_out(tmp_path):
    bundle.write_folder(factories.study(), tmp_path / "export", Choice(tables=("measures", "hypotheses")))
    assert not (tmp_path / "export" / "analysis").exists() and not (tmp_path / "export" / "derived.csv").exists()


@pytest.mark.django_db
def test_a_name_that_an_earlier_version_gave_to_a_scale_is_not_taken_again(tmp_path):
    texts = factories.files()
    ratings = texts["en/instruments/ratings.toml"]
    former = texts | {"en/instruments/ratings.toml": ratings.replace('id = "joy_sum"', 'id = "gain"')}
    study = factories.study(files=former)
    factories.finished(study)
    factories.version(study, _files())
    factories.finished(study)
    bundle.write_folder(study, tmp_path / "export")
    assert [row["derived"] for row in _table(tmp_path / "export", "derived.csv")] == ["gain_2", "bias"]
    assert _table(tmp_path / "export", "hypotheses.csv")[0]["outcome"] == "gain_2"
