"""What comes with the data for whoever opens them: a README, and the study's changes."""

import shutil
import subprocess
from functools import cache

from django.conf import settings

from survey.export import fixed
from survey.export.analysis_columns import DERIVED, HYPOTHESES, MEASURES
from survey.export.choice import Choice
from survey.export.codebook import versions_with_participants
from survey.export.columns import TEXT_RULE, Column
from survey.export.materials import FOLDER, LEFT_OUT, secrets_of
from survey.export.scripts import FOLDER as ANALYSIS
from survey.export.scripts import scripts
from survey.models import Study
from survey.protocol import protocol_of
from survey.scoring import SCORING_VERSION

README, CHANGES = "README.md", "CHANGES.md"
MEANINGS = {
    fixed.CODEBOOK: "every column of every file: label, type, unit, value labels, scale, item text, key, and what an "
    "empty cell means. Begin here",
    fixed.PARTICIPANTS: "one row for each participant: arm, times, every answer, every score",
    fixed.RESPONSES: "one row for each answer that was sent, with its revisions, page, place and order of options",
    fixed.VISITS: "one row for each page that was seen",
    fixed.ALLOCATIONS: "one row for each draw of an arm",
    fixed.EVENTS: "one row for each thing that a learner did in the learning phase",
    fixed.RATINGS: "one row for each rating of an open answer",
    fixed.AGREEMENT: "how well the raters agree on each open item, with 95 % intervals",
    MEASURES: "of which items each score is made",
    DERIVED: "of which two scores each derived measure is made, such as learning efficiency. It is no column of "
    "participants.csv, as z depends on who is analysed: the scripts compute it in each set",
    HYPOTHESES: "what was expected of the arms, and the test that decides",
}
R = """codebook <- read.csv("{codebook}")
data <- read.csv("{participants}")
data$arm <- factor(data$arm)
aggregate(cbind(finished = status == "finished") ~ arm, data, sum)"""
PYTHON = """import pandas

codebook = pandas.read_csv("{codebook}")
data = pandas.read_csv("{participants}")
print(data.groupby("arm")["status"].value_counts())"""
COMPUTE = """Rscript analysis/analyse.R
python -m analysis    # needs numpy, scipy and statsmodels"""
SPSS = """GET FILE='participants.sav'.
CROSSTABS /TABLES=arm BY status."""


def readme(study: Study, choice: Choice, files: dict[str, list[Column]], paths: dict[str, str]) -> str:
    """Return README.md: what each file is, what the data are of, how to read them; `paths` is where the files lie."""
    title = next(iter(protocol_of(study.current_version).editions.values())).titles.study
    versions = versions_with_participants(study, choice.kinds)
    names = {"codebook": paths[fixed.CODEBOOK], "participants": paths[fixed.PARTICIPANTS]}
    listed = [f"| `{paths[file]}` | {MEANINGS[file]} |" for file in files]
    listed += [
        "| `participants.sav` | the columns of participants.csv for SPSS, with labels and levels of measurement |",
        "| `datapackage.json` | the codebook for programs: a Frictionless Data Package |",
        f"| `{FOLDER}/` | the study as it was run: questions, texts, rules of allocation |",
    ]
    if any(scripts(choice)):
        listed.append(f"| `{ANALYSIS}/` | scripts in Python and R that compute the results from these files |")
    if choice.psych_ds:
        listed.append("| `dataset_description.json` | the dataset for programs that know Psych-DS |")
    told = [f"| {version.number} | `{version.sha256}` |" for version in versions]
    parts = [
        f"# {title}\n",
        f"Data of the study `{study.name}`.\n",
        "## Files\n\n| file | what it holds |\n|---|---|\n" + "\n".join(listed) + "\n",
        "All texts are UTF-8; numbers have a decimal point; times are UTC in ISO 8601. The files are joined by the "
        f"column `participant`. In CSV files {TEXT_RULE}; the SPSS file has texts as they were written.\n",
        "Nothing here names a person. What participants typed in their own words may; read it before you publish it.\n",
        f"## Whose data\n\n{_whose(choice)}\n",
        "## Made of\n\n| version of the study | SHA-256 of its files |\n|---|---|\n" + "\n".join(told) + "\n",
        _software(),
        _left_out(versions),
        f"## Read them\n\nR:\n\n```r\n{R.format(**names)}\n```\n",
        f"Python:\n\n```python\n{PYTHON.format(**names)}\n```\n",
        "SPSS (what was left empty is a value of its own, declared as missing; what was not reached is "
        "system-missing; blanks at the end of a text are lost; labels of values are cut after 120 bytes):\n\n"
        f"```\n{SPSS}\n```\n",
    ]
    if any(scripts(choice)):
        parts.append(
            "## Compute the results\n\nIn this folder, either of these writes all tables of the study's report into "
            f"`results/`, the same to the printed digit:\n\n```sh\n{COMPUTE}\n```\n"
        )
    return "\n".join(part for part in parts if part)


def changes(study: Study, choice: Choice) -> str:
    """Return CHANGES.md: when each version of the study was loaded."""
    versions = versions_with_participants(study, choice.kinds)
    lines = [f"- version {version.number}, loaded {version.loaded_at:%Y-%m-%d}" for version in versions]
    return "# Versions of the study that anybody took part in\n\n" + "\n".join(lines) + "\n"


def _whose(choice: Choice) -> str:
    who = "Participants who came to the end of the main part" if choice.finished else "All participants"
    said = [f"{who}; kind: {', '.join(choice.kinds)}."]
    if choice.arms:
        said.append(f"Only the arms {', '.join(choice.arms)}.")
    said.append(
        "Those whom the researchers exclude are in, with the reason in `excluded_for`."
        if choice.excluded
        else "Without those whom the researchers exclude."
    )
    if choice.columns:
        said.append(f"Only these columns, and those that are always there: {', '.join(choice.columns)}.")
    return " ".join(said)


def _software() -> str:
    commit = _commit()
    return (
        f"Scores are computed from the answers by scoring version {SCORING_VERSION} of the exploRNN Study Platform"
        + (f", commit `{commit}`" if commit else "")
        + ".\n"
    )


def _left_out(versions: list) -> str:
    if not any(secrets_of(protocol_of(version).study) for version in versions):
        return ""
    return (
        f"In `{FOLDER}/`, codes and tokens of recruitment platforms read `{LEFT_OUT}`; "
        "the SHA-256 is that of the files with them.\n"
    )


@cache
def _commit() -> str:
    """Return the commit that the platform runs from, `-dirty` if it was changed since; empty without git."""
    git = shutil.which("git")
    if not git or not (settings.BASE_DIR / ".git").exists():
        return ""
    described = subprocess.run(  # noqa: S603 - nothing of it comes from outside
        [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip()
