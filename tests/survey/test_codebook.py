import csv
import json
import re

import pytest

from survey.export import bundle, codebook, fixed, rows
from survey.export.columns import Column, unique_name
from survey.protocol import protocol_of
from survey.scoring import SCORING_VERSION
from tests import factories

pytestmark = pytest.mark.django_db
TYPES = {"string", "integer", "number", "datetime", "list", "json"}


def _export(study, folder):
    bundle.write_folder(study, folder)
    with (folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _entry(entries, name, file="participants.csv"):
    return next(entry for entry in entries if (entry["file"], entry["name"]) == (file, name))


@pytest.mark.parametrize("folder", [factories.TINY, factories.REPLICATION], ids=lambda folder: folder.name)
def test_every_column_of_every_file_is_in_the_codebook_and_no_other(tmp_path, folder):
    study = factories.study(folder)
    factories.event(factories.learning(study))
    factories.finished(study)
    entries = _export(study, tmp_path / "export")
    for path in (tmp_path / "export").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert header == [entry["name"] for entry in entries if entry["file"] == path.name]


@pytest.mark.parametrize("folder", [factories.TINY, factories.REPLICATION], ids=lambda folder: folder.name)
def test_every_value_of_every_row_has_a_column(folder):
    study = factories.study(folder)
    factories.event(factories.learning(study))
    factories.finished(study)
    factories.withdrawn(study)
    for name, columns in codebook.columns(study).items():
        roles = {column.role for column in columns}
        source = codebook.rows({}) if name == fixed.CODEBOOK else rows.SOURCES[name](study)
        for row in source:
            assert set(row) <= roles


@pytest.mark.parametrize("folder", [factories.TINY, factories.REPLICATION], ids=lambda folder: folder.name)
def test_names_labels_and_types_are_fit_for_spss_and_r(tmp_path, folder):
    entries = _export(factories.study(folder), tmp_path / "export")
    names = [(entry["file"], entry["name"]) for entry in entries]
    assert len(set(names)) == len(names)
    for entry in entries:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", entry["name"])
        assert entry["label"] and entry["missing"], entry["name"]
        assert entry["type"] in TYPES


def test_the_values_in_the_files_are_of_the_type_and_range_told(tmp_path):
    study = factories.study()
    factories.event(factories.learning(study))
    factories.finished(study, answers={"temperature": -3.5})
    pattern = {
        "integer": r"-?\d+",
        "number": r"-?\d+(\.\d+)?",
        "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
        "json": r"(?s)\{.*\}",
    }
    for entry in _export(study, tmp_path / "export"):
        with (tmp_path / "export" / entry["file"]).open(encoding="utf-8", newline="") as file:
            values = [row[entry["name"]] for row in csv.DictReader(file)]
        assert "" not in values or entry["missing"] != "never empty", entry
        for value in filter(None, values):
            assert re.fullmatch(pattern.get(entry["type"], "(?s).*"), value), (entry["name"], value)
            assert not entry["minimum"] or float(value) >= float(entry["minimum"])
            assert not entry["maximum"] or float(value) <= float(entry["maximum"])
            if entry["values"] and entry["type"] in ("string", "list"):
                assert set(value.split("|")) <= set(json.loads(entry["values"]))


def test_items_are_described_as_they_were_asked(tmp_path):
    entries = _export(factories.study(), tmp_path / "export")
    gender = _entry(entries, "gender")
    assert json.loads(gender["values"]) == {"woman": "Woman", "man": "Man", "other": "Another"}
    assert (gender["type"], gender["stage"]) == ("string", "about")
    assert gender["item_text"] == "What is your gender?"
    age = _entry(entries, "age")
    assert (age["type"], age["unit"], age["minimum"], age["maximum"]) == ("integer", "years", "18", "99")
    assert _entry(entries, "temperature")["type"] == "number"
    assert _entry(entries, "tools")["type"] == "list"
    joy = _entry(entries, "joy_2")
    assert json.loads(joy["values"]) == {"1": "not at all true", "7": "completely true"}
    assert joy["scale"] == "joy (reversed)|joy_sum (reversed)"
    assert (joy["wording"], joy["source"]) == ("adapted", "Structure of a published questionnaire (2017).")
    several = _entry(entries, "post_c1")
    assert (several["key"], several["concept"], several["level"]) == ("forget|output", "forget_gate", "comprehension")


def test_scores_tell_how_they_are_computed(tmp_path):
    entries = _export(factories.study(), tmp_path / "export")
    end = f", scoring version {SCORING_VERSION}"
    assert _entry(entries, "joy")["scale"] == "mean(joy_1, 8 - joy_2, joy_3)" + end
    total = _entry(entries, "post_total")
    assert total["scale"] == "percent_correct(post_r1, post_c1, post_t1)" + end
    assert (total["label"], total["unit"], total["maximum"]) == ("Knowledge test", "%", "100")
    assert _entry(entries, "sus")["maximum"] == "100"
    assert _entry(entries, "effort")["maximum"] == ""
    assert json.loads(_entry(entries, "post_t1_ok")["values"]) == {"0": "wrong", "1": "correct"}


def test_long_item_texts_are_cut_in_the_label_only(tmp_path):
    long = "How cold is it outside, " * 9 + "?"
    text = factories.files()["en/instruments/about.toml"].replace("How cold is it outside?", long)
    study = factories.study(files=factories.files(about=text))
    entry = _entry(_export(study, tmp_path / "export"), "temperature")
    assert entry["item_text"] == long
    assert len(entry["label"]) <= 80 and entry["label"].endswith("…")


def test_columns_are_in_the_order_of_stages_then_items_then_keys_then_scores(tmp_path):
    names = [
        entry["name"]
        for entry in _export(factories.study(), tmp_path / "export")
        if entry["file"] == "participants.csv"
    ]
    order = [
        "participant",
        "study_version",
        "arm",
        "status",
        "study_sha256",
        "withdrawn_at",
        "about_seconds",
        "learning_entered_at",
        "posttest_seconds",
        "age",
        "pre_1",
        "post_open",
        "pre_1_ok",
        "post_t1_ok",
        "pre_total",
        "joy",
        "post_total",
    ]
    assert [name for name in names if name in order] == order
    assert not any(name.startswith(("consent_seconds", "allocation_", "debriefing_")) for name in names)


# Versions


def _second_version(study):
    """Load a change: another wording, a new item in the middle, a removed one, other points."""
    text = factories.files()["en/instruments/ratings.toml"]
    text = text.replace('text = "It was a joy."', 'text = "It was fun."')
    text = text.replace('id = "effort_1"\ntype = "number"', 'id = "effort_new"\ntype = "number"')
    text = text.replace('items = ["effort_1"]', 'items = ["effort_new"]')
    about = factories.files()["en/instruments/about.toml"].replace('text = "Woman"', 'text = "Female"')
    about = about.replace("minimum = 18\nmaximum = 99", "minimum = 16\nmaximum = 99\nstep = 0.5")
    posttest = factories.files()["en/instruments/posttest.toml"].replace('key = "all"', 'key = "one"')
    return factories.version(study, factories.files(ratings=text, about=about, posttest=posttest))


def test_columns_of_several_versions_are_united_and_differences_told(tmp_path):
    study = factories.study()
    first = factories.finished(study)
    _second_version(study)
    second = factories.finished(study)
    assert (first.version.number, second.version.number) == (1, 2)
    entries = _export(study, tmp_path / "export")
    assert _entry(entries, "joy_1")["item_text"] == "version 1: It was a joy. / version 2: It was fun."
    assert _entry(entries, "joy_2")["item_text"] == "It was a bore."
    assert _entry(entries, "age")["type"] == "number"
    assert _entry(entries, "age")["minimum"] == "16"
    assert json.loads(_entry(entries, "gender")["values"])["woman"] == "Woman / Female"
    assert _entry(entries, "post_r1")["key"] == "version 1: all|version 2: one"
    versions = {"joy_1": "1|2", "effort_1": "1", "effort_new": "2", "status": ""}
    assert {name: _entry(entries, name)["study_versions"] for name in versions} == versions
    with (tmp_path / "export" / "participants.csv").open(newline="") as file:
        one, two = csv.DictReader(file)
    assert [(row["effort_1"], row["effort_new"], row["effort"]) for row in (one, two)] == [
        ("0", "", "0"),
        ("", "0", "0"),
    ]
    # Each is scored by the version that they went by.
    assert [(row["post_r1"], row["post_r1_ok"]) for row in (one, two)] == [("all", "1"), ("one", "1")]


def test_a_version_in_which_nobody_takes_part_adds_no_columns(tmp_path):
    study = factories.study()
    factories.consented(study)
    _second_version(study)
    names = [entry["name"] for entry in _export(study, tmp_path / "export")]
    assert "effort_1" in names and "effort_new" not in names


def test_an_item_that_changes_its_kind_is_told_as_text(tmp_path):
    study = factories.study()
    factories.consented(study)
    text = factories.files()["en/instruments/about.toml"].replace(
        'id = "age"\ntype = "number"\ntext = "How old are you?"\nminimum = 18\nmaximum = 99\nunit = "years"',
        'id = "age"\ntype = "short_text"\ntext = "How old are you?"',
    )
    factories.version(study, factories.files(about=text))
    factories.consented(study)
    entry = _entry(_export(study, tmp_path / "export"), "age")
    assert (entry["type"], entry["minimum"]) == ("string", "")
    assert entry["unit"] == "version 1: years / version 2: "


# Names that collide or are too long


def test_an_instrument_in_two_stages_has_columns_for_both(tmp_path):
    files = factories.files()
    again = '[[stages]]\nid = "again"\nkind = "instrument"\ninstrument = "pretest"\n\n'
    last = '[[stages]]\nid = "debriefing"'
    study_toml = files["study.toml"].replace(last, again + last)
    titles = files["en/titles.toml"] + 'again = "Once more"\n'
    study = factories.study(files=factories.files(study=study_toml, titles=titles))
    walker = factories.finished(study, answers={"pre_1": "forgets"})
    entries = _export(study, tmp_path / "export")
    assert _entry(entries, "pre_1")["stage"] == "pretest"
    for name in ("pre_1_2", "pre_1_2_ok", "pre_total_2"):
        assert _entry(entries, name)["stage"] == "again"
    with (tmp_path / "export" / "participants.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert row["participant"] == walker.code
    assert (row["pre_1_2"], row["pre_1_2_ok"], row["pre_total_2"]) == ("forgets", "0", "0")


def test_an_item_may_be_called_like_a_column_of_ours(tmp_path):
    text = factories.files()["en/instruments/about.toml"]
    text = text.replace('id = "field"', 'id = "learning_seconds"')
    study = factories.study(files=factories.files(about=text))
    entries = _export(study, tmp_path / "export")
    assert _entry(entries, "learning_seconds")["item_text"] == "What do you study?"
    assert _entry(entries, "learning_2_seconds")["unit"] == "s"


def test_names_are_at_most_32_characters_and_never_the_same():
    taken = set()
    for _ in range(12):
        name = unique_name("a_stage_whose_name_has_32_letters", taken, "_seconds")
        assert len(name) <= 32 and name not in taken and name.endswith("_seconds")
        taken.add(name)
    assert unique_name("item", {"item", "item_2"}) == "item_3"


def test_the_codebook_describes_its_own_columns():
    described = {column.name for column in fixed.FILES[fixed.CODEBOOK]}
    assert described == set(vars(Column("", "", "", ""))) - {"role"}


def test_scored_items_of_the_replication_all_have_a_column_for_correctness():
    study = factories.study(factories.REPLICATION)
    names = {column.name for column in codebook.columns(study)[fixed.PARTICIPANTS]}
    for _, instrument in protocol_of(study.current_version).instruments():
        for item in instrument.items:
            assert item.id in names
            assert (f"{item.id}_ok" in names) == item.is_scored
