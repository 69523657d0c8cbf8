"""What is exported is what was chosen; what cannot be had is refused, and the refusal says what can."""

import csv
import json

import pytest
from django.core.management import CommandError, call_command

from survey.export import bundle
from survey.export.choice import ALL, ALWAYS, TABLES, Choice, ChoiceError, asked_for, choose
from survey.export.codebook import participants_columns
from survey.models import AuditEntry, Exclusion
from survey.protocol import protocol_of
from tests import factories

pytestmark = pytest.mark.django_db


def _choose(study, **asked):
    wanted = {name: value if isinstance(value, list) else [value] for name, value in asked.items()}
    return choose(study, wanted, lambda choice: participants_columns(study, choice))


def _tables(study, folder, choice=ALL):
    """Return {file: its rows}."""
    tables = {}
    for name in bundle.write_folder(study, folder, choice):
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            tables[name] = list(csv.DictReader(stream))
    return tables


def _codes(table):
    return {row["participant"] for row in table}


def _exclude(participant):
    made = {"reason": "Too fast", "decided_by": factories.user("owner"), "decided_at": factories.START}
    return Exclusion.objects.create(participant=participant, is_excluded=True, **made)


def test_nothing_asked_is_everything():
    study = factories.study()
    assert _choose(study) == ALL == Choice()
    assert asked_for(ALL) == {}


def test_finishers_excluded_and_arms_in_every_file(tmp_path):
    study = factories.study()
    cast = [factories.finished(study) for _ in range(4)]
    cast += [factories.learning(study), factories.withdrawn(study), factories.consented(study)]
    for each in cast[:5]:
        factories.event(each)
    _exclude(cast[0])
    arm = cast[1].allocation.arm
    finishers = {each.code for each in cast[:4]}
    in_arm = {each.code for each in cast[:6] if each.allocation.arm == arm}
    expected = {
        Choice(finished=True): finishers,
        Choice(excluded=False): {each.code for each in cast[1:]},
        Choice(arms=(arm,)): in_arm,
        Choice(finished=True, excluded=False, arms=(arm,)): (finishers & in_arm) - {cast[0].code},
    }
    for number, (choice, codes) in enumerate(expected.items()):
        tables = _tables(study, tmp_path / str(number), choice)
        assert _codes(tables["participants.csv"]) == codes
        for name in ("responses.csv", "visits.csv", "allocations.csv", "events.csv"):
            assert _codes(tables[name]) <= codes, name
        assert _codes(tables["events.csv"]) == codes & {each.code for each in cast[:5]}


def test_groups_and_single_columns_keep_their_names_and_places(tmp_path):
    study = factories.finished().study
    whole = [column.name for column in participants_columns(study)]
    chosen = _choose(study, columns=["scores,pre_1", "age"])
    tables = _tables(study, tmp_path / "export", chosen)
    names = list(tables["participants.csv"][0])
    assert tuple(names[:4]) == ALWAYS
    assert {"pre_1", "age", "joy", "post_total"} <= set(names) and not {"pre_1_ok", "joy_1", "kind"} & set(names)
    assert names == [name for name in whole if name in names]
    assert names == [row["name"] for row in tables["codebook.csv"] if row["file"] == "participants.csv"]
    fields = json.loads((tmp_path / "export" / "datapackage.json").read_text())["resources"][1]["schema"]["fields"]
    assert [field["name"] for field in fields] == names


def test_the_groups_together_are_all_columns():
    study = factories.study()
    every = _choose(study, columns="basics,times,answers,correct,points,ratings,scores")
    assert participants_columns(study, every) == participants_columns(study)


def test_tables_can_be_left_out(tmp_path):
    study = factories.finished().study
    assert set(_tables(study, tmp_path / "one", _choose(study, tables="events"))) == {
        "codebook.csv",
        "participants.csv",
        "events.csv",
    }
    assert set(_tables(study, tmp_path / "two", _choose(study, tables="none"))) == {"codebook.csv", "participants.csv"}
    assert _choose(study).tables == TABLES


def test_labels_and_questions_in_a_language_of_the_study(tmp_path):
    study = factories.study(files=_in_two_languages())
    factories.finished(study, language="de")

    def entry(language):
        rows = _tables(study, tmp_path / (language or "none"), _choose(study, language=language))["codebook.csv"]
        return next(row for row in rows if row["name"] == "gender" and row["file"] == "participants.csv")

    assert entry("de")["item_text"] == "Was ist Ihr Geschlecht?"
    assert json.loads(entry("de")["values"])["woman"] == "Frau"
    assert entry("") == entry("en") and entry("en")["item_text"] == "What is your gender?"


def _in_two_languages():
    files = factories.files()
    files["study.toml"] = files["study.toml"].replace('languages = ["en"]', 'languages = ["en", "de"]')
    german = {path.replace("en/", "de/", 1): text for path, text in files.items() if path.startswith("en/")}
    about = german["de/instruments/about.toml"]
    german["de/instruments/about.toml"] = about.replace("What is your gender?", "Was ist Ihr Geschlecht?").replace(
        '"Woman"', '"Frau"'
    )
    return files | german


def test_a_choice_is_asked_for_in_the_words_that_make_it():
    study = factories.study()
    asked = {
        "participants": ["finished"],
        "excluded": ["without"],
        "arm": [_an_arm(study)],
        "include": ["pilot", "simulated"],
        "columns": ["scores", "age"],
        "tables": ["events"],
        "language": ["en"],
        "layout": ["psych-ds"],
    }
    assert asked_for(_choose(study, **asked)) == asked
    assert asked_for(Choice(tables=())) == {"tables": ["none"]}


def _an_arm(study):
    return protocol_of(study.current_version).study.arms[0].id


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"participants": "some"}, "participants: 'some' is not there; expected one of all, finished"),
        ({"participants": ["all", "finished"]}, "participants: expected one of all, finished, not several"),
        ({"arm": "third"}, "arm: 'third' is not there; expected one of "),
        ({"columns": "age,agee"}, "columns: 'agee' is not there; expected a group or the name of a column"),
        ({"language": "fr"}, "language: 'fr' is not there; expected one of en"),
        ({"include": "real"}, "include: 'real' is not there; expected one of pilot, test, simulated"),
        ({"tables": "events.csv"}, "tables: 'events.csv' is not there; expected one of responses, "),
        ({"layout": "bids"}, "layout: 'bids' is not there; expected one of plain, psych-ds"),
        ({"colums": "age"}, "colums: no such choice; expected participants, excluded, arm, "),
    ],
)
def test_what_cannot_be_had_is_refused(asked, told):
    with pytest.raises(ChoiceError) as refused:
        _choose(factories.study(), **asked)
    [problem] = refused.value.problems
    assert problem.startswith(told)


def test_every_problem_is_told_at_once():
    with pytest.raises(ChoiceError) as refused:
        _choose(factories.study(), arm="third", language="fr")
    assert len(refused.value.problems) == 2


# By command


def test_the_command_takes_a_choice_and_the_log_has_it(tmp_path):
    study = factories.finished().study
    factories.consented(study)
    options = ["--participants", "finished", "--columns", "scores", "--tables", "none", "--unblind", "A test."]
    call_command("export_study", "tiny", "--out", str(tmp_path / "export"), *options)
    assert len((tmp_path / "export" / "participants.csv").read_text().splitlines()) == 2
    assert not (tmp_path / "export" / "events.csv").exists()
    details = AuditEntry.objects.get(action="exported").details
    assert details == {
        "kinds": "real",
        "participants": "finished",
        "columns": "scores",
        "tables": "none",
        "while_blind": "A test.",
    }


def test_the_command_writes_a_zip(tmp_path):
    factories.study()
    out = tmp_path / "data.zip"
    for _ in range(2):  # the second one replaces it
        call_command("export_study", "tiny", "--out", str(out))
    assert out.read_bytes().startswith(b"PK") and [path.name for path in tmp_path.iterdir()] == ["data.zip"]
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(CommandError, match="is a folder; name a file"):
        call_command("export_study", "tiny", "--out", str(tmp_path / "folder.zip"))


def test_the_command_refuses_what_cannot_be_had_and_writes_nothing(tmp_path):
    factories.study()
    with pytest.raises(CommandError, match=r"nothing was written\.\n  --language: 'fr' is not there"):
        call_command("export_study", "tiny", "--out", str(tmp_path / "export"), "--language", "fr")
    assert list(tmp_path.iterdir()) == [] and not AuditEntry.objects.exists()


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_study_that_runs_is_exported_with_a_reason_only(tmp_path, reason):
    factories.learning()
    with pytest.raises(CommandError, match="open and blind: its data tell outcomes by arm") as refused:
        call_command("export_study", "tiny", out=tmp_path / "export", unblind=reason)
    assert '--unblind "REASON"' in str(refused.value)
    assert list(tmp_path.iterdir()) == [] and not AuditEntry.objects.exists()


def test_no_reason_is_needed_once_it_is_closed_or_unblinded_or_before_anybody_has_an_arm(tmp_path):
    study = factories.consented().study
    factories.learning(study, kind="simulated")
    call_command("export_study", "tiny", out=tmp_path / "export")
    factories.learning(study)
    study.state = "closed"
    study.save()
    call_command("export_study", "tiny", out=tmp_path / "export")
    study.state = "open"
    study.save()
    factories.unblinded(study)
    call_command("export_study", "tiny", out=tmp_path / "export")
    assert ["while_blind" in entry.details for entry in AuditEntry.objects.all()] == [False] * 3
