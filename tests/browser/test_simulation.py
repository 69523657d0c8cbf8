"""Simulated people walk the real pages: balance, export and removal as for everybody else, and never beside them."""

import csv
from collections import Counter
from collections.abc import Iterator

import pytest

from survey.analysis.data import read
from survey.analysis.tables import Results
from tests import factories
from tests.browser.conftest import Server, running

pytestmark = pytest.mark.browser
NUMBER = 14
ARMS = ("visual", "text")


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
        *("--n", str(NUMBER), "--dropout", "0.3", "--seed", "3", "--minutes", "0", "--url", server.url),
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
    found = Results(read(tmp_path / "with")).table("outcomes")
    for outcome in ("efficiency", "bias_total"):
        rows = found.records(set="itt", outcome=outcome)
        assert sum(int(row["n"]) for row in rows) >= len(finished), rows
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


FOLLOW_UP = """
[[stages]]
id = "week"
kind = "follow_up"
opens_after_days = 7
closes_after_days = 10

[[stages]]
id = "again"
kind = "instrument"
instrument = "pretest"

[[arms]]
"""


def test_all_paths_of_a_study_are_walked_and_the_material_is_used(server, tmp_path):
    """Early ends, a branch, reading again, a follow-up by the personal link; each person as their answers decide."""
    texts = factories.files(factories.WINDING)
    texts["study.toml"] = texts["study.toml"].replace("\n[[arms]]\n", FOLLOW_UP, 1)
    texts["study.toml"] = texts["study.toml"].replace("failures = 2", "failures = 1", 1)
    texts["en/titles.toml"] += '\nweek = "One week later"\nagain = "Once more"\n'
    for name, text in texts.items():
        path = tmp_path / "winding" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    server.manage("load_study", str(tmp_path / "winding"))
    told = server.manage(
        "simulate_participants", "winding", "--n", "20", "--seed", "12", "--minutes", "4", "--url", server.url
    )
    assert "0 without a place, 0 failed." in told
    server.manage("export_study", "winding", "--out", str(tmp_path / "export"), "--include-simulated")
    people = {row["participant"]: row for row in _rows(tmp_path / "export" / "participants.csv")}
    went: dict[str, dict[tuple[str, str], int]] = {code: {} for code in people}
    for visit in _rows(tmp_path / "export" / "visits.csv"):
        went[visit["participant"]][visit["stage"], visit["attempt"]] = 1
    ends = Counter(row["screened_out_reason"] or row["status"] for row in people.values())
    assert set(ends) == {"finished", "experienced", "failed_attention"}, ends
    finished = [code for code, row in people.items() if row["status"] == "finished"]
    for code, row in people.items():
        stages = {stage for stage, _ in went[code]}
        assert ("again" in stages) == (code in finished)
        if code in finished:
            assert ("experts" in stages) == (row["experience"] == "some" or "python" in row["tools"])
            assert ("refresher" in stages) == (float(row["pre_total"]) <= 50)
    paths = {stage for code in finished for stage, _ in went[code]}
    assert {"experts", "refresher", "again"} <= paths
    assert any(("check", "2") in pages and ("instruction", "2") in pages for pages in went.values())

    # Both conditions are used as people use them: some twenty events a minute, of many kinds.
    events = _rows(tmp_path / "export" / "events.csv")
    kinds = {arm: Counter(row["kind"] for row in events if people[row["participant"]]["arm"] == arm) for arm in ARMS}
    assert {"run_started", "epoch_shown", "moment_shown", "tutorial_step_shown"} <= set(kinds["visual"])
    assert set(kinds["text"]) >= {"page_shown", "chapter_opened", "scrolled"}
    for arm in ARMS:
        learned = [code for code, row in people.items() if row["arm"] == arm and ("learning", "1") in went[code]]
        assert kinds[arm]["page_shown"] == len(learned) > 3
        assert 4 < kinds[arm].total() / len(learned) < 300
    requested = int(told.split(" other requests")[0].split()[-1])
    assert requested > 40 * len(finished)
