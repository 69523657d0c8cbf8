"""The disk is full: people see that the server tries again, and go on when there is room."""

import json
import subprocess
import sys

import pytest

from tests.browser.conftest import ROOT
from tests.faults.conftest import assert_whole

UNSHARE = ["unshare", "--mount", "--map-root-user"]


def test_a_full_disk_loses_nothing_and_people_go_on_when_there_is_room():
    try:
        subprocess.run([*UNSHARE, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system lets nobody mount a file system of their own")
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.faults.full_disk"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    met = told["met"]
    assert met["early"] == [302] and met["again"] == [302]
    assert set(met["full"]) <= {302, 503} and met["refused"] > 0 and met["typed_is_kept"]
    assert met["page"] == 200, "what needs no room is shown"
    assert met["run"] in (200, 503) and met["run_again"] == 200
    assert met["stored_while_full"] == 20 - met["refused"], "stored is what was acknowledged"
    assert met["integrity"] == "ok"
    assert_whole(told["told"], told["everybody"], {person["code"] for person in told["everybody"]})
