"""The view through time: two kinds of cell, one above the other, and what the engine computes for both."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_explore import RUN, address, until
from visual import runs, runspec

pytestmark = pytest.mark.browser

BESIDE = f"?run={RUN}&epoch=5&reached=9&step=1&phase=backward&view=time&beside=rnn"
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def opened(page: Page, query: str) -> Page:
    page.goto(f"/explore/{query}")
    settled(page)
    return page


def settled(page: Page) -> None:
    page.wait_for_selector('[data-cell="rnn"] .column', timeout=60_000)
    until(page, "!document.querySelector('[aria-busy], .network--awaited')")


def printed(norm: float) -> str:
    """Return a gradient norm as the page prints it: two digits, small ones with a power of ten."""
    mantissa, exponent = f"{norm:.1e}".split("e")
    if -2 <= int(exponent) <= 2:
        return f"{float(f'{norm:.2g}'):g}"
    return f"{mantissa}·10^{int(exponent)}"


def shown(text: str) -> str:
    """Return a printed number with its exponent written plainly."""
    return re.sub("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"10^{found[1].translate(SUPERSCRIPTS)}", text)


def test_gradients_of_both_cells_are_the_engines_to_the_printed_digit_on_one_scale(page):
    opened(page, BESIDE)
    for epoch in (2, 5, 9):
        page.locator('[data-role="epoch"]').fill(str(epoch))
        page.click('[data-wave="backward"]')
        expect(page.locator('[data-output="epoch"]')).to_have_text(str(epoch))
        settled(page)
        for cell in ("lstm", "rnn"):
            run = runspec.parse(RUN.replace("cell=lstm", f"cell={cell}"))
            norms = runs.trained(run, epoch).evaluate().gradient_norm
            for step in (1, 7, 15):
                column = page.locator(f'[data-cell="{cell}"] .column[data-step="{step}"]')
                numbers = column.locator('[data-part="gradient_norm"]').all_text_contents()
                assert [shown(text) for text in numbers] == [
                    printed(float(f"{layer[step - 1]:.4g}")) for layer in norms
                ], (epoch, cell, step)
        # Bars of both networks stand on one scale: whoever has the larger gradient has the higher bar.
        bars = page.evaluate(
            """() => [...document.querySelectorAll('.network [data-part="bar"]')].map((bar) =>
            [Number(bar.parentElement.querySelector('[data-part="gradient_norm"]').dataset.value),
             Number(bar.getAttribute("height"))])"""
        )
        assert len(bars) == 2 * 3 * 15
        heights = [height for _norm, height in sorted(bars)]
        assert heights == sorted(heights)


def test_a_cell_is_chosen_below_and_the_gradient_is_shown_at_once(page):
    page.goto(f"/explore/?run={RUN}&epoch=5&view=time")
    page.wait_for_selector(".column")
    page.locator('[data-role="beside"]').select_option("rnn")
    settled(page)
    assert {name: address(page)[name] for name in ("beside", "phase", "step")} == {
        "beside": "rnn",
        "phase": "backward",
        "step": "1",
    }
    expect(page.locator('[data-cell="lstm"] .gradient-left').first).to_contain_text("of step 15")
    expect(page.locator('[data-cell="rnn"] [data-part="loss"]')).to_contain_text("validation loss")
    label = page.locator('[data-canvas="unrolled"] svg').get_attribute("aria-label")
    assert label.startswith("LSTM:") and "Plain RNN:" in label
    page.locator('[data-role="values"] summary').click()
    table = page.locator('[data-part="gradient_norm_beside"]')
    expect(table.locator("caption")).to_contain_text("Plain RNN")
    expect(table.locator("tbody tr")).to_have_count(15)
    page.click('[data-role="close_values"]')
    page.locator('.unrolled [data-choice="cell"]').select_option("rnn")  # the two change places
    until(page, "new URL(location).searchParams.get('beside') === 'lstm'")
    page.wait_for_selector('.network[data-cell="rnn"] ~ .network[data-cell="lstm"]')
    page.reload()
    page.wait_for_selector('.network[data-cell="rnn"] ~ .network[data-cell="lstm"] .column')
    page.locator('[data-role="beside"]').select_option("")
    page.wait_for_selector('[data-canvas="unrolled"] [data-part="recurrence"]')
    expect(page.locator(".network")).to_have_count(0)
    assert "beside" not in address(page)


def test_both_networks_play_in_step(page):
    opened(page, BESIDE.replace("&step=1&phase=backward", "&step=46"))
    page.locator('[data-setting="speed"]').fill("5")
    page.keyboard.press("Tab")
    page.click('[data-role="play"]')
    until(page, "Number(document.querySelector('[data-output=epoch]').textContent) >= 8")
    page.click('[data-role="play"]')
    assert page.locator(".network--awaited").count() == 0
    run = runspec.parse(RUN.replace("cell=lstm", "cell=rnn"))
    epoch = int(page.locator('[data-output="epoch"]').inner_text())
    loss = page.locator('[data-cell="rnn"] [data-part="loss"]').text_content().rpartition(" ")[2]
    assert float(loss) == pytest.approx(runs.trained(run, epoch).evaluate().validation_loss, rel=0.005)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900), (390, 844)])
def test_two_networks_fit_and_are_accessible(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    opened(page, BESIDE)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if width > 1000:
        assert page.evaluate("document.documentElement.scrollHeight") == height
        hidden = page.evaluate(
            """() => [...document.querySelectorAll('.card, .dock, .canvas')]
            .filter(element => element.scrollHeight > element.clientHeight + 1).map(element => element.className)"""
        )
        assert hidden == []
    violations = [f"{v['impact']} {v['id']}" for v in Axe().run(page).response["violations"]]
    assert [violation for violation in violations if violation.startswith(("critical", "serious"))] == []
