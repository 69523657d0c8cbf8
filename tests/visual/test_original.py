"""The page on the original names tests that exist, so that none of its lines outlives its proof."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_line_on_the_original_names_a_browser_test_that_exists():
    page = (ROOT / "docs" / "original.md").read_text(encoding="utf-8")
    lines = [line for line in page.partition("## Left out")[0].splitlines() if line.startswith("| ")]
    lines = [line for line in lines if not line.startswith("| the original |")]
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "browser").glob("test_*.py"))
    existing = set(re.findall(r"^def (test_\w+)", tests, re.MULTILINE))
    named = [re.findall(r"`(test_\w+)`", line) for line in lines]
    assert len(lines) >= 25
    assert [line for line, names in zip(lines, named, strict=True) if len(names) != 1] == []
    assert {name for names in named for name in names} - existing == set()
