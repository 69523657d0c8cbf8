"""Simulated people walk the real pages: balance, export and removal as for everybody else, and never beside them."""

import csv
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.browser.conftest import Server, running

pytestmark = pytest.mark.browser
NUMBER = 14


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    """A site of this file's own: nobody else takes part in its study."""
    with running(tmp_path_factory.mktemp("simulation")) as server:
        yield server


def _rows(path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_rehearsal_fills_the_study_and_leaves_no_trace(server, tmp_path):
    told = server.manage(
        "simulate_participants",
        "replication",
        *("--n", str(NUMBER), "--dropout", "0.3", "--seed", "3", "--url", server.url),
    )
    assert f"replication: {NUMBER} simulated in" in told
    assert "0 without a place, 0 failed." in told
    server.manage(
        "export_study", "replication", "--out", str(tmp_path / "with"), "--unblind", "A test.", "--include-simulated"
    )
    people = _rows(tmp_path / "with" / "participants.csv")
    assert len(people) == NUMBER
    assert {row["kind"] for row in people} == {"simulated"}
    finished = [row for row in people if row["status"] == "finished"]
    assert 0 < len(finished) < NUMBER
    for row in finished:
        assert row["pre_total"] and row["post_total"] and row["icl"] and row["arm"]
    drawn = Counter(row["arm"] for row in people if row["arm"])
    assert abs(drawn["visual"] - drawn["text"]) <= 3
    allocations = _rows(tmp_path / "with" / "allocations.csv")
    assert [row["sequence"] for row in allocations] == [str(number) for number in range(1, drawn.total() + 1)]
    assert f"0 real, 0 pilot, 0 test, {drawn.total()} simulated" in server.manage("verify_allocation", "replication")

    server.manage("export_study", "replication", "--out", str(tmp_path / "without"), "--unblind", "A test.")
    for name in ("participants", "responses", "visits", "allocations"):
        assert _rows(tmp_path / "without" / f"{name}.csv") == []

    removed = server.manage("simulate_participants", "replication", "--remove")
    assert f"{NUMBER} simulated participant(s) removed" in removed
    server.manage(
        "export_study", "replication", "--out", str(tmp_path / "with"), "--unblind", "A test.", "--include-simulated"
    )
    assert _rows(tmp_path / "with" / "participants.csv") == []
