"""The pages by which people leave, in a real browser: reached from everywhere, accessible, and back to the platform."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.browser.conftest import Server, go_on, running
from tests.browser.test_participation import Walk, _look

pytestmark = pytest.mark.browser
COMPLETE = "https://app.prolific.com/submissions/complete"
JOIN = "/join/leaving/?PROLIFIC_PID={}"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Server]:
    """A site with a small study that recruits on Prolific."""
    folder = tmp_path_factory.mktemp("study") / "leaving"
    for path, text in factories.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    study = (folder / "study.toml").read_text().replace('name = "tiny"', 'name = "leaving"')
    (folder / "study.toml").write_text(f'{study}\n[prolific]\ncompleted = "DONE"\nno_consent = "NO"\n')
    with running(tmp_path_factory.mktemp("leaving")) as server:
        server.manage("load_study", str(folder))
        server.manage("study_state", "leaving", "open", "--reason", "a test")
        yield server


@pytest.fixture
def page(browser: Browser, site: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
    context.set_default_timeout(30_000)
    # Prolific itself is never asked.
    context.route(f"{COMPLETE}**", lambda route: route.fulfill(body="<h1>Prolific</h1>", content_type="text/html"))
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


def _agree(page: Page, person: str) -> None:
    page.goto(JOIN.format(person))
    page.get_by_label("I have read the information").check()
    go_on(page.get_by_role("button", name="Take part", exact=True))


def test_who_declines_is_at_the_platform_at_once_and_not_in_a_circle(page):
    page.goto(JOIN.format("decliner"))
    page.get_by_role("button", name="I do not want to take part").click()
    page.wait_for_url(f"{COMPLETE}?cc=NO")
    page.go_back()
    expect(page.get_by_role("button", name="Take part", exact=True)).to_be_visible()


def test_from_the_learning_phase_of_each_condition_out_with_everything_erased(page, site):
    """Through every page of leaving, each held against accessibility rules and a telephone's width."""
    walk, seen = Walk(), set()
    for number in range(8):
        page.context.clear_cookies()
        _agree(page, f"person{number}")
        while not page.locator("[data-learning-phase]").count():
            for group in page.locator("main form fieldset").all():
                group.locator("input").first.check(force=True)
            for box in page.locator("main form input[type=number]").all():
                box.fill(box.get_attribute("min"))
            go_on(page.get_by_role("button", name="Continue"))
        seen.add("visual" if page.locator("[data-visual]").count() else "text")
        here = page.url
        page.get_by_role("link", name="Withdraw", exact=True).click()
        if number == 0:
            _look(page, walk)
        page.get_by_role("link", name="No, go back to the study").click()
        page.wait_for_url(here)
        page.get_by_role("link", name="Withdraw", exact=True).click()
        page.get_by_role("button", name="Stop and keep").click()
        expect(page.get_by_role("heading", name="You have withdrawn")).to_be_visible()
        if number == 0:
            _look(page, walk)
            page.goto(JOIN.format("person0"))
            expect(page.get_by_role("heading", name="You have withdrawn")).to_be_visible()
        page.get_by_role("button", name="Erase").click()
        expect(page.get_by_role("heading", name="Your data are erased")).to_be_visible()
        expect(page.get_by_role("link", name="Go back to Prolific")).to_have_attribute("href", f"{COMPLETE}?cc=NO")
        if number == 0:
            _look(page, walk)
        if seen == {"visual", "text"}:
            break
    assert seen == {"visual", "text"}, "blocks of at most 4 must have shown both arms"
    assert walk.violations == []
    assert "every draw is as drawn" in site.manage("verify_allocation", "leaving")


def test_closing_the_study_stops_everybody_calmly(page, site):
    _agree(page, "late")
    code = page.locator("body").get_attribute("data-participant")
    walk = Walk()
    site.manage("study_state", "leaving", "paused", "--reason", "a break")
    page.reload()
    assert page.locator("body").get_attribute("data-participant") == code
    site.manage("study_state", "leaving", "closed", "--reason", "enough")
    page.get_by_label("How old are you?").fill("33")
    page.locator("main form fieldset").first.locator("input").first.check(force=True)
    go_on(page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("heading", name="This study is closed")).to_be_visible()
    expect(page.get_by_text(code)).to_be_visible()
    _look(page, walk)
    page.context.clear_cookies()
    page.goto(JOIN.format("too-late"))
    expect(page.get_by_role("heading", name="This study is closed")).to_be_visible()
    assert walk.violations == []
    site.manage("study_state", "leaving", "open", "--reason", "for the other tests")
