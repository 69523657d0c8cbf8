"""The visualization inside a study: what a participant does becomes events, and none is lost."""

import json
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

MAKE_LEARNER = """
from datetime import timedelta
from django.utils import timezone
from tests import factories
while True:
    learner = factories.learning(consented_at=timezone.now() - timedelta(minutes=3))
    if learner.allocation.arm == "visual":
        break
print("TOKEN", learner.token)
"""
READ_EVENTS = """
import json
from survey.models import InteractionEvent
rows = InteractionEvent.objects.filter(participant__token="%s").order_by("sequence")
print("EVENTS", json.dumps([[row.sequence, row.kind, row.data] for row in rows]))
"""


def printed(server: Server, script: str, word: str) -> str:
    lines = server.manage("shell", "-v0", "-c", script).splitlines()
    return next(line.removeprefix(word).strip() for line in lines if line.startswith(word))


def events(server: Server, token: str) -> list:
    return json.loads(printed(server, READ_EVENTS % token, "EVENTS"))


def stored(server: Server, token: str, condition: Callable[[list], bool]) -> list:
    """Return the stored events as soon as `condition` holds for them: batches are on their way for some seconds."""
    end = time.monotonic() + 60
    while not condition(found := events(server, token)):
        assert time.monotonic() < end, found
    return found


def kinds(found: list) -> list[str]:
    return [kind for _, kind, _ in found]


def _last(found: list, field: str):
    return next((data[field] for _, _, data in reversed(found) if field in data), None)


@pytest.fixture
def token(server: Server) -> str:
    """The personal link's secret of a participant who learns with the visualization."""
    return printed(server, MAKE_LEARNER, "TOKEN")


@pytest.fixture
def learning(page: Page, token: str) -> Page:
    page.goto(f"/resume/{token}/")
    page.wait_for_selector(".unit")
    return page


def test_acts_become_events_in_order(learning, server, token):
    learning.click('[data-role="step_epoch"]')
    expect(learning.locator('[data-output="epoch"]')).to_have_text("1")
    learning.click('[data-change="layers"][data-by="-1"]')
    learning.wait_for_selector('[data-part="layers"] > g:nth-child(2):last-child')
    learning.click('[data-layer="2"]')
    everything = stored(server, token, lambda found: "view_opened" in kinds(found))
    found = [event for event in everything if event[1] != "moment_shown"]
    assert kinds(found) == [
        "page_shown",
        "run_started",
        "epoch_stepped",
        "epoch_shown",
        "setting_changed",
        "run_started",
        "view_opened",
    ]
    assert found[4][2] == {"name": "layers", "value": "2", "epoch": 0}
    assert "layers=2" in found[5][2]["spec"]
    assert found[6][2] == {"view": "cell", "layer": 2, "unit": 1}
    assert [sequence for sequence, _, _ in found] == sorted({sequence for sequence, _, _ in found})


def test_the_log_replays_what_was_on_the_screen(learning, server, token):
    learning.locator('[data-setting="speed"]').fill("6")
    learning.click('[data-role="play"]')
    expect(learning.locator('[data-output="epoch"]')).to_have_text(re.compile(r"^(1[3-9]|[2-9]\d|\d{3})$"))
    learning.click('[data-role="play"]')
    learning.click('[data-layer="2"]')
    expect(learning.locator("[data-visual]")).to_have_attribute("data-view", "cell")
    learning.locator('[data-role="step"]').locator("visible=true").fill("7")
    learning.click('[data-explain="loss"]')
    stored(server, token, lambda found: _last(found, "step") == 7 and _last(found, "concept") == "loss")
    address = learning.url
    code = printed(
        server,
        f"from survey.models import Participant\nprint('CODE', Participant.objects.get(token='{token}').code)",
        "CODE",
    )
    shown = server.manage("replay_participant", code, "--at", "99:59").splitlines()
    told = {line.split()[0]: line.split(None, 1)[1] for line in shown}
    assert told["view"] == "cell, layer 2, unit 1"
    assert told["concept"] == "loss"
    assert told["moment"].endswith("forward, time step 7")
    epoch = int(told["moment"].split()[1].rstrip(","))
    assert epoch > 12
    assert f"epoch={epoch}&" in address
    learning.goto("/explore/" + told["address"])
    expect(learning.locator('[data-output="epoch"]')).to_have_text(str(epoch))
    assert learning.locator("[data-visual]").get_attribute("data-view") == "cell"
    every = server.manage("replay_participant", code)
    assert "setting_changed" in every and f"epoch {epoch}, forward, time step 7" in every


def test_events_wait_while_offline_and_arrive_once(browser, server, token):
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto(f"/resume/{token}/")
    page.wait_for_selector(".unit")
    page.route("**/events/**", lambda route: route.abort())
    for epoch in (1, 2):
        page.click('[data-role="step_epoch"]')
        expect(page.locator('[data-output="epoch"]')).to_have_text(str(epoch))
    with page.expect_event("requestfailed", lambda request: "/events/" in request.url):
        pass
    assert "epoch_stepped" not in kinds(events(server, token))
    page.unroute("**/events/**")
    page.reload()  # a queue that could not be sent is taken over by the next page
    found = stored(server, token, lambda found: kinds(found).count("epoch_stepped") >= 2)
    steps = [data for _, kind, data in found if kind == "epoch_stepped"]
    assert steps == [{"epoch": 1}, {"epoch": 2}]
    context.close()


def test_closing_the_page_sends_what_is_left(learning, server, token):
    learning.click('[data-role="step_epoch"]')
    expect(learning.locator('[data-output="epoch"]')).to_have_text("1")
    learning.goto("about:blank")
    stored(server, token, lambda found: "epoch_stepped" in kinds(found))


def test_the_learning_phase_fits_a_small_laptop(learning):
    learning.set_viewport_size({"width": 1280, "height": 720})
    assert learning.evaluate("document.documentElement.scrollHeight") == 720
    button = learning.get_by_role("button", name="End the learning phase")
    tabs = learning.locator(".views").bounding_box()
    assert tabs["x"] + tabs["width"] < button.bounding_box()["x"]


def test_without_javascript_the_phase_can_still_be_ended(browser, server, token):
    context = browser.new_context(java_script_enabled=False, base_url=server.url)
    page = context.new_page()
    page.goto(f"/resume/{token}/")
    expect(page.locator(".visual-noscript")).to_be_visible()
    learning_page = page.url
    page.get_by_role("button", name="End the learning phase").click()
    assert page.url != learning_page
    context.close()
