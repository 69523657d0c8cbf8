"""Whoever does what the tour says comes to its end: each step points at something visible and notices what is done."""

import re
import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Server
from visual import runs, tutorial
from visual.runspec import DEFAULT

pytestmark = pytest.mark.browser
STEPS = tutorial.steps()
FASTEST = "6"
# The share of points on the pointed-at element, as far as it is on the screen, at which it is what one sees.
IN_SIGHT = """() => {
    const target = document.querySelector(".tour-target")
    const box = target.getBoundingClientRect()
    const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)]
    const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)]
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9]
    const points = shares.flatMap((x) => shares.map((y) => [left + x * (right - left), top + y * (bottom - top)]))
    const seen = points.filter(([x, y]) => {
        const at = document.elementFromPoint(x, y)
        return at && (target.contains(at) || at.closest("label")?.contains(target))
    })
    return right > left && bottom > top ? seen.length / points.length : 0
}"""


@pytest.fixture(scope="module")
def warm(server: Server) -> None:
    """Have every run of the tour computed: a busy server would answer 503, and the browser would log that."""
    for query in {step.shows.query for step in STEPS if step.shows}:
        pairs = dict(pair.split("=", 1) for pair in query.removeprefix("?").split("&"))
        for first, last in runs.CHUNKS:
            if first <= max(int(pairs["epoch"]), 20):
                _computed(f"{server.url}/runs/{pairs['run']}/epochs/{first}-{last}")
    for layer in (1, 2, 3):
        _computed(f"{server.url}/runs/{DEFAULT}/epochs/20/layers/{layer}")


def _computed(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(url).close()
            return
        except urllib.error.HTTPError as error:
            assert error.code == 503, url
            time.sleep(1)


@pytest.fixture
def started(page, warm) -> Page:
    page.goto("/explore/")
    expect(page.locator("[data-visual]")).to_be_visible()
    page.locator('[data-setting="speed"]').fill(FASTEST)
    page.get_by_role("button", name="Guided tour").click()
    return page


def _do(page: Page, step: tutorial.Step) -> None:
    """Do what the step asks for, as a learner would."""
    match step.waits_for:
        case {"event": "setting_changed"}:
            page.locator(".data-set", has_text="Sawtooth").click()
        case {"event": "epoch_shown"}:
            if page.locator("[data-playing]").count() == 0:
                page.locator("[data-role=play]").click()
        case {"event": "prediction_made", "prompt": prompt}:
            stage = page.locator("[data-experiments-stage]")
            if prompt == "trained":
                for field in stage.locator(".pad__value input").all():
                    field.fill("-0.5")
                    field.press("Tab")
            reveal = page.get_by_role("button", name="Show the truth")
            if prompt != "trained":
                _mark_until_ready(stage.get_by_role("button", name="Time step 25", exact=False), reveal)
            reveal.click()
        case {"event": "experiment_outcome"}:
            page.locator("[data-experiments-tries] button").first.click()
        case {"event": "view_opened", "view": "cell"}:
            page.locator('.layer-button[data-layer="2"]').click()
        case {"event": "view_opened", "view": view}:
            page.locator(f'[data-view-tab="{view}"]').click()
        case {"input": selector}:
            page.locator(selector).locator("visible=true").first.press("ArrowLeft")
        case {"click": selector}:
            page.locator(selector).locator("visible=true").first.click()


def _mark_until_ready(mark: Locator, reveal: Locator) -> None:
    """Mark as a learner does, who tries again where the page was still being drawn."""
    for _ in range(6):
        mark.click()
        for _ in range(20):
            if reveal.is_enabled():
                return
            mark.page.wait_for_timeout(100)


def _wait_until_in_sight(page: Page, step: str) -> None:
    """Wait until most of what the step points at is what one sees there; the policy refuses Playwright's own wait."""
    end = time.monotonic() + 30
    while (share := page.evaluate(IN_SIGHT)) < 0.5:
        assert time.monotonic() < end, f"{step}: only {share:.0%} of what it points at is in sight"
        page.wait_for_timeout(100)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_tour_leads_through_to_its_end(started, width, height):
    started.set_viewport_size({"width": width, "height": height})
    card = started.locator("[data-tour]")
    for number, step in enumerate(STEPS, start=1):
        expect(card.locator("[data-tour-place]")).to_have_text(f"Step {number} of {len(STEPS)}")
        expect(started.locator(".tour-target")).to_be_visible(timeout=30_000)
        if step.shows:
            expect(started.locator("[data-visual]")).not_to_have_attribute("aria-busy", "", timeout=30_000)
        _wait_until_in_sight(started, step.id)
        expect(card, step.id).to_be_in_viewport(ratio=1)  # it finds its place two frames after its text
        if step.waits_for:
            if step.waits_for.get("event") != "epoch_shown":  # a fast run may be there already
                expect(card).not_to_have_attribute("data-done", "")
            _do(started, step)
            expect(card).to_have_attribute("data-done", "", timeout=30_000)
        card.get_by_role("button", name=re.compile("^(Next|Finish)$")).click()
    expect(card).to_be_hidden()
    expect(started.get_by_role("button", name="Guided tour")).to_be_focused()


def test_back_from_a_prompt_closes_it_and_a_reload_keeps_what_is_done(started):
    card = started.locator("[data-tour]")
    order = [step.id for step in STEPS]
    for _ in range(order.index("predict_curve")):
        card.locator("[data-tour-next]").click()
    stage = started.locator("[data-experiments-stage]")
    expect(stage.get_by_role("heading", name="And after 20 epochs?")).to_be_visible(timeout=30_000)
    _do(started, STEPS[order.index("predict_curve")])
    expect(card).to_have_attribute("data-done", "")
    started.reload()
    expect(card).to_have_attribute("data-done", "")
    expect(stage.get_by_role("heading", name="And after 20 epochs?")).to_be_visible(timeout=30_000)
    card.get_by_role("button", name="Back").click()
    expect(stage).to_be_hidden()
    expect(card.locator("[data-tour-title]")).to_have_text("Travel back")
    expect(started.locator('[data-role="epoch"]')).to_be_visible()


def test_a_reload_comes_back_to_the_step_and_the_place(started):
    card = started.locator("[data-tour]")
    while card.locator("[data-tour-title]").inner_text() != "A low learning rate":
        card.locator("[data-tour-next]").click()
    expect(started.locator("[data-output=learning_rate]")).to_have_text("0.0001")
    started.reload()
    expect(card.locator("[data-tour-title]")).to_have_text("A low learning rate")
    expect(started.locator("[data-output=learning_rate]")).to_have_text("0.0001")
    card.get_by_role("button", name="Back").click()
    expect(card.locator("[data-tour-title]")).to_have_text("Predict it first")


def test_the_tour_by_keyboard_alone(started):
    card = started.locator("[data-tour]")
    expect(card.locator("[data-tour-title]")).to_be_focused()
    for _ in range(8):
        started.keyboard.press("Tab")
        if started.evaluate("document.activeElement.matches('[data-tour-next]')"):
            break
    started.keyboard.press("Enter")
    expect(card.locator("[data-tour-title]")).to_have_text("Input, prediction, target")
    expect(card.locator("[data-tour-title]")).to_be_focused()
    started.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_concept_opens_from_the_step(started):
    started.locator("[data-tour-concepts] button").first.click()
    expect(started.locator('[data-concept-text="sequence"]')).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (768, 1024)])
def test_the_card_stays_on_the_screen(started, width, height):
    started.set_viewport_size({"width": width, "height": height})
    card = started.locator("[data-tour]")
    for number in range(1, len(STEPS) + 1):
        expect(card.locator("[data-tour-place]")).to_have_text(f"Step {number} of {len(STEPS)}")
        expect(card.locator("[data-tour-title]")).to_be_focused()  # only when the card has found its place
        box = card.bounding_box()
        assert box["x"] >= 0 and box["y"] >= 0
        assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
        card.locator("[data-tour-next]").click()
