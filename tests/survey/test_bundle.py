"""Where an export is written: a folder that holds the former files or the new ones, never half of one."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from survey.export import bundle, rows
from tests import factories

pytestmark = pytest.mark.django_db


def _bytes(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_former_export_is_replaced(tmp_path):
    out = tmp_path / "export"
    first = factories.consented()
    assert bundle.write_folder(first.study, out)["participants.csv"] == 1
    factories.consented(first.study)
    assert bundle.write_folder(first.study, out)["participants.csv"] == 2
    assert (out / "participants.csv").read_text().count("\n") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_an_empty_folder_and_a_missing_one_are_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", tmp_path / "a" / "b"):
        written = bundle.write_folder(factories.study(), out)
        assert sorted(written) == sorted(path.name for path in out.glob("*.csv"))


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(CommandError, match=r"holds files that are no export, such as 'thesis\.docx'"):
        call_command("export_study", factories.study().name, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "export").write_text("")
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("export_study", factories.study().name, out=tmp_path / "export")


def test_a_failure_leaves_the_former_export_and_nothing_half_written(tmp_path, monkeypatch):
    study = factories.consented().study
    bundle.write_folder(study, tmp_path / "export")
    before = _bytes(tmp_path / "export")

    def failing(study, choice):
        yield from rows.participants(study)
        raise OSError("disk full")

    monkeypatch.setitem(bundle.SOURCES, "events.csv", failing)
    with pytest.raises(OSError, match="disk full"):
        bundle.write_folder(study, tmp_path / "export")
    assert _bytes(tmp_path / "export") == before
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


@pytest.mark.parametrize("former", [True, False])
def test_a_folder_that_cannot_be_replaced_stays_as_it_is(tmp_path, monkeypatch, former):
    study, out = factories.study(), tmp_path / "export"
    if former:
        bundle.write_folder(study, out)
    rename = Path.rename

    def renamed(path, target):
        if Path(target) == out and not path.name.endswith("-former"):
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    with pytest.raises(CommandError, match=r"cannot be replaced \(Permission denied\)"):
        call_command("export_study", study.name, out=out)
    assert [path.name for path in tmp_path.iterdir()] == (["export"] if former else [])


def test_the_command_tells_files_and_rows(tmp_path, capsys):
    factories.event(factories.learning())
    call_command("export_study", "tiny", "--out", str(tmp_path / "export"), "--unblind", "A test.")
    lines = capsys.readouterr().out.splitlines()
    assert f"{tmp_path / 'export' / 'participants.csv'}: 1 row" in lines
    assert f"{tmp_path / 'export' / 'responses.csv'}: 7 rows" in lines
    assert len(lines) == 11


def test_an_unknown_study_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(CommandError, match="No study is loaded yet"):
        call_command("export_study", "nowhere", out=tmp_path / "export")
    factories.study()
    with pytest.raises(CommandError, match=r"There is no study 'nowhere'\. Studies here: tiny\."):
        call_command("export_study", "nowhere", out=tmp_path / "export")
