"""An arm is what its study file says: everything, the original's set, or playback without interaction."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.browser.conftest import Server, go_on, running

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
def site(tmp_path_factory):
    """A site with two studies of one arm each: playback without interaction, and all but some experiments."""
    folder = tmp_path_factory.mktemp("study")
    with running(tmp_path_factory.mktemp("features")) as server:
        for name, features in (("playback", PLAYBACK_ONLY), ("fewer", dict.fromkeys(OFF, False))):
            server.manage("load_study", str(_study(folder / name, name, features)))
            server.manage("study_state", name, "open", "--reason", "a test")
        yield server


def _learn(browser: Browser, site: Server, study: str = "playback") -> Page:
    page = browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900}).new_page()
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
    return page


def test_playback_only_leaves_play_pause_speed_and_the_form(browser, site):
    page = _learn(browser, site)
    expect(page.locator("[data-visual]")).to_be_visible()
    visible = page.locator("main :is(button, input, select, a, [tabindex='0']):visible")
    roles = {
        each.get_attribute("data-role") or each.get_attribute("data-setting") or each.inner_text()
        for each in visible.all()
    }
    assert roles - {"tables"} == {"play", "speed", "Withdraw", "End the learning phase"}
    assert page.locator("[data-view-tab]:visible").count() == 1
    page.locator("[data-role=play]").click()
    expect(page.locator("[data-output=epoch]")).not_to_have_text("0", timeout=20_000)
    page.context.close()


def test_a_view_that_is_not_offered_cannot_be_opened_by_its_address(browser, site):
    page = _learn(browser, site)
    for view in ("cell", "time"):
        page.goto(f"/visual/playback/?view={view}")
        expect(page.locator('[data-panel="network"]')).to_be_visible()
        expect(page.locator("[data-visual]")).to_have_attribute("data-view", "network")
    page.context.close()


def test_without_experiments_there_is_no_trace_of_them(browser, site):
    page = _learn(browser, site)
    page.goto("/visual/playback/?experiment=clamp_gate&change=clamp=forget_gate;layer=1;steps=1-9;units=all;value=0")
    expect(page.locator("[data-visual]:not([aria-busy])")).to_be_visible(timeout=60_000)
    assert page.locator("[data-experiments], [data-experiment], [data-padlock], [data-experiments-stage]").count() == 0
    assert "data-altered" not in page.locator("[data-visual]").evaluate("root => root.getAttributeNames()")
    page.context.close()


def test_an_experiment_that_is_switched_off_is_neither_offered_nor_opened_by_its_address(browser, site):
    page = _learn(browser, site, "fewer")
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
    page.context.close()
