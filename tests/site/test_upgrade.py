"""The database of an earlier state of the platform (`former/`), brought to today: nothing reads otherwise."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.site.test_backup import empty_postgresql, manage

FORMER = Path(__file__).parent / "former"
TABLES = sorted(path.name for path in (FORMER / "export").glob("*.csv"))
GO_ON = """
from survey.models import Participant
from tests import factories
for walker in Participant.objects.filter(finished_at=None, withdrawn_at=None): factories.walk(walker)
print(sorted(each.status for each in Participant.objects.all()))
"""
__all__ = ["empty_postgresql"]


@pytest.fixture(scope="module")
def former(tmp_path_factory):
    """A site of the earlier state, and a backup that was made before it is upgraded."""
    folder = tmp_path_factory.mktemp("former")
    with closing(sqlite3.connect(folder / "study.sqlite3")) as database:
        database.executescript((FORMER / "study.sql").read_text())
    manage({"DATA_DIR": str(folder)}, "backup", str(folder / "before.zip"))
    return folder


@pytest.fixture(scope="module", params=["migrated in place", "restored on PostgreSQL"])
def upgraded(request, former, tmp_path_factory):
    """Return the environment of the same site in today's state."""
    if request.param == "migrated in place":
        environment = {"DATA_DIR": str(former)}
        manage(environment, "migrate", "--verbosity", "0")
        return environment
    data_dir = str(tmp_path_factory.mktemp("restored"))
    environment = {"DATA_DIR": data_dir, "DATABASE_URL": request.getfixturevalue("empty_postgresql")()}
    manage(environment, "restore", str(former / "before.zip"))
    return environment


def test_every_value_of_the_former_export_reads_as_before_and_whoever_was_half_way_goes_on(upgraded):
    out = Path(upgraded["DATA_DIR"]) / "export"
    manage(upgraded, "export_study", "tiny", "--out", str(out), "--unblind", "A test.")
    assert len(TABLES) == 6
    for name in TABLES:
        before, after = _rows(FORMER / "export" / name), _rows(out / name)
        assert before
        assert [{column: row.get(column) for column in old} for old, row in zip(before, after, strict=True)] == before
    assert "as drawn: 4 real" in manage(upgraded, "verify_allocation", "tiny")
    assert "['finished', 'finished', 'finished', 'finished', 'finished', 'withdrawn']" in manage(
        upgraded, "shell", "-v0", "-c", GO_ON
    )


def _rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
