"""Backups: consistent while people write, whole or refused, restored beside and swapped, and the erased stay erased."""

import json
import os
import sqlite3
import subprocess
import sys
import tracemalloc
import zipfile
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from explornn_site.backup.archive import MANIFEST, check
from explornn_site.backup.tables import BackupError
from tests import commands

ROOT = Path(__file__).parents[2]


def _whole(environment):
    return {**os.environ, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "explornn_site.settings", **environment}


def manage(environment, *arguments):
    done = commands.manage(_whole(environment), *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _refused(environment, *arguments):
    done = commands.manage(_whole(environment), *arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def empty_postgresql(postgresql_url):
    """Make one empty database after the other on the tests' server."""
    names = iter(f"backup_{number}" for number in range(10))

    def make():
        name = next(names)
        with psycopg.connect(postgresql_url, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            server.execute(f"CREATE DATABASE {name}")
        return postgresql_url.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site on SQLite with a study, an account and one participant, and its backup."""
    folder = tmp_path_factory.mktemp("site")
    environment = {"DATA_DIR": str(folder)}
    manage(environment, "migrate", "--verbosity", "0")
    manage(environment, "shell", "-v0", "-c", "from tests import factories as f; f.user('owner'); f.finished()")
    manage(environment, "backup", str(folder / "backup.zip"))
    return folder


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_in_the_backup_and_nothing_by_half(database, tmp_path, request):
    environment = {"DATA_DIR": str(tmp_path)}
    if database == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("empty_postgresql")()
    command = [sys.executable, "-m", "tests.site.round_trip"]
    done = subprocess.run(command, cwd=ROOT, env=_whole(environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "database": database,
        "failures": [],
        "pages_before": True,
        "went_on_meanwhile": True,
        "lost": [],
        "half_pages": 0,
        "rows": True,
        "draws": True,
        "erased_again": [1, True, 0],
        "told": 1,
        "kept_is_later": True,
        "writes_on": True,
        "left_behind": [],
    }


def test_a_backup_of_sqlite_goes_to_postgresql_without_a_change(site, empty_postgresql, tmp_path):
    """So a laboratory that outgrows SQLite moves."""
    larger = {"DATA_DIR": str(tmp_path / "larger"), "DATABASE_URL": empty_postgresql()}
    manage(larger, "restore", str(site / "backup.zip"))
    manage(larger, "backup", str(tmp_path / "larger.zip"))
    first, second = map(_tables, (site / "backup.zip", tmp_path / "larger.zip"))
    assert first == second
    assert first["survey.itemresponse"]["rows"] > 5


def _tables(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))["tables"]


def test_the_backup_is_for_its_owner_alone(site):
    assert (site / "backup.zip").stat().st_mode & 0o777 == 0o600


def test_a_backup_that_is_there_is_not_overwritten_unless_asked(site):
    file = site / "twice.zip"
    manage({"DATA_DIR": str(site)}, "backup", str(file))
    before = file.read_bytes()
    assert "is there already" in _refused({"DATA_DIR": str(site)}, "backup", str(file))
    assert file.read_bytes() == before
    assert "read back and whole" in manage({"DATA_DIR": str(site)}, "backup", str(file), "--overwrite")


def test_a_database_that_is_not_empty_is_not_replaced_unless_asked(site):
    said = _refused({"DATA_DIR": str(site)}, "restore", str(site / "backup.zip"))
    assert "not empty" in said and "--replace" in said


def _cut(whole, path):
    path.write_bytes(whole.read_bytes()[:-400])


def _flipped(whole, path):
    content = bytearray(whole.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


def _without_a_row(whole, path):
    _rewritten(whole, path, "survey.itemresponse.jsonl", lambda text: text.split(b"\n", 1)[1])


def _of_a_later_release(whole, path):
    _rewritten(whole, path, "manifest.json", lambda text: text.replace(b'"0001_study"', b'"0999_future"'))


def _rewritten(whole, path, name, edit):
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            new.writestr(each, edit(content) if each == name else content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "is no whole backup"),
        (_flipped, "is no whole backup"),
        (_without_a_row, "survey.itemresponse is not what was backed up"),
        (_of_a_later_release, "made by another release: survey.0999_future"),
    ],
)
def test_a_damaged_backup_is_refused_and_changes_nothing(spoil, said, site, tmp_path):
    spoil(site / "backup.zip", tmp_path / "spoilt.zip")
    environment = {"DATA_DIR": str(tmp_path / "data")}
    assert said in _refused(environment, "restore", str(tmp_path / "spoilt.zip"))
    with closing(sqlite3.connect(tmp_path / "data" / "study.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert not list((tmp_path / "data").glob(".*"))


def test_a_backup_that_would_fill_the_memory_is_refused_unread(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, " " * 50_000_000)
    assert bomb.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(BackupError, match=r"manifest\.json would unpack to 50,000,000 bytes"):
            check(bomb)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_backup_that_holds_more_than_it_says_is_refused(tmp_path):
    """Whoever writes a smaller size into the file's list gets no more out than that."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, " " * 50_000_000)
    bomb.write_bytes(bomb.read_bytes().replace((50_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(BackupError, match="is no whole backup"):
        check(bomb)


def test_the_erased_list_of_a_lost_machine_is_obeyed(site, tmp_path):
    with zipfile.ZipFile(site / "backup.zip") as archive:
        columns = _tables(site / "backup.zip")["survey.participant"]["columns"]
        [row] = map(json.loads, archive.read("survey.participant.jsonl").splitlines())
    code = dict(zip(columns, row, strict=True))["code"]
    listed = tmp_path / "erased.jsonl"
    listed.write_text(json.dumps({"kind": "participant", "name": code, "at": "2026-03-03T10:00:00+00:00"}) + "\n")
    environment = {"DATA_DIR": str(tmp_path / "new")}
    said = manage(environment, "restore", str(site / "backup.zip"), "--erased", str(listed))
    assert "1 participants erased again" in said
    listed.write_text("nonsense\n")
    environment = {"DATA_DIR": str(tmp_path / "newer")}
    assert "erased.jsonl, line 1" in _refused(environment, "restore", str(site / "backup.zip"), "--erased", str(listed))
