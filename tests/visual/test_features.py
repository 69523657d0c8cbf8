"""What a study file can take away or choose for an arm is what its guide names."""

from pathlib import Path

from visual.views import FEATURES, learn

GUIDE = Path(__file__).parents[2] / "survey" / "studies" / "README.md"


def test_the_guide_names_every_feature_and_option():
    row = next(line for line in GUIDE.read_text().splitlines() if line.startswith("| `[[arms]]`"))
    assert all(f"`{name}`" in row for name in FEATURES)
    for option, values in learn.options.items():
        assert all(f"`{name}`" in row for name in (option, *values))
