"""What comes with the data: the study's files, a README that is true, and nothing that names or pays anybody."""

import csv
import re
import shutil
import subprocess
import sys
import tomllib

import pyreadstat
import pytest

from survey.export import bundle, materials
from survey.export.choice import ALL, Choice
from survey.models import Identifier, Invitation, Rating, Role
from survey.protocol import digest
from survey.scoring import SCORING_VERSION
from tests import factories

pytestmark = pytest.mark.django_db
PSYCH_DS = Choice(psych_ds=True)
PLATFORMS = """
[prolific]  # PAID5678 is paid at once
completed = "PAID5678"
no_consent = 'NOPE1234'

[sona]
site = "https://school.sona-systems.com"
experiment_id = 123
credit_token = "9185d436e5f94b15"
"""
SECRETS = ("PAID5678", "NOPE1234", "9185d436e5f94b15")


def _paying_study():
    texts = factories.files()
    toml = texts["study.toml"] + PLATFORMS
    return factories.study(files=texts | {"study.toml": toml})


def _texts(folder):
    """Return {path: text} of every file; of the SPSS file, which is packed, of what is read from it."""
    texts = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".sav":
            frame, meta = pyreadstat.read_sav(path)
            texts[path.name] = frame.to_csv() + repr(vars(meta))
        else:
            texts[path.relative_to(folder).as_posix()] = path.read_bytes().decode()
    return texts


# The study's own files


def test_materials_are_the_files_of_every_version_that_anybody_takes_part_in(tmp_path):
    study = factories.study()
    factories.consented(study)
    factories.version(study, factories.files(information="Another text.\n"))
    factories.consented(study)
    factories.version(study, factories.files(information="Nobody has read this.\n"))
    bundle.write_folder(study, tmp_path / "export")
    for version in study.versions.filter(number__lte=2):
        folder = tmp_path / "export" / "materials" / f"version-{version.number}"
        there = {
            path.relative_to(folder).as_posix(): path.read_bytes().decode()
            for path in folder.rglob("*")
            if path.is_file()
        }
        assert there == version.files and digest(there) == version.sha256
    assert not (tmp_path / "export" / "materials" / "version-3").exists()


def test_what_pays_or_lets_in_is_left_out_of_them(tmp_path):
    study = _paying_study()
    factories.consented(study)
    bundle.write_folder(study, tmp_path / "export")
    text = (tmp_path / "export" / "materials" / "version-1" / "study.toml").read_text()
    loaded = tomllib.loads(text)
    assert loaded["prolific"] == {"completed": "left-out", "no_consent": "left-out"}
    assert loaded["sona"] == {
        "site": "https://school.sona-systems.com",
        "experiment_id": 123,
        "credit_token": "left-out",
    }
    assert text.replace("left-out", "") == re.sub("|".join(SECRETS), "", study.versions.get().files["study.toml"])
    assert "read `left-out`" in (tmp_path / "export" / "README.md").read_text()


def test_a_short_secret_is_taken_from_between_quotation_marks_only():
    assert materials.without({"7"}, "x = 7\ny = '7'\nz = \"7\"") == "x = 7\ny = 'left-out'\nz = \"left-out\""
    assert materials.without({"CODE"}, "CODE, CODES, my-CODE and (CODE)") == "left-out, CODES, my-CODE and (left-out)"


# Nobody is named


@pytest.mark.parametrize("choice", [ALL, PSYCH_DS], ids=["plain", "psych-ds"])
def test_nothing_names_anybody_or_lets_anybody_in(tmp_path, choice):
    study = _paying_study()
    walker = factories.finished(study)
    factories.event(walker)
    known = {"platform": "prolific", "value": "5f1e0c8a9b7d", "platform_study": "study77", "platform_session": "s88s88"}
    Identifier.objects.create(study=study, participant=walker, received_at=factories.START, **known)
    invitation = Invitation.objects.create(study=study)
    rater = factories.user("rater.surname", email="rater@example.org", first_name="Rosalind")
    Role.objects.create(user=rater, study=study, name=Role.Name.RATER)
    response = walker.responses.get(item="post_open")
    Rating.objects.create(response=response, rater=rater, points=1, rated_at=factories.START)
    link, token = factories.data_link(study, rater)
    bundle.write_folder(study, tmp_path / "export", choice)
    secret = {
        *SECRETS,
        *[value for name, value in known.items() if name != "platform"],
        walker.token,
        walker.completion_code,
        str(walker.join_key),
        str(invitation.key),
        study.allocation_seed,
        *("rater.surname", "rater@example.org", "Rosalind"),
        *(link.key, link.secret_sha256, *token.split(".")),
    }
    texts = _texts(tmp_path / "export")
    assert walker.code in texts["participants.sav"]
    for name, text in texts.items():
        assert [each for each in secret if each in text or each.replace("-", "") in text] == [], name


# The README


def test_the_readme_names_every_file_and_what_it_is_made_of(tmp_path):
    study = factories.finished().study
    for name, choice in {"plain": ALL, "psych-ds": PSYCH_DS}.items():
        bundle.write_folder(study, tmp_path / name, choice)
        text = (tmp_path / name / "README.md").read_text()
        listed = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
        there = {path.relative_to(tmp_path / name).as_posix() for path in (tmp_path / name).rglob("*.*")}
        tops = {path.split("/")[0] + "/" for path in there if "/" in path}
        assert set(listed) <= there | tops, "what is named is there"
        unnamed = {path for path in there if path not in listed and path.split("/")[0] + "/" not in listed}
        assert unnamed <= {"README.md", "CHANGES.md", ".psychds-ignore"}, "what is there is named"
        assert f"| 1 | `{study.versions.get().sha256}` |" in text
        assert f"scoring version {SCORING_VERSION} of the exploRNN Study Platform" in text


def test_the_readme_says_whose_data_these_are(tmp_path):
    study = factories.finished().study
    arm = study.allocations.get().arm
    choice = Choice(kinds=("real", "pilot"), finished=True, excluded=False, arms=(arm,), columns=("scores",))
    bundle.write_folder(study, tmp_path / "export", choice)
    text = (tmp_path / "export" / "README.md").read_text()
    assert "Participants who came to the end of the main part; kind: real, pilot." in text
    assert f"Only the arms {arm}." in text and "Without those whom the researchers exclude." in text
    assert "Only these columns, and those that are always there: scores." in text


@pytest.mark.parametrize("choice", [ALL, PSYCH_DS], ids=["plain", "psych-ds"])
def test_what_the_readme_tells_r_and_python_to_do_runs(tmp_path, choice):
    study = factories.study()
    for make in (factories.finished, factories.finished, factories.learning):
        make(study)
    bundle.write_folder(study, tmp_path / "export", choice)
    text = (tmp_path / "export" / "README.md").read_text()

    def said(*command):
        done = subprocess.run(command, cwd=tmp_path / "export", capture_output=True, text=True, timeout=120)
        assert done.returncode == 0 and "Warning" not in done.stderr, done.stderr
        return done.stdout

    [python] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert re.findall(r"finished +\d", said(sys.executable, "-c", python))
    [r] = re.findall(r"```r\n(.*?)```", text, re.DOTALL)
    if shutil.which("Rscript"):  # what Python reads is held above on every machine
        assert "finished" in said("Rscript", "-e", r)


# Every rule of Psych-DS (schema 1.5.1) that our other tests do not hold


def test_recommended_files_are_there_and_what_the_format_does_not_know_is_named(tmp_path):
    study = factories.finished().study
    bundle.write_folder(study, tmp_path / "export", PSYCH_DS)
    top = {path.name for path in (tmp_path / "export").iterdir()}
    known = {"dataset_description.json", "README.md", "CHANGES.md", ".psychds-ignore"}
    known |= {"data", "materials", "analysis", "results", "documentation", "products"}
    ignored = (tmp_path / "export" / ".psychds-ignore").read_text().split()
    assert {"README.md", "CHANGES.md", "materials", ".psychds-ignore"} <= top
    assert top - known == set(ignored)
    empty = [path for path in (tmp_path / "export").rglob("*") if path.is_file() and path.stat().st_size == 0]
    assert empty == []


def test_headers_are_unique_and_every_row_is_as_long(tmp_path):
    study = factories.finished(answers={"remarks": 'a "quoted", text\nof two lines'}).study
    bundle.write_folder(study, tmp_path / "export", PSYCH_DS)
    for path in (tmp_path / "export" / "data").iterdir():
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream, strict=True)
        assert len(set(header)) == len(header) > 0
        assert {len(row) for row in rows} <= {len(header)}, path.name
