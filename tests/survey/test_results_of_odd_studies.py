"""Results of studies that have little, or changed on the way: page, tables, pictures, report and both scripts."""

import csv
import io
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from django.urls import reverse

from survey.analysis.data import read
from survey.analysis.tables import Results
from survey.export import bundle
from survey.models import Exclusion, Kind, Rating, Role
from survey.rating.answers import answers
from survey.report.report import TABLE_TITLES
from tests import factories

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[2] / "survey" / "analysis" / "analyse.R"

INTEREST = """
title = "Interest"
kind = "questionnaire"
wording = "own"

[[items]]
id = "interest_1"
type = "number"
text = "How much of it interested you, in per cent?"
minimum = 0
maximum = 100

[[scales]]
id = "interest"
title = "Interest"
items = ["interest_1"]
score = "mean"
"""
HYPOTHESIS = """
[[hypotheses]]
id = "more"
words = "It is of more interest."
outcome = { scale = "interest" }
compare = ["visual", "text"]
test = "difference"
direction = "greater"
"""
JOY = HYPOTHESIS.replace("interest", "joy")
ALIKE = """
[[hypotheses]]
id = "alike"
words = "It is of the same interest."
outcome = { scale = "interest" }
compare = ["visual", "text"]
test = "equivalence"
bounds = [-10, 10]
"""
ADJUSTED = """
[[hypotheses]]
id = "adjusted"
words = "There is more joy, whatever was of interest before."
outcome = { scale = "joy" }
compare = ["visual", "text"]
test = "ancova"
covariate = { scale = "interest" }
direction = "greater"
"""
EFFICIENCY = """
[[derived]]
id = "gain"
words = "Gain"
method = "efficiency"
performance = { scale = "interest" }
effort = { scale = "effort" }

[[derived]]
id = "bias"
words = "Bias"
method = "judgement_bias"
judgement = { scale = "interest" }
performance = { scale = "post_total" }
"""
OF_GAIN = HYPOTHESIS.replace('scale = "interest"', 'derived = "gain"')
NO_DATA = "has no data yet: nobody has taken part in a version of the study that measures it."


def _files(plan="", before="debriefing", **edits):
    """Return the tiny study with a questionnaire of interest, shown before this stage."""
    texts = factories.files(**edits)
    stage = '[[stages]]\nid = "interest"\nkind = "instrument"\ninstrument = "interest"\n\n'
    place = f'[[stages]]\nid = "{before}"'
    texts["study.toml"] = texts["study.toml"].replace(place, stage + place) + plan
    texts["en/titles.toml"] += 'interest = "Interest"\n'
    return texts | {"en/instruments/interest.toml": INTEREST}


def _edited(name, **replaced):
    """Return the text of a file of the tiny study, with one passage replaced: `former=..., now=...`."""
    [text] = [text for path, text in factories.files().items() if Path(path).stem == name]
    assert replaced["former"] in text
    return text.replace(replaced["former"], replaced["now"])


def _people(study, n, make=factories.finished, **given):
    """Let `n` take part in the study as it is now, whose ratings differ."""
    for number in range(n):
        varied = {"joy_1": 1 + number % 7, "joy_2": 7 - number * 3 % 7, "joy_3": 1 + number * 2 % 7, **given}
        make(study, answers=varied | {"effort_1": 5 * (number % 20)})


def _rate(study):
    """Let two raters give a point to every open answer."""
    for response in answers(study, [Kind.REAL]):
        for rater in ("first", "second"):
            Role.objects.get_or_create(user=factories.user(rater), study=study, name=Role.Name.RATER)
            rating = {"rater": factories.user(rater), "points": 1, "rated_at": factories.START}
            Rating.objects.create(response=response, **rating)


def _study(texts=None, n=0, **more):
    study = factories.study(state="closed", **({"files": texts} if texts else {}))
    _people(study, n, **more)
    return study


def _open(study):
    """Return (page, report, {table: its rows}), all opened by a researcher, with every picture that they offer."""
    client = factories.researcher()

    def text(name, **more):
        with closing(client.get(reverse(f"survey:{name}", kwargs={"study": study.name, **more}))) as response:
            assert response.status_code == 200, (name, more)
            return response.content.decode()

    page, report = text("results"), text("results_report")
    offered = set(re.findall(r"/results/([a-z]+)\.csv", page)) - {"agreement"}  # which the scripts do not make
    assert offered in (set(TABLE_TITLES) - {"agreement"}, set())  # none where nobody is compared
    tables = {}
    for table in set(TABLE_TITLES) - {"agreement"}:
        tables[table] = list(csv.DictReader(io.StringIO(text("results_table", table=table))))
    for outcome in re.findall(r'data-figure="(\w+)"', page):
        assert "<svg" in text("results_figure", outcome=outcome)
    for html in (page, report):
        assert not {"nan", "none", "inf"} & set(re.sub(r"<[^>]*>", " ", html).lower().split())
    return *(re.sub(r"\s+", " ", html.replace("\u00a0", " ")) for html in (page, report)), tables


def _computed(study, folder):
    """Return {table: its rows} as both scripts print them from the export alone; R where it is there."""
    bundle.write_folder(study, folder)
    tables = {table.name: table for table in Results(read(folder)).tables}
    if shutil.which("Rscript"):
        done = subprocess.run(["Rscript", SCRIPT, folder], check=True, capture_output=True, text=True)
        assert "Warning" not in done.stderr
        for name, table in tables.items():
            with (folder / "results" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                assert list(csv.reader(file)) == [table.columns, *table.rows], name
    return {name: table.records() for name, table in tables.items()}


def _seen(study, folder):
    """Open everything; the tables are those of the scripts."""
    page, report, tables = _open(study)
    assert tables == _computed(study, folder)
    return page, report, tables


# A version that nobody has taken part in yet


@pytest.mark.parametrize("n", [0, 1, 6])
def test_a_score_that_only_a_new_version_has_is_said_to_have_no_data_yet(tmp_path, n):
    study = _study(n=n)
    factories.version(study, _files(HYPOTHESIS + ALIKE))
    page, report, tables = _seen(study, tmp_path)
    assert {row["verdict"] for row in tables["verdicts"]} == {"not_computed"} and len(tables["verdicts"]) == 4
    for html in (page, report):
        assert "It is of more interest." in html
        if n == 0:
            assert "Nobody has taken part yet" in html and "result__verdict" not in html.partition("</style>")[2]
            continue
        assert html.count('class="result__verdict result__verdict--not_computed"') == 2
        assert html.count(f"Interest {NO_DATA} The hypothesis cannot be tested.") == 4
        assert "Interest: no values so far." in html and "Shapiro–Wilk W cannot be computed" in html
    # Before the first participant the version is the one that counts, and only people are missing.
    assert ("interest" in {row["outcome"] for row in tables["outcomes"]}) == (n == 0)


def test_what_is_derived_of_a_score_that_only_a_new_version_has_has_no_data_yet(tmp_path):
    study = _study(n=6)
    factories.version(study, _files(EFFICIENCY + OF_GAIN))
    page, report, tables = _seen(study, tmp_path)
    assert {row["verdict"] for row in tables["verdicts"]} == {"not_computed"}
    assert {row["n"] for row in tables["outcomes"] if row["outcome"] in ("gain", "bias")} == {"0"}
    for html in (page, report):
        assert html.count(f"Interest {NO_DATA}") == 2
        assert "Gain: no values so far." in html and "Bias: no values so far." in html


def test_a_covariate_that_only_a_new_version_has_has_no_data_yet(tmp_path):
    study = _study(n=6)
    factories.version(study, _files(ADJUSTED, before="allocation"))
    page, report, tables = _seen(study, tmp_path)
    assert {row["verdict"] for row in tables["verdicts"]} == {"not_computed"}
    for html in (page, report):
        assert html.count(f"Interest {NO_DATA}") == 2 and "<title>Joy</title>" in html


def test_the_hypotheses_of_a_new_version_are_tested_as_soon_as_it_has_people(tmp_path):
    study = _study(n=4)
    factories.version(study, _files(HYPOTHESIS))
    _people(study, 4)
    page, _, tables = _seen(study, tmp_path)
    of = {row["arm"]: (row["n"], row["missing"]) for row in tables["outcomes"] if row["outcome"] == "interest"}
    assert of == {"visual": ("2", "2"), "text": ("2", "2")}
    assert NO_DATA not in page and "all values of each arm are the same" in page


def test_a_score_to_come_is_not_taken_for_something_of_an_earlier_version(tmp_path):
    """In the earlier version, `interest_1` was an item; in the new one, `joy` is measured by another stage."""
    former = _files().items()
    study = _study(dict(former), n=6)
    renamed = INTEREST.replace('id = "interest_1"', 'id = "liking"').replace('["interest_1"]', '["liking"]')
    renamed = renamed.replace('id = "interest"', 'id = "interest_1"')
    texts = _files(HYPOTHESIS.replace('"interest"', '"interest_1"'))
    factories.version(study, texts | {"en/instruments/interest.toml": renamed})
    _, report, tables = _seen(study, tmp_path)
    assert {row["verdict"] for row in tables["verdicts"]} == {"not_computed"}
    assert report.count(f"Interest {NO_DATA}") == 2


# A scale that changed


def test_who_was_not_asked_an_item_does_not_count_as_having_answered_it(tmp_path):
    """The new version adds an item to a questionnaire's scale, one to a test, and an open one that raters judge."""
    study = _study(n=4)
    ratings = _edited("ratings", former='items = ["joy_1", "joy_2", "joy_3"]', now='items = ["joy_1", "joy_2", "new"]')
    ratings = ratings.replace('id = "joy_3"', 'id = "new"')
    again = factories.files()["en/instruments/posttest.toml"]
    item = again[again.index('[[items]]\nid = "post_r1"') : again.index('[[items]]\nid = "post_c1"')]
    posttest = again.replace("[[scales]]", item.replace("post_r1", "post_r2") + "[[scales]]", 1)
    posttest = posttest.replace('items = ["post_r1"]', 'items = ["post_r1", "post_r2"]')
    open_item = again[again.index('[[items]]\nid = "post_open"') : again.index("[[scales]]")]
    posttest = posttest.replace("[[scales]]", open_item.replace("post_open", "post_why") + "[[scales]]", 1)
    posttest = posttest.replace('items = ["post_open"]', 'items = ["post_open", "post_why"]')
    factories.version(study, factories.files(ratings=ratings, posttest=posttest))
    _people(study, 5, new=3)
    _people(study, 1, new=3, post_why=None)
    _rate(study)
    _, _, tables = _seen(study, tmp_path)
    items = {(row["score"], row["item"]): row for row in tables["items"]}
    assert items["joy", "new"]["n"] == items["joy", "joy_1"]["n"] == "6" and items["joy", "new"]["mean"] == "3.00"
    new = items["post_recall", "post_r2"]
    assert (new["n"], new["difficulty"], new["flags"]) == ("6", "1.00", "easy")
    of = {row["score"]: row["n"] for row in tables["reliabilities"]}
    assert (of["joy"], of["joy_sum"], of["post_recall"], of["post_total"]) == ("6", "10", "6", "10")
    assert of["post_rated"] == "6", "with the one who left the new open item empty"
    assert {row["n"] for row in tables["outcomes"] if row["outcome"] == "joy"} == {"5"}


def test_a_picture_has_room_for_values_of_a_version_with_a_longer_scale(tmp_path):
    study = _study(n=7)
    factories.version(study, factories.files(ratings=_edited("ratings", former="points = 7", now="points = 3")))
    factories.finished(study)
    page, _, _ = _seen(study, tmp_path)
    for x in re.findall(r'<circle cx="([\d.]+)"', page):
        assert 112 <= float(x) <= 600, "within the lines of the picture"


# Little to compare

PLAN = (
    JOY
    + ALIKE.replace("interest", "joy").replace("[-10, 10]", "[-0.5, 0.5]")
    + EFFICIENCY.replace("interest", "effort")
)
PLAN = PLAN.replace('effort = { scale = "effort" }', 'effort = { scale = "joy" }')
PLAN += ADJUSTED.replace('scale = "interest"', 'scale = "pre_total"')


def _planned(plan=PLAN, **edits):
    texts = factories.files(**edits)
    return texts | {"study.toml": texts["study.toml"] + plan}


def _not_computed(tables, *pages):
    assert {(row["p"], row["verdict"]) for row in tables["verdicts"]} == {("", "not_computed")}
    for html in pages:
        assert html.count('class="result__verdict result__verdict--not_computed"') == len(tables["verdicts"]) / 2
        assert html.count("The hypothesis cannot be tested.") == len(tables["verdicts"])


def test_nobody_has_finished(tmp_path):
    study = _study(_planned(), n=4, make=factories.learning)
    page, report, tables = _seen(study, tmp_path)
    _not_computed(tables, page, report)
    assert [(row["itt"], row["not_finished"], row["pp"]) for row in tables["analysed"]] == [("2", "2", "0")] * 2
    for html in (page, report):
        assert "Joy: no values so far." in html and "Nothing can be computed: an arm has fewer than two values." in html
        assert "<title>Prior knowledge</title>" in html, "what was measured before the allocation is there"


def test_everybody_is_excluded(tmp_path):
    study = _study(_planned(), n=4)
    decision = {"reason": "A test", "decided_by": factories.user("owner"), "decided_at": factories.START}
    for participant in study.participants.all():
        Exclusion.objects.create(participant=participant, is_excluded=True, **decision)
    page, report, tables = _seen(study, tmp_path)
    assert {row["verdict"] for row in tables["verdicts"]} == {"not_computed"}
    assert [(row["allocated"], row["excluded"], row["itt"]) for row in tables["analysed"]] == [("2", "2", "0")] * 2
    assert "4 participants in the data" in report
    for html in (page, report):
        assert "Nobody can be compared yet" in html and "<figure" not in html and "no values" not in html


def test_all_answers_are_equal(tmp_path):
    study = factories.study(files=_planned(), state="closed")
    for _ in range(6):
        factories.finished(study)
    page, report, tables = _seen(study, tmp_path)
    _not_computed(tables, page, report)
    assert {row["sd"] for row in tables["outcomes"] if row["outcome"] == "joy"} == {"0.00"}
    assert {row["n"] for row in tables["outcomes"] if row["outcome"] == "gain"} == {"0"}, "nobody has an efficiency"
    assert {row["why"] for row in tables["reliabilities"]} == {"no variance", "a single item"}
    for html in (page, report):
        assert "all values of each arm are the same" in html and "Gain: no values so far." in html
        assert "everybody has the same value of the covariate" in html and "<title>Joy</title>" in html


def test_there_is_one_person_in_each_arm(tmp_path):
    page, report, tables = _seen(_study(_planned(), n=2), tmp_path)
    _not_computed(tables, page, report)
    joy = [row for row in tables["outcomes"] if (row["set"], row["outcome"]) == ("itt", "joy")]
    assert all(row["n"] == "1" and row["mean"] and not row["sd"] and not row["mean_low"] for row in joy)
    assert page.count("<circle") >= 2 and "Nothing can be computed: an arm has fewer than two values." in page


def _arms(*names):
    """Return the study file with these arms, and nothing that is expected of them."""
    text = factories.files()["study.toml"]
    arms = [f'[[arms]]\nid = "{name}"\ncondition = "textcond:learn"\n\n' for name in names]
    return text[: text.index("[[arms]]")] + "".join(arms) + text[text.index("[allocation]") :]


def test_a_study_of_one_arm_has_scores_and_no_differences(tmp_path):
    study = _study(factories.files(study=_arms("text")), n=5)
    page, report, tables = _seen(study, tmp_path)
    assert tables["differences"] == tables["verdicts"] == []
    assert [(row["arm"], row["itt"]) for row in tables["analysed"]] == [("text", "5")]
    assert {row["arm"] for row in tables["outcomes"]} == {"text"}
    for html in (page, report):
        assert "The study file states no hypotheses." in html and "<title>Joy</title>" in html
        assert "Nothing here." in html


def test_a_study_of_three_arms_without_hypotheses_compares_each_with_each(tmp_path):
    study = _study(factories.files(study=_arms("text", "game", "film").replace("[2, 4]", "[3]")), n=9)
    page, report, tables = _seen(study, tmp_path)
    joy = [row for row in tables["differences"] if (row["set"], row["outcome"]) == ("itt", "joy")]
    pairs = [(row["arm_1"], row["arm_2"], row["n_1"], row["n_2"]) for row in joy]
    assert pairs == [("text", "game", "3", "3"), ("text", "film", "3", "3"), ("game", "film", "3", "3")]
    assert all(row["p"] and row["g"] for row in joy)
    for html in (page, report):
        assert "The study file states no hypotheses." in html
        picture = html[html.index("<title>Joy</title>") :]
        assert picture[: picture.index("</svg>")].count("n = 3") == 3
