"""What a study file says of its analysis: checked with file, line and key, exported, and applied to participants."""

import csv

import pytest

from survey.export import bundle
from survey.protocol import StudyError, parse
from tests import factories

PLAN = """
[sample_size]
test = "difference"
effect = 0.5
reason = "As much as a month of lessons."

[[hypotheses]]
id = "more"
words = "More is recalled."
outcome = { scale = "post_recall" }
compare = ["visual", "text"]
test = "ancova"
covariate = { scale = "pre_total" }
direction = "greater"

[[hypotheses]]
id = "alike"
words = "Joy is alike."
outcome = { scale = "joy" }
compare = ["visual", "text"]
test = "equivalence"
bounds = [-0.5, 0.5]

[[exclusions]]
reason = "too_fast"
words = "Learned for less than a minute."
stage = "learning"
less_than_seconds = 60

[[exclusions]]
reason = "too_young"
words = "Is under age."
when = { item = "age", at_most = 18 }
"""


def _files(plan=PLAN):
    return factories.files(study=factories.files()["study.toml"] + plan)


def _problems(former, now):
    assert PLAN.count(former) >= 1
    with pytest.raises(StudyError) as raised:
        parse(_files(PLAN.replace(former, now, 1)))
    return [(problem.key, problem.message) for problem in raised.value.problems], raised.value.problems


def test_a_plan_that_fits_is_taken():
    study = parse(_files()).study
    assert [each.id for each in study.hypotheses] == ["more", "alike"]
    assert study.hypotheses[0].alpha == 0.05 and study.hypotheses[1].bounds == (-0.5, 0.5)
    assert [rule.reason for rule in study.exclusions] == ["too_fast", "too_young"]


@pytest.mark.parametrize(
    ("former", "now", "key", "message"),
    [
        ('id = "alike"', 'id = "more"', "hypotheses.2.id", "a second hypothesis 'more'"),
        ('"post_recall"', '"post_nothing"', "hypotheses.1.outcome", "no scale 'post_nothing' in any stage"),
        ('{ scale = "joy" }', '{ scale = "joy", stage = "posttest" }', "hypotheses.2.outcome", "in stage 'posttest'"),
        ('"post_recall"', '"pre_total"', "hypotheses.1.outcome", "measured before the allocation"),
        ('{ scale = "pre_total" }', '{ scale = "joy" }', "hypotheses.1.covariate", "measured after the allocation"),
        ('["visual", "text"]', '["visual", "game"]', "hypotheses.1.compare", "'game' is no arm"),
        ('["visual", "text"]', '["visual", "visual"]', "hypotheses.1", "compares 'visual' with itself"),
        ('direction = "greater"\n', "", "hypotheses.1", "expected a direction"),
        ('direction = "greater"', 'direction = "up"', "hypotheses.1.direction", "'greater', 'less' or 'different'"),
        ("bounds = [-0.5, 0.5]\n", "", "hypotheses.2", "expected bounds"),
        ("[-0.5, 0.5]", "[0.1, 0.5]", "hypotheses.2", "expected bounds below and above 0"),
        ("[-0.5, 0.5]", "[-9, 9]", "hypotheses.2.bounds", "hold every difference; joy has 6"),
        ('covariate = { scale = "pre_total" }\n', "", "hypotheses.1", "expected a covariate for ancova"),
        ("bounds = [", "alpha = 0.01\nbounds = [", "hypotheses.2.alpha", "0.01, but 0.05 above in the family"),
        ("bounds = [", "alpha = 1.5\nbounds = [", "hypotheses.2.alpha", "less than 1"),
        ('reason = "too_young"', 'reason = "too_fast"', "exclusions.2.reason", "a second rule 'too_fast'"),
        ('stage = "learning"', 'stage = "consent"', "exclusions.1.stage", "'consent' has no time"),
        ('stage = "learning"\nless_than_seconds = 60', 'flag = "lazy"', "exclusions.1.flag", "no check gives the flag"),
        ("less_than_seconds = 60\n", "", "exclusions.1", "expected less_than_seconds or more_than_seconds"),
        ('stage = "learning"\n', "", "exclusions.1", "expected one of flag, stage and when"),
        ('item = "age"', 'item = "agee"', "exclusions.2.when.item", "no item 'agee'"),
        ("effect = 0.5", "effect = 0", "sample_size", "finds an effect of 0"),
        ("effect = 0.5", "effect = 0.5\ncorrelation = 0.5", "sample_size", "only ancova has a covariate"),
        ('test = "difference"', 'test = "equivalence"', "sample_size", "expected a bound for equivalence"),
        (
            '"difference"\neffect = 0.5',
            '"equivalence"\neffect = 0.5\nbound = 0.4',
            "sample_size",
            "not within the bound",
        ),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_with_its_line(former, now, key, message):
    found, problems = _problems(former, now)
    assert any(where == key and message in what for where, what in found), found
    assert all(problem.file == "study.toml" and problem.line > 50 for problem in problems)


def test_a_scale_of_two_stages_needs_the_stage():
    again = '[[stages]]\nid = "ratings_b"\nkind = "instrument"\ninstrument = "ratings"\n\n[[stages]]\nid = "debriefing"'
    files = _files()
    texts = {
        **files,
        "study.toml": files["study.toml"].replace('[[stages]]\nid = "debriefing"', again),
        "en/titles.toml": files["en/titles.toml"] + '\nratings_b = "Again"\n',
    }
    with pytest.raises(StudyError, match=r"'joy' is measured in ratings, ratings_b; expected a `stage`"):
        parse(texts)
    texts["study.toml"] = texts["study.toml"].replace('{ scale = "joy" }', '{ scale = "joy", stage = "ratings_b" }')
    assert parse(texts).study.hypotheses[1].outcome.stage == "ratings_b"


def test_bounds_are_held_against_the_range_of_every_kind_of_score():
    for scale, bounds, wide in [
        ("joy_sum", "[-99, 99]", None),
        ("effort", "[-100, 1]", 100),
        ("sus", "[-1, 100]", 100),
    ]:
        texts = _files(PLAN.replace('"joy"', f'"{scale}"').replace("[-0.5, 0.5]", bounds))
        if wide is None:
            assert parse(texts).study.hypotheses[1].bounds == (-99, 99)
        else:
            with pytest.raises(StudyError, match=f"{scale} has {wide}"):
                parse(texts)


@pytest.mark.django_db
def test_rules_of_exclusion_are_told_in_the_export(tmp_path):
    study = factories.study(files=_files())
    old = factories.finished(study, answers={"age": 30})
    young = factories.finished(study, answers={"age": 18})
    fast = factories.learning(study, answers={"age": 30})
    bundle.write_folder(study, tmp_path / "export")
    with (tmp_path / "export" / "participants.csv").open(newline="") as file:
        found = {row["participant"]: row["deviations"] for row in csv.DictReader(file)}
    # The cast learns for 30 seconds; who has not left the learning phase was not too fast.
    assert found == {old.code: "too_fast", young.code: "too_fast|too_young", fast.code: ""}


@pytest.mark.django_db
def test_the_export_tells_what_was_expected_and_what_scores_are_made_of(tmp_path):
    study = factories.study(files=_files())
    bundle.write_folder(study, tmp_path / "export")
    with (tmp_path / "export" / "hypotheses.csv").open(newline="") as file:
        [more, alike] = csv.DictReader(file)
    assert (more["outcome"], more["covariate"], more["direction"]) == ("post_recall", "pre_total", "greater")
    assert (alike["lower_bound"], alike["upper_bound"], alike["covariate"]) == ("-0.5", "0.5", "")
    with (tmp_path / "export" / "measures.csv").open(newline="") as file:
        rows = {(row["score"], row["place"]): row for row in csv.DictReader(file)}
    with (tmp_path / "export" / "participants.csv").open(newline="") as file:
        header = next(csv.reader(file))
    assert {row[key] for row in rows.values() for key in ("score", "item", "value")} <= set(header)
    assert rows["sus", "2"]["reversed"] == "1" and rows["sus", "1"]["reversed"] == "0"
    assert rows["post_recall", "1"] | {"options": ""} == {
        "score": "post_recall",
        "method": "percent_correct",
        "place": "1",
        "item": "post_r1",
        "value": "post_r1_ok",
        "reversed": "0",
        "minimum": "0",
        "maximum": "1",
        "options": "",
        "key": "all",
    }


def test_a_rule_for_too_much_time_and_one_for_a_flag_are_met():
    rule = parse(_files(PLAN.replace("less_than_seconds", "more_than_seconds"))).study.exclusions[0]
    assert [rule.met_by_time(seconds) for seconds in (59, 60, 61, None)] == [False, False, True, False]


@pytest.mark.django_db
def test_who_goes_on_with_a_flag_deviates_where_the_study_says_so(tmp_path):
    texts = factories.files(factories.WINDING)
    rule = '\n[[exclusions]]\nreason = "lost"\nwords = "Did not understand."\nflag = "not_understood"\n'
    study = factories.study(factories.WINDING, files=texts | {"study.toml": texts["study.toml"] + rule})
    lost = factories.finished(study, answers={"end_1": "nobody"})
    bundle.write_folder(study, tmp_path / "export")
    with (tmp_path / "export" / "participants.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["participant"], row["flags"], row["deviations"]) == (lost.code, "not_understood", "lost")
