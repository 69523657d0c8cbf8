"""Predict, then turn the page: taken by mouse and by keyboard, compared with the engine's values, logged, kept."""

import json

import pytest
from playwright.sync_api import Page, expect

from survey import events
from survey.curriculum import prompts
from textcond import figures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALL = prompts.prompts("en")


@pytest.fixture
def page(page, link):
    """The reader's page, opened; `sent` fills with the events that it sends."""
    page.sent = []
    page.on("request", lambda sent: "/events/" in sent.url and page.sent.extend(json.loads(sent.post_data)["events"]))
    page.goto(link)
    return page


def _prompt(page: Page, name: str):
    prompt = page.locator(f"[data-prompt={name}]")
    prompt.evaluate("each => each.scrollIntoView({ block: 'center' })")
    return prompt


def _type(prompt, values) -> None:
    """Enter a value for each time step, as somebody without a mouse does."""
    entry = prompt.get_by_text("Or enter the values with the keyboard")
    entry.focus()
    entry.press("Enter")
    for field, value in zip(prompt.locator("input[data-step]").all(), values, strict=True):
        field.fill(f"{value:.2f}")
    prompt.get_by_role("button", name="Turn the page").press("Enter")


def _logged(page: Page, kind: str, count: int) -> list[dict]:
    for _ in range(80):  # a batch is sent some seconds after its first event
        found = [event["data"] for event in page.sent if event["kind"] == kind]
        if len(found) >= count:
            break
        page.wait_for_timeout(250)
    assert all(events.check(kind, data) for data in found)
    return found


def test_a_drawn_curve_is_compared_with_the_truth_and_the_page_stays_turned(page):
    prompt = _prompt(page, "how_it_goes_on")
    prompt.get_by_role("button", name="Turn the page").click()
    expect(prompt.locator("[data-said]")).to_contain_text("Draw something for each time step")
    box = prompt.locator("[data-surface]").bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    page.mouse.up()
    values = [float(field.input_value()) for field in prompt.locator("input[data-step]").all()]
    assert len(values) == 10 and len(set(values)) == 1, "a level line, without a gap"
    prompt.get_by_role("button", name="Turn the page").click()
    truth = figures.snapshot("prompts")["how_it_goes_on"]["truth"]
    error = sum(abs(value - true) for value, true in zip(values, truth, strict=True)) / 10
    outcome = prompt.locator("[data-outcome]")
    expect(outcome).to_be_focused()
    expect(outcome).to_contain_text(f"{error:.2f} away on average. Up to 0.25 counts as close.")
    assert prompt.locator("details[open] [data-errors] line").count() == 10
    [made] = _logged(page, "prediction_made", 1)
    assert made == {
        "prompt": "how_it_goes_on",
        "answer": " ".join(f"{value:g}" for value in values),
        "error": pytest.approx(error, abs=1e-4),
        "success": 0,
    }
    assert _logged(page, "prompt_shown", 1)[0] == {"prompt": "how_it_goes_on"}
    page.reload()
    expect(prompt.locator("[data-outcome]")).to_contain_text(f"{error:.2f} away")
    assert len(_logged(page, "prediction_made", 1)) == 1


def test_after_two_successes_the_next_curve_is_up_to_the_reader(page):
    curves = [prompt for prompt in ALL if prompt.kind == "curve"]
    for asked in curves[:2]:
        prompt = _prompt(page, asked.id)
        _type(prompt, figures.snapshot("prompts")[asked.id]["truth"])
        expect(prompt.locator("[data-outcome]")).to_contain_text("well predicted")
    third, fourth = (_prompt(page, asked.id) for asked in curves[2:4])
    for prompt in (third, fourth):
        expect(prompt.get_by_role("button", name="Turn the page")).to_be_hidden()
        expect(prompt.get_by_text("This one is up to you.")).to_be_visible()
    third.get_by_role("button", name="Predict this one too").press("Enter")
    expect(third.get_by_role("button", name="Turn the page")).to_be_visible()
    fourth.get_by_role("button", name="Show it without a prediction").press("Enter")
    expect(fourth.locator("[data-revealed]")).to_be_focused()
    expect(fourth.locator("[data-drawn]").last).to_have_attribute("points", "")
    assert [made["success"] for made in _logged(page, "prediction_made", 2)] == [1, 1]
    assert _logged(page, "prompt_skipped", 1) == [{"prompt": curves[3].id}]
    expect(_prompt(page, "what_erases").get_by_role("button", name="Turn the page")).to_be_visible()


def test_gates_are_marked_by_keyboard_and_every_wrong_step_counts(page):
    keeps, writes = (next(prompt for prompt in ALL if prompt.id == name) for name in ("what_keeps", "what_writes"))
    prompt = _prompt(page, "what_keeps")
    prompt.get_by_role("button", name="Turn the page").click()
    expect(prompt.locator("[data-said]")).to_contain_text("Mark at least one time step")
    right = keeps.answer[0]
    for step in (right, right + 1):
        prompt.get_by_role("checkbox", name=f"{step}", exact=True).press("Space")
    prompt.get_by_role("button", name="Turn the page").press("Enter")
    expect(prompt.locator("[data-outcome]")).to_have_text(
        f"Time steps wrongly marked or missed: {len(keeps.answer)}."  # one is wrong, and all but one are missed
    )
    [made] = _logged(page, "prediction_made", 1)
    assert (made["answer"], made["error"], made["success"]) == (f"{right} {right + 1}", len(keeps.answer), 0)
    marks = prompt.locator("[data-mark][visibility=visible]")
    assert [int(mark.get_attribute("data-mark")) for mark in marks.all()] == [right, right + 1]
    again = _prompt(page, "what_writes")
    for step in writes.answer:
        again.get_by_role("checkbox", name=f"{step}", exact=True).press("Space")
    again.get_by_role("button", name="Turn the page").press("Enter")
    expect(again.locator("[data-outcome]")).to_contain_text("each time step rightly")


def test_without_javascript_the_page_is_turned_too(browser, link):
    page = browser.new_page(java_script_enabled=False)
    page.goto(link)
    for asked in ALL:
        prompt = page.locator(f"[data-prompt={asked.id}]")
        expect(prompt.locator("button")).to_have_count(3)
        assert not any(button.is_visible() for button in prompt.locator("button").all())
        expect(prompt.get_by_text(asked.words.revealed)).to_be_hidden()
        prompt.locator("summary", has_text="Turn the page").click()
        expect(prompt.get_by_text(asked.words.revealed)).to_be_visible()
    page.close()


def test_the_paper_is_printed_and_what_was_not_turned_stays_hidden(page):
    turned, paper = _prompt(page, "untrained"), _prompt(page, "trained")
    turned.get_by_role("button", name="Show it without a prediction").click()
    page.emulate_media(media="print")
    assert paper.locator("svg").first.is_visible() and not paper.locator("button").first.is_visible()
    assert turned.locator("[data-revealed]").is_visible() and not paper.locator("[data-revealed]").is_visible()


def test_on_a_phone_the_field_is_high_enough_for_a_finger_and_takes_what_is_drawn(page):
    page.set_viewport_size({"width": 390, "height": 844})
    prompt = _prompt(page, "untrained")
    box = prompt.locator("[data-surface]").bounding_box()
    assert box["height"] >= 200
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    prompt.get_by_role("button", name="Turn the page").click()
    expect(prompt.locator("[data-outcome]")).to_contain_text("away on average")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
