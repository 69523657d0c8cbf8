"""Fifty people at every stage of the replication study in the same moment: nobody loses, doubles or waits for ever."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_fifty_walk_the_whole_study_in_step_and_lose_and_double_nothing(database, tmp_path, request):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    if database == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    (tmp_path / "static").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.survey.crowd"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    answers = found.pop("answers_sent")
    assert answers > 50 * 40
    assert found == {
        "database": database,
        "failures": [],
        "steps": 9,  # from the consent to the debriefing
        "statuses": {"finished": 50},
        "consents": 50,
        "pages": 9 * 50,
        "answers_stored": answers,
        "pages_that_differ": [],
        "drawn": list(range(1, 51)),
        "verified": 50,
    }
