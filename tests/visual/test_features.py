"""The features that a study file can take away are those that its guide names."""

from pathlib import Path

from visual.views import FEATURES

GUIDE = Path(__file__).parents[2] / "survey" / "studies" / "README.md"


def test_the_guide_names_every_feature():
    row = next(line for line in GUIDE.read_text().splitlines() if line.startswith("| `[[arms]]`"))
    assert all(f"`{name}`" in row for name in FEATURES)
