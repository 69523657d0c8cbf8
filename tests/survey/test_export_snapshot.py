"""An export beside a running study: one moment for all files, and nobody waits for it."""

import csv
import os
import sqlite3
from contextlib import closing

import psycopg
import pytest
from django.db import connection

from survey.export import bundle
from survey.models import Allocation
from tests import commands, factories


def _statuses(folder):
    with (folder / "participants.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    """A site with a database of its own; `site.connect()` is somebody else who uses it too."""

    class Site:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "explornn_site.settings",
            "DATA_DIR": str(tmp_path / "data"),
        }

        def manage(self, *arguments):
            done = commands.manage(self.environment, *arguments)
            assert done.returncode == 0, done.stderr
            return done.stdout

        def connect(self):
            if request.param == "sqlite":
                return sqlite3.connect(tmp_path / "data" / "study.sqlite3", isolation_level=None, timeout=1)
            return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)

    site = Site()
    if request.param == "postgresql":
        site.environment["DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    site.manage("migrate", "--verbosity", "0")
    site.manage("flush", "--no-input")
    site.manage(
        "shell",
        "--no-imports",
        "-c",
        "from tests import factories; factories.event(factories.learning()); factories.finished()",
    )
    return site


def test_a_running_study_is_exported_beside_whoever_writes(site, tmp_path):
    """Somebody is in the midst of writing; on SQLite that holds the one write lock.

    The command also notes the export in the audit log, which waits its turn like any other write.
    """
    export = f"write_folder(Study.objects.get(), Path({str(tmp_path / 'export')!r}))"
    with closing(site.connect()) as writer:
        writer.execute("BEGIN" if "DATABASE_URL" in site.environment else "BEGIN IMMEDIATE")
        writer.execute("UPDATE survey_study SET name = 'changed'")
        told = site.manage(
            "shell",
            "--no-imports",
            "-c",
            "from pathlib import Path; from survey.export.bundle import write_folder; from survey.models import Study; "
            f"print({export})",
        )
        assert "'participants.csv': 2" in told and "'events.csv': 1" in told
        writer.execute("ROLLBACK")


def test_all_files_show_one_moment_and_no_writer_waits(site, tmp_path):
    """Between two files of an export everybody withdraws: no file may know of it, and they must not wait."""
    (tmp_path / "script.py").write_text("""
import os, sqlite3, sys
from pathlib import Path
import psycopg
from survey.export import bundle, fixed, rows
from survey.models import Study

def late(study, choice):
    url = os.environ.get("DATABASE_URL")
    other = (psycopg.connect(url, autocommit=True) if url else
             sqlite3.connect(Path(os.environ["DATA_DIR"]) / "study.sqlite3", isolation_level=None, timeout=1))
    other.execute("UPDATE survey_participant SET withdrawn_at = '2026-03-03 00:00:00+00:00'")
    other.close()
    yield from rows.participants(study)

bundle.SOURCES = {fixed.PARTICIPANTS: late, **{name: rows.SOURCES[name] for name in list(rows.SOURCES)[1:]}}
bundle.write_folder(Study.objects.get(), Path(os.environ["DATA_DIR"]) / "during")
""")
    site.manage("shell", "--no-imports", "-c", f"exec(open({str(tmp_path / 'script.py')!r}).read())")
    site.manage("export_study", "tiny", "--out", str(tmp_path / "after"), "--unblind", "A test.")
    statuses = {folder.name: _statuses(folder) for folder in (tmp_path / "data" / "during", tmp_path / "after")}
    assert statuses == {"during": ["started", "finished"], "after": ["withdrawn", "withdrawn"]}


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_export_makes_one_that_only_reads(tmp_path):
    finished = factories.finished()
    assert not connection.in_atomic_block
    bundle.write_folder(finished.study, tmp_path / "export")
    assert _statuses(tmp_path / "export") == ["finished"]
    # The connection is as before: it can write, and commits what it writes.
    Allocation.objects.filter(participant=finished).update(stratum="x")
    assert connection.get_autocommit()
