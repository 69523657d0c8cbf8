"""The database is locked, or gone, for half a minute while somebody sends a page: a calm page, and nothing lost."""

import sqlite3
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, running
from tests.faults.conftest import expected_of, people
from tests.postgresql import url_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AWAY_SECONDS = 30


def _goes_on(browser: Browser, server: Server, take_away: Callable[[], Callable[[], None]]) -> None:
    """Let somebody fill in a page and send it while the database is away; it comes back after AWAY_SECONDS."""
    [person] = people(server, "make", "1")
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(60_000)
    context.add_cookies(
        [{"name": name, "value": value, "url": server.url} for name, value in person["cookies"].items()]
    )
    page: Page = context.new_page()
    page.goto("/study/tiny/about/1/")
    page.get_by_label("How old are you?").fill(person["answers"]["age"])
    page.get_by_label("Woman").check(force=True)
    page.get_by_label("What do you study?").fill(person["answers"]["field"])
    give_back = take_away()
    begun = time.monotonic()
    page.get_by_label("Anything else?").fill(person["answers"]["remarks"])
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="One moment, please")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("what you have entered is kept on this page")).to_be_visible()
    # Trying by hand does no harm: the page comes again, with everything.
    page.get_by_role("button", name="Try now").click()
    while time.monotonic() < begun + AWAY_SECONDS:
        page.wait_for_timeout(500)
        assert "/pretest/" not in page.url
    give_back()
    page.wait_for_url("**/study/tiny/pretest/1/", timeout=120_000)  # by itself
    context.close()
    stored = people(server, "tell")[person["code"]]
    assert stored["completed"]
    assert sorted(stored["answers"], key=lambda each: each[0]) == expected_of(person)


def test_a_locked_database_is_waited_for(browser, tmp_path):
    with running(tmp_path) as server:

        def lock() -> Callable[[], None]:
            holder = sqlite3.connect(tmp_path / "study.sqlite3", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            return holder.close

        _goes_on(browser, server, lock)


def test_a_database_that_is_gone_is_waited_for(browser, tmp_path, database):
    with running(tmp_path, DATABASE_URL=url_of(database)) as server:

        def leave() -> Callable[[], None]:
            database.stop()
            return database.ensure_postgres_running

        _goes_on(browser, server, leave)
