"""The SPSS file: read again by pyreadstat it holds what the CSV file holds, and says what the codebook says."""

import csv
import io
import json
from datetime import timedelta

import pandas
import pyreadstat
import pytest

from survey.export import bundle, codebook, sav
from survey.export.choice import ALL
from survey.export.columns import Column
from tests import factories

pytestmark = pytest.mark.django_db
LONG = "Grüße, 世界 🎓\n" + " a line of words" * 60  # several of SPSS's segments of 255 bytes


@pytest.fixture(params=[factories.TINY, factories.REPLICATION], ids=lambda folder: folder.name)
def study(request):
    """A study with people who left at every kind of place."""
    study = factories.study(request.param)
    for number, make in enumerate([factories.finished, factories.consented, factories.learning, factories.withdrawn]):
        make(study, at=factories.START + timedelta(hours=number, milliseconds=number))
    return study


def _read(study, folder, choice=ALL):
    """Return (the SPSS file's rows, what it says of its columns, the CSV file's rows)."""
    bundle.write_folder(study, folder, choice)
    frame, meta = pyreadstat.read_sav(folder / "participants.sav", user_missing=True)
    with (folder / "participants.csv").open(encoding="utf-8", newline="") as stream:
        return frame, meta, list(csv.DictReader(stream))


def test_every_value_comes_back(tmp_path, study):
    frame, meta, table = _read(study, tmp_path / "export")
    columns = {column.name: column for column in codebook.columns(study)["participants.csv"]}
    assert list(frame.columns) == list(table[0]) == list(columns) and len(frame) == len(table) == 4
    for index, row in enumerate(table):
        for name, text in row.items():
            value, missing = frame[name][index], meta.missing_ranges.get(name, [])
            if text == "":
                assert value == "" or pandas.isna(value) or value in [each["lo"] for each in missing], name
            elif columns[name].type == "datetime":
                assert value.round("ms") == pandas.Timestamp(text).tz_localize(None), (
                    name
                )  # stored in seconds since 1582
            elif columns[name].type in ("integer", "number"):
                assert value == float(text), name
            else:
                assert value == text, name


def test_labels_values_and_levels_are_those_of_the_codebook(tmp_path, study):
    _, meta, _ = _read(study, tmp_path / "export")
    for column in codebook.columns(study)["participants.csv"]:
        assert meta.column_names_to_labels[column.name] == column.label
        assert meta.variable_measure[column.name] == sav.measure(column)
        labels = meta.variable_value_labels.get(column.name, {})
        told = {str(value).removesuffix(".0"): label for value, label in labels.items()}
        left_empty = told.pop("-99", None)
        assert (left_empty == "left empty") == (column.name in meta.missing_ranges)
        if column.type != "list":
            assert told == {code: sav._cut(label) for code, label in column.values}, column.name
    assert (meta.file_label, meta.file_encoding) == (study.name, "UTF-8")


def test_levels_of_measurement(tmp_path):
    levels = {column.name: sav.measure(column) for column in codebook.columns(factories.study())["participants.csv"]}
    wanted = {"arm": "nominal", "gender": "nominal", "pre_1_ok": "nominal", "joy_1": "ordinal", "age": "scale"}
    wanted |= {"consented_at": "scale", "joy": "scale", "tools": "nominal", "learning_seconds": "scale"}
    assert {name: levels[name] for name in wanted} == wanted


def test_left_empty_and_not_reached_are_told_apart(tmp_path):
    study = factories.study()
    factories.finished(study, answers={"joy_3": None})
    factories.consented(study)
    frame, meta, table = _read(study, tmp_path / "export")
    assert [row["joy_3"] for row in table] == ["", ""]
    assert frame["joy_3"][0] == -99 and pandas.isna(frame["joy_3"][1])
    assert meta.missing_ranges["joy_3"] == [{"lo": -99.0, "hi": -99.0}]
    hidden, _ = pyreadstat.read_sav(tmp_path / "export" / "participants.sav")
    assert hidden["joy_3"].isna().all()


def test_the_code_of_left_empty_is_no_possible_answer():
    def code(minimum, **fields):
        column = Column("participants.csv", "x", "x", "number", minimum=minimum, role=("item", "s", "x"), **fields)
        return sav._code_of_left_empty(column)

    assert [code(0), code(-98), code(-99), code(-5000), code(None)] == [-99, -99, -999, -9999, None]


@pytest.mark.parametrize("text", ["=1+1", LONG, "'tis", "a\tb"])
def test_texts_are_as_they_were_written(tmp_path, text):
    finished = factories.finished(answers={"remarks": text})
    frame, _, _ = _read(finished.study, tmp_path / "export")
    assert frame["remarks"][0] == text


def test_a_study_without_participants_has_its_columns(tmp_path):
    frame, meta, _ = _read(factories.study(), tmp_path / "export")
    assert len(frame) == 0 and meta.column_names_to_labels["joy_1"]


def test_long_labels_of_values_are_cut_to_what_spss_takes():
    assert sav._cut("ü" * 60) == "ü" * 60
    cut = sav._cut("ü" * 61)
    assert len(cut.encode()) <= 120 and cut.endswith("…") and set(cut) == {"ü", "…"}


def test_alone_it_is_the_same_file(tmp_path):
    study = factories.finished().study
    alone = io.BytesIO()
    bundle.write_alone(study, "participants.sav", alone)
    bundle.write_folder(study, tmp_path / "export")
    assert alone.getvalue() == (tmp_path / "export" / "participants.sav").read_bytes()
    assert json.loads((tmp_path / "export" / "datapackage.json").read_text())["name"] == "tiny"
