"""Each experiment inside a study: it is stored and exported with its outcome, kept by a reload, shown by a replay."""

import csv
import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from survey.curriculum.prompts import prompts
from tests.browser.conftest import Server
from tests.browser.test_experiments import LONG, trained
from tests.browser.test_learn import kinds, printed, stored, token  # noqa: F401  # a fixture
from visual.engine.what_if import Clamp, what_if
from visual.experiments import EXPERIMENTS
from visual.runspec import DEFAULT

pytestmark = pytest.mark.browser
SMALL = replace(DEFAULT, layers=1, units=4)
# The number of the last event that this browser has recorded.
RECORDED = """() => Math.max(...Object.entries(localStorage)
    .filter(([key]) => key.startsWith("explornn.events.")).map(([, queue]) => JSON.parse(queue).sequence))"""
SCREENS = """
import json
import re
from survey.models import Participant
from survey.replay import events_of, screens
addresses = {}
for _, kind, screen in screens(events_of(Participant.objects.get(token="%s"))):
    if screen.experiment and screen.address:
        addresses[screen.experiment] = screen.address
print("SCREENS", json.dumps(addresses))
"""


def _clamp(page: Page) -> None:
    page.get_by_role("button", name="Forget gate: lock it at a value").press("Enter")


def _edit(page: Page) -> None:
    page.locator('.ripple [data-part=points] [data-step="4"]').wait_for(timeout=LONG)
    page.locator(".ripple").press("ArrowUp")


def _nudge(page: Page) -> None:
    page.get_by_label("Nudge", exact=True).press("ArrowRight")


def _predict(page: Page) -> None:
    page.locator('[data-prompt="untrained"]').click()
    expect(page.locator(".question__title")).to_have_text("What does an untrained network predict?")
    for field in page.locator(".pad__value input").all():
        field.fill("0")
        field.press("Tab")
    page.get_by_role("button", name="Show the truth").click()


def _set_gates(page: Page) -> None:
    page.get_by_role("button", name="Blank").click()
    page.get_by_label("Input gate at time step 1", exact=True).press("End")


def _compare(page: Page) -> None:
    page.get_by_label("B differs in").select_option("seed")
    page.get_by_label("B has").select_option("2")


def _seeds(page: Page) -> None:
    page.get_by_label("Epochs").select_option("20")
    page.get_by_role("button", name="Train the ten runs").click()


DO = {
    "clamp_gate": _clamp,
    "edit_input": _edit,
    "nudge_weight": _nudge,
    "predictions": _predict,
    "be_the_lstm": _set_gates,
    "compare_runs": _compare,
    "seed_band": _seeds,
}


def _query(address: str) -> dict[str, str]:
    """Return what an address says, without what goes without saying, and how far the training once was."""
    unsaid = {("view", "network"), ("cell_step", "0"), ("change", "")}
    pairs = parse_qsl(urlsplit(address).query)
    return dict(pair for pair in pairs if pair not in unsaid and pair[0] != "reached")


def test_what_is_done_in_each_experiment_is_kept_replayed_stored_and_exported(page, server: Server, token, tmp_path):  # noqa: F811
    assert DO.keys() == EXPERIMENTS.keys()
    page.goto(f"/resume/{token}/")
    page.wait_for_selector(".unit", timeout=LONG)
    learning = urlsplit(page.url).path
    shown = {}
    for name, do in DO.items():
        page.goto(f"{learning}?run={SMALL}&epoch=3&view=cell&layer=1&unit=1&step=10&experiment={name}")
        expect(page.locator("[data-visual]:not([aria-busy])")).to_be_visible(timeout=LONG)
        do(page)
        said = page.locator("[data-experiments-said]")
        expect(said).not_to_be_empty(timeout=LONG)
        expect(page).to_have_url(re.compile("&change=."))
        before, there = said.inner_text(), page.url
        page.reload()
        expect(said).to_have_text(before, timeout=LONG)
        assert page.url == there, name
        shown[name] = page.url
    page.goto("/livez")  # what is left is sent, and nothing more is recorded
    recorded = page.evaluate(RECORDED)

    found = stored(server, token, lambda found: len(found) >= recorded)
    assert [sequence for sequence, _, _ in found] == list(range(1, recorded + 1)), "each is there, once"
    told: dict[str, list] = {name: [] for name in DO}
    for _, kind, data in found:
        if kind.startswith("experiment_"):
            told[data["experiment"]].append((kind.removeprefix("experiment_"), data))
    for name, of_it in told.items():
        last = _query(shown[name])["change"]
        assert [kind for kind, _ in of_it].count("opened") == 2, (
            name
        )  # once more after the reload, with what stood there
        assert of_it[0][1] == {"experiment": name, "change": ""}
        assert [data["change"] for kind, data in of_it if kind == "opened"] == ["", last]
        assert ("changed", {"experiment": name, "change": last, "epoch": 0 if name == "predictions" else 3}) in of_it
        if name == "predictions":
            continue
        outcomes = [data for kind, data in of_it if kind == "outcome"]
        assert outcomes[-1]["change"] == last, name
        assert [data["change"] for data in outcomes].count(last) == 1, "a reload is no second outcome"
    predicted = [data for _, kind, data in found if kind == "prediction_made"]
    assert len(predicted) == 1 and predicted[0]["prompt"] == "untrained" and predicted[0]["success"] == 1

    asked = next(each.run for each in prompts("en") if each.id == "untrained")
    assert [data["spec"] for _, kind, data in found if kind == "run_started"].count(asked) == 3, (
        "begun with, gone to, reloaded"
    )

    # The outcomes are the engine's.
    outcome_of = {name: [data for kind, data in of_it if kind == "outcome"] for name, of_it in told.items()}
    training = trained(SMALL, 3)
    held = what_if(training.network, training.shown_sequence(), [_held(told["clamp_gate"][-1][1]["change"])])
    numbers = outcome_of["clamp_gate"][-1]["numbers"]
    assert numbers["loss"] == pytest.approx(held.loss, rel=1e-3)
    assert numbers["original_loss"] == pytest.approx(held.original_loss, rel=1e-3)
    other = trained(replace(SMALL, seed=2), 3).evaluate().validation_loss
    assert other == pytest.approx(_among(outcome_of["compare_runs"][-1]["numbers"], other), rel=1e-3)
    assert outcome_of["seed_band"][-1]["numbers"]["seeds"] == 10

    # Replayed, each stands there as it did; exported, every event is there.
    screens = json.loads(printed(server, SCREENS % token, "SCREENS"))
    assert {name: _query(address) for name, address in screens.items()} == {
        name: _query(address) for name, address in shown.items()
    }
    server.manage("export_study", "tiny", "--out", str(tmp_path / "export"), "--unblind", "a test")
    code = printed(
        server,
        f"from survey.models import Participant\nprint('CODE', Participant.objects.get(token='{token}').code)",
        "CODE",
    )
    with (tmp_path / "export" / "events.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["participant"] == code]
    exported = [[row["kind"], json.loads(row["data"])] for row in rows]
    kept = [[kind, data] for _, kind, data in found]
    assert sorted(json.dumps(each, sort_keys=True) for each in exported) == sorted(
        json.dumps(each, sort_keys=True) for each in kept
    )


def _held(change: str) -> Clamp:
    """Return what the engine is to hold for this change of all units of the forget gate."""
    said = dict(pair.split("=") for pair in change.split(";"))
    assert (said["clamp"], said["layer"], said["units"]) == ("forget_gate", "1", "all")
    first, last = map(int, said["steps"].split("-"))
    return Clamp("forget_gate", 1, first, last, float(said["value"]))


def _among(numbers: dict[str, float], wanted: float) -> float:
    return min(numbers.values(), key=lambda number: abs(number - wanted))
