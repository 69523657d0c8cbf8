"""The curriculum beside the picture: the same words in the same order as the text condition has."""

import re

import pytest
from playwright.sync_api import expect

from survey import curriculum

pytestmark = pytest.mark.browser
PLACE = "/explore/?epoch=1&step=20"
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
        page.locator('[data-cell-step="2"]').click()
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
