"""The scripts that compute the results again from the exported files: the analysis itself, and the same in R."""

from collections.abc import Iterator
from pathlib import Path

from survey.export.analysis_columns import DERIVED, HYPOTHESES, MEASURES
from survey.export.choice import Choice

FOLDER, RESULTS = "analysis", "results"
_SOURCE = Path(__file__).parents[1] / "analysis"


def scripts(choice: Choice) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every script; none where the files that they read were not chosen whole."""
    read = {MEASURES, DERIVED, HYPOTHESES} <= {f"{table}.csv" for table in choice.tables}
    if read and not choice.columns:
        for path in sorted(_SOURCE.iterdir()):
            if path.suffix in (".py", ".R"):
                yield f"{FOLDER}/{path.name}", path.read_text(encoding="utf-8")


def is_own(path: Path) -> bool:
    """Tell whether a folder holds nothing but the scripts, or what they have written."""
    endings = {FOLDER: (".py", ".R", ""), RESULTS: (".csv",)}.get(path.name, ())
    return path.is_dir() and not path.is_symlink() and all(file.suffix in endings for file in path.iterdir())
