"""Documentation that is true: settings, commands, links and import rules are held against the code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OWN = [
    path
    for path in ROOT.rglob("*.md")
    if not {".venv", "data", "node_modules", ".pytest_cache"} & set(path.relative_to(ROOT).parts)
]


def _documented(heading: str) -> set[str]:
    text = (ROOT / "docs" / "settings.md").read_text()
    table = text.split(f"| {heading} |")[1].split("\n\n")[0]
    return set(re.findall(r"^\| `([\w]+)", table, re.MULTILINE))


def test_every_setting_is_documented():
    sources = [ROOT / "explornn_site" / name for name in ("settings.py", "gunicorn_config.py")]
    read = {
        name
        for source in sources
        for name in re.findall(r"(?:environ(?:\.get)?[(\[]|_list\()\"([A-Z_]+)\"", source.read_text())
    }
    handed_on = {"PROMETHEUS_MULTIPROC_DIR"}  # by `serve`, to the server that it starts
    assert read - handed_on == _documented("variable")


def test_every_command_is_documented():
    commands = {
        path.stem
        for app in ("explornn_site", "survey", "visual", "textcond")
        for path in (ROOT / app / "management" / "commands").glob("[!_]*.py")
    }
    assert commands == _documented("command")


@pytest.mark.parametrize("document", OWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
        if not target.startswith(("http", "/", "javascript")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_import_rules_hold():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_models_have_their_migrations():
    done = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_no_page_names_another_host():
    """Nothing may be loaded from elsewhere; links that a person follows are in texts, not in code."""
    sources = [
        path
        for app in ("explornn_site", "survey", "visual", "textcond")
        for pattern in ("*.html", "*.css", "*.js")
        for path in (ROOT / app).rglob(pattern)
    ]
    assert len(sources) > 30
    for source in sources:
        found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"')]*", source.read_text())
        assert [url for url in found if "www.w3.org/" not in url] == [], source.name
