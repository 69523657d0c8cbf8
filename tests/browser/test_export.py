"""A researcher chooses and downloads data in a real browser, and R reads them by a link, from the real server."""

import csv
import io
import re
import shutil
import subprocess
import urllib.request
import zipfile
from urllib.error import HTTPError

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
STUDY = "/researcher/exported/"
MADE = """
from tests import factories
study = factories.study(name="exported")
for _ in range(3):
    factories.finished(study, answers={"joy_1": 7})
factories.learning(study)
"""


@pytest.fixture(scope="module")
def password(server) -> str:
    """Return the password of an analyst of a small study that is closed."""
    server.manage("shell", "--no-imports", "-c", MADE)
    server.manage("study_state", "exported", "closed", "--reason", "A test.")
    made = server.manage("make_user", "ana", "--study", "exported", "--role", "analyst")
    return re.search(r"password:\s+(\S+)", made)[1]


@pytest.fixture
def at_export(page: Page, password: str) -> Page:
    page.goto(f"/researcher/login/?next={STUDY}export/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Export", exact=True)).to_be_visible()
    return page


def _downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as started:
        page.get_by_role("button", name=button).click()
    return started.value.suggested_filename, started.value.path().read_bytes()


def _assert_sound(page: Page) -> None:
    for width in (1440, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("critical", "serious")] == [], page.url
    page.set_viewport_size({"width": 1440, "height": 900})


def test_data_are_chosen_and_downloaded(at_export):
    """The server makes each file in a process of its own, and leaves none behind."""
    page = at_export
    _assert_sound(page)
    page.get_by_label("Those who finished").check()
    for group in ("Answers", "Times of the stages", "Status, consent, exclusion"):
        page.get_by_label(group, exact=True).uncheck()
    page.get_by_label("And these columns, with commas").fill("age")
    name, data = _downloaded(page, "One table")
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert name == "exported-participants.csv" and [row["status"] for row in rows] == ["finished"] * 3
    assert "age" in rows[0] and "joy" in rows[0] and "joy_1" not in rows[0]

    name, data = _downloaded(page, "For SPSS")
    assert name == "exported-participants.sav" and data.startswith(b"$FL2")
    page.get_by_label("Lay the ZIP out as a Psych-DS dataset").check()
    name, data = _downloaded(page, "Download all as a ZIP")
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert name == "exported.zip" and names[0] == "exported/data/study-exported_description-codebook_data.csv"


def test_r_reads_the_data_by_a_link_until_it_is_revoked(at_export, server):
    page = at_export
    page.get_by_role("link", name="Links for R").click()
    page.get_by_label("What it is for").fill("My analysis")
    page.get_by_label("responses.csv").check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("heading", name="“My analysis” is made")).to_be_visible()
    _assert_sound(page)
    token = page.get_by_label("Token", exact=True).input_value()
    command = page.locator("code", has_text="read.csv").inner_text()
    address = f"{server.url}/data/exported/participants.csv?token={token}"

    with urllib.request.urlopen(address) as response:
        rows = list(csv.DictReader(io.TextIOWrapper(response, encoding="utf-8", newline="")))
    assert [row["joy_1"] for row in rows] == ["7", "7", "7", ""]
    if shutil.which("Rscript"):  # the rest holds without R, too
        told = "cat(nrow(data), sum(data$joy_1, na.rm=TRUE), class(data$age))"
        script = f'Sys.setenv(STUDY_TOKEN="{token}")\n{command}\n{told}'
        done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, timeout=120)
        assert done.stdout == "4 21 integer", done.stderr

    page.get_by_role("button", name="Revoke “My analysis”").click()
    expect(page.get_by_text("it reads nothing any more")).to_be_visible()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(address)
    assert refused.value.code == 403 and b"was revoked" in refused.value.read()
    log = (server.data_dir / "server.log").read_text()
    assert "403 /data/<slug:study>/<str:file>" in log and token.split(".")[1] not in log


def test_a_picture_of_the_results_is_saved_as_png(at_export):
    """The browser draws it, three times as large as its drawing, and not empty."""
    at_export.goto(f"{STUDY}results/")
    figure = at_export.locator("[data-figure]").first
    name = figure.get_attribute("data-figure")
    with at_export.expect_download() as started:
        figure.get_by_role("button", name="PNG").click()
    data = started.value.path().read_bytes()
    assert started.value.suggested_filename == f"{name}.png"
    width, height = (int.from_bytes(data[place : place + 4]) for place in (16, 20))
    box = figure.locator("svg").get_attribute("viewBox").split()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and (width, height) == (3 * int(float(box[2])), 3 * int(float(box[3])))
    assert len(data) > 5000  # of white alone it would be less than a third of that
