"""The tables of Python and of R are the same texts: on a stored export, and on data that leave nothing to compute."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from survey.analysis.data import read
from survey.analysis.tables import Results
from survey.export import bundle
from survey.export.choice import Choice
from tests import factories, rehearsal

REFERENCE = Path(__file__).parent / "reference" / "analysis"
SCRIPT = Path(__file__).parents[2] / "survey" / "analysis" / "analyse.R"
needs_r = pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not here: `apt-get install r-base-core`")


def _python(folder):
    tables = Results(read(folder)).tables
    return {table.name: [table.columns, *table.rows] for table in tables}


def _stored(folder):
    found = {}
    for path in sorted((folder / "results").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.reader(file))
    return found


def test_python_prints_what_r_printed():
    stored = _stored(REFERENCE)
    assert len(stored) == 10 and "R version" in (REFERENCE / "made_with.txt").read_text()
    found = _python(REFERENCE)
    for name, rows in stored.items():
        assert found[name] == rows, name
    assert set(found) == set(stored)


def test_the_stored_export_holds_what_an_analysis_has_to_cope_with():
    analysed = {row[0]: row[1:] for row in _python(REFERENCE)["analysed"][1:]}
    for allocated, erased, excluded, itt, unfinished, deviating, pp in (map(int, row) for row in analysed.values()):
        assert min(erased, excluded, unfinished, deviating) > 0
        assert allocated == erased + excluded + itt and itt == unfinished + deviating + pp


def _edited(tmp_path, edit):
    """Return a copy of the stored export with other participants."""
    folder = tmp_path / "export"
    shutil.copytree(REFERENCE, folder, ignore=shutil.ignore_patterns("results"))
    with (folder / "participants.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    kept = list(edit([dict(zip(header, row, strict=True)) for row in rows]))
    with (folder / "participants.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(row.values() for row in kept)])
    return folder


def _as_it_is(rows):
    return rows


def _nobody(rows):
    return []


def _one_each(rows):
    return [next(row for row in rows if row["arm"] == arm and row["ecl"]) for arm in ("visual", "text")]


def _three_each(rows):
    finished = [row for row in rows if row["finished_at"] and row["ecl"]]
    return [row for arm in ("visual", "text") for row in [each for each in finished if each["arm"] == arm][:3]]


def _one_arm(rows):
    return [row for row in rows if row["arm"] == "visual"]


def _all_alike(rows):
    first = next(row for row in rows if row["finished_at"] and row["post_open"])
    return [{**first, "participant": row["participant"], "arm": row["arm"]} for row in rows]


def _one_arm_alike(rows):
    first = next(row for row in rows if row["finished_at"] and row["post_open"] and row["arm"] == "text")
    return [row if row["arm"] == "visual" else {**first, "participant": row["participant"]} for row in rows]


def _worlds_apart(rows):
    for row in rows:
        row["post_recall"] = ("0.5" if int(row["participant"][-5:]) < 10 else "0") if row["arm"] == "text" else "100"
    return rows


def _unrated(rows):
    return [{**row, "post_open": "", "post_o1_points": "", "post_o2_points": ""} for row in rows]


def _effort_is_what_was_achieved(rows):
    """Every efficiency is 0 but for rounding, and so has no variance."""
    return [{**row, "mental_effort": repr(float(row["post_total"]) / 7) if row["post_total"] else ""} for row in rows]


def _some_have_one_score(rows):
    for place, row in enumerate(rows):
        row["mental_effort" if place % 3 else "post_total"] = ""
        row["judged_recall"] = "" if place % 4 else "100"
    return rows


CASES = [_nobody, _one_each, _three_each, _one_arm, _all_alike, _one_arm_alike, _worlds_apart, _unrated]
CASES += [_effort_is_what_was_achieved, _some_have_one_score]


@pytest.mark.parametrize("edit", CASES, ids=lambda edit: edit.__name__.strip("_"))
def test_what_cannot_be_computed_is_empty_and_says_why(tmp_path, edit):
    tables = {table.name: table for table in Results(read(_edited(tmp_path, edit))).tables}
    for name, number in [("differences", "p"), ("ancovas", "p"), ("equivalences", "p")]:
        for row in tables[name].records():
            assert bool(row[number]) != bool(row["why"]), row
    for row in tables["reliabilities"].records():
        assert bool(row["omega"] or row["spearman_brown"]) != bool(row["why"]), row
    for row in tables["verdicts"].records():
        assert (row["verdict"] == "not_computed") == (row["p"] == ""), row


@needs_r
@pytest.mark.parametrize("edit", CASES, ids=lambda edit: edit.__name__.strip("_"))
def test_r_prints_the_same_where_data_are_few_or_odd(tmp_path, edit):
    folder = _edited(tmp_path, edit)
    subprocess.run(["Rscript", SCRIPT, folder], check=True, capture_output=True)
    assert _stored(folder) == _python(folder)


@needs_r
@pytest.mark.parametrize("edit", [_as_it_is, *CASES], ids=lambda edit: edit.__name__.strip("_"))
def test_r_prints_the_same_of_hypotheses_about_what_is_derived(tmp_path, edit):
    folder = _edited(tmp_path, edit)
    path = folder / "hypotheses.csv"
    text = path.read_text(encoding="utf-8")
    for score, derived in [("post_recall", "bias_recall"), ("ecl", "efficiency"), ("icl", "bias_total")]:
        assert f",{score},visual," in text
        text = text.replace(f",{score},visual,", f",{derived},visual,")
    path.write_text(text, encoding="utf-8")
    subprocess.run(["Rscript", SCRIPT, folder], check=True, capture_output=True)
    by_r = _stored(folder)
    assert by_r == _python(folder)
    assert {row[2] for row in by_r["ancovas"][1:]} > {"bias_recall"}
    if edit is _as_it_is:
        tests = {(row[1], row[3]) for row in by_r["verdicts"][1:] if row[4]}
        assert {("recall", "ancova"), ("extraneous_load", "difference"), ("intrinsic_load", "equivalence")} <= tests


@needs_r
def test_r_prints_the_same_of_an_arm_that_nobody_can_be_in_yet(tmp_path):
    """A new version of the study has it, in which nobody takes part so far."""
    folder = _edited(tmp_path, _as_it_is)
    text = (folder / "hypotheses.csv").read_text(encoding="utf-8")
    (folder / "hypotheses.csv").write_text(text.replace(",visual,text,", ",visual,game,"), encoding="utf-8")
    subprocess.run(["Rscript", SCRIPT, folder], check=True, capture_output=True)
    assert _stored(folder) == _python(folder)
    assert {row[7] for row in _python(folder)["verdicts"][1:]} == {"not_computed"}


@needs_r
@pytest.mark.django_db
def test_both_scripts_read_an_export_as_it_is_written(tmp_path):
    """One study with everything: reversed items, SUS, no hypothesis at all; laid out either way."""
    study = factories.study()
    rehearsal.rehearse(study, 12, seed=3)
    rehearsal.rate(study)
    bundle.write_folder(study, tmp_path / "plain")
    bundle.write_folder(study, tmp_path / "psych", Choice(psych_ds=True))
    for folder in (tmp_path / "plain", tmp_path / "psych"):
        subprocess.run(["Rscript", SCRIPT, folder], check=True, capture_output=True)
        by_r = _stored(folder)
        subprocess.run(
            [sys.executable, "-W", "error", "-m", "analysis", folder],
            check=True,
            capture_output=True,
            cwd=SCRIPT.parents[1],
            env=os.environ | {"PYTHONPATH": str(SCRIPT.parents[1])},
        )
        assert by_r == _stored(folder) == _python(folder)
        assert len(by_r["differences"]) > 10 and len(by_r["ancovas"]) == 1


@pytest.mark.django_db
def test_the_effect_that_was_put_in_lies_within_the_interval(tmp_path):
    """The cheap form of `simulate_participants --n 300 --effect 0.5`; docs/analysis.md has the command."""
    study = factories.study(factories.REPLICATION)
    rehearsal.rehearse(study, 300, effect=0.5, seed=1)
    bundle.write_folder(study, tmp_path / "export")
    results = Results(read(tmp_path / "export"))
    [total] = results.table("differences").records(set="itt", outcome="post_total")
    assert (total["n_1"], total["n_2"]) == ("150", "150")
    assert float(total["g_low"]) < 0.5 < float(total["g_high"]) and float(total["g_low"]) > 0
    assert float(total["low"]) < 7.5 < float(total["high"])  # percent: 0.5 * 15
    for row in results.table("ancovas").records(set="itt"):
        assert float(row["low"]) < 7.5 < float(row["high"]), row
    verdicts = {row["hypothesis"]: row["verdict"] for row in results.table("verdicts").records(set="itt")}
    assert verdicts["comprehension"] == verdicts["transfer"] == "supported"
    assert verdicts["recall"] == "opposite"  # the simulation knows no level on which the text is ahead


@pytest.mark.django_db
def test_the_export_carries_the_scripts_and_they_run_there(tmp_path):
    study, out = factories.study(), tmp_path / "export"
    factories.finished(study)
    bundle.write_folder(study, out)
    assert {path.name for path in (out / "analysis").iterdir()} == {
        path.name for path in SCRIPT.parent.iterdir() if path.is_file()
    }
    done = subprocess.run([sys.executable, "-W", "error", "-m", "analysis"], cwd=out, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert _stored(out) == _python(out)
    assert "Rscript analysis/analyse.R" in (out / "README.md").read_text()
    bundle.write_folder(study, out)  # with results and compiled scripts in it, it is still a former export
    assert not (out / "results").exists()
    bundle.write_folder(study, out, Choice(columns=("basics",)))  # the scripts would miss what is left out
    assert not (out / "analysis").exists() and "Rscript" not in (out / "README.md").read_text()


@pytest.mark.django_db
def test_a_folder_of_somebody_elses_analysis_is_not_replaced(tmp_path):
    study, out = factories.study(), tmp_path / "export"
    bundle.write_folder(study, out)
    (out / "analysis" / "thesis.docx").write_text("years of work")
    with pytest.raises(bundle.ExportError, match="holds files that are no export, such as 'analysis'"):
        bundle.write_folder(study, out)
