"""Write the export in `analysis/` and R's results of it; run by hand where R is, from the repository's root:

    python -m tests.survey.reference.make_analysis

R computes them with the script that the export carries. The tests hold Python's results against these files, with or
without R.
"""

import csv
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import django

HERE = Path(__file__).parent / "analysis"
SCRIPT = Path(__file__).parents[3] / "survey" / "analysis" / "analyse.R"


def main() -> None:
    from django.db import connection

    from survey.analysis.data import FILES
    from survey.export import bundle
    from tests import factories, rehearsal

    connection.creation.create_test_db(verbosity=0)
    study = factories.study(factories.REPLICATION)
    rehearsal.rehearse(study, 48, effect=0.6, seed=4, dropout=0.2)
    rehearsal.rate(study)
    rehearsal.lose_some(study)
    with tempfile.TemporaryDirectory() as folder:
        bundle.write_folder(study, Path(folder) / "export")
        shutil.rmtree(HERE, ignore_errors=True)
        HERE.mkdir()
        for name in FILES:
            shutil.copy(Path(folder) / "export" / name, HERE)
    _shorten(HERE / "codebook.csv")
    subprocess.run(["Rscript", SCRIPT, HERE], check=True)
    version = subprocess.run(["Rscript", "-e", "cat(R.version.string)"], check=True, capture_output=True, text=True)
    (HERE / "made_with.txt").write_text(version.stdout + "\n")


def _shorten(codebook: Path) -> None:
    """Leave the row that the analysis reads."""
    with codebook.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    with codebook.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in rows if row[:2] == ["participants.csv", "arm"])])


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    main()
