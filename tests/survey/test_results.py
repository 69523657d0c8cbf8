"""The results on the researcher's pages: for whom, when, what they say, and what can be taken along."""

import base64
import csv
import hashlib
import io
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from django.urls import reverse

from survey.analysis.data import read
from survey.models import AuditEntry, Kind
from survey.report.figures import draw
from survey.report.report import Report
from tests import factories, rehearsal

pytestmark = pytest.mark.django_db


def _page(name, study="replication", **more):
    return reverse(f"survey:{name}", kwargs={"study": study, **more})


def _study(n=0, kind=Kind.REAL, folder=factories.REPLICATION, state="closed", **more):
    study = factories.study(folder, state=state)
    rehearsal.rehearse(study, n, kind=kind, **more)
    return study


def _html(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_nobody_sees_outcomes_while_the_study_is_blind():
    _study(4, state="open")
    client = factories.researcher()
    html = _html(client, _page("results"), 403)
    assert "The study is blind" in html and "visual" not in html and "Unblind the study" in html
    for address in (
        _page("results_report"),
        _page("results_table", table="outcomes"),
        _page("results_figure", outcome="post_total"),
    ):
        assert "The study is blind" in _html(client, address, 403)
    assert not AuditEntry.objects.filter(action="results_seen").exists()


def test_the_rehearsal_is_seen_beforehand_and_has_nothing_of_real_participants():
    study = _study(6, kind=Kind.SIMULATED, state="open")
    factories.finished(study)
    analyst = factories.colleague("analyst", study)
    assert "An owner of the study can do that" in _html(analyst, _page("results"), 403)
    html = _html(analyst, _page("results") + "?rehearsal=1")
    assert "6 participants" in html and "They never count" in html and "results/report.html?rehearsal=1" in html
    assert AuditEntry.objects.get(action="results_seen").details == {"file": "page", "whose": "rehearsal"}


def test_the_results_of_a_closed_study_with_each_hypothesis_in_a_sentence_of_its_numbers():
    study = _study(40, effect=1.2)
    html = re.sub(r"\s+", " ", _html(factories.researcher(), _page("results")).replace("\u00a0", " "))
    [found] = Report(study).results.table("ancovas").records(set="itt", hypothesis="transfer")
    assert (
        f"Adjusted for Prior knowledge, visual (n = {found['n_1']}, adjusted M = {found['adjusted_1']}) and text "
        f"(n = {found['n_2']}, adjusted M = {found['adjusted_2']}) differed by {found['difference']}, "
        f"95 % CI [{found['low']}, {found['high']}], t({found['df']}) = {found['t']}".replace("-", "−")
        in html
    )
    assert "p &lt; .001" in html and "partial η² = ." in html and "90 % CI" in html and "Hedges’ g = " in html
    assert "The hypothesis is supported." in html and "To the real results" not in html
    assert "Left the learning phase after less than three minutes." in html


def test_every_number_of_a_sentence_is_in_a_table():
    report = Report(_study(30))
    printed = {cell for table in report.results.tables for row in table.rows for cell in row}
    printed |= {cell.lstrip("-") for cell in printed} | {cell.replace("0.", ".", 1) for cell in printed}
    said = 0
    for tested in report.hypotheses:
        for text in [sentence for _, sentence in tested.found] + [told for told, _ in tested.assumptions]:
            for number in re.findall(r"(?<![\w.])\d*\.?\d+", text.replace("95\u00a0%", "").replace("90\u00a0%", "")):
                assert number in printed or f"<0{number}" in printed or number in ("1",), (number, text)
                said += 1
    assert said > 100


def test_more_is_to_be_said_while_data_are_still_collected():
    study = _study(4, state="open")
    factories.unblinded(study)
    assert "decides by chance" in _html(factories.researcher(), _page("results"))


@pytest.mark.parametrize("kind", [Kind.REAL, Kind.SIMULATED])
def test_without_anybody_the_page_says_so_once_and_what_will_stand_there(kind):
    study = _study(0, state="open")
    factories.unblinded(study)
    if kind == Kind.SIMULATED:  # one who has no arm yet
        factories.consented(study, kind=kind)
    html = _html(factories.researcher(), _page("results") + ("?rehearsal=1" if kind == Kind.SIMULATED else ""))
    said = "Nobody can be compared yet" if kind == Kind.SIMULATED else "Nobody has taken part yet"
    assert html.count(said) == 1 and html.count("card-surface") == 1
    assert html.count("<dt>") == 6 and "Recall: analysis of covariance, adjusted for Prior knowledge" in html
    for empty in ("cannot be computed", "not computed", "no values so far", "<table", "<svg", "decides by chance"):
        assert empty not in html
    assert "Download the report" not in html
    assert ("simulate_participants replication" in html) == (kind == Kind.REAL)


def test_the_rehearsal_is_not_told_that_data_are_still_collected():
    study = _study(6, kind=Kind.SIMULATED, state="open")
    factories.unblinded(study)
    factories.finished(study)
    assert "decides by chance" in _html(factories.researcher(), _page("results"))
    assert "decides by chance" not in _html(factories.researcher(), _page("results") + "?rehearsal=1")


def test_the_agreement_of_the_raters_stands_in_the_results_and_in_the_report_as_in_the_export():
    study = _study(30)
    client = factories.researcher()
    assert "No open question has answers that two raters have rated." in _html(client, _page("results"))
    rehearsal.rate(study)
    exported = csv.DictReader(io.StringIO(b"".join(client.get(_page("export_file", file="agreement.csv"))).decode()))
    rows = list(exported)
    assert {row["measure"] for row in rows} == {"same_points", "weighted_kappa", "icc_2_1", "icc_2_k"}
    for html in (_html(client, _page("results")), _html(client, _page("results_report"))):
        assert "Agreement of the raters" in html and "McGraw" in html
        for row in rows:
            shown = f'<td class="number">{float(row["value"]):.3f}</td>'
            assert row["item"] in html and shown in html.replace("\u2212", "-")
    taken = list(csv.DictReader(io.StringIO(_html(client, _page("results_table", table="agreement")))))
    assert [row["item"] for row in taken] == [row["item"] for row in rows]
    assert [float(row["ci_low"] or 0) for row in taken] == pytest.approx(
        [float(row["ci_low"] or 0) for row in rows], abs=0.0005
    )


def test_a_study_without_rated_items_has_no_agreement():
    _study(4, folder=factories.WINDING)
    client = factories.researcher()
    assert "Agreement of the raters" not in _html(client, _page("results", "winding"))
    assert client.get(_page("results_table", "winding", table="agreement")).status_code == 404


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_few_or_no_data_say_what_cannot_be_computed(n):
    _study(n)
    client = factories.researcher()
    html = _html(client, _page("results"))
    if n < 4:
        assert "Nothing can be computed: an arm has fewer than two values." in html
    assert html.count('class="result__verdict result__verdict--') == 6
    assert "data-figure=" in html and "Open transfer tasks: no values so far." in html
    assert "nan" not in re.sub(r"<[^>]*>", "", html).lower().split()
    with closing(client.get(_page("results_figure", outcome="ecl"))) as response:
        assert response.content.decode().count("n = ") == 2


def test_what_is_derived_of_simulated_participants_is_on_the_page_in_the_report_and_taken_along():
    study = _study(24, kind=Kind.SIMULATED, state="open")
    client = factories.researcher()
    report = Report(study, rehearsal=True)
    for html in (_html(client, _page("results") + "?rehearsal=1"), report.html()):
        for words in ("Learning efficiency", "Bias of judgement: recall", "Bias of judgement: all levels"):
            assert f"<title>{words}</title>" in html
        assert html.count('class="figure__zero"') == 5
        assert html.count("above 0, more was expected than achieved") == 4
        assert "(z of performance − z of effort) / √2" in html
    picture = _html(client, _page("results_figure", outcome="efficiency") + "?rehearsal=1")
    assert "Learning efficiency" in picture and picture.count("<circle") == 24
    response = client.get(_page("results_table", table="outcomes") + "?rehearsal=1")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    means = [float(row["mean"]) for row in rows if (row["set"], row["outcome"]) == ("itt", "efficiency")]
    assert means[0] == pytest.approx(-means[1], abs=0.01), "as many in each arm: together they are at 0"
    of = {row["outcome"]: row["mean"] for row in rows if (row["set"], row["arm"]) == ("itt", "visual")}
    assert float(of["bias_recall"]) == pytest.approx(float(of["judged_recall"]) - float(of["post_recall"]), abs=0.02)


def test_pictures_of_what_is_derived_have_0_in_the_middle_and_room_for_every_value():
    data = read(Path(__file__).parent / "reference" / "analysis")
    bias, efficiency = draw(data, "bias_total", "Bias"), draw(data, "efficiency", "Efficiency")
    assert [label for _, label in bias.ticks] == ["−100", "−50", "0", "50", "100"]
    middle = (bias.left + bias.right) / 2
    assert bias.zero == efficiency.zero == pytest.approx(middle, abs=0.1)
    assert draw(data, "post_total", "Total").zero is None
    for row in efficiency.rows:
        assert row.dots and all(efficiency.left <= x <= efficiency.right for x, _ in row.dots)
    nobody = draw(replace(data, participants=[]), "efficiency", "Efficiency")
    assert [label for _, label in nobody.ticks][:: len(nobody.ticks) - 1] == ["−2", "2"] and nobody.is_empty


def test_a_study_without_hypotheses_has_exploratory_results():
    _study(8, folder=factories.TINY)
    html = _html(factories.researcher(), _page("results", "tiny"))
    assert "The study file states no hypotheses" in html and ">Scores<" in html
    assert html.count('class="figure"') == 8  # mean, sum, number, SUS, per cent of the pretest and of three others


def test_the_report_is_one_file_that_needs_no_other():
    _study(10)
    response = factories.researcher().get(_page("results_report"))
    assert response["Content-Disposition"] == 'attachment; filename="replication-results.html"'
    html = response.content.decode()
    assert html.startswith("<!doctype html>") and html.count("<svg") == 18 and "SHA-256" in html
    assert not re.search(r"(src|href)=", html) and "url(" not in html
    [script] = re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html  # it and no other may run
    assert "10 participants in the data" in html and html.count('data-file="svg"') == html.count("<svg")


def test_tables_and_pictures_are_taken_along_and_noted():
    study = _study(12)
    client = factories.researcher()
    response = client.get(_page("results_table", table="differences"))
    rows = list(csv.reader(io.StringIO(response.content.decode())))
    table = Report(study).results.table("differences")
    assert rows == [table.columns, *table.rows]
    picture = client.get(_page("results_figure", outcome="post_total"))
    assert picture["Content-Type"].startswith("image/svg+xml") and "Knowledge test" in picture.content.decode()
    assert picture.content.decode().count("<circle") == 12
    for address in (_page("results_table", table="secrets"), _page("results_figure", outcome="pre_1")):
        assert client.get(address).status_code == 404
    # The log says what was seen: not what was asked for and does not exist.
    files = [entry.details["file"] for entry in AuditEntry.objects.filter(action="results_seen").order_by("pk")]
    assert files == ["differences.csv", "post_total.svg"]


def test_many_participants_stand_in_bars_over_the_values_that_they_have():
    few = read(Path(__file__).parent / "reference" / "analysis")
    figure = draw(replace(few, participants=few.participants * 9), "post_recall", "Recall")
    for row in figure.rows:
        assert row.dots == [] and len(row.bars) > 3
        assert all(height > 0 and y + height == pytest.approx(row.y, abs=0.2) for _, y, _, height in row.bars)
        assert row.box and list(row.box) == sorted(row.box)
        assert row.low < row.mean < row.high
    assert [label for _, label in figure.ticks] == ["0", "20", "40", "60", "80", "100"]
