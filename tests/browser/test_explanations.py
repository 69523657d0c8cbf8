"""The curriculum beside the picture: the same words in the same order as the text condition has."""

import re

import pytest
from playwright.sync_api import expect

from survey import curriculum
from survey.curriculum import examples
from textcond import figures
from textcond.figures import cell, gradient
from textcond.figures.drawing import significant

pytestmark = pytest.mark.browser
PLACE = "/explore/?epoch=1&step=20"
_UPDATE = cell.update(figures.snapshot("cell"))
_GRADIENT = gradient.gradient(figures.snapshot("gradient"))
# Of each example: numbers in the text's figure that the visualization has on the screen, at the last moment.
NUMBERS = {
    "network": [significant(figures.snapshot("training")["validation_loss"][40])],
    "prediction": [significant(figures.snapshot("training")["validation_loss"][40])],
    "loss": [significant(figures.snapshot("training")["validation_loss"][-1])],
    "learning_rate": [significant(figures.snapshot("learning_rate")["runs"][-1]["validation_loss"][20])],
    "cell_update": [_UPDATE[name] for name in ("forget_gate", "input_gate", "cell_state")],
    "unit_history": [_UPDATE[name] for name in ("forget_gate", "input_gate", "cell_state")],
    "gradient": [_GRADIENT["panels"][1]["last_layer"]],
}
CONCEPTS = [concept for chapter in curriculum.chapters("en") for concept in chapter.concepts]


@pytest.fixture
def explore(page):
    page.request.get("/explore/")
    page.goto(PLACE)
    expect(page.locator("[data-visual]")).to_be_visible()
    return page


def test_next_leads_through_the_whole_curriculum_in_its_order(explore):
    explore.get_by_role("button", name="Explanations", exact=True).click()
    panel = explore.locator("[data-concepts]")
    seen = []
    while True:
        seen.append(panel.locator("[data-concept-text]:visible").get_attribute("data-concept-text"))
        expect(panel.locator("[data-concepts-place]")).to_have_text(f"{len(seen)} of {len(CONCEPTS)}")
        if panel.get_by_role("button", name="Next").is_disabled():
            break
        panel.get_by_role("button", name="Next").click()
    assert seen == [concept.id for concept in CONCEPTS]


def test_what_goes_deeper_opens_beside_the_picture(explore):
    explore.get_by_role("button", name="Explanations", exact=True).click()
    explore.get_by_role("combobox", name="Concept").select_option("forget_gate")
    shown = explore.locator('[data-concept-text="forget_gate"]')
    words = shown.get_by_text("at every step between")
    expect(words).to_be_hidden()
    shown.locator("[data-deeper] summary").press("Enter")
    expect(words).to_be_visible()


def test_what_a_concept_leads_to_opens_beside_the_picture(explore):
    explore.get_by_role("button", name="Explanations", exact=True).click()
    address = explore.url
    for concept in ("sequence", "hidden_state", "cell_state"):
        shown = explore.locator(f'[data-concept-text="{concept}"]')
        expect(shown).to_be_visible()
        shown.locator(".concept__related a").nth(1).click()
        expect(explore.locator("[data-concepts-text]")).to_be_focused()
    expect(explore.locator('[data-concept-text="cell_update"]')).to_be_visible()
    assert explore.url == address


@pytest.mark.parametrize("example", examples.examples("en").values(), ids=lambda example: example.id)
def test_an_example_is_the_moment_that_the_text_s_figure_shows(page, example):
    page.goto(PLACE)
    page.get_by_role("button", name="Explanations", exact=True).click()
    page.locator("[data-concepts-choice]").select_option(example.concept)
    for moment, link in zip(example.moments, page.locator(f"[data-example={example.id}] a").all(), strict=True):
        link.click()
        wanted = dict(pair.split("=", 1) for pair in moment.address.split("&"))
        page.wait_for_function(
            "epoch => new URLSearchParams(location.search).get('epoch') === epoch", arg=wanted["epoch"]
        )
        assert wanted.items() <= page.evaluate("Object.fromEntries(new URLSearchParams(location.search))").items()
        expect(page.locator("[data-visual]")).not_to_have_attribute("aria-busy", "", timeout=60_000)
        expect(page.locator("[data-concepts]")).to_be_visible()
    for number in NUMBERS[example.id]:
        expect(page.locator("[data-visual]")).to_contain_text(number, timeout=60_000)


def test_the_words_are_those_of_the_curriculum(explore):
    for concept in CONCEPTS:
        shown = explore.locator(f'[data-concept-text="{concept.id}"] .concept').inner_html()
        assert concept.gist_html in shown
        assert re.sub(
            r"\s",
            "",
            explore.evaluate(
                "html => { const box = document.createElement('div');box.innerHTML = html; return box.textContent }",
                concept.html,
            ),
        ) in re.sub(
            r"\s",
            "",
            explore.evaluate(
                "html => { const box = document.createElement('div');box.innerHTML = html; return box.textContent }",
                shown,
            ),
        )


@pytest.mark.parametrize("view", ["network", "cell&layer=2&unit=3", "time"])
def test_every_i_opens_its_concept_and_gives_the_focus_back(page, view):
    page.goto(f"{PLACE}&view={view}")
    expect(page.locator("[data-visual]")).to_be_visible()
    if view.startswith("cell"):
        page.locator('[data-cell-step="2"]:visible').click()
    buttons = page.locator("[data-explain]:visible")
    for index in range(buttons.count()):
        button = buttons.nth(index)
        concept = button.get_attribute("data-explain")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f'[data-concept-text="{concept}"]')).to_be_visible()
        expect(page.locator("#concepts-title")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("[data-concepts]")).to_be_hidden()
        expect(button).to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720)])
def test_the_panel_is_beside_the_picture_not_over_it(explore, width, height):
    explore.set_viewport_size({"width": width, "height": height})
    explore.get_by_role("button", name="Explanations", exact=True).click()
    left = explore.locator("[data-concepts]").bounding_box()["x"]
    for canvas in explore.locator("[data-canvas]:visible").all():
        box = canvas.bounding_box()
        assert box["x"] + box["width"] <= left
    assert explore.evaluate("document.documentElement.scrollHeight") <= height


def test_no_id_stands_twice(explore):
    ids = explore.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert sorted({each for each in ids if ids.count(each) > 1}) == []
