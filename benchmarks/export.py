"""The export of a large study beside people who take part: speed, memory, and how long their page waits.

A real server with two workers, 10,000 participants with 500 events each, on SQLite and on PostgreSQL. Some people open
a page of the study again and again: first alone, then while somebody downloads everything, then alone again.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from benchmarks.load.servers import ROOT, database, environment, serving
from survey.simulation.browsing import Browser

PARTICIPANTS, EVENTS = 10_000, 500
STUDY = "replication"
READERS, PAUSE = 6, 0.5  # people who open a page, and how long each of them reads it
ALONE_SECONDS = 30.0


@dataclass
class Site:
    url: str
    process: int
    token: str
    session: str

    def memory(self, most: bool = False) -> int:
        """Return the bytes that the server's processes hold, or the most that each of them has held so far.

        What they share is counted for each of them.
        """
        wanted, found = "VmHWM:" if most else "VmRSS:", 0
        for pid in self._family():
            with suppress(OSError):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                found += sum(int(line.split()[1]) for line in lines if line.startswith(wanted))
        return found * 1024

    def _family(self) -> Iterator[int]:
        """Yield the server's process and its children; walking through all processes would disturb what is measured."""
        waiting = [self.process]
        while waiting:
            pid = waiting.pop()
            yield pid
            for thread in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(OSError):
                    waiting += map(int, thread.read_text().split())

    def download(self, path: str) -> tuple[float, int]:
        """Return how long a file took and how many bytes it has; nothing of it is kept."""
        began, size = time.perf_counter(), 0
        address = f"{self.url}{path}"
        request = urllib.request.Request(address, headers={"Cookie": f"sessionid={self.session}"})  # noqa: S310 - ours
        with urllib.request.urlopen(request) as response:  # noqa: S310
            while part := response.read(1 << 20):
                size += len(part)
            if size != int(response.headers["Content-Length"]):
                raise SystemExit(f"{path}: {size} bytes came of {response.headers['Content-Length']}")
        return time.perf_counter() - began, size


@contextmanager
def site(name: str, participants: int, events: int) -> Iterator[Site]:
    """Fill a database and run the platform on it."""
    with tempfile.TemporaryDirectory(prefix="bench-export-") as folder, database(name) as (url, _):
        told, began = environment(folder, url), time.perf_counter()
        filled = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "benchmarks.export_fill", f"--participants={participants}", f"--events={events}"],
            cwd=ROOT,
            env=told,
            check=True,
            capture_output=True,
            text=True,
        )
        token, session = (filled.stdout.split(f"{word} ")[1].split()[0] for word in ("TOKEN", "SESSION"))
        print(f"{name}: filled in {time.perf_counter() - began:.0f} s", flush=True)
        with serving(told) as process:
            yield Site(f"http://127.0.0.1:{told['PORT']}", process, token, session)


class Readers:
    """People who open a page of the study again and again, until they are told to stop."""

    def __init__(self, site: Site):
        self._over = threading.Event()
        self.waits: list[tuple[float, float]] = []  # when it was asked for, how long it took
        browsers = [Browser(site.url) for _ in range(READERS)]
        pages = [each.send(each.get(f"/join/{STUDY}/"), {"consent": "on"}).path for each in browsers]
        self._threads = [threading.Thread(target=self._read, args=place) for place in zip(browsers, pages, strict=True)]
        for thread in self._threads:
            thread.start()
            time.sleep(PAUSE / READERS)

    def _read(self, browser: Browser, path: str) -> None:
        while not self._over.wait(PAUSE):
            began = time.perf_counter()
            browser.get(path)
            self.waits.append((began, browser.seconds[-1]))

    def p95(self, *spans: tuple[float, float]) -> tuple[float, int]:
        """Return the 95th percentile in milliseconds of what was asked for in these spans, and of how many."""
        within = [took for began, took in self.waits if any(start <= began < end for start, end in spans)]
        return 1e3 * quantiles(within, n=20, method="inclusive")[18], len(within)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def watched(site: Site) -> Iterator[list[int]]:
    """Yield a list that holds the most memory seen, in bytes, once the block has ended."""
    peak, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            peak[0] = max(peak[0], site.memory(most=True))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def measure(name: str, participants: int, events: int) -> None:
    """Print the figures of one database."""
    goals = participants == PARTICIPANTS and events == EVENTS  # they are for this size
    with site(name, participants, events) as here:
        readers = Readers(here)
        time.sleep(3)
        for _ in range(4):  # both workers have loaded what they need for it
            here.download(f"/data/{STUDY}/codebook.csv?token={here.token}")
        idle = here.memory()
        first = time.perf_counter()
        time.sleep(ALONE_SECONDS)
        begun = time.perf_counter()
        with watched(here) as peak:
            seconds, size = here.download(f"/researcher/{STUDY}/export/{STUDY}.zip")
        ended = time.perf_counter()
        time.sleep(ALONE_SECONDS)
        alone, of_alone = readers.p95((first, begun), (ended + 1, time.perf_counter()))
        beside, of_beside = readers.p95((begun, ended))
        readers.stop()
        _print(f"export_page_p95_{name}", "x", beside / alone, 1.5 if goals else None, alone_ms=round(alone, 1),
               beside_ms=round(beside, 1), of=[of_alone, of_beside])  # fmt: skip
        _print(f"export_memory_{name}", "MB above idle", (peak[0] - idle) / 1e6, 200 if goals else None,
               idle_mb=round(idle / 1e6))  # fmt: skip
        _print(f"export_zip_{name}", "s", seconds, None, mb=round(size / 1e6, 1))
        for file, count, goal in (("participants", participants, 2000), ("events", participants * events, None)):
            path = f"/data/{STUDY}/{file}.csv?token={here.token}"
            with watched(here) as peak:
                seconds, size = min(here.download(path) for _ in range(3 if file == "participants" else 1))
            _print(f"export_{file}_{name}", f"{file}/s", count / seconds, goal if goals else None,
                   seconds=round(seconds, 2), mb=round(size / 1e6, 1),
                   memory_mb=round((peak[0] - idle) / 1e6))  # fmt: skip
        with watched(here) as peak:
            seconds, size = here.download(f"/researcher/{STUDY}/export/participants.sav")
        _print(f"export_sav_{name}", "participants/s", participants / seconds, None, seconds=round(seconds, 2),
               mb=round(size / 1e6, 1), memory_mb=round((peak[0] - idle) / 1e6))  # fmt: skip


def _print(name: str, unit: str, ours: float, goal: float | None, **more: object) -> None:
    line = {"name": name, "unit": unit, "ours": float(f"{ours:.4g}"), "goal": goal, **more}
    line["load"] = round(os.getloadavg()[0], 1)
    print(f"BENCH {json.dumps(line)}", flush=True)


def main(participants: int = PARTICIPANTS, events: int = EVENTS) -> None:
    """Measure both databases."""
    print(f"export: {participants} participants with {events} events each; {READERS} people open a page", flush=True)
    for name in ("sqlite", "postgresql"):
        measure(name, participants, events)
