"""Servers and databases that are killed, stopped and starved; each test has its own."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from benchmarks.load.connection import BrokenError, Browser
from tests.browser.conftest import ROOT, Server
from tests.faults.people import SECRET
from tests.postgresql import running

PAGE = "/study/tiny/about/1/"
AT_ONCE = 40


@pytest.fixture
def database():
    """A PostgreSQL server that a test may kill and start again."""
    with running() as found:
        yield found


def start_again(database, killed: int) -> None:
    """Start PostgreSQL where its postmaster was killed, as soon as that is gone with all its children."""
    end = time.monotonic() + 60
    while Path(f"/proc/{killed}").exists():
        assert time.monotonic() < end, "the postmaster does not end"
        time.sleep(0.05)
    while True:
        try:
            database.ensure_postgres_running()
            return
        except (subprocess.SubprocessError, AssertionError):  # it is still recovering
            assert time.monotonic() < end, "PostgreSQL does not start again"
            time.sleep(0.2)


def people(server: Server, *arguments: str):
    """Return what `tests.faults.people` says beside this server."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.people", *arguments],
        cwd=ROOT,
        env=server.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def send(server: Server, everybody: list[dict], acknowledged: Callable[[int], None] = lambda count: None) -> dict:
    """Let everybody send their page, many at once; return {code: (status, text)}, status 0 where no answer came.

    `acknowledged` is called at each answer that leads on, with their number so far.
    """
    port = urlsplit(server.url).port
    met: dict[str, tuple[int, str]] = {}

    async def one(person: dict, gate: asyncio.Semaphore) -> None:
        browser = Browser("127.0.0.1", port, cookies=dict(person["cookies"]))
        body = urlencode({"csrfmiddlewaretoken": SECRET, **person["answers"]}).encode()
        async with gate:
            try:
                answer = await browser.ask("POST", PAGE, body, {"Content-Type": "application/x-www-form-urlencoded"})
                met[person["code"]] = (answer.status, answer.text)
            except BrokenError:
                met[person["code"]] = (0, "")
            finally:
                browser.close()
        if met[person["code"]][0] == 302:
            acknowledged(sum(status == 302 for status, _ in met.values()))

    async def all_of_them() -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(one(person, gate) for person in everybody))

    # In a thread of its own: Playwright keeps an event loop in the main one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(all_of_them())).result()
    return met


def expected_of(person: dict) -> list[list]:
    """Return what must be stored of somebody whose page has arrived, once."""
    sent = person["answers"]
    answers = {"age": int(sent["age"]), "temperature": None, "gender": sent["gender"], "tools": None}
    answers |= {"field": sent["field"], "remarks": sent["remarks"]}
    return sorted([item, value, 1] for item, value in answers.items())


def assert_whole(told: dict, everybody: list[dict], arrived: set[str]) -> None:
    """Every page that was acknowledged is there, as it was sent, and no page is there by half, or twice."""
    for person in everybody:
        stored = told[person["code"]]
        if stored["completed"] or person["code"] in arrived:
            assert stored["completed"], f"{person['code']}: acknowledged, and not there"
            assert sorted(stored["answers"], key=lambda each: each[0]) == expected_of(person)
        else:
            assert stored["answers"] == []
