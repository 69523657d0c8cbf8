"""The cell view of every kind of cell: what stands there is what the engine computes."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.test_explore import RUN, address, until
from visual import runs, runspec
from visual.engine import inspection

pytestmark = pytest.mark.browser

CELLS = {
    "lstm": (["forget_gate", "input_gate", "candidate", "output_gate", "cell_state", "hidden_state"], 4),
    "gru": (["update_gate", "reset_gate", "candidate", "hidden_state"], 4),
    "rnn": (["hidden_state_sum", "hidden_state"], 3),
}


@pytest.mark.parametrize("cell", CELLS)
def test_the_numbers_of_each_kind_of_cell_are_the_engines_to_the_printed_digit(page, cell):
    """A unit at three time steps of three epochs: what its equations end in, as the engine computes it here."""
    run = runspec.parse(RUN.replace("cell=lstm", f"cell={cell}"))
    names, steps = CELLS[cell]
    _open(page, f"?run={run}&epoch=2&reached=5&view=cell&layer=2&unit=5&step=1")
    for epoch in (2, 3, 5):
        inside = inspection.inspect(runs.trained(run, epoch), 2).quantities
        page.locator('[data-role="epoch"]').fill(str(epoch))
        for step in (1, 9, 40):
            page.locator('[data-panel="cell"] [data-role="step"]').fill(str(step))
            expect(page.locator('[data-part="moment"]')).to_have_text(f"epoch {epoch}, time step {step}")
            until(page, "!document.querySelector('[data-stale]')")
            results = page.locator(".formula .value").all_text_contents()
            shown = [_printed(inside[name][step - 1][4], signed=not name.endswith("_gate")) for name in names]
            assert results == shown, (epoch, step)
    for step in range(1, steps + 1):
        page.click('[data-role="next_cell_step"]')
        expect(page.locator(f'[data-steps-of="{cell}"] [data-step-text="{step}"]')).to_be_visible()
    expect(page.locator(f'[data-steps-of="{cell}"] [data-cell-step]')).to_have_count(steps)


def _open(page, query: str) -> None:
    page.goto(f"/explore/{query}")
    page.wait_for_selector('[data-canvas="cell"] .square', timeout=60_000)


def _printed(value: float, signed: bool) -> str:
    """Return a number as the page prints it, from the four decimals that the server sends."""
    number = Decimal(f"{value:.4f}").quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{number:{'+' if signed and number else ''}}".replace("-", "\N{MINUS SIGN}")


def test_the_kind_of_cell_changes_within_the_cell_view(page):
    _open(page, f"?run={RUN}&epoch=1&view=cell")
    for cell in ("gru", "rnn", "lstm"):
        page.locator('[data-panel="cell"] [data-choice="cell"]').select_option(cell)
        until(page, f"new URL(location).searchParams.get('run').includes('cell={cell}')")
        page.wait_for_selector(f'[data-canvas="cell"] [data-part="{CELLS[cell][0][0]}"] .square')
        assert page.locator("[data-visual]").get_attribute("data-view") == "cell"
        assert address(page)["epoch"] == "1"


def test_a_view_that_is_opened_is_heard_at_once_and_opened_once(page):
    """To lay out a view takes longer than a frame: the first one says that the press was heard."""
    page.goto(f"/explore/?run={RUN}&epoch=2")
    expect(page.locator('[data-canvas="network"] [data-layer="2"]')).to_be_visible()
    at_once = page.evaluate(
        """() => {
            const steps = history.length;
            const layer = document.querySelector('[data-canvas="network"] [data-layer="2"]');
            for (const _ of [1, 2]) layer.dispatchEvent(new MouseEvent("click", {bubbles: true}));
            return {
                steps,
                view: document.querySelector("[data-visual]").dataset.view,
                tab: document.querySelector("[data-view-tab][aria-current]").dataset.viewTab,
            };
        }"""
    )
    assert (at_once["view"], at_once["tab"]) == ("network", "cell")
    expect(page.locator('[data-role="cell_title"]')).to_be_focused()
    assert page.evaluate("history.length") == at_once["steps"] + 1, "one press of the back button leads back"
    page.go_back()
    expect(page.locator('[data-view-tab="network"]')).to_have_attribute("aria-current", "page")


def test_of_two_views_in_one_moment_the_last_one_counts(page):
    page.goto(f"/explore/?run={RUN}&epoch=2")
    expect(page.locator('[data-canvas="network"] [data-layer="2"]')).to_be_visible()
    page.evaluate(
        """() => {
            window.seen = [];
            const root = document.querySelector("[data-visual]");
            new MutationObserver(() => seen.push(root.dataset.view)).observe(root, {attributeFilter: ["data-view"]});
            for (const view of ["cell", "network"]) document.querySelector(`[data-view-tab="${view}"]`).click();
        }"""
    )
    until(page, "seen.includes('cell') && seen.at(-1) === 'network'")
    expect(page.locator('[data-view-tab="network"]')).to_have_attribute("aria-current", "page")
