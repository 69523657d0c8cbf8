"""A way that winds, in a real browser: the time passes while somebody types, a page that waits, reading again."""

import csv
import re

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import go_on

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def study(server, tmp_path_factory):
    """The winding study with times, on the tests' common site."""
    texts = factories.files(factories.WINDING)
    for old, new in [
        ('id = "about"\n', 'id = "about"\nmaximum_minutes = 0.15\n'),
        ('id = "instruction"\n', 'id = "instruction"\nminimum_seconds = 5\n'),
        ('name = "winding"', 'name = "timed"'),
    ]:
        assert old in texts["study.toml"]
        texts["study.toml"] = texts["study.toml"].replace(old, new, 1)
    folder = tmp_path_factory.mktemp("study") / "timed"
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    server.manage("load_study", str(folder))
    server.manage("study_state", "timed", "open", "--reason", "a test")
    return "/join/timed/"


def test_a_way_with_times_a_branch_and_a_second_try(page, server, study, tmp_path):
    page.goto(study)
    page.locator("main input[type=checkbox]").check()
    go_on(page.locator("main button[type=submit]"))

    # The time passes while they type: what is there is kept, and decides on the way.
    expect(page.locator(".study-time")).to_contain_text(re.compile(r"0:0\d"))
    page.get_by_label("Something").check(force=True)
    page.wait_for_url("**/experts/1/")
    expect(page.get_by_text("What you had typed is kept")).to_be_visible()
    page.get_by_label("For how many years").fill("3")
    go_on(page.get_by_role("button", name="Continue"))
    for group in page.locator("main form fieldset").all():
        group.locator("input").first.check(force=True)
    go_on(page.get_by_role("button", name="Continue"))

    # A page that waits: the button says for what, and lets them go then.
    button = page.get_by_role("button", name="Continue")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.press("Enter")  # Playwright would wait with a click, as people should
    expect(page.locator("#wait")).to_contain_text("You can go on in 0:0")
    assert page.url.endswith("/instruction/1/")
    expect(page.locator("#wait")).to_be_hidden(timeout=15_000)
    go_on(button)

    # Not understood: read again, with the same patience, and try again.
    page.get_by_label("Nobody, it goes on").check(force=True)
    go_on(page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("Please read this page again")).to_be_visible()
    expect(page.locator("#wait")).to_be_hidden(timeout=15_000)
    go_on(page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("Try 2 of 3.")).to_be_visible()
    page.get_by_label("I do, or the clock").check(force=True)
    go_on(page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("button", name="End the learning phase")).to_be_visible()
    code = page.locator("body").get_attribute("data-participant")

    server.manage("export_study", "timed", "--out", str(tmp_path / "export"), "--unblind", "A test.")
    rows = list(csv.DictReader((tmp_path / "export" / "responses.csv").read_text().splitlines()))
    mine = [(row["item"], row["value"], row["late"], row["attempt"]) for row in rows if row["participant"] == code]
    assert ("experience", "some", "1", "1") in mine and ("years", "3", "0", "1") in mine
    assert [row for row in mine if row[0] == "end_1"] == [("end_1", "nobody", "0", "1"), ("end_1", "clock", "0", "2")]
