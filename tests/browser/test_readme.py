"""What README says is what happens: every command of it is run."""

import re
import shlex

import pytest

from tests.browser.conftest import ROOT

pytestmark = pytest.mark.browser


def _commands() -> list[str]:
    blocks = re.findall(r"^ *```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_every_command_of_the_readme_runs(server, tmp_path):
    """`make` is checked by what it would run: the server runs already, and the suite is running now."""
    managed = 0
    for command in _commands():
        if command.startswith("make "):
            target = command.removeprefix("make ")
            rule = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
            assert {"run": "manage.py serve", "test": "-m pytest"}[target] in rule[1]
        else:
            program, script, *arguments = shlex.split(command)
            assert (program, script) == (".venv/bin/python", "manage.py"), command
            server.manage(*[str(tmp_path / "export") if each == "export" else each for each in arguments])
            managed += 1
    assert managed == 2
    assert (tmp_path / "export" / "participants.csv").exists()


def test_a_second_start_keeps_the_data_and_makes_no_second_account(server):
    log = (server.data_dir / "server.log").read_text()
    assert log.count("This password is shown only now") == 1
    assert "already loaded" in server.manage("load_study", "survey/studies/replication")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "See how a recurrent neural network learns"),
        ("/healthz", "ok"),
        ("/join/replication/", "Take part"),
        ("/explore/", "Network"),
        ("/researcher/", "Log in"),
    ],
)
def test_the_addresses_answer(page, path, text):
    page.goto(path)
    assert text in page.content()


def test_static_files_are_compressed_and_kept_for_ever(page, server):
    page.goto("/")
    href = page.locator("link[rel=stylesheet]").first.get_attribute("href")
    assert re.search(r"/tokens\.[0-9a-f]{12}\.css$", href)
    response = page.request.get(server.url + href)
    assert "immutable" in response.headers["cache-control"]
    assert response.headers.get("content-encoding") in ("br", "gzip")
