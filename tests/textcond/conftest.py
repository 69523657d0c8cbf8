"""Somebody who reads the text, and a real browser to read it in."""

import pytest
from django.utils import timezone

from tests import factories
from tests.browser.conftest import watch


@pytest.fixture
def link(live_server) -> str:
    """Return the personal link of somebody who reads the text; made before the browser starts its own loop."""
    study = factories.study()
    while True:
        learner = factories.learning(study, at=timezone.now())
        if learner.allocation.arm == "text":
            return f"{live_server.url}/resume/{learner.token}/"


@pytest.fixture
def page(browser, live_server, link):
    """A fresh browser profile at 1440×900; the test fails on console errors and on requests to other hosts."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    found = watch(page, live_server.url)
    yield page
    try:
        found.assert_clean()
    finally:
        page.context.set_offline(True)  # what is sent on leaving would meet a database that is being emptied
        page.close()
