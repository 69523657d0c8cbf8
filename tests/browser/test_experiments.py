"""The experiments as a learner uses them: their numbers are the engine's, and all can be undone."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from visual import payload, runs
from visual.engine.training import Recipe, Training
from visual.engine.what_if import nudge_weight
from visual.runspec import DEFAULT, RunSpec

pytestmark = pytest.mark.browser
SMALL = replace(DEFAULT, layers=2, units=4)
LONG = 60_000  # milliseconds: the runs are computed while other tests run


def trained(run: RunSpec, epoch: int) -> Training:
    training = runs.untrained(run)
    for _ in range(epoch):
        training.train_epoch(Recipe(run.learning_rate, run.batch_size, run.noise))
    return training


def printed(value: float, signed: bool = False, digits: int = 3) -> str:
    """Return the number as the page prints it: three significant digits of the four that the server sends."""
    sent = Decimal(str(payload.significant(value)))
    places = sent.adjusted() - digits + 1
    text = format(sent.quantize(Decimal(1).scaleb(places), ROUND_HALF_UP), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("+" + text if signed and value > 0 else text).replace("-", "−")


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator("[data-visual]:not([aria-busy])")).to_be_visible(timeout=LONG)
    return page


def expect_row(page: Page, name: str, *numbers: str) -> None:
    """Wait until the row of the result that begins with `name` has these numbers."""
    line = page.locator("[data-experiments-result] tr", has=page.get_by_role("rowheader", name=name, exact=True))
    expect(line.locator("td")).to_have_text(list(numbers), timeout=LONG)


def address(page: Page) -> str:
    return page.evaluate("new URLSearchParams(location.search).get('change') ?? ''")


def test_a_weight_is_nudged_by_keyboard_and_the_numbers_are_the_engines(page):
    opened(page, f"/explore/?run={SMALL}&epoch=3")
    page.get_by_role("button", name="Experiments", exact=True).press("Enter")
    panel = page.locator("[data-experiments]")
    expect(page.locator("#experiments-title")).to_be_focused()
    panel.locator("select[data-experiments-choice]").select_option("nudge_weight")
    panel.get_by_label("Layer", exact=True).select_option("2")
    panel.get_by_label("Block").select_option("candidate")
    panel.get_by_label("Into").select_option("2")
    panel.get_by_label("From").select_option("state:2")
    panel.get_by_label("Nudge", exact=True).focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    training = trained(SMALL, 3)
    cell = training.network.cell
    weight = training.network.layers[1].recurrent_weights[cell.PARTS.index("candidate") * 4 + 1, 2]
    (place,) = np.flatnonzero(training.network.parameters == weight)
    nudge = nudge_weight(training.network, training.shown_sequence(), place, 0.5)
    expect_row(page, "Gradient × nudge", "", "", printed(nudge.foretold, signed=True))
    outcome = nudge.outcome
    losses = printed(outcome.original_loss), printed(outcome.loss), printed(nudge.measured, signed=True)
    expect_row(page, "Loss of this prediction", *losses)
    said = panel.locator("[data-experiments-said]")
    expect(said).to_contain_text(printed(nudge.measured, signed=True))
    expect(said).to_contain_text(printed(nudge.foretold, signed=True))
    assert address(page) == "nudge=recurrent_weights;layer=2;part=candidate;unit=1;from=2;by=0.5"
    # Reloaded, it is the same; undone, nothing is left of it.
    page.reload()
    expect_row(page, "Gradient × nudge", "", "", printed(nudge.foretold, signed=True))
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("[data-experiments-result] table")).to_have_count(0)
    assert address(page) == ""
    page.get_by_role("button", name="Close the experiments").press("Escape")
    expect(panel).to_be_hidden()


def test_explanations_and_experiments_stand_in_one_place(page):
    opened(page, f"/explore/?run={SMALL}&epoch=1&experiment=nudge_weight")
    expect(page.locator("[data-experiments]")).to_be_visible()
    page.get_by_role("button", name="Explanations", exact=True).click()
    expect(page.locator("[data-experiments]")).to_be_hidden()
    expect(page.locator("#concepts-title")).to_be_focused()
    page.get_by_role("button", name="Experiments", exact=True).click()
    expect(page.locator("[data-concepts]")).to_be_hidden()
    picture = page.locator(".flow").bounding_box()
    assert picture["x"] + picture["width"] <= page.locator("[data-experiments]").bounding_box()["x"]
