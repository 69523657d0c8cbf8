import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import pandas
import pytest
from django.db.models import QuerySet
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.export import bundle, reading, rows
from survey.export.cells import cell
from survey.models import Exclusion, ItemResponse, Rating, Role, Settlement, StageVisit
from survey.protocol import protocol_of
from tests import factories

pytestmark = pytest.mark.django_db
DATA_FILES = ["participants.csv", "responses.csv", "visits.csv", "allocations.csv", "events.csv"]


def _export(study, folder):
    """Return {file: rows as dicts of texts} of the study's export."""
    counts = bundle.write_folder(study, folder)
    tables = {name: _read((folder / name).read_bytes()) for name in counts}
    assert {name: len(table) for name, table in tables.items()} == counts
    return tables


def _read(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))


def _row(table, participant):
    return next(row for row in table if row["participant"] == participant.code)


# What the files hold


def test_a_finished_participant_has_answers_scores_and_times(tmp_path):
    finished = factories.finished(
        answers={
            "joy_1": 7,
            "joy_2": 2,
            "joy_3": 5,
            "post_c1": ["output"],
            "tools": ["spss", "r"],
            "temperature": -3.5,
            "effort_1": 40,
        }
    )
    row = _row(_export(finished.study, tmp_path / "export")["participants.csv"], finished)
    expected = {
        "participant": finished.code,
        "study_version": "1",
        "arm": finished.allocation.arm,
        "status": "finished",
        "study_sha256": finished.version.sha256,
        "language": "en",
        "consented_at": "2026-03-02T09:00:00.000Z",
        "allocated_at": "2026-03-02T09:01:00.000Z",
        "finished_at": "2026-03-02T09:04:00.000Z",
        "withdrawn_at": "",
        "about_seconds": "30",
        "posttest_seconds": "60",
        "learning_entered_at": "2026-03-02T09:01:30.000Z",
        "learning_ended_by": "submitted",
        "learning_seconds": "30",
        "age": "18",
        "temperature": "-3.5",
        "gender": "woman",
        "tools": "r|spss",
        "field": "An answer.",
        "pre_1": "keeps",
        "pre_1_ok": "1",
        "pre_total": "100",
        "joy_1": "7",
        "joy_2": "2",
        "joy": repr((7 + 6 + 5) / 3).removesuffix(".0"),
        "joy_sum": "13",
        "effort": "40",
        "sus": "50",
        "post_c1": "output",
        "post_c1_ok": "0",
        "post_recall": "100",
        "post_total": repr(200 / 3),
    }
    assert {name: row[name] for name in expected} == expected


def test_participants_begin_with_the_four_columns_of_the_contract(tmp_path):
    table = _export(factories.finished().study, tmp_path / "export")["participants.csv"]
    assert list(table[0])[:4] == ["participant", "study_version", "arm", "status"]


def test_responses_tell_place_page_and_order_of_options(tmp_path):
    finished = factories.finished()
    table = _export(finished.study, tmp_path / "export")["responses.csv"]
    for stage in ("about", "ratings", "posttest"):
        visits = finished.visits.filter(stage=stage).order_by("page")
        shown = [(visit.page, entry) for visit in visits for entry in visit.shown]
        here = {int(row["position"]): row for row in table if row["stage"] == stage}
        assert sorted(here) == list(range(1, len(shown) + 1))
        for position, (page, entry) in enumerate(shown, start=1):
            row = here[position]
            assert (row["item"], row["page"]) == (entry["item"], str(page))
            assert row["options"] == "|".join(entry.get("options", []))


def test_every_revision_is_exported_and_the_last_one_counts(tmp_path):
    finished = factories.finished(answers={"joy_1": 1})
    first = finished.responses.get(item="joy_1")
    ItemResponse.objects.create(
        participant=finished,
        stage=first.stage,
        instrument=first.instrument,
        item="joy_1",
        revision=2,
        value=6,
        answered_at=first.answered_at + timedelta(seconds=1),
    )
    tables = _export(finished.study, tmp_path / "export")
    assert [(row["revision"], row["value"]) for row in tables["responses.csv"] if row["item"] == "joy_1"] == [
        ("1", "1"),
        ("2", "6"),
    ]
    assert _row(tables["participants.csv"], finished)["joy_1"] == "6"


def test_visits_allocations_and_events(tmp_path):
    learner = factories.learning()
    event = factories.event(learner, data={"epoch": 12, "a": "ü"})
    tables = _export(learner.study, tmp_path / "export")
    visit = tables["visits.csv"][-1]
    assert visit == {
        "participant": learner.code,
        "stage": "learning",
        "page": "1",
        "attempt": "1",
        "entered_at": "2026-03-02T09:01:30.000Z",
        "due_at": "2026-03-02T09:31:30.000Z",
        "completed_at": "",
        "ended_by": "",
        "seconds": "",
    }
    drawn = learner.allocation
    assert tables["allocations.csv"] == [
        {
            "participant": learner.code,
            "kind": "real",
            "sequence": "1",
            "arm": drawn.arm,
            "method": "permuted_blocks",
            "stratum": "",
            "block": "1",
            "block_size": str(drawn.block_size),
            "place": "1",
            "replaces": "",
            "released_before": "",
            "released_at": "",
            "list_sha256": drawn.list_sha256,
            "allocated_at": "2026-03-02T09:01:00.000Z",
        }
    ]
    [exported] = tables["events.csv"]
    assert exported["event_id"] == str(event.event_id)
    assert json.loads(exported["data"]) == {"a": "ü", "epoch": 12}
    assert (exported["kind"], exported["sequence"], exported["received_at"]) == (
        "epoch_stepped",
        "1",
        "2026-03-02T09:05:01.250Z",
    )


def test_allocations_come_in_the_order_of_the_draws(tmp_path):
    study = factories.study()
    late, early = (factories.consented(study) for _ in range(2))
    factories.walk(early, until="learning")
    factories.walk(late, until="learning")
    table = _export(study, tmp_path / "export")["allocations.csv"]
    assert [row["participant"] for row in table] == [early.code, late.code]


# Who has not come to the end


def test_a_study_without_participants_exports_headers_and_a_codebook(tmp_path):
    tables = _export(factories.study(), tmp_path / "export")
    assert [tables[name] for name in DATA_FILES] == [[]] * 5
    header = (tmp_path / "export" / "participants.csv").read_text().strip().split(",")
    assert header == [row["name"] for row in tables["codebook.csv"] if row["file"] == "participants.csv"]
    assert "post_total" in header


def test_what_was_not_reached_is_empty(tmp_path):
    consented = factories.consented()
    row = _row(_export(consented.study, tmp_path / "export")["participants.csv"], consented)
    given = {name for name, value in row.items() if value}
    assert given == {
        "participant",
        "study_version",
        "status",
        "study_sha256",
        "language",
        "consented_at",
        "kind",
    }
    assert row["status"] == "started"


def test_an_open_page_counts_neither_as_reached_nor_as_time(tmp_path):
    walker = factories.walk(factories.participant(), until="posttest", page=2)
    row = _row(_export(walker.study, tmp_path / "export")["participants.csv"], walker)
    assert (row["post_r1_ok"], row["post_c1_ok"], row["post_t1_ok"]) == ("1", "1", "")
    assert (row["post_recall"], row["post_total"], row["posttest_seconds"]) == ("100", "", "")


def test_a_knowledge_item_left_empty_is_wrong_and_a_rating_left_empty_leaves_no_score(tmp_path):
    finished = factories.finished(answers={"post_c1": None, "joy_3": None, "field": None})
    tables = _export(finished.study, tmp_path / "export")
    row = _row(tables["participants.csv"], finished)
    assert (row["post_c1"], row["post_c1_ok"], row["post_total"]) == ("", "0", repr(200 / 3))
    assert (row["joy_3"], row["joy"], row["joy_sum"], row["field"]) == ("", "", "8", "")
    assert [row["value"] for row in tables["responses.csv"] if row["item"] == "joy_3"] == [""]


def test_a_learning_phase_that_ran_out_has_its_full_time(tmp_path):
    learner = factories.learning()
    visit = learner.visits.get(stage="learning")
    visit.completed_at, visit.ended_by = visit.due_at, StageVisit.EndedBy.TIME_OUT
    visit.save()
    row = _row(_export(learner.study, tmp_path / "export")["participants.csv"], learner)
    assert (row["learning_ended_by"], row["learning_seconds"]) == ("time_out", "1800")


def test_who_withdrew_stays_in_with_that_status(tmp_path):
    withdrawn = factories.withdrawn()
    row = _row(_export(withdrawn.study, tmp_path / "export")["participants.csv"], withdrawn)
    assert (row["status"], row["withdrawn_at"]) == ("withdrawn", "2026-03-02T10:00:00.000Z")


def test_a_response_to_an_item_that_no_page_showed_is_exported_all_the_same(tmp_path):
    finished = factories.finished()
    StageVisit.objects.filter(participant=finished, stage="pretest").update(shown=[])
    table = _export(finished.study, tmp_path / "export")["responses.csv"]
    [row] = [row for row in table if row["item"] == "pre_1"]
    assert (row["page"], row["position"], row["options"], row["value"]) == ("", "", "", "keeps")


def test_nobody_of_another_study_is_in_the_export(tmp_path):
    ours, theirs = factories.finished(), factories.learning(factories.study(name="other"))
    factories.event(theirs)
    tables = _export(ours.study, tmp_path / "export")
    assert {row["participant"] for name in DATA_FILES for row in tables[name]} == {ours.code}


# Texts


NASTY = [
    "=1+1",
    "+49 731",
    "-5",
    "@SUM(A1)",
    "\tx",
    "'=1",
    "''@",
    "'tis",
    "a,b",
    'say "x"',
    "two\nlines",
    "two\r\nlines",
    "cr\ronly",
    "Grüße, 世界 🎓",
    "  spaces  ",
    "1;2",
    "a|b",
    "\u2028",
    "\ufeffx",
]


def _without_protection(text):
    """Return what was written, as the codebook tells it."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(tuple("=+-@\t\r")) else text


@pytest.mark.parametrize("text", NASTY)
def test_free_text_comes_back_as_it_was_written_and_is_no_formula(tmp_path, text):
    finished = factories.finished(answers={"remarks": text})
    tables = _export(finished.study, tmp_path / "export")
    wide = _row(tables["participants.csv"], finished)["remarks"]
    [long] = [row["value"] for row in tables["responses.csv"] if row["item"] == "remarks"]
    assert wide == long
    assert not wide.startswith(tuple("=+-@\t\r"))
    assert _without_protection(wide) == text
    frame = pandas.read_csv(tmp_path / "export" / "participants.csv")
    assert frame["remarks"][0] == wide


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_can_be_had_back(text):
    assert _without_protection(cell(text)) == text
    assert not cell(text).startswith(tuple("=+-@\t\r"))


def test_numbers_stay_numbers():
    assert [cell(value) for value in (-5, -0.5, 3.0, 0, 1 / 3, None)] == [
        "-5",
        "-0.5",
        "3",
        "0",
        "0.3333333333333333",
        "",
    ]
    assert [float(cell(value)) for value in (1e-7, 1e22, 2 / 3)] == [1e-7, 1e22, 2 / 3]


def test_times_are_utc_with_milliseconds():
    east = timezone(timedelta(hours=1))
    assert cell(datetime(2026, 11, 23, 22, 44, 6, 123999, tzinfo=east)) == "2026-11-23T21:44:06.123Z"
    assert cell(datetime(2026, 11, 23, 21, 44, tzinfo=UTC)) == "2026-11-23T21:44:00.000Z"


def test_a_list_whose_first_entry_looks_like_a_formula_is_protected_too():
    assert cell(["-a", "b"]) == "'-a|b"


def test_half_a_surrogate_pair_in_an_event_breaks_no_export():
    assert cell({"b": 1, "a": "\ud800"}).encode() == b'{"a":"\\ud800","b":1}'


def test_raters_points_what_counts_and_the_score_from_them(tmp_path):
    study = factories.study()
    raters = [factories.user(name) for name in ("ben", "cleo")]
    for rater in raters:
        Role.objects.create(user=rater, study=study, name=Role.Name.RATER)
    agreed, differing, settled, unrated, unratable, empty = (
        factories.finished(study, {"post_open": None} if number == 5 else None) for number in range(6)
    )
    points_given = {agreed: (1, 1), differing: (1, 0), settled: (1, 0), unratable: (None, None)}
    for participant, points in points_given.items():
        response = participant.responses.get(item="post_open")
        for rater, each in zip(raters, points, strict=True):
            Rating.objects.create(response=response, rater=rater, points=each, rated_at=factories.START)
    response = settled.responses.get(item="post_open")
    Settlement.objects.create(
        response=response, points=0, reason="=both", settled_by=raters[0], settled_at=factories.START
    )
    tables = _export(study, tmp_path / "export")
    names = ("post_open_rater1", "post_open_rater2", "post_open_points", "post_rated")

    def points_of(participant):
        row = _row(tables["participants.csv"], participant)
        return tuple(row[name] for name in names)

    assert points_of(agreed) == ("1", "1", "1", "100")
    assert points_of(differing) == ("1", "0", "", "")
    assert points_of(settled) == ("1", "0", "0", "0")
    assert points_of(unrated) == points_of(unratable) == ("", "", "", "")
    assert points_of(empty) == ("", "", "", "0")
    assert [
        (row["rater"], row["points"], row["reason"])
        for row in tables["ratings.csv"]
        if row["participant"] == settled.code
    ] == [("1", "1", ""), ("2", "0", ""), ("", "0", "'=both")]
    entries = {row["name"]: row for row in tables["codebook.csv"] if row["file"] == "participants.csv"}
    assert json.loads(entries["post_open_points"]["values"]) == {"0": "0 points: no reason.", "1": "1 point: a reason."}
    assert entries["post_rated"]["scale"].startswith("percent_rated(post_open)")


def test_who_is_excluded_stays_in_the_file_with_the_reason(tmp_path):
    study, user = factories.study(), factories.user("owner")
    out, back, never = (factories.finished(study) for _ in range(3))
    for participant, is_excluded, reason in [(out, True, "Too fast"), (back, True, "Too slow"), (back, False, "No")]:
        Exclusion.objects.create(
            participant=participant,
            is_excluded=is_excluded,
            reason=reason,
            decided_by=user,
            decided_at=factories.START,
        )
    table = _export(study, tmp_path / "export")["participants.csv"]
    assert [_row(table, each)["excluded_for"] for each in (out, back, never)] == ["Too fast", "", ""]


# The files as such


def test_pandas_reads_every_file_without_options_value_by_value(tmp_path):
    study = factories.study(factories.REPLICATION)
    cast = [factories.finished, factories.consented, factories.learning, factories.withdrawn]
    for number, make in enumerate(cast):
        walker = make(study, at=factories.START + timedelta(hours=number))
        if walker.visits.filter(stage="learning").exists():
            factories.event(walker, data={"spec": "data=sine;layers=3", "epoch": 2})
    tables = _export(study, tmp_path / "export")
    for name, table in tables.items():
        frame = pandas.read_csv(tmp_path / "export" / name)
        assert len(frame) == len(table)
        assert list(frame.columns) == (list(table[0]) if table else list(frame.columns))
        for index, row in enumerate(table):
            for column, text in row.items():
                value = frame[column][index]
                if text == "":
                    assert pandas.isna(value)
                elif isinstance(value, str):
                    assert value == text
                else:
                    assert float(value) == float(text)
    times = pandas.to_datetime(pandas.read_csv(tmp_path / "export" / "participants.csv")["consented_at"])
    assert str(times.dtype).startswith("datetime64") and times[1].hour == 10
    frame = pandas.read_csv(tmp_path / "export" / "participants.csv")
    for column in ("study_version", "demo_age", "effort_1", "learning_seconds", "post_r1_ok", "post_total"):
        assert frame[column].dtype.kind in "if", column


def test_files_are_rfc_4180_in_utf_8_without_a_byte_order_mark(tmp_path):
    finished = factories.finished(answers={"remarks": "Grüße\nan alle"})
    _export(finished.study, tmp_path / "export")
    data = (tmp_path / "export" / "participants.csv").read_bytes()
    assert data.startswith(b"participant,study_version,")
    assert data.endswith(b"\r\n") and data.count(b"\r\n") == 2
    assert '"Grüße\nan alle"'.encode() in data


def test_the_same_data_are_the_same_bytes(tmp_path):
    study = factories.study()
    for _ in range(3):
        factories.event(factories.learning(study))
        factories.finished(study)
    _export(study, tmp_path / "one")
    _export(study, tmp_path / "two")
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
    zips = [io.BytesIO(), io.BytesIO()]
    for file in zips:
        bundle.write_zip(study, file)
    assert zips[0].getvalue() == zips[1].getvalue()
    with zipfile.ZipFile(zips[0]) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"tiny/{path.as_posix()}": (tmp_path / "one" / path).read_bytes() for path in files
        }
        assert archive.namelist()[0] == "tiny/codebook.csv"


def test_everything_is_read_in_chunks(tmp_path, monkeypatch, django_assert_max_num_queries):
    study = factories.study()
    for _ in range(5):
        learner = factories.learning(study)
        for sequence in range(5):
            factories.event(learner, sequence=sequence)
    monkeypatch.setattr(reading, "CHUNK", 2)
    monkeypatch.setattr(rows, "SOME", 2)
    at_once = []
    fetch_all, by_participant = QuerySet._fetch_all, reading._by_participant

    def watched(queryset):
        fetch_all(queryset)
        at_once.append((len(queryset._result_cache), queryset.model.__name__))

    def grouped(make, found):
        held = by_participant(make, found)
        at_once.append((sum(map(len, held.values())), found.model.__name__))
        return held

    monkeypatch.setattr(QuerySet, "_fetch_all", watched)
    monkeypatch.setattr(reading, "_by_participant", grouped)
    with django_assert_max_num_queries(90):
        assert len(_export(study, tmp_path / "export")["events.csv"]) == 25
    assert max(at_once) == (2 * 7, "ItemResponse")


def test_the_replication_is_exported_as_a_whole(tmp_path):
    finished = factories.finished(factories.study(factories.REPLICATION))
    tables = _export(finished.study, tmp_path / "export")
    row = _row(tables["participants.csv"], finished)
    for _, instrument in protocol_of(finished.version).instruments():
        for item in instrument.items:
            assert row[item.id] != "", item.id
        for scale in instrument.scales:
            # Nobody has rated the open answers yet.
            expected = {"percent_correct": "100", "percent_rated": ""}.get(scale.score)
            assert row[scale.id] == expected if expected is not None else row[scale.id], scale.id
