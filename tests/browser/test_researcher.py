"""A rater at the keyboard, and an owner who watches: on rehearsal data, in a real browser."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
STUDY = "/researcher/replication/"
WIDTHS = (1440, 768, 390)
CUT = """() => [...document.querySelectorAll(".card-surface *")].filter((each) => {
  for (let place = each.parentElement; place !== document.body; place = place.parentElement) {
    if (getComputedStyle(place).overflowX !== "visible") return false;
  }
  const box = each.getBoundingClientRect();
  const card = each.closest(".card-surface").getBoundingClientRect();
  return box.height > 1 && box.width > 1 && (box.right > card.right + 1 || box.left < card.left - 1);
}).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def passwords(server) -> dict[str, str]:
    """Return the passwords of a rater and an owner, in a study with three simulated participants."""
    server.manage(
        "simulate_participants", "replication", "--n", "3", "--minutes", "0", "--url", server.url, "--threads", "3"
    )
    made = {
        role: server.manage("make_user", f"a-{role}", "--study", "replication", "--role", role)
        for role in ("rater", "owner")
    }
    return {role: re.search(r"password:\s+(\S+)", said)[1] for role, said in made.items()}


def _log_in(page: Page, role: str, passwords: dict[str, str], then: str) -> None:
    page.goto(f"/researcher/login/?next={then}")
    page.get_by_label("Username").fill(f"a-{role}")
    page.get_by_label("Password").fill(passwords[role])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{then}")


def _assert_sound(page: Page) -> None:
    """No grave fault of accessibility, nothing wider than the page or its card, and one line of menu, at any width."""
    page.wait_for_load_state()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        assert page.evaluate(CUT) == [], (page.url, width)
        assert page.locator(".desk-nav__pages").bounding_box()["height"] < 50, (page.url, width)
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("critical", "serious")] == [], page.url
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def test_a_rater_needs_no_mouse(page, passwords):
    _log_in(page, "rater", passwords, f"{STUDY}rate/")
    _assert_sound(page)
    page.get_by_role("link", name="Rehearse").click()
    page.get_by_role("link", name="Rate the next answer").click()
    expect(page.locator(".rate-progress")).to_be_visible()
    _assert_sound(page)
    reason = page.get_by_label("Why it cannot be rated")
    expect(reason).to_be_hidden()
    first = page.url

    page.keyboard.press("2")
    expect(page.locator("[name=points][value='2']")).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != first)
    expect(page.locator(".rate-progress")).to_contain_text("1 rated")
    second = page.url

    page.goto(first)
    expect(page.locator("[name=points][value='2']")).to_be_checked()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_url(second)

    page.keyboard.press("u")
    expect(reason).to_be_focused()
    page.keyboard.type("1 b s u: nothing of this is a key here.")
    expect(page.locator("[name=points][value=unratable]")).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != second)
    expect(page.locator(".rate-progress")).to_contain_text("2 rated")

    page.get_by_role("checkbox", name="Keys").uncheck()
    page.locator("h1").click()
    page.keyboard.press("1")
    expect(page.locator("[name=points]:checked")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("checkbox", name="Keys")).not_to_be_checked()


def test_the_overview_keeps_itself_up_to_date_while_it_is_seen(page, passwords, browser, server):
    _log_in(page, "owner", passwords, STUDY)
    consented = page.locator(".monitor-figures dd").first
    before = int(consented.inner_text())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as if one came back to the tab
    _consent(browser, server)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("new Promise((done) => requestAnimationFrame(() => done('drawn')))") == "drawn"
    assert asked == []

    page.evaluate("delete document.hidden")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(consented).to_have_text(str(before + 1))
    expect(page.locator("[data-live-status]")).to_contain_text("Changed at")
    _assert_sound(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plotly_draws_the_overview_under_the_strict_policy(page, passwords, browser, server, scheme):
    """The page's own watch fails on whatever the policy refuses: a new Plotly may want other styles."""
    _consent(browser, server)
    page.emulate_media(color_scheme=scheme)
    _log_in(page, "owner", passwords, STUDY)
    plot = page.locator("[data-plot=recruitment]")
    lines = plot.locator(".scatterlayer path.js-line")
    expect(lines.nth(1)).to_be_attached()
    expect(plot.locator(".plot__fallback")).to_be_hidden()
    accent = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()")
    plain = "rgb({}, {}, {})".format(*bytes.fromhex(accent.removeprefix("#")))
    assert lines.nth(1).evaluate("(line) => getComputedStyle(line).stroke") == plain
    _hover(page, plot)
    expect(plot.locator(".hoverlayer")).to_contain_text("consented")
    assert "unsafe" not in page.request.get(STUDY).headers["content-security-policy"]
    _assert_sound(page)


def _hover(page, plot) -> None:
    box = plot.locator(".scatterlayer .trace .point").last.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 5, y)
    page.mouse.move(x, y)


def test_the_overview_needs_no_plotly(page, passwords, browser, server):
    _consent(browser, server)
    page.route("**/plotly.min*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    _log_in(page, "owner", passwords, STUDY)
    expect(page.locator(".plot__fallback svg")).to_be_visible()


def _consent(browser, server) -> None:
    context = browser.new_context(base_url=server.url)
    newcomer = context.new_page()
    newcomer.goto("/join/replication/")
    newcomer.locator("[name=consent]").check()
    newcomer.locator("main form button[type=submit]").first.click()
    newcomer.wait_for_url("**/study/replication/**")
    context.close()


def test_the_owners_pages_are_sound(page, passwords):
    _log_in(page, "owner", passwords, STUDY)
    for path in (
        "ratings/?rehearsal=1",
        "roles/",
        "audit/",
        "state/",
        "unblind/",
        "planning/",
        "results/?rehearsal=1",
        "links/",
        "participants/?kind=simulated",
    ):
        page.goto(STUDY + path)
        _assert_sound(page)
    page.locator("a.monitor-code").first.click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    _assert_sound(page)


def test_on_a_telephone_the_menu_begins_where_one_is_and_the_rest_is_read_without_scrolling(page, passwords):
    _log_in(page, "owner", passwords, STUDY)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{STUDY}audit/")
    expect(page.get_by_role("navigation").get_by_text("Audit log")).to_be_in_viewport(ratio=0.9)
    log = page.locator(".log")
    assert log.evaluate("(log) => log.scrollWidth <= log.clientWidth")
    assert max(each.bounding_box()["height"] for each in log.locator("li").all()[:5]) < 120
    page.goto(f"{STUDY}planning/")
    curve = page.locator(".plan-curve")
    assert curve.bounding_box()["width"] <= 390 - 2 * 16
    for size in curve.evaluate("(svg) => [...svg.querySelectorAll('text')].map((each) => each.getBBox().height)"):
        assert size * curve.bounding_box()["width"] / 400 >= 11  # in pixels


def test_figures_are_saved_from_the_report_that_is_opened_from_a_disk(page, passwords, browser, tmp_path):
    _log_in(page, "owner", passwords, STUDY)
    page.goto(f"{STUDY}results/?rehearsal=1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report").click()
    download.value.save_as(tmp_path / "report.html")
    context = browser.new_context(offline=True)
    opened, errors = context.new_page(), []
    opened.on("console", lambda message: message.type == "error" and errors.append(message.text))
    opened.goto((tmp_path / "report.html").as_uri())
    for kind, beginning in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with opened.expect_download() as download:
            opened.get_by_role("button", name=f"Recall: {kind}", exact=True).click()
        assert download.value.suggested_filename == f"post_recall.{kind.lower()}"
        content = Path(download.value.path()).read_bytes()
        assert content.startswith(beginning) and len(content) > 2_000
    assert errors == []
    assert [each["id"] for each in Axe().run(opened).response["violations"] if each["impact"] == "critical"] == []
    context.close()
