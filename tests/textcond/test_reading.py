"""Reading in a real browser: the place is kept, reading is logged, the page prints."""

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _read(page, concept: str) -> None:
    """Scroll to a concept and stay there until it has been noted."""
    page.locator(f"section#{concept}").evaluate("each => each.scrollIntoView()")
    page.wait_for_function("id => document.querySelector('[aria-current]')?.hash === '#' + id", arg=concept)
    page.wait_for_timeout(800)


def _top(page, concept: str) -> float:
    return page.locator(f"section#{concept}").evaluate("each => each.getBoundingClientRect().top")


def test_the_place_is_kept_on_reload_by_the_personal_link_and_on_a_narrower_screen(page, link):
    page.goto(link)
    _read(page, "cell_update")
    before = _top(page, "cell_update")
    page.reload()
    page.wait_for_function(
        "top => Math.abs(document.querySelector('section#cell_update').getBoundingClientRect().top - top) <= 3",
        arg=before,
    )
    assert _top(page, "cell_update") == pytest.approx(before, abs=3)
    page.goto("about:blank")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(link)
    expect(page.locator(".text-contents [aria-current]")).to_have_attribute("href", "#cell_update")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the page"


def test_another_device_goes_on_at_the_concept_that_was_read(page, browser, link):
    page.goto(link)
    with page.expect_response(lambda answer: '"gate_activation"' in (answer.request.post_data or "")):
        _read(page, "gate_activation")
    other = browser.new_page(viewport={"width": 390, "height": 844})
    other.goto(link)
    expect(other.locator(".text-contents [aria-current]")).to_have_attribute("href", "#gate_activation")
    other.context.set_offline(True)
    other.close()


def test_what_goes_deeper_opens_on_demand_is_logged_and_is_on_paper(page, link):
    page.goto(link)
    deeper = page.locator("section#forget_gate [data-deeper]")
    words = deeper.get_by_text("at every step between")
    expect(words).to_be_hidden()
    with page.expect_response(lambda answer: '"deeper_opened"' in (answer.request.post_data or "")):
        deeper.locator("summary").press("Enter")
    expect(words).to_be_visible()
    with page.expect_response(lambda answer: '"deeper_closed"' in (answer.request.post_data or "")):
        deeper.locator("summary").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("[data-deeper]:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("[data-deeper][open]").count() == 0


def test_progress_and_contents_follow_the_reader(page, link):
    page.goto(link)
    words = page.locator("[data-progress-words]")
    expect(words).to_contain_text(re.compile("^0% of the text · about 2[4-7] min to read$"))
    _read(page, "gradient_path_of_cell_state")
    expect(words).to_contain_text(re.compile("^[89][0-9]% of the text · about [1-4] min to read$"))
    expect(page.locator(".text-contents [aria-current]")).to_be_in_viewport()
    page.keyboard.press("End")
    expect(words).to_have_text("The end of the text")


def test_reading_is_logged_with_chapter_and_place_and_the_page_prints(page, link):
    events = []
    page.on("request", lambda sent: "/events/" in sent.url and events.extend(json.loads(sent.post_data)["events"]))
    page.goto(link)
    page.wait_for_timeout(200)
    _read(page, "noise")
    _read(page, "forget_gate")
    for _ in range(60):  # a batch is sent some seconds after its first event
        if sum(event["kind"] == "scrolled" for event in events) >= 3:
            break
        page.wait_for_timeout(250)
    opened = [event["data"]["chapter"] for event in events if event["kind"] == "chapter_opened"]
    assert opened == ["sequences", "training", "cell"]
    scrolled = [event["data"] for event in events if event["kind"] == "scrolled"]
    # A page that still settles may say the same place twice; the last word on each chapter counts.
    place = {each["chapter"]: each["position"] for each in scrolled}
    assert [each["concept"] for each in scrolled if each["chapter"] == "cell"][-1] == "forget_gate"
    assert 0.8 < place["training"] <= 1 and 0.2 < place["cell"] < 0.7
    _prints(page)


def _prints(page) -> None:
    """Assert that the text and its figures are printed, and nothing else."""
    page.emulate_media(media="print", color_scheme="light")
    for hidden in (".learning-phase", ".text-contents", ".figure details"):
        assert not page.locator(hidden).first.is_visible(), hidden
    for shown in ("section#sequence h2", "#figure-unit_history svg", "#figure-gradient figcaption"):
        assert page.locator(shown).first.is_visible(), shown
    page.emulate_media(media="screen")
