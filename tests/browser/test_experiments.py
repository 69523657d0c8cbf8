"""The experiments as a learner uses them: their numbers are the engine's, and all can be undone."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from visual import payload, runs
from visual.engine.training import Recipe, Training
from visual.engine.what_if import Clamp, Outcome, nudge_weight, what_if
from visual.experiments import clamp_gate
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


def moved(outcome: Outcome) -> str:
    """Return how far the predictions moved on average, of the four decimals that the server sends."""
    change = np.abs(outcome.predictions - outcome.original_predictions).ravel()
    mean = sum(Decimal(f"{each:.{payload.DECIMALS}f}") for each in change) / len(change)
    return printed(float(mean), digits=2)


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
    page.get_by_role("button", name="Undo", exact=True).click()  # one step, as if nothing had been reloaded
    assert address(page) == "nudge=recurrent_weights;layer=2;part=candidate;unit=1;from=2;by=0.2"
    page.get_by_role("button", name="Undo all").click()
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


def test_a_gate_is_locked_in_the_diagram_and_the_prediction_is_the_engines(page):
    opened(page, f"/explore/?run={SMALL}&epoch=3&view=cell&layer=2&unit=1&step=20")
    padlock = page.get_by_role("button", name="Forget gate: lock it at a value")
    expect(padlock).to_have_attribute("aria-pressed", "false", timeout=LONG)
    padlock.press("Enter")
    expect(padlock).to_have_attribute("aria-pressed", "true", timeout=LONG)
    panel = page.locator("[data-experiments]")
    panel.get_by_label("Forget gate: hold at 1").click()
    panel.get_by_label("Units").select_option("3")
    panel.get_by_label("Time steps").fill("5")
    panel.get_by_label("to", exact=True).fill("12")
    panel.get_by_label("to", exact=True).press("Enter")
    panel.get_by_label("hidden state h").press("Space")
    training = trained(SMALL, 3)
    clamps = [Clamp("forget_gate", 2, 5, 12, 1.0, (2,)), Clamp("hidden_state_before", 2, 5, 12, 0.0)]
    outcome = what_if(training.network, training.shown_sequence(), clamps)
    change = outcome.loss - outcome.original_loss
    losses = printed(outcome.original_loss), printed(outcome.loss), printed(change, signed=True)
    expect_row(page, "Loss of this prediction", *losses)
    expect_row(page, "Prediction, mean distance", "", "", moved(outcome))
    expect(panel.locator("[data-experiments-said]")).to_contain_text(losses[2])
    text = "clamp=forget_gate;layer=2;steps=5-12;units=2;value=1~cut=hidden_state;layer=2;steps=5-12"
    assert address(page) == text
    # The altered values stand in the views, the unchanged ones beside them as ghosts.
    history = page.locator('[data-canvas="history"] [data-quantity="cell_state"] .square')
    inside = np.array([steps[1]["cell_state"][0, 0] for steps in outcome.trace])
    expect(history.nth(19)).to_have_attribute("data-value", str(round(float(inside[19]), 4)))
    before = np.array([steps[1]["cell_state"][0] for steps in outcome.original])[19]  # (units,)
    after = np.array([steps[1]["cell_state"][0] for steps in outcome.trace])[19]
    differing = np.abs(before.round(4) - after.round(4)) > 0.01
    stripes = page.locator('[data-canvas="cell"] .ghost-stripe').evaluate_all(
        "all => all.map(each => each.dataset.value)"
    )
    assert {round(float(each), 4) for each in before[differing]} <= {float(each) for each in stripes}
    page.locator('[data-view-tab="network"]').click()
    expect(page.locator("[data-role=ghost]")).to_have_text("Unchanged run")
    expect(page.locator(".ghost-ring").first).to_be_attached()
    # Undone step by step: last the lock itself.
    for _ in range(6):
        page.get_by_role("button", name="Undo", exact=True).click()
    assert address(page) == ""
    expect(page.locator(".ghost-ring")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_have_attribute("aria-disabled", "true")


def test_with_both_paths_cut_the_cue_is_gone(page):
    opened(page, "/explore/?experiment=clamp_gate")
    wipe = clamp_gate.EXPERIMENT.tries[3]
    page.get_by_role("button", name=str(wipe.title)).click()
    training = trained(wipe.run, wipe.epoch)
    clamps = [Clamp("forget_gate", 1, 15, 15, 0.0), Clamp("hidden_state_before", 1, 15, 15, 0.0)]
    outcome = what_if(training.network, training.shown_sequence(), clamps)
    before, after = (f"{float(each[0, 0, 0]):.2f}" for each in (outcome.original_predictions, outcome.predictions))
    said = page.locator("[data-experiments-said]")
    expect(said).to_contain_text(f"now {after.replace('-', '−')} instead of {before}", timeout=LONG)
    expect(page.locator("[data-experiments-claim]")).to_have_text(str(wipe.claim))


def test_a_point_is_dragged_and_moved_by_keys_and_the_ripple_is_the_engines(page):
    opened(page, f"/explore/?run={SMALL}&epoch=15&experiment=edit_input")
    canvas = page.locator(".ripple")
    point = canvas.locator('[data-part=points] [data-step="4"]')
    expect(point).to_be_visible(timeout=LONG)
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"], box["y"] + 60, steps=4)
    page.mouse.up()
    first = float(address(page).split("value=")[1])
    training = trained(SMALL, 15)
    inputs = training.shown_sequence().inputs.copy()
    assert first < inputs[3, 0, 0] - 0.1
    # The canvas has the focus now: two steps on, three nudges up.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    second = float(address(page).split("input=6;value=")[1])
    assert second == pytest.approx(min(1.2, inputs[5, 0, 0] + 0.15), abs=0.016)
    inputs[3, 0, 0], inputs[5, 0, 0] = first, second
    outcome = what_if(training.network, training.shown_sequence(), inputs=inputs)
    change = outcome.loss - outcome.original_loss
    losses = printed(outcome.original_loss), printed(outcome.loss), printed(change, signed=True)
    expect_row(page, "Loss of this prediction", *losses)
    expect_row(page, "Prediction, mean distance", "", "", moved(outcome))
    for state in ("hidden_state", "cell_state"):
        for layer in (1, 2):
            heat = np.linalg.norm(outcome.difference(state, layer)[:, 0], axis=-1)
            row = canvas.locator(f'[data-state="{state}"][data-layer="{layer}"] .square')
            drawn = row.evaluate_all("all => all.map(each => Number(each.dataset.value))")
            np.testing.assert_allclose(drawn, heat, atol=1e-4)
            assert drawn[:3] == [0, 0, 0]
    # The same by the native controls, and back again.
    page.get_by_label("Value read").press("ArrowLeft")
    page.locator("[data-part=back]").click()
    assert address(page) == f"input=4;value={first:g}"
    page.get_by_role("button", name="Undo all").click()
    assert address(page) == ""
    expect(page.locator("[data-experiments-result] table")).to_have_count(0)


def test_nothing_is_drawn_while_nothing_moves(page):
    held = "clamp=forget_gate;layer=1;steps=1-9;units=all;value=0"
    opened(page, f"/explore/?run={SMALL}&epoch=3&view=cell&experiment=clamp_gate&change={held}")
    expect(page.locator("[data-experiments-said]")).not_to_have_text("", timeout=LONG)
    page.wait_for_load_state("networkidle")
    frames = page.evaluate(
        """async () => {
            let asked = 0
            const real = window.requestAnimationFrame
            window.requestAnimationFrame = (draw) => { asked += 1; return real(draw) }
            let changed = 0
            const watch = new MutationObserver((all) => { changed += all.length })
            watch.observe(document.body, { subtree: true, attributes: true, childList: true })
            await new Promise((done) => setTimeout(done, 600))
            return [asked, changed]
        }"""
    )
    assert frames == [0, 0]


@pytest.mark.parametrize("width", [390, 768, 1280, 1440])
def test_the_panel_fits_and_is_accessible(page, width):
    page.set_viewport_size({"width": width, "height": 844 if width < 1000 else 900})
    for experiment, change in (
        ("clamp_gate", "clamp=forget_gate;layer=1;steps=1-9;units=all;value=0.5"),
        ("edit_input", "input=3;value=0.9"),
        ("nudge_weight", "nudge=head_bias;output=0;by=0.1"),
    ):
        opened(page, f"/explore/?run={SMALL}&epoch=3&experiment={experiment}&change={change}")
        expect(page.locator("[data-experiments-said]")).not_to_have_text("", timeout=LONG)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        text = page.locator("[data-experiments-text]")
        assert text.evaluate("box => box.scrollWidth <= box.clientWidth"), experiment
        violations = Axe().run(page).response["violations"]
        assert [each["id"] for each in violations if each["impact"] in ("critical", "serious")] == []
