"""The experiments that draw in the views' place: their numbers are the engine's, by keyboard and by pointer."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from survey.curriculum.prompts import prompts
from tests.browser.test_experiments import LONG, address, opened, trained
from tests.browser.test_learn import kinds, stored, token  # noqa: F401  # a fixture
from visual import runspec
from visual.engine.inspection import inspect
from visual.experiments.hand_set import TASKS
from visual.runspec import DEFAULT

pytestmark = pytest.mark.browser
SMALL = replace(DEFAULT, layers=1, units=4)


def said(page: Page):
    return page.locator("[data-experiments-said]")


def prompt(name: str):
    return next(each for each in prompts("en") if each.id == name)


def accessible(page: Page) -> None:
    found = [(v["id"], v["impact"]) for v in Axe().run(page).response["violations"]]
    assert [each for each in found if each[1] in ("critical", "serious")] == []


def table(page: Page) -> list[list[str]]:
    """Open the table below the stage; return its rows."""
    stage = page.locator("[data-experiments-stage]")
    if not stage.locator("table").is_visible():
        stage.locator("summary").press("Enter")
    expect(stage.locator("table")).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in stage.locator("tbody tr").all()]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_a_curve_is_predicted_by_keyboard_and_the_error_is_that_of_the_engines_numbers(page):
    asked = prompt("untrained")
    opened(page, "/explore/?experiment=predictions")
    page.get_by_role("button", name=asked.words.title).press("Enter")
    expect(page.locator(".question__text")).to_have_text(asked.words.question)
    expect(page.get_by_role("button", name="Show the truth")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("[data-part=prediction]")).to_have_count(1)
    assert page.locator("[data-part=pad] [data-part=prediction]").get_attribute("d") == ""  # not shown before
    fields = page.locator(".pad__value input")
    for index in range(10):
        fields.nth(index).fill("0")
        fields.nth(index).press("Tab")
    fields.nth(0).press("ArrowUp")
    fields.nth(0).press("Tab")
    # What is being typed stays when the page is drawn anew, and ends on the scale.
    width = page.locator("[data-part=pad] svg").get_attribute("width")
    fields.nth(9).fill("-7")
    page.set_viewport_size({"width": 1400, "height": 880})
    expect(page.locator("[data-part=pad] svg")).not_to_have_attribute("width", str(width))
    expect(fields.nth(9)).to_have_value("-7")
    fields.nth(9).press("Tab")
    expect(fields.nth(9)).to_have_value("-1")
    fields.nth(9).fill("0")
    fields.nth(9).press("Tab")
    page.get_by_role("button", name="Show the truth").press("Enter")
    network = trained(runspec.parse(asked.run), 0)
    prediction = network.evaluate().prediction[:10, 0]
    target = network.shown_sequence().targets[:10, 0, 0]
    mine = np.array([0.1] + [0.0] * 9)
    expect(said(page)).to_contain_text(f"lies {np.abs(mine - prediction).mean():.2f} from the network's prediction")
    expect(said(page)).to_contain_text(f"lies {np.abs(target - prediction).mean():.2f} from the target")
    expect(page.locator(f"[data-prompt={asked.id}] [role=img]")).to_have_text("✓")
    rows = table(page)
    np.testing.assert_allclose([number(row[2]) for row in rows], prediction, atol=0.0006)
    np.testing.assert_allclose([number(row[3]) for row in rows], target, atol=0.0006)
    accessible(page)
    # Reloaded, the same answer stands there; undone, the truth is hidden again.
    page.reload()
    expect(said(page)).to_contain_text("from the network's prediction", timeout=LONG)
    page.get_by_role("button", name="Undo all").click()
    expect(said(page)).to_have_text("")
    assert page.locator("[data-part=pad] [data-part=prediction]").get_attribute("d") == ""


def test_a_curve_is_drawn_with_the_pointer_in_one_stroke(page):
    opened(page, "/explore/?experiment=predictions")
    pad = page.locator("[data-part=pad]")
    expect(pad.locator("[data-part=invitation]")).to_have_text("Draw here")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.88, box["y"] + box["height"] * 0.8)
    page.mouse.up()
    expect(page.get_by_role("button", name="Show the truth")).to_have_attribute("aria-disabled", "false")
    values = [float(each.input_value()) for each in page.locator(".pad__value input").all()]
    assert values == sorted(values, reverse=True)
    page.get_by_role("button", name="Undo", exact=True).click()  # the whole stroke
    expect(page.locator("[data-part=pad] [data-part=points] circle")).to_have_count(0)


def test_a_gate_is_predicted_and_everything_is_in_the_studys_log(page, server, token):  # noqa: F811
    asked = prompt("what_erases")
    page.goto(f"/resume/{token}/")
    page.wait_for_selector(".unit", timeout=LONG)
    page.get_by_role("button", name="Experiments", exact=True).click()
    page.locator("[data-experiments-choice]").select_option("predictions")
    page.get_by_role("button", name=asked.words.title).click()
    steps = page.locator(".marks__step")
    steps.nth(24).press("Enter")
    steps.nth(29).press("Space")
    page.get_by_role("button", name="Show the truth").click()
    expect(said(page)).to_contain_text("You marked 25, 30; the gate is closed at 25.", timeout=LONG)
    page.get_by_role("button", name="Next question").click()
    expect(page.locator(f"[data-prompt={asked.id}] [role=img]")).to_have_text("✗")
    found = {kind: data for _, kind, data in stored(server, token, lambda found: "prediction_made" in kinds(found))}
    assert found["prediction_made"] == {"prompt": asked.id, "answer": "25 30", "error": 1, "success": 0}
    assert "prompt_shown" in found


def test_the_gates_of_the_truth_are_the_engines(page):
    asked = prompt("what_keeps")
    change = f"prompt={asked.id};marked=1,30;revealed=1"
    opened(page, f"/explore/?run={asked.run}&epoch={asked.epoch}&experiment=predictions&change={change}")
    expect(said(page)).to_contain_text("Well predicted.", timeout=LONG)
    inside = inspect(trained(runspec.parse(asked.run), asked.epoch), asked.layer).quantities
    rows = table(page)
    for column, name in ((2, asked.gate), (3, "cell_state")):
        np.testing.assert_allclose(
            [number(row[column]) for row in rows], inside[name][:, asked.unit - 1], atol=0.0006, err_msg=name
        )
    accessible(page)


def test_a_blank_unit_is_set_by_keyboard_until_it_counts(page):
    opened(page, f"/explore/?run={SMALL}&experiment=be_the_lstm")
    page.get_by_role("button", name="Count", exact=True).press("Enter")
    page.get_by_role("button", name="Blank").press("Enter")
    task = TASKS["count"]
    expect(said(page)).to_contain_text("At time step 1 the cell state is 0.00 instead of 1.00: the input gate ignores")
    for gate, title in (("forget_gate", "Forget gate"), ("input_gate", "Input gate"), ("output_gate", "Output gate")):
        for step, value in enumerate(task.gates[gate], start=1):
            if value:
                page.get_by_label(f"{title} at time step {step}", exact=True).press("End")
    expect(said(page)).to_have_text("All 10 time steps are as wanted: with these gates the unit does its task.")
    page.get_by_label("Input gate at time step 3", exact=True).press("ArrowUp")
    page.get_by_label("Input gate at time step 3", exact=True).press("Space")
    expect(said(page)).to_contain_text("At time step 3 the cell state is 1.53 instead of 1.00: the input gate writes")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(said(page)).to_contain_text("All 10 time steps")
    wanted = task.said()["wanted"]
    rows = table(page)
    np.testing.assert_allclose([number(row[7]) for row in rows], wanted["cell_state"], atol=0.0006)
    accessible(page)
    page.get_by_role("button", name="Worked example").click()
    expect(page.get_by_label("Forget gate at time step 1", exact=True)).to_be_disabled()


def test_a_press_opens_and_closes_a_gate(page):
    opened(page, f"/explore/?run={SMALL}&experiment=be_the_lstm&change=task=latch;level=half")
    gate = page.get_by_label("Forget gate at time step 2", exact=True)
    gate.click()
    expect(gate).to_have_value("1")
    gate.click()
    expect(gate).to_have_value("0")
    expect(page.get_by_label("Input gate at time step 2", exact=True)).to_be_disabled()


def test_two_runs_train_in_step_and_their_losses_are_the_engines(page):
    opened(page, f"/explore/?run={SMALL}&epoch=3&experiment=compare_runs")
    panel = page.locator("[data-experiments]")
    panel.get_by_label("B differs in").select_option("seed")
    panel.get_by_label("B has").select_option("2")
    other = replace(SMALL, seed=2)
    one, two = (trained(run, 3).evaluate() for run in (SMALL, other))
    expect(said(page)).to_contain_text(f"A is {one.validation_loss:.3g}, of B {two.validation_loss:.3g}", timeout=LONG)
    expect(said(page)).to_contain_text("They differ in Seed: 1 and 2.")
    assert address(page) == "seed=2"
    rows = table(page)
    for column, run in ((2, one), (3, two)):
        np.testing.assert_allclose([number(row[column]) for row in rows], run.prediction[:, 0], atol=0.0006)
    accessible(page)
    page.get_by_role("button", name="Train one epoch").click()
    one, two = (trained(run, 4).evaluate() for run in (SMALL, other))
    expect(said(page)).to_contain_text(f"A is {one.validation_loss:.3g}, of B {two.validation_loss:.3g}", timeout=LONG)
    expect(page.locator(".two__named")).to_contain_text("Predictions after epoch 4")
    expect(page.locator("[data-part=other_loss]")).not_to_have_attribute("d", "")
    panel.get_by_role("button", name="Swap A and B").click()
    expect(said(page)).to_contain_text(f"A is {two.validation_loss:.3g}, of B {one.validation_loss:.3g}", timeout=LONG)
    panel.get_by_label("or another run's address").fill(str(replace(SMALL, data="square")))
    panel.get_by_role("button", name="Compare", exact=True).click()
    expect(panel.locator("[data-experiments-trouble]")).to_contain_text("another data set")


def test_nothing_is_drawn_while_two_runs_stand_still(page):
    opened(page, f"/explore/?run={SMALL}&epoch=3&experiment=compare_runs&change=seed=2")
    expect(said(page)).to_contain_text("They differ in", timeout=LONG)
    page.wait_for_load_state("networkidle")
    frames = page.evaluate("""() => new Promise((done) => {
        const real = window.requestAnimationFrame
        let asked = 0
        window.requestAnimationFrame = (draw) => { asked += 1; return real(draw) }
        setTimeout(() => { window.requestAnimationFrame = real; done(asked) }, 700)
    })""")
    assert frames == 0


def test_ten_seeds_make_the_band_that_numpy_makes_of_their_losses(page):
    opened(page, f"/explore/?run={SMALL}&epoch=1&experiment=seed_band")
    page.get_by_label("Epochs").select_option("20")
    page.get_by_role("button", name="Train the ten runs").press("Enter")
    expect(said(page)).to_contain_text("the median validation loss of the ten seeds is", timeout=LONG)
    losses = [trained(replace(SMALL, seed=seed), 20).evaluate().validation_loss for seed in range(10)]
    low, median, high = np.percentile(losses, [10, 50, 90])
    last = table(page)[-1]
    np.testing.assert_allclose([number(text) for text in last[1:4]], [low, median, high], rtol=0.002)
    np.testing.assert_allclose([number(text) for text in last[4:]], losses, rtol=0.002)
    lower = sum(loss > losses[1] for loss in losses)
    expect(said(page)).to_contain_text(f"lower than {lower} of the 9 others.")
    expect(page.locator("[data-part=seeds] path")).to_have_count(10)
    assert address(page) == "seeds=0-9;epochs=20"
    accessible(page)


@pytest.mark.parametrize("experiment", ["predictions", "be_the_lstm", "compare_runs&change=seed=2", "seed_band"])
def test_on_a_phone_nothing_is_wider_than_the_page(page, experiment):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"/explore/?run={SMALL}&experiment={experiment}")
    stage = page.locator("[data-experiments-stage]")
    expect(stage.locator(":scope > *:visible").first).to_be_visible(timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    gap = """() => document.querySelector('[data-experiments-stage]').getBoundingClientRect().top
        - document.querySelector('[data-experiments]').getBoundingClientRect().bottom"""
    assert page.evaluate(gap) >= 0


@pytest.mark.parametrize("width", [1100, 1280, 1440])
def test_in_a_study_nothing_in_the_header_covers_anything(page, token, width):  # noqa: F811
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/resume/{token}/")
    page.wait_for_selector(".unit", timeout=LONG)
    parts = [".learning-phase__name", ".views", ".aids", ".learning-phase__clock"]
    boxes = [page.locator(part).first.bounding_box() for part in parts]
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"]


def test_the_page_asks_for_predictions_until_both_kinds_have_faded(page):
    opened(page, f"/explore/?run={SMALL}")
    invitation = page.get_by_role("button", name="Predict first")
    expect(invitation).to_have_attribute("title", prompt("how_it_goes_on").words.title)
    two_curves = '{"how_it_goes_on": true, "untrained": true}'
    page.evaluate("(done) => sessionStorage.setItem('visual.predictions.free', done)", two_curves)
    page.reload()
    invitation.click()
    expect(page.locator(".question__title")).to_have_text(prompt("what_erases").words.title, timeout=LONG)
    all_done = two_curves[:-1] + ', "what_erases": true, "what_keeps": false, "what_writes": true}'
    page.evaluate("(done) => sessionStorage.setItem('visual.predictions.free', done)", all_done)
    page.reload()
    expect(page.locator(".prompts__faded")).to_contain_text("enough curves", timeout=LONG)
    expect(page.locator(".prompts__faded")).to_contain_text("enough gates")
    page.get_by_role("button", name="Close the experiments").click()
    expect(invitation).to_be_hidden()


def test_a_views_tab_leads_back_to_the_view(page):
    opened(page, f"/explore/?run={SMALL}&experiment=be_the_lstm")
    expect(page.locator(".flow")).to_be_hidden()
    page.get_by_role("link", name="Network", exact=True).click()
    expect(page.locator(".flow")).to_be_visible()
    expect(page.locator("[data-experiments]")).to_be_hidden()
