"""A study file is changed under a running server: nobody under way meets another study than the one they began."""

import shutil

import pytest

from survey.simulation.browsing import Browser, Page
from tests import factories
from tests.browser.conftest import running

OLD, NEW = "How old are you?", "What is your age in years?"
ANSWERS = {"age": "30", "gender": "woman"}


def _arrive(browser: Browser, page: Page | None = None) -> Page:
    page = page or browser.get("/join/tiny/")
    return browser.send(page, dict.fromkeys(page.form.boxes, "on"))


@pytest.mark.slow
def test_a_changed_study_file_reaches_those_who_begin_later_and_nobody_else(tmp_path):
    folder, data = tmp_path / "study", tmp_path / "data"
    data.mkdir()
    shutil.copytree(factories.TINY, folder)
    about, information = folder / "en" / "instruments" / "about.toml", folder / "en" / "texts" / "information.md"
    with running(data) as server:
        server.manage("load_study", str(folder))
        server.manage("study_state", "tiny", "open", "--reason", "test")
        early, reading = Browser(server.url), Browser(server.url)
        assert OLD in _arrive(early).html
        read = reading.get("/join/tiny/")

        about.write_text(about.read_text().replace(OLD, NEW))
        information.write_text(information.read_text() + "\nOne more sentence.\n")
        assert OLD in _arrive(Browser(server.url)).html, "a file alone changes nothing: it has to be loaded"

        server.manage("load_study", str(folder), "--new-version")
        for _ in range(6):  # whichever of the workers answers
            assert NEW in _arrive(Browser(server.url)).html
            assert OLD in early.get("/study/tiny/about/1/").html
        # Who had the old information open is shown the new one before they are taken at their word.
        again = _arrive(reading, read)
        assert "changed" in again.url and "One more sentence." in again.html
        assert NEW in _arrive(reading, again).html
        # Who began with the old version goes on with it, and the answers are there.
        assert early.send(early.get("/study/tiny/about/1/"), ANSWERS).path == "/study/tiny/pretest/1/"

        about.write_text("this is no study file")
        assert _arrive(Browser(server.url)).path == "/study/tiny/about/1/"
