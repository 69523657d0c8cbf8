"""What a study file can take away or choose for an arm is what its guide names."""

from pathlib import Path

import textcond.views
import visual.views

GUIDE = Path(__file__).parents[2] / "survey" / "studies" / "README.md"


def test_the_guide_names_every_feature_and_option():
    row = next(line for line in GUIDE.read_text().splitlines() if line.startswith("| `[[arms]]`"))
    for page in (visual.views.learn, textcond.views.learn):
        assert all(f"`{name}`" in row for name in page.features)
        for option, values in getattr(page, "options", {}).items():
            assert all(f"`{name}`" in row for name in (option, *values))
