"""Workers that are killed while they train, and a cache that is emptied: the numbers stay what they are."""

import json
import os
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache

from tests.browser.conftest import Server, start, stop
from visual import runs
from visual.runspec import parse

SPEC = (
    "data=composite;cell=lstm;layers={layers};units={units};optimizer=rmsprop;"
    "learning_rate=0.01;batch_size=5;noise=0;seed={seed}"
)
MASTER = {}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    process, server = start(tmp_path_factory.mktemp("training"))
    MASTER["pid"] = process.pid
    yield server
    stop(process)


def _spec(seed: int, layers: int = 2, units: int = 8) -> str:
    return str(parse(SPEC.format(seed=seed, layers=layers, units=units)))


def _chunk(server: Server, spec: str, place: str) -> dict:
    """Return a chunk, asked for as a browser does: again when the server is busy or gone for a moment."""
    end = time.monotonic() + 50  # less than a dead worker's lock would last
    address = f"{server.url}/runs/v{runs.answers_version()}/{spec}/epochs/{place}"
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            assert error.code == 503, error
        except OSError:
            pass
        assert time.monotonic() < end, "no answer comes any more"
        time.sleep(0.2)


def _expected(spec: str, first: int, last: int) -> dict:
    """Return the chunk as this process computes it, undisturbed."""
    cache.clear()
    for earlier in runs.CHUNKS[: runs.CHUNKS.index((first, last))]:
        runs.chunk(parse(spec), *earlier)
    return json.loads(runs.chunk(parse(spec), first, last))


def _workers() -> list[int]:
    return [int(each) for each in Path(f"/proc/{MASTER['pid']}/task/{MASTER['pid']}/children").read_text().split()]


def test_workers_that_are_killed_while_they_train_cost_a_moment_and_no_number(server):
    spec = _spec(seed=1, layers=4, units=32)
    asked = threading.Thread(target=_chunk, args=[server, spec, "2-9"])
    asked.start()
    folder = server.data_dir / "cache"
    end = time.monotonic() + 30
    while not any(folder.glob("*.djcache")):  # the lock of who computes
        assert time.monotonic() < end, "nobody computes"
        time.sleep(0.01)
    killed = _workers()
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    assert _chunk(server, spec, "2-9") == _expected(spec, 2, 9)
    asked.join()
    assert not set(_workers()) & set(killed)


def test_a_cache_that_is_emptied_costs_time_and_no_number(server):
    spec = _spec(seed=2)
    for place in ("0-1", "2-9", "10-19"):
        _chunk(server, spec, place)
    shutil.rmtree(server.data_dir / "cache")
    assert _chunk(server, spec, "20-29") == _expected(spec, 20, 29)
    # And while one is computed.
    asked = threading.Thread(target=_chunk, args=[server, _spec(seed=3), "10-19"])
    asked.start()
    while asked.is_alive():
        shutil.rmtree(server.data_dir / "cache", ignore_errors=True)
        time.sleep(0.05)
    asked.join()
    assert _chunk(server, _spec(seed=3), "10-19") == _expected(_spec(seed=3), 10, 19)
