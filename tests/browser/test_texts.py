"""Texts on the page: read character by character, the next ones as probabilities, and a text of one's own."""

import re
import time
from decimal import ROUND_HALF_UP, Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from visual import runs, runspec
from visual.engine.training import Recipe, Training

pytestmark = pytest.mark.browser

SETTINGS = "cell=lstm;layers=2;units=8;optimizer=rmsprop;learning_rate=0.025;batch_size=25;noise=0;seed=1"
COUNT = f"data=text_count;{SETTINGS}"
GIVEN, PREDICTIONS = 20, 5
NETWORK = '[data-panel="network"]'


@pytest.fixture(scope="module")
def trained() -> Training:
    """The engine's own run, eight epochs on."""
    spec = runspec.parse(COUNT)
    training = runs.untrained(spec)
    for _ in range(8):
        training.train_epoch(Recipe(spec.learning_rate, spec.batch_size, spec.noise))
    return training


def opened(page: Page, query: str) -> None:
    page.goto(f"/explore/{query}")
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_selector('[data-part="hidden_state"] .unit', state="attached", timeout=60_000)
    page.wait_for_selector("[data-visual]:not([aria-busy])", timeout=60_000)


def hundredths(probability: float) -> str:
    """Return a probability as the page prints it, from the four decimals that the server sends."""
    return str(Decimal(f"{probability:.4f}").quantize(Decimal("0.01"), ROUND_HALF_UP))


def columns(page: Page) -> list[list[dict]]:
    """Return each prediction's characters as they are drawn: symbol, number, whether it is chosen, the target."""
    return page.evaluate(
        """() => [...document.querySelectorAll('[data-canvas="prediction"] [data-part="probabilities"] > g')]
        .map((column) =>
        [...column.querySelector('[data-part="rows"]').children].map((row) => ({
          symbol: row.dataset.symbol, number: row.querySelector('[data-part="number"]').textContent,
          chosen: "chosen" in row.dataset, target: "target" in row.dataset,
          width: Number(row.querySelector('[data-part="bar"]').getAttribute("width")),
        })))"""
    )


def characters(page: Page, part: str) -> str:
    shown = page.locator(f'{NETWORK} [data-part="{part}"] [data-part="characters"] text')
    return "".join(shown.evaluate_all("all => all.map((each) => each.dataset.value)"))


def test_probabilities_on_the_screen_are_the_engines(page, trained):
    opened(page, f"?run={COUNT}&epoch=8&step=24")
    symbols = trained.data_set.symbols
    predicted = trained.evaluate().prediction
    targets = [symbols[place] for place in trained.validation.targets[:, 0].argmax(axis=1)]
    for drawn, probabilities, target in zip(columns(page), predicted, targets, strict=True):
        assert len(drawn) >= 4
        by_symbol = dict(zip(symbols, probabilities, strict=True))
        assert [row["number"] for row in drawn] == [hundredths(by_symbol[row["symbol"]]) for row in drawn]
        assert [row["symbol"] for row in drawn if row["chosen"]] == [symbols[probabilities.argmax()]]
        assert [row["symbol"] for row in drawn if row["target"]] == [target]
        assert drawn[0]["chosen"]
        assert sorted((row["width"] for row in drawn), reverse=True) == [row["width"] for row in drawn]
    assert characters(page, "target") == "".join(targets)
    assert characters(page, "prediction") == "".join(symbols[place] for place in predicted.argmax(axis=1))
    assert characters(page, "input") == "".join(
        symbols[place] for place in trained.validation.inputs[:, 0].argmax(axis=1)
    )
    loss = f"{trained.evaluate().validation_loss:.3g}"
    expect(page.locator('[data-output="loss"]')).to_have_text(loss)
    expect(page.locator('[data-role="loss_hint"]')).to_contain_text("Cross-entropy in nats per character")
    label = page.locator('[data-canvas="prediction"] svg[role="img"]').get_attribute("aria-label")
    assert f"{PREDICTIONS} of {PREDICTIONS} predictions" in label
    page.click("summary:text('Values as tables')")
    table = page.locator('[data-role="tables"] [data-part="probabilities"]')
    expect(table.locator("tbody tr")).to_have_count(len(symbols))
    assert [[cell.inner_text() for cell in row.locator("td").all()] for row in table.locator("tbody tr").all()] == [
        [f"{probability:.4f}" for probability in row] for row in predicted.T
    ]


def test_a_text_is_chosen_played_and_shown_as_it_is_read_in_every_view(page):
    opened(page, f"?run={COUNT.replace('text_count', 'sine')}")
    page.check('input[name="data"][value="text_gates"]', force=True)
    expect(page.locator('[data-canvas="prediction"]')).to_have_attribute("data-drawn", "text")
    page.locator(f'{NETWORK} [data-role="step"]').fill("7")
    expect(page.locator(f'{NETWORK} [data-part="layer_input"] [data-part="number"]')).to_have_text("t")
    assert columns(page) == [[]] * PREDICTIONS, "nothing is predicted before the text is read"
    page.locator(f'{NETWORK} [data-role="step"]').fill("22")
    expect(
        page.locator('[data-canvas="prediction"] [data-part="probabilities"] > g:nth-child(3) [data-symbol]')
    ).not_to_have_count(0)
    assert [len(rows) > 0 for rows in columns(page)] == [True, True, True, False, False]
    page.locator('[data-setting="speed"]').fill("3")
    page.click('[data-role="play"]')
    page.wait_for_selector('[data-phase="backward"][aria-current]')
    expect(page.locator('[data-output="epoch"]')).to_have_text(re.compile("[1-9]"))
    page.click('[data-role="play"]')
    expect(page.locator(f'{NETWORK} [data-part="previous_prediction"] [data-part="name"]')).to_have_text(
        re.compile(r"Epoch \d+")
    )
    page.click('[data-view-tab="cell"]')
    expect(page.locator('[data-canvas="sequence"]')).to_have_attribute("data-drawn", "text")
    page.wait_for_selector('[data-canvas="cell"] svg')
    page.click('[data-view-tab="time"]')
    read = page.locator('[data-canvas="unrolled"] .column [data-part="layer_input"] [data-part="number"]')
    expect(read).to_have_text([letter if letter != " " else "␣" for letter in "the gate opens and l"])
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("critical", "serious")] == []


def test_a_text_of_ones_own_is_trained_on_or_what_is_wrong_is_said(page):
    opened(page, f"?run={COUNT}&epoch=1")
    field, error = page.get_by_label("Your own text"), page.locator("#own-text-error")
    for typed, said in (
        ("a;b", "“;” cannot be used"),
        ("a", "The text has 1 characters. Use 2 to 60."),
        ("aaa", "The text has 1 different characters. Use 2 to 24."),
    ):
        field.fill(typed)
        expect(error).to_be_empty()
        page.get_by_role("button", name="Train", exact=True).click()
        expect(error).to_contain_text(said)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        assert "text_count" in page.url
    field.fill("Anna, otto. ")
    field.press("Enter")
    expect(page.locator(f'{NETWORK} [data-part="input"] [data-part="characters"] text').first).to_have_text("a")
    end = time.monotonic() + 15
    while "data=text:anna%2C%20otto.%20;" not in page.url:
        assert time.monotonic() < end, page.url
        page.wait_for_timeout(50)
    settled(page)
    assert characters(page, "input") == "anna, otto. anna, ot"
    expect(page.locator('input[name="data"]:checked')).to_have_count(0)
    page.reload()
    settled(page)
    expect(field).to_have_value("anna, otto. ")
    assert characters(page, "input") == "anna, otto. anna, ot"


def test_an_experiment_that_needs_curves_says_so_and_the_others_run(page):
    opened(page, f"?run={COUNT}&epoch=8&experiment=compare_runs")
    said = page.locator("[data-experiments-said]")
    expect(said).to_contain_text("needs values that can be drawn as a curve")
    expect(page.locator('[data-canvas="prediction"]')).to_be_visible()
    choice = page.locator("[data-experiments-choice]")
    for id_ in ("clamp_gate", "nudge_weight", "seed_band"):
        choice.select_option(id_)
        expect(said).not_to_contain_text("needs values")
        page.wait_for_selector("[data-experiments-controls] *")
    choice.select_option("edit_input")
    expect(said).to_contain_text("needs values that can be drawn as a curve")
    page.check('input[name="data"][value="sine"]', force=True)
    expect(page.locator("section.stage")).to_be_visible()
    expect(said).to_be_empty()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_a_text_fits_the_screen(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, f"?run={COUNT}&epoch=8")
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert width == size[0]
    if size[0] > 1000:
        assert height == size[1]
        field = page.get_by_label("Your own text").bounding_box()
        card = page.locator('section[data-panel="network"]').bounding_box()
        assert field["y"] + field["height"] <= card["y"] + card["height"]
