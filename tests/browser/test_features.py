"""An arm is what its study file says: everything, the original's set, or playback without interaction."""

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


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with a study whose only arm is playback without interaction."""
    folder = tmp_path_factory.mktemp("study") / "playback"
    for path, text in factories.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    study = (folder / "study.toml").read_text()
    features = "\n".join(f"{name} = {str(value).lower()}" for name, value in PLAYBACK_ONLY.items())
    before, after = study.split('[[arms]]\nid = "text"')
    after = after.split("[allocation]")[1]
    (folder / "study.toml").write_text(
        before.replace('name = "tiny"', 'name = "playback"') + f"[arms.features]\n{features}\n\n[allocation]{after}"
    )
    with running(tmp_path_factory.mktemp("features")) as server:
        server.manage("load_study", str(folder))
        server.manage("study_state", "playback", "open", "--reason", "a test")
        yield server


def _learn(browser: Browser, site: Server) -> Page:
    page = browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900}).new_page()
    page.goto("/join/playback/")
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
