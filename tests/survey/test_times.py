"""Minimum and maximum times of a stage, by the server's clock; what was typed when the time is up is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from survey import flow
from survey.export import codebook
from survey.export.rows import participants
from survey.models import Draft, Kind, Participant
from survey.protocol import StudyError, parse
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/study/tiny/ratings/1/"


def _study(stage: str, rule: str):
    texts = factories.files()
    old = f'id = "{stage}"\n'
    assert old in texts["study.toml"]
    return factories.study(files=texts | {"study.toml": texts["study.toml"].replace(old, f"{old}{rule}\n", 1)})


def _at(stage: str, rule: str, ago: timedelta, page: int = 1, **fields) -> Participant:
    """Return somebody who entered this stage so long ago."""
    walker = factories.walk(factories.participant(_study(stage, rule), **fields), until=stage, page=page)
    # Everything that happened lies as far in the past as the stage was entered then.
    moved = timezone.now() - ago - walker.visits.get(stage=stage, page=1).entered_at
    for visit in walker.visits.all():
        visit.entered_at += moved
        visit.due_at = visit.due_at and visit.due_at + moved
        visit.completed_at = visit.completed_at and visit.completed_at + moved
        visit.save()
    return walker


def _payload(walker: Participant, page: int = 1) -> dict:
    return factories.page_answers(walker, walker.visits.order_by("pk").last())


# Minimum


def test_a_page_may_not_be_left_before_its_least_time_and_keeps_what_was_typed():
    walker = _at("ratings", "minimum_seconds = 60", timedelta(seconds=10))
    browser = factories.browser(walker)
    assert 'data-wait="5' in browser.get(PAGE).content.decode()
    sent = browser.post(PAGE, _payload(walker) | {"joy_1": "7"}, follow=True)
    assert sent.redirect_chain[-1][0] == PAGE + "?early=1"
    page = sent.content.decode()
    assert "Please take a little more time" in page and 'value="7" ' in page and "checked" in page
    assert not walker.responses.filter(stage="ratings").exists()


def test_after_its_least_time_a_page_is_left_as_any_other():
    walker = _at("ratings", "minimum_seconds = 60", timedelta(seconds=61))
    browser = factories.browser(walker)
    assert "data-wait" not in browser.get(PAGE).content.decode()
    assert browser.post(PAGE, _payload(walker)).headers["Location"] == "/study/tiny/usability/1/"


def test_only_the_last_page_of_a_stage_waits():
    walker = _at("posttest", "minimum_seconds = 60", timedelta(seconds=10))
    browser = factories.browser(walker)
    first = browser.post("/study/tiny/posttest/1/", _payload(walker))
    assert first.headers["Location"] == "/study/tiny/posttest/2/"
    browser.get("/study/tiny/posttest/2/")
    second = browser.post("/study/tiny/posttest/2/", _payload(walker))
    assert second.headers["Location"] == "/study/tiny/posttest/2/?early=1"


def test_the_learning_phase_waits_in_both_arms():
    for _ in range(2):
        walker = _at("learning", "minimum_seconds = 300", timedelta(seconds=100))
        browser = factories.browser(walker)
        address = flow.address(walker, flow.current(walker, timezone.now()))
        page = browser.get(address).content.decode()
        assert "You can end it in" in page and ('data-wait="199"' in page or 'data-wait="200"' in page)
        assert browser.post("/study/tiny/learning/1/").headers["Location"] == address + "?early=1"
        assert walker.visits.get(stage="learning").completed_at is None


def test_simulated_people_need_not_wait():
    walker = _at("ratings", "minimum_seconds = 60", timedelta(seconds=1), kind=Kind.SIMULATED)
    sent = factories.browser(walker).post(PAGE, _payload(walker))
    assert sent.headers["Location"] == "/study/tiny/usability/1/"


# Maximum


def test_a_page_shows_the_time_left_and_its_time_does_not_begin_anew():
    walker = _at("ratings", "maximum_minutes = 5", timedelta(minutes=2))
    due = walker.visits.get(stage="ratings").due_at
    for _ in range(2):
        assert 'data-seconds-left="1' in factories.browser(walker).get(PAGE).content.decode()
    assert walker.visits.get(stage="ratings").due_at == due


def test_when_the_time_is_up_the_draft_becomes_late_answers_as_far_as_it_is_valid():
    walker = _at("ratings", "maximum_minutes = 5", timedelta(minutes=6))
    Draft.objects.create(
        participant=walker,
        stage="ratings",
        page=1,
        values={"joy_1": "6", "joy_2": "99", "effort_1": ""},
        saved_at=timezone.now(),
    )
    browser = factories.browser(walker)
    assert browser.get(PAGE).headers["Location"] == "/study/tiny/usability/1/"
    assert list(walker.responses.filter(stage="ratings").values_list("item", "value", "late")) == [("joy_1", 6, True)]
    visit = walker.visits.get(stage="ratings")
    assert (visit.ended_by, visit.completed_at) == ("time_out", visit.due_at)
    assert not Draft.objects.exists()


def test_what_is_typed_when_the_time_passes_is_kept_and_marked():
    walker = _at("ratings", "maximum_minutes = 5", timedelta(minutes=5, seconds=2))
    browser = factories.browser(walker)
    typed = {"joy_1": "6", "joy_2": "", "effort_1": "1000"}
    for _ in range(2):  # and sent again, as after a lost connection
        sent = browser.post(PAGE, typed, follow=True)
        assert sent.redirect_chain[-1][0] == "/study/tiny/usability/1/"
        assert "What you had typed is kept" in sent.content.decode()
    late = walker.responses.filter(stage="ratings")
    assert list(late.values_list("item", "value", "late", "revision")) == [("joy_1", 6, True, 1)]


def test_a_late_draft_is_kept_too_and_a_changed_one_is_a_revision():
    walker = _at("ratings", "maximum_minutes = 5", timedelta(minutes=5, seconds=2))
    browser = factories.browser(walker)
    for value in ("6", "6", "7"):
        answer = browser.post(PAGE + "draft/", {"values": {"joy_1": value}}, content_type="application/json")
        assert (answer.status_code, answer.json()["saved"]) == (409, True)
    late = walker.responses.filter(stage="ratings").order_by("revision")
    assert list(late.values_list("value", "late")) == [(6, True), (7, True)]


def test_long_after_the_time_nothing_more_is_taken():
    walker = _at("ratings", "maximum_minutes = 5", timedelta(minutes=11))
    sent = factories.browser(walker).post(PAGE, {"joy_1": "6"}, follow=True)
    assert "The time for that page was over. Please go on" in sent.content.decode()
    assert not walker.responses.filter(stage="ratings").exists()


def test_what_was_sent_in_time_is_not_late_and_cannot_be_changed():
    walker = _at("ratings", "maximum_minutes = 5", timedelta(minutes=1))
    browser = factories.browser(walker)
    browser.post(PAGE, _payload(walker))
    before = list(walker.responses.values_list("item", "value", "late", "revision"))
    browser.post(PAGE, _payload(walker) | {"joy_1": "1"})
    browser.post(PAGE + "draft/", {"values": {"joy_1": "1"}}, content_type="application/json")
    assert list(walker.responses.values_list("item", "value", "late", "revision")) == before
    assert not any(late for *_, late, _ in before)


def test_the_time_is_that_of_all_pages_and_the_rest_is_not_shown():
    walker = _at("posttest", "maximum_minutes = 5", timedelta(minutes=4), page=2)
    first, second = walker.visits.filter(stage="posttest").order_by("page")
    assert second.due_at == first.due_at and second.entered_at > first.entered_at
    assert factories.browser(walker).get("/study/tiny/posttest/2/").status_code == 200


def test_pages_that_are_not_reached_in_time_are_not_shown():
    walker = _at("posttest", "maximum_minutes = 5", timedelta(minutes=6))
    assert factories.browser(walker).get("/study/tiny/").headers["Location"] == "/study/tiny/complete/"
    assert list(walker.visits.filter(stage="posttest").values_list("page", "ended_by")) == [(1, "time_out")]


def test_a_page_that_is_come_to_too_late_shows_nothing_any_more():
    walker = _at("posttest", "maximum_minutes = 5", timedelta(minutes=6))
    visit = walker.visits.get(stage="posttest")
    visit.completed_at, visit.ended_by = visit.entered_at + timedelta(minutes=4), "submitted"
    visit.save()
    assert factories.browser(walker).get("/study/tiny/").headers["Location"] == "/study/tiny/complete/"
    second = walker.visits.get(stage="posttest", page=2)
    assert (second.ended_by, second.shown, second.completed_at) == ("time_out", [], second.entered_at)


def test_a_text_too_may_have_a_time():
    walker = _at("instruction", "maximum_minutes = 1", timedelta(minutes=2))
    assert factories.browser(walker).post("/study/tiny/instruction/1/").headers["Location"].count("/tiny/") == 1
    assert walker.visits.get(stage="instruction").ended_by == "time_out"


def test_the_export_tells_late_answers_and_how_the_stage_ended():
    walker = _at("ratings", "maximum_minutes = 5", timedelta(minutes=5, seconds=2))
    factories.browser(walker).post(PAGE, {"joy_1": "6"})
    [row] = participants(walker.study)
    assert (row["late_answers",], row["stage", "ratings", "ended_by"]) == (1, "time_out")
    assert row["stage", "ratings", "seconds"] == 300
    assert row["item", "ratings", "joy_1"] == 6
    names = [column.name for column in codebook.columns(walker.study)["participants.csv"]]
    assert "ratings_ended_by" in names and "usability_ended_by" not in names


def test_the_least_time_must_be_below_the_most():
    texts = factories.files()
    rule = 'id = "learning"\nminimum_seconds = 1800'
    with pytest.raises(StudyError, match=r"stages\.6\.minimum_seconds: 1800 s is not below the maximum of 30 min"):
        parse(texts | {"study.toml": texts["study.toml"].replace('id = "learning"', rule, 1)})
