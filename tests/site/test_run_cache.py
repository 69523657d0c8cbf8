"""The cache of runs: what is written is there, and the oldest goes first."""

import errno
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from explornn_site import run_cache
from explornn_site.run_cache import RunCache


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(run_cache.random, "randrange", lambda _: 1)  # culls only when it is told to
    return RunCache(tmp_path / "cache", {"OPTIONS": {"MAX_ENTRIES": 9}})


def written(cache, count):
    for number in range(count):
        cache.set(f"entry-{number}", b"x" * 1000)
        at = time.time() - 1000 + number
        os.utime(cache._key_to_file(f"entry-{number}"), (at, at))


def test_what_is_written_is_read_back(cache):
    cache.set("run", {"weights": [1.0, 2.0]})
    assert cache.get("run") == {"weights": [1.0, 2.0]}
    assert cache.add("run", 1) is False
    cache.set("gone", 1, timeout=-1)
    assert cache.get("gone") is None


def test_a_full_cache_forgets_the_oldest_third(cache):
    written(cache, 10)
    cache.forget_oldest()
    assert [number for number in range(10) if cache.has_key(f"entry-{number}")] == [4, 5, 6, 7, 8, 9]


def test_a_cache_that_is_not_full_forgets_nothing(cache):
    written(cache, 9)
    cache.forget_oldest()
    assert all(cache.has_key(f"entry-{number}") for number in range(9))


def test_a_cache_looks_after_itself_now_and_then(cache, monkeypatch):
    written(cache, 20)
    monkeypatch.setattr(run_cache.random, "randrange", lambda _: 0)
    cache.set("one-more", 1)
    assert cache.get("one-more") == 1
    assert not cache.has_key("entry-0")


def test_a_folder_that_is_gone_holds_nothing(cache):
    cache.forget_oldest()
    assert cache.get("entry-0") is None


class _Emptier:
    """A value during whose writing the folder is removed."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        shutil.rmtree(self.folder)
        return (str, ())


def test_a_folder_that_is_emptied_while_it_is_written_to_costs_no_answer(cache, tmp_path):
    cache.set("run", _Emptier(tmp_path / "cache"))
    assert cache.get("run") is None
    cache.set("run", 1)
    assert cache.get("run") == 1


def test_of_many_who_add_together_one_is_told_that_it_did(cache):
    told, together = [], threading.Barrier(8)

    def add(number, name):
        together.wait()
        if cache.add(name, number):
            told.append((name, number))

    for name in map(str, range(40)):
        several = [threading.Thread(target=add, args=(number, name)) for number in range(8)]
        for one in several:
            one.start()
        for one in several:
            one.join()
    assert [name for name, _ in told] == [*map(str, range(40))]
    assert {name: cache.get(name) for name, _ in told} == dict(told)
    assert len(list(Path(cache._dir).iterdir())) == 40, "nothing half-written is left"


def test_what_is_past_its_time_is_added_anew(cache):
    cache.add("lock", "old", timeout=-1)
    assert cache.add("lock", "new")
    assert cache.get("lock") == "new"


def test_without_room_everybody_may_compute_and_another_fault_is_told(cache, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "_write_content", full)
    assert cache.add("lock", 1)
    assert cache.add("lock", 2)
    cache.set("run", 1)
    assert cache.get("run") is None
    monkeypatch.setattr(cache, "_write_content", lambda *_: Path("/dev/null/no").stat())
    with pytest.raises(NotADirectoryError):
        cache.add("lock", 3)
