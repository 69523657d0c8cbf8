"""Server or database are killed in the middle of 200 submissions: what was acknowledged is there, and nothing twice."""

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import start, stop
from tests.faults.conftest import assert_whole, people, send, start_again
from tests.postgresql import url_of

NUMBER, KILLED_AFTER = 200, 60


def _codes(met: dict, status: int) -> set[str]:
    return {code for code, (found, _) in met.items() if found == status}


def _assert_killed_in_the_middle(met: dict) -> None:
    assert KILLED_AFTER <= len(_codes(met, 302)) < NUMBER, "nothing was interrupted"


def _server_is_killed(folder: Path, **settings: str) -> None:
    process, server = start(folder, **settings)
    try:
        everybody = people(server, "make", str(NUMBER))

        def kill(count: int) -> None:
            if count == KILLED_AFTER:
                os.killpg(process.pid, signal.SIGKILL)  # master and workers: nobody can say goodbye

        met = send(server, everybody, kill)
        process.wait(30)
        _assert_killed_in_the_middle(met)
        process, server = start(folder, urlsplit(server.url).port, **settings)
        assert_whole(people(server, "tell"), everybody, _codes(met, 302))
        # Everybody sends again, whether their page had arrived or not.
        assert _codes(send(server, everybody), 302) == {person["code"] for person in everybody}
        assert_whole(people(server, "tell"), everybody, {person["code"] for person in everybody})
    finally:
        stop(process)


def test_a_killed_server_loses_nothing_on_sqlite(tmp_path):
    _server_is_killed(tmp_path)


@pytest.mark.slow
def test_a_killed_server_loses_nothing_on_postgresql(tmp_path, database):
    _server_is_killed(tmp_path, DATABASE_URL=url_of(database))


@pytest.mark.slow
def test_a_killed_database_loses_nothing_and_the_server_finds_it_again(tmp_path, database):
    process, server = start(tmp_path, DATABASE_URL=url_of(database))
    try:
        everybody = people(server, "make", str(NUMBER))

        postmaster = database.get_pid()

        def kill(count: int) -> None:
            if count == KILLED_AFTER:
                os.kill(postmaster, signal.SIGKILL)

        met = send(server, everybody, kill)
        _assert_killed_in_the_middle(met)
        # Whoever was not acknowledged has what they typed on a page that sends it again.
        by_code = {person["code"]: person for person in everybody}
        for code in met.keys() - _codes(met, 302):
            status, page = met[code]
            assert status == 503
            assert by_code[code]["answers"]["field"] in page and by_code[code]["answers"]["remarks"] in page
        start_again(database, postmaster)
        assert_whole(people(server, "tell"), everybody, _codes(met, 302))
        assert _codes(send(server, everybody), 302) == {person["code"] for person in everybody}
        assert_whole(people(server, "tell"), everybody, {person["code"] for person in everybody})
    finally:
        stop(process)
