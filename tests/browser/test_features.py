"""An arm is what its study file says: everything, the original's set, or playback without interaction."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import go_on, painted, running
from visual import tutorial
from visual.experiments import EXPERIMENTS

pytestmark = pytest.mark.browser
PLAYBACK_ONLY = {
    "settings": False,
    "structure": False,
    "time_machine": False,
    "cell_view": False,
    "time_view": False,
    "explanations": False,
    "tour": False,
    "experiments": False,
}


ORIGINAL = {"time_view": False, "experiments": False}
OFF = ("clamp_gate", "edit_input", "nudge_weight")


def _study(folder: Path, name: str, features: dict[str, bool]) -> Path:
    """Write a study whose only arm has these features."""
    for path, text in factories.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    study = (folder / "study.toml").read_text()
    lines = "\n".join(f"{feature} = {str(value).lower()}" for feature, value in features.items())
    before, after = study.split('[[arms]]\nid = "text"')
    after = after.split("[allocation]")[1]
    (folder / "study.toml").write_text(
        before.replace('name = "tiny"', f'name = "{name}"') + f"[arms.features]\n{lines}\n\n[allocation]{after}"
    )
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A site with studies of one arm each: playback alone, all but some experiments, the original's set, everything."""
    folder = tmp_path_factory.mktemp("study")
    with running(tmp_path_factory.mktemp("features")) as server:
        studies = {
            "playback": PLAYBACK_ONLY,
            "fewer": dict.fromkeys(OFF, False),
            "original": ORIGINAL,
            "everything": {"tour": True},
        }
        for name, features in studies.items():
            server.manage("load_study", str(_study(folder / name, name, features)))
            server.manage("study_state", name, "open", "--reason", "a test")
        yield server


def _learn(page: Page, study: str = "playback") -> None:
    """Take part up to the learning phase."""
    page.goto(f"/join/{study}/")
    page.locator("main input[type=checkbox]").check()
    go_on(page.locator("main button[type=submit]"))
    while "/study/" in page.url:
        for group in page.locator("main form fieldset").all():
            group.locator("input").first.check(force=True)
        for box in page.locator("main form input[type=number]").all():
            box.fill(box.get_attribute("min"))
        for box in page.locator("main form input[type=text], main form textarea").all():
            box.fill("An answer.")
        go_on(page.locator("main form button[type=submit]"))
        page.wait_for_load_state()


def test_playback_only_leaves_play_pause_speed_and_the_form(page):
    _learn(page)
    expect(page.locator("[data-visual]")).to_be_visible()
    visible = page.locator("main :is(button, input, select, a, [tabindex='0']):visible")
    roles = {
        each.get_attribute("data-role") or each.get_attribute("data-setting") or each.inner_text()
        for each in visible.all()
    }
    assert roles - {"tables"} == {"play", "speed", "Withdraw", "End the learning phase"}
    expect(page.locator("[data-view-tab]:visible")).to_have_count(1)
    page.locator("[data-role=play]").click()
    expect(page.locator("[data-output=epoch]")).not_to_have_text("0", timeout=20_000)


def test_a_view_that_is_not_offered_cannot_be_opened_by_its_address(page):
    _learn(page)
    for view in ("cell", "time"):
        page.goto(f"/visual/playback/?view={view}")
        expect(page.locator('[data-panel="network"]')).to_be_visible()
        expect(page.locator("[data-visual]")).to_have_attribute("data-view", "network")


def test_without_experiments_there_is_no_trace_of_them(page):
    _learn(page)
    page.goto("/visual/playback/?experiment=clamp_gate&change=clamp=forget_gate;layer=1;steps=1-9;units=all;value=0")
    expect(page.locator("[data-visual]:not([aria-busy])")).to_be_visible(timeout=60_000)
    assert page.locator("[data-experiments], [data-experiment], [data-padlock], [data-experiments-stage]").count() == 0
    assert "data-altered" not in page.locator("[data-visual]").evaluate("root => root.getAttributeNames()")


def test_an_experiment_that_is_switched_off_is_neither_offered_nor_opened_by_its_address(page):
    _learn(page, "fewer")
    page.goto(
        "/visual/fewer/?view=cell&experiment=clamp_gate&change=clamp=forget_gate;layer=1;steps=1-9;units=all;value=0"
    )
    expect(page.locator('[data-canvas="cell"] .gate').first).to_be_visible(timeout=60_000)
    expect(page.locator("[data-experiments]")).to_be_hidden()
    assert page.locator("[data-padlock]").count() == 0
    assert page.locator("[data-visual][data-altered]").count() == 0
    offered = page.locator("[data-experiments-choice] option").evaluate_all("all => all.map(each => each.value)")
    assert "be_the_lstm" in offered
    assert not set(OFF) & set(offered)
    source = page.content()
    assert not any(f"experiments/{name}." in source for name in OFF)


def _walk_the_tour(page: Page, without: list[str]) -> None:
    """Go through the whole tour, which leaves out what the arm goes without; each step points at what is there."""
    steps = tutorial.tour("en", without=without)
    page.get_by_role("button", name="Guided tour").click()
    for number, step in enumerate(steps, start=1):
        expect(page.locator("[data-tour-title]")).to_have_text(step["title"])
        expect(page.locator("[data-tour-place]")).to_have_text(f"Step {number} of {len(steps)}")
        expect(page.locator(".tour-target")).to_be_visible(timeout=60_000)
        page.locator("[data-tour-next]").click()
    expect(page.locator("[data-tour]")).to_be_hidden()


def _press(page: Page, *keys: str) -> None:
    """Press keys while no control has the focus."""
    page.evaluate("document.activeElement.blur()")
    for key in keys:
        page.keyboard.press(key)


def test_the_originals_set_is_there_and_nothing_else(page):
    _learn(page, "original")
    visual = page.locator("[data-visual]")
    expect(page.locator("[data-visual]:not([aria-busy])")).to_be_visible(timeout=60_000)
    assert page.locator("[data-view-tab]:visible").all_inner_texts() == ["Network", "Cell"]
    for name in ("learning_rate", "batch_size", "noise", "speed"):
        expect(page.locator(f'[data-setting="{name}"]')).to_be_visible()
    for selector in (".data-sets", '[data-change="layers"]', "[data-role=step_epoch]", "[data-role=reset]", ".info"):
        expect(page.locator(selector).first).to_be_visible()
    assert page.locator("[data-experiments], [data-experiment], [data-padlock]").count() == 0
    # By keyboard: a layer more, an epoch on and back; the view through time does not open.
    _press(page, "+")
    expect(page.locator("[data-output=layers]")).to_have_text("4")
    _press(page, "-", "Enter")
    expect(page.locator("[data-output=epoch]")).to_have_text("1", timeout=60_000)
    _press(page, "3")
    painted(page)
    expect(visual).to_have_attribute("data-view", "network")
    _press(page, "2")
    expect(visual).to_have_attribute("data-view", "cell")
    page.locator("[data-explain]:visible").first.click()
    expect(page.locator("[data-concepts]")).to_be_visible()
    # By address.
    page.goto("/visual/original/?view=time&experiment=predictions")
    expect(visual).to_have_attribute("data-view", "network")
    expect(page.locator(".flow")).to_be_visible()
    _walk_the_tour(page, [*ORIGINAL])


def test_with_everything_every_part_is_reached_by_button_key_and_address(page):
    _learn(page, "everything")
    visual = page.locator("[data-visual]")
    expect(page.locator("[data-visual]:not([aria-busy])")).to_be_visible(timeout=60_000)
    for key, view in (("2", "cell"), ("3", "time"), ("1", "network")):
        _press(page, key)
        expect(visual).to_have_attribute("data-view", view)
    page.get_by_role("button", name="Experiments", exact=True).press("Enter")
    choice = page.locator("[data-experiments-choice]")
    for name in EXPERIMENTS:
        choice.select_option(name)
        expect(page.locator("[data-experiments-task]")).to_have_text(str(EXPERIMENTS[name].task))
        expect(page.locator("[data-experiments-controls] > *").first).to_be_attached(timeout=60_000)
    page.goto("/visual/everything/?view=time&step=15")
    expect(visual).to_have_attribute("data-view", "time")
    page.goto("/visual/everything/?experiment=predictions&change=prompt=untrained")
    expect(page.get_by_role("button", name="Back to the question")).to_be_hidden()
    page.get_by_role("button", name="Close the experiments").click()
    _walk_the_tour(page, [])


def test_playback_only_is_not_got_around_by_keys_or_by_the_address(page):
    _learn(page)
    visual = page.locator("[data-visual]")
    page.goto(
        "/visual/playback/?run=data=square;cell=gru;layers=1;units=4;optimizer=rmsprop;learning_rate=0.1;batch_size=5;noise=0;seed=3"
    )
    expect(page.locator("[data-visual]:not([aria-busy])")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-output=learning_rate]")).to_have_text("0.025")
    expect(page.locator("[data-part=layers] > g")).to_have_count(3)
    _press(page, "+", "Enter", "ArrowLeft", "Shift+ArrowRight", "Backspace", "2", "3")
    painted(page)  # whatever a key does shows in the next frame
    expect(visual).to_have_attribute("data-view", "network")
    expect(page.locator("[data-output=epoch]")).to_have_text("0")
    expect(page.locator("[data-part=layers] > g")).to_have_count(3)
    assert page.locator("[data-tour], [data-tour-start], .info:visible").count() == 0
    _press(page, "Space")  # play is what there is
    expect(page.locator("[data-output=epoch]")).not_to_have_text("0", timeout=60_000)
