"""A person takes part in either arm, reloads and goes back at every stage; the export holds what they entered."""

import csv
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, go_on, running, start, stop, watch

pytestmark = pytest.mark.browser
STUDY = "/join/replication/"
LEARNING = re.compile(r"/(visual|text)/replication/")


@dataclass
class Walk:
    """What one person entered, and what the pages told them."""

    code: str = ""
    completion_code: str = ""
    arm: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


def _accept(page: Page) -> None:
    page.goto(STUDY)
    go_on(page.get_by_role("button", name="Take part", exact=True))
    expect(page.get_by_text("Please tick the box")).to_be_visible()
    page.get_by_label("I have read the information").check()
    go_on(page.get_by_role("button", name="Take part", exact=True))


def _fill(page: Page, walk: Walk, turn: int) -> None:
    """Answer every item of the page, each participant (`turn`) in their own way, and note what was entered."""
    for group in page.locator("main fieldset").all():
        options = group.locator("input").all()
        option = options[(turn + len(walk.answers)) % len(options)]
        option.check(force=True)
        walk.answers[option.get_attribute("name")] = option.get_attribute("value")
    for box in page.locator("main input[type=number]").all():
        value = str(20 + turn + len(walk.answers))
        box.fill(value)
        walk.answers[box.get_attribute("name")] = value
    for box in page.locator("main input[type=text], main textarea").all():
        value = f'=1+1; "Zitat", Ünïcode {turn}'
        box.fill(value)
        walk.answers[box.get_attribute("name")] = value


def _disturb(page: Page) -> None:
    """Reload, go back and forward, as people do; whoever does so stands where they stood."""
    here = page.url
    page.reload()
    assert page.url == here
    page.go_back()
    page.wait_for_load_state()
    page.goto("/study/replication/")
    assert page.url.split("?")[0] == here.split("?")[0]


def _look(page: Page, walk: Walk) -> None:
    """Hold the page against accessibility rules and a telephone's width."""
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in ("critical", "serious"):
            walk.violations.append(f"{page.url}: {violation['id']} {violation['nodes'][0]['target']}")
    page.set_viewport_size({"width": 390, "height": 844})
    end = time.monotonic() + 10  # for what is drawn anew at another width
    while wider := page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        if time.monotonic() > end:
            break
        page.wait_for_timeout(50)
    if wider:
        walk.violations.append(f"{page.url}: wider than 390 px")
    page.set_viewport_size({"width": 1440, "height": 900})


def _participate(page: Page, turn: int, seen: set[str]) -> Walk:
    """Walk to the end; reload, go back and look closely on every page that nobody has `seen` before."""
    walk = Walk()

    def look_closely() -> None:
        path = urlsplit(page.url).path
        if path not in seen:
            seen.add(path)
            _disturb(page)
            _look(page, walk)

    page.on("dialog", lambda dialog: dialog.accept())
    _accept(page)
    walk.code = page.locator("body").get_attribute("data-participant")
    while "/complete/" not in page.url:
        look_closely()
        assert page.locator("body").get_attribute("data-participant") == walk.code
        if learning := LEARNING.search(page.url):
            walk.arm = learning[1]
            expect(page.locator("[data-clock]")).to_contain_text(re.compile(r"^(30:00|29:\d\d)$"))
            go_on(page.get_by_role("button", name="End the learning phase"))
        else:
            _fill(page, walk, turn)
            go_on(page.get_by_role("button", name="Continue"))
        page.wait_for_load_state()
    walk.completion_code = page.locator("[data-completion-code]").inner_text()
    look_closely()
    return walk


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    """A site of this file's own: nobody else takes part in its study."""
    with running(tmp_path_factory.mktemp("participation")) as server:
        yield server


@pytest.fixture(scope="module")
def walks(server: Server, browser: Browser) -> list[Walk]:
    """Return as many participations as it takes to see both arms; together they look closely at every page."""
    found: list[Walk] = []
    seen: set[str] = set()
    while {walk.arm for walk in found} != {"visual", "text"}:
        assert len(found) < 8, "blocks of at most 6 must have shown both arms"
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=server.url)
        page = context.new_page()
        watched = watch(page, server.url)
        found.append(_participate(page, len(found), seen))
        watched.assert_clean()
        context.close()
    return found


@pytest.fixture(scope="module")
def export(server: Server, walks, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "replication"
    server.manage("export_study", "replication", "--out", str(out), "--unblind", "A test.")
    return out


def _rows(path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_page_is_accessible_and_fits_a_telephone(walks):
    assert [violation for walk in walks for violation in walk.violations] == []


def test_the_wide_file_holds_every_answer_as_entered(walks, export):
    rows = {row["participant"]: row for row in _rows(export / "participants.csv")}
    for walk in walks:
        row = rows[walk.code]
        assert (row["status"], row["arm"]) == ("finished", walk.arm)
        assert len(walk.answers) >= 8 + 8 + 7 + 1 + 3 + 26
        for item, value in walk.answers.items():
            assert row[item].removeprefix("'") == value, item


def test_the_wide_file_begins_as_promised(export):
    header = (export / "participants.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",")[:4] == ["participant", "study_version", "arm", "status"]


def test_the_long_file_holds_the_same_answers(walks, export):
    stored = {(row["participant"], row["item"]): row["value"] for row in _rows(export / "responses.csv")}
    for walk in walks:
        for item, value in walk.answers.items():
            assert stored[walk.code, item].removeprefix("'") == value, item


def test_scores_follow_from_the_answers_and_the_keys(walks, export):
    from survey.protocol import parse, read_folder
    from tests.factories import REPLICATION

    instruments = {stage.id: instrument for stage, instrument in parse(read_folder(REPLICATION)).instruments()}
    rows = {row["participant"]: row for row in _rows(export / "participants.csv")}
    for walk in walks:
        row = rows[walk.code]
        closed = [item for item in instruments["posttest"].items if item.is_scored]
        right = sum(walk.answers[item.id] == item.key for item in closed)
        assert float(row["post_total"]) == pytest.approx(100 * right / 24, abs=1e-6)
        icl = [int(walk.answers[item]) for item in ("icl_1", "icl_2")]
        assert float(row["icl"]) == pytest.approx(sum(icl) / 2)


def test_times_are_plausible(walks, export):
    rows = {row["participant"]: row for row in _rows(export / "participants.csv")}
    for row in (rows[walk.code] for walk in walks):
        assert row["consented_at"] <= row["allocated_at"] <= row["finished_at"]
        assert 0 < float(row["learning_seconds"]) < 600
        assert row["learning_ended_by"] == "submitted"


def test_allocations_follow_the_blocks(walks, export):
    rows = _rows(export / "allocations.csv")
    assert [int(row["sequence"]) for row in rows] == list(range(1, len(rows) + 1))
    arms = {row["participant"]: row["arm"] for row in rows}
    assert {walk.code: arms[walk.code] for walk in walks} == {walk.code: walk.arm for walk in walks}


def test_events_of_both_arms_arrived(walks, export):
    rows = _rows(export / "events.csv")
    for walk in walks:
        kinds = {row["kind"] for row in rows if row["participant"] == walk.code}
        expected = {"visual": "run_started", "text": "chapter_opened"}[walk.arm]
        assert {"page_shown", expected} <= kinds, (walk.arm, kinds)


def test_pandas_reads_every_file_without_options(export):
    for path in sorted(export.glob("*.csv")):
        frame = pd.read_csv(path)
        assert len(frame) == len(_rows(path)), path.name
        assert not [name for name in frame.columns if name.startswith("Unnamed")], path.name


def test_completion_codes_are_personal(walks):
    assert all(re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){2}", walk.completion_code) for walk in walks)
    assert len({walk.completion_code for walk in walks}) == len(walks)


def test_drafts_survive_a_reload_and_another_device(page, browser, server):
    _accept(page)
    page.get_by_label("How old are you?").fill("42")
    expect(page.locator("[data-draft-status]")).to_have_text("Saved. You can close this page and come back.")
    page.reload()
    expect(page.get_by_label("How old are you?")).to_have_value("42")
    page.get_by_role("link", name="Pause and go on later").click()
    link = page.locator(".study-link a").get_attribute("href")
    with browser.new_context(base_url=server.url) as elsewhere:
        other = elsewhere.new_page()
        other.goto(link)
        expect(other.get_by_label("How old are you?")).to_have_value("42")


def test_what_is_typed_offline_is_saved_when_the_network_is_back(browser, server):
    with browser.new_context(base_url=server.url) as context:
        page = context.new_page()
        _accept(page)
        context.set_offline(True)
        page.get_by_label("What is your field of study or work?").fill("Botany")
        expect(page.locator("[data-draft-status]")).to_contain_text("No connection just now")
        context.set_offline(False)
        expect(page.locator("[data-draft-status]")).to_have_text(
            "Saved. You can close this page and come back.", timeout=15_000
        )
        page.reload()
        expect(page.get_by_label("What is your field of study or work?")).to_have_value("Botany")


def test_neither_a_lost_network_nor_a_killed_server_loses_or_doubles_anything(browser, tmp_path):
    """One walk in which everything goes wrong that can: what was typed arrives, once, and no error page is seen."""
    process, server = start(tmp_path)
    try:
        with browser.new_context(base_url=server.url) as context:
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.on("dialog", lambda dialog: dialog.accept())
            walk = Walk()
            _accept(page)
            code = page.locator("body").get_attribute("data-participant")
            button, status = page.get_by_role("button", name="Continue"), page.locator("[data-draft-status]")

            # The network goes while the page is typed, and is away when it is sent; back, it sends itself.
            context.set_offline(True)
            _fill(page, walk, 0)
            expect(status).to_contain_text("No connection just now")
            button.click()
            expect(status).to_contain_text("No connection just now")
            assert page.url.endswith("/demographics/1/")
            context.set_offline(False)
            page.wait_for_url("**/demographics/2/")

            # The server is killed in the middle of a page, which is sent while it is away, and starts again.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            _fill(page, walk, 1)
            button.click()
            expect(status).to_contain_text("No connection just now")
            process, server = start(tmp_path, int(server.url.rsplit(":", 1)[1]))
            page.wait_for_url("**/pretest/1/")

            # Sent twice by a double click, then sent once more from a page that the browser remembers.
            _fill(page, walk, 0)
            button.dblclick()
            page.wait_for_url("**/pretest/2/")
            page.go_back()
            page.wait_for_url("**/pretest/2/")
            _fill(page, walk, 1)
            button.click()
            page.wait_for_url("**/instruction/1/")
            button.click()
            page.wait_for_url(LEARNING)

            # The network is away when the learning phase is ended.
            context.set_offline(True)
            page.get_by_role("button", name="End the learning phase").click()
            expect(page.get_by_text("No connection just now")).to_be_visible()
            context.set_offline(False)
            page.wait_for_url("**/cognitive_load/1/")
            assert page.locator("body").get_attribute("data-participant") == code
    finally:
        stop(process)
    server.manage("export_study", "replication", "--out", str(tmp_path / "export"), "--unblind", "A test.")
    rows = _rows(tmp_path / "export" / "responses.csv")
    assert {row["participant"] for row in rows} == {code}
    assert sorted(row["item"] for row in rows) == sorted({row["item"] for row in rows})
    answers = {row["item"]: row["value"].removeprefix("'") for row in rows if row["value"]}
    assert answers == walk.answers


def test_a_page_can_be_answered_by_keyboard_alone(page):
    page.goto(STUDY)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "checkbox":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/demographics/1/")
    page.get_by_label("How old are you?").focus()
    page.keyboard.type("33")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.checked")


def test_the_whole_way_works_without_javascript(browser, server):
    with browser.new_context(base_url=server.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(STUDY)
        page.locator("main input[type=checkbox]").check()
        page.locator("main button[type=submit]").click()
        code = page.locator("body").get_attribute("data-participant")
        steps = 0
        while "/complete/" not in page.url:
            steps += 1
            expect(page.locator("main form[method=post]")).to_have_count(1)  # the page may still be arriving
            for group in page.locator("main form[method=post] fieldset").all():
                group.locator("input").first.check(force=True)
            for box in page.locator("main form[method=post] input[type=number]").all():
                box.fill("50")
            page.locator("main form[method=post] button[type=submit]").click()
            assert page.locator("body").get_attribute("data-participant") == code
        assert steps == 16  # 2 + 2 + 1 + 1 + 1 + 1 + 1 + 7 pages
        expect(page.locator("[data-completion-code]")).to_have_text(re.compile(r"^\S{4}-\S{4}-\S{4}$"))


def test_two_tabs_follow_one_truth(page):
    _accept(page)
    other = page.context.new_page()
    other.goto("/study/replication/")
    assert other.url == page.url
    walk = Walk()
    _fill(page, walk, 0)
    go_on(page.get_by_role("button", name="Continue"))
    _fill(other, Walk(), 1)
    go_on(other.get_by_role("button", name="Continue"))
    expect(other.get_by_text("those answers count")).to_be_visible()
    assert other.url == page.url


def test_pages_allow_nothing_from_elsewhere_and_nothing_inline(page, server):
    for path in ("/", STUDY, "/explore/", "/researcher/login/"):
        policy = page.request.get(server.url + path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
