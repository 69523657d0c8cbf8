"""What `make audit` makes of what pip-audit says; a script says it here, as the real database is elsewhere."""

import json
import runpy
from pathlib import Path

import pytest

audit = runpy.run_path(str(Path(__file__).parents[2] / "requirements" / "audit.py"))["main"]
WELL = {"name": "one", "version": "1.0", "vulns": []}
HOLED = {"name": "two", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}


@pytest.fixture
def says(tmp_path):
    def make(text: str, error: str, code: int) -> str:
        program = tmp_path / "pip-audit"
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\necho '{error}' >&2\nexit {code}\n")
        program.chmod(0o700)
        return str(program)

    return make


def test_all_is_well_only_when_versions_were_asked_about(says, capsys):
    assert audit(says(json.dumps({"dependencies": [WELL]}), "", 0)) == 0
    assert "run.lock: 1 versions audited, 0 known holes" in capsys.readouterr().out
    assert audit(says(json.dumps({"dependencies": []}), "", 0)) == 2


def test_a_known_hole_is_named_with_the_version_that_mends_it(says, capsys):
    assert audit(says(json.dumps({"dependencies": [WELL, HOLED]}), "Found 1", 1)) == 1
    assert "test.lock: two 2.0 has PYSEC-1; mended in 2.1" in capsys.readouterr().out


@pytest.mark.parametrize("code", [0, 1])
def test_a_database_out_of_reach_is_no_clean_bill(says, capsys, code):
    assert audit(says("", "ERROR: could not connect", code)) == 2
    said = capsys.readouterr().out
    assert "run.lock: NOT audited" in said and "ERROR: could not connect" in said
