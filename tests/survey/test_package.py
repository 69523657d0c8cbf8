"""The export's description for machines: the `frictionless` library and the rules of Psych-DS accept it."""

import csv
import json
import re

import pytest
from django.core.management import CommandError, call_command
from frictionless import Package, system, validate

from survey.export import bundle, codebook, package
from survey.export.choice import Choice
from tests import factories

pytestmark = pytest.mark.django_db
PSYCH_DS = Choice(psych_ds=True)
OFFICIAL_KEYS = {"study", "site", "subject", "session", "task", "condition", "trial", "stimulus", "description"}


@pytest.fixture(params=[factories.TINY, factories.REPLICATION], ids=lambda folder: folder.name)
def study(request):
    """A study with people who left at every kind of place."""
    study = factories.study(request.param)
    factories.consented(study)
    factories.event(factories.learning(study))
    factories.finished(study)
    factories.withdrawn(study)
    return study


def _described(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _report(folder):
    """Return what the library finds; no file is so long that it would read a part alone."""
    with system.use_context(trusted=True):
        report = validate(str(folder / "datapackage.json"))
    return report.flatten(["type", "rowNumber", "fieldName", "note"]), [task.warnings for task in report.tasks]


@pytest.mark.parametrize("psych_ds", [False, True])
def test_frictionless_accepts_every_file_without_a_warning(tmp_path, study, psych_ds):
    counts = bundle.write_folder(study, tmp_path / "export", Choice(psych_ds=psych_ds))
    errors, warnings = _report(tmp_path / "export")
    assert errors == [] and warnings == [[]] * len(counts)
    assert {resource.path for resource in Package(tmp_path / "export" / "datapackage.json").resources} == set(counts)


@pytest.mark.parametrize(
    ("file", "former", "now", "found"),
    [
        ("participants.csv", ",1,", ",0,", "constraint-error"),
        ("visits.csv", "2026-03-02T09:", "yesterday", "type-error"),
        ("visits.csv", "", "nobody,about,1,1,2026-03-02T09:00:00.000Z,,,,\r\n", "foreign-key"),
    ],
)
def test_what_is_wrong_in_a_file_is_found_by_its_description(tmp_path, file, former, now, found):
    bundle.write_folder(factories.finished().study, tmp_path / "export")
    path = tmp_path / "export" / file
    text = path.read_bytes().decode()
    assert former in text
    path.write_bytes((text.replace(former, now, 1) if former else text + now).encode())
    errors, _ = _report(tmp_path / "export")
    assert found in {error[0] for error in errors}


def test_keys_are_those_that_the_database_keeps_unique(tmp_path, study):
    bundle.write_folder(study, tmp_path / "export")
    for resource in _described(tmp_path / "export", "datapackage.json")["resources"]:
        with (tmp_path / "export" / resource["path"]).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        key = resource["schema"].get("primaryKey")
        assert key or resource["name"] in ("ratings", "agreement")
        if key:
            values = [tuple(row[name] for name in key) for row in rows]
            assert len(set(values)) == len(values)


def test_categories_are_given_where_every_code_has_a_label():
    columns = {column.name: column for column in codebook.columns(factories.study())["participants.csv"]}
    fields = {name: package._field(column) for name, column in columns.items()}
    assert {"value": "finished", "label": "has come to the end of the main part"} in fields["status"]["categories"]
    assert fields["pre_1_ok"]["categories"] == [{"value": 0, "label": "wrong"}, {"value": 1, "label": "correct"}]
    assert columns["joy_1"].values and "categories" not in fields["joy_1"]
    assert "categories" not in fields["tools"]


# The rules of Psych-DS


def test_the_root_has_a_description_with_the_required_entries(tmp_path, study):
    bundle.write_folder(study, tmp_path / "export", PSYCH_DS)
    about = _described(tmp_path / "export", "dataset_description.json")
    assert (about["@context"], about["@type"], about["name"]) == ("https://schema.org", "Dataset", study.name)
    assert about["description"]


def test_variables_measured_are_the_columns_of_all_files(tmp_path, study):
    counts = bundle.write_folder(study, tmp_path / "export", PSYCH_DS)
    headers = set()
    for path in counts:
        with (tmp_path / "export" / path).open(encoding="utf-8", newline="") as stream:
            headers.update(next(csv.reader(stream)))
    measured = _described(tmp_path / "export", "dataset_description.json")["variableMeasured"]
    names = [variable["name"] for variable in measured]
    assert set(names) == headers and len(set(names)) == len(names)
    assert all(variable["@type"] == "PropertyValue" and variable["description"] for variable in measured)


def test_data_files_lie_in_data_and_are_named_by_keys_and_values(tmp_path, study):
    counts = bundle.write_folder(study, tmp_path / "export", PSYCH_DS)
    written = {path.relative_to(tmp_path / "export").as_posix() for path in (tmp_path / "export").rglob("*.csv")}
    assert written == set(counts)
    for path in written:
        folder, name = path.split("/")
        *pairs, suffix = name.split("_")
        assert (folder, suffix) == ("data", "data.csv")
        keys = [re.fullmatch(r"([a-z]+)-[a-zA-Z0-9]+", pair)[1] for pair in pairs]
        assert set(keys) <= OFFICIAL_KEYS and len(set(keys)) == len(keys) and keys[0] == "study"


def test_a_column_of_row_ids_would_have_to_be_unique_and_there_is_none(study):
    assert "row_id" not in {column.name for columns in codebook.columns(study).values() for column in columns}


# The folder


def test_either_layout_replaces_the_other_and_leaves_nothing_of_it(tmp_path):
    study, out = factories.finished().study, tmp_path / "export"
    call_command("export_study", study.name, out=out, psych_ds=True, unblind="A test.")
    assert sorted(path.name for path in out.iterdir()) == [
        ".psychds-ignore",
        "CHANGES.md",
        "README.md",
        "analysis",
        "data",
        "datapackage.json",
        "dataset_description.json",
        "materials",
        "participants.sav",
    ]
    call_command("export_study", study.name, out=out, unblind="A test.")
    assert (out / "participants.csv").exists() and not (out / "data").exists()


def test_a_data_folder_with_other_files_is_refused(tmp_path):
    study, out = factories.finished().study, tmp_path / "export"
    bundle.write_folder(study, out, PSYCH_DS)
    (out / "data" / "scores.csv").write_text("years of work")
    with pytest.raises(CommandError, match="holds files that are no export, such as 'data'"):
        call_command("export_study", study.name, out=out, unblind="A test.")
    assert (out / "data" / "scores.csv").read_text() == "years of work"


def test_the_same_data_give_the_same_bytes(tmp_path, study):
    written = []
    for name in ("one", "two"):
        bundle.write_folder(study, tmp_path / name, PSYCH_DS)
        files = (path for path in (tmp_path / name).rglob("*") if path.is_file())
        written.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    materials, scripts = ({path for path in written[0] if path.parts[0] == name} for name in ("materials", "analysis"))
    assert written[0] == written[1] and materials and len(written[0]) == 11 + 6 + len(scripts) + len(materials)
