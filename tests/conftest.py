import gc
import os
import tempfile
from collections.abc import Iterator

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from survey import rates
from tests import chromium, postgresql

# A busy machine takes its time over an example: that says nothing about what is tested.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Tabs of one site in one process: it need not be started, nor compile the same scripts, for each of them.
FLAGS = [*chromium.FLAGS, "--process-per-site", "--renderer-process-limit=1"]

LONGEST = ["test_participation.py", "test_simulation.py", "test_experiment_log.py", "test_explore.py", "test_kill.py"]


def pytest_xdist_auto_num_workers():
    """Return how many processes `-n auto` means: one more than processors, as a test with a browser often waits."""
    return min(4, (os.cpu_count() or 1) + 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Mix files of many seconds among those of few from the beginning, the longest first.

    So no process is left with one at the end while the others stand idle, and browsers do not crowd each other.
    """
    files = list(dict.fromkeys(item.path for item in items))
    long = [file for file in files if file.parent.name in ("browser", "faults")]
    long.sort(key=lambda file: LONGEST.index(file.name) if file.name in LONGEST else len(LONGEST))
    short = [file for file in files if file not in long]
    place = {file: 3 * number for number, file in enumerate(long)}
    place |= {file: 1.5 * number + 1 for number, file in enumerate(short)}
    items.sort(key=lambda item: place[item.path])


def pytest_collection_finish():
    """Take what is loaded by now out of Python's search for garbage: it stays, and is a million objects."""
    gc.freeze()


def pytest_configure(config):
    """Name a folder in which all processes of this run find what one of them has made (browser/conftest.py)."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="explornn-shared-")
        config.add_cleanup(folder.cleanup)
        os.environ["SHARED_BY_TESTS"] = folder.name


@pytest.fixture(scope="session")
def postgresql_url():
    """A real PostgreSQL server of our own, for as long as the tests run."""
    with postgresql.running() as server:
        yield postgresql.url_of(server)


@pytest.fixture(autouse=True)
def a_response_leaves_the_test_its_connection(monkeypatch):
    """The end of a request would close it, and with it the transaction of the test (SQLite keeps it)."""
    close = BaseDatabaseWrapper.close_if_unusable_or_obsolete
    monkeypatch.setattr(
        BaseDatabaseWrapper,
        "close_if_unusable_or_obsolete",
        lambda connection: None if connection.in_atomic_block else close(connection),
    )


@pytest.fixture(autouse=True)
def rates_from_nothing():
    """What one test asks for does not count against the next."""
    rates.limiter().storage.reset()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=FLAGS)
        yield browser
        browser.close()
