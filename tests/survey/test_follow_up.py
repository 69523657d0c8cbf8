"""Parts that open days after the main part: the page before, the window, the pages, and what is told of them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from survey import flow, preview
from survey.export import codebook
from survey.export.rows import participants
from survey.models import Kind, Participant
from survey.monitor.recruitment import FollowUp, recruitment
from survey.protocol import StudyError, parse
from tests import factories

pytestmark = pytest.mark.django_db
README = (factories.REPLICATION.parent / "README.md").read_text()
FOLLOW_UP = """
[[stages]]
id = "delayed"
kind = "follow_up"
opens_after_days = 7
closes_after_days = 10

[[stages]]
id = "recall"
kind = "text"
text = "instruction"

[[stages]]
id = "again"
kind = "instrument"
instrument = "usability"
"""
TITLES = '\ndelayed = "One week later"\nrecall = "What it was about"\nagain = "Using it, again"\n'
COMPLETE, RECALL, AGAIN = (f"/study/tiny/{page}/" for page in ("complete", "recall/1", "again/1"))


def _files(follow_up: str = FOLLOW_UP) -> dict[str, str]:
    texts = factories.files()
    texts["study.toml"] = texts["study.toml"].replace("\n[[arms]]", f"{follow_up}\n[[arms]]", 1)
    return texts | {"en/titles.toml": texts["en/titles.toml"] + TITLES}


def _finished(days_ago: float, **fields) -> Participant:
    """Return somebody who finished the main part so many days ago."""
    walker = factories.finished(factories.study(files=_files()), **fields)
    walker.finished_at = timezone.now() - timedelta(days=days_ago)
    walker.save()
    return walker


def _answers(walker: Participant) -> dict:
    return factories.page_answers(walker, walker.visits.get(stage="again"))


def test_the_main_part_ends_with_the_code_and_when_to_come_back():
    walker = _finished(1)
    page = factories.browser(walker).get(COMPLETE).content.decode()
    assert walker.completion_code in page and "100 % done" in page
    assert "One week later" in page and "Please come back" in page and "Test participants" not in page
    opens = walker.finished_at + timedelta(days=7)
    assert f'datetime="{opens.strftime("%Y-%m-%dT%H:%M")}' in page
    assert f'value="http://testserver/resume/{walker.token}/"' in page
    assert walker.status == "finished"


@pytest.mark.parametrize("days", [1, 6.99, 10.01, 400])
def test_outside_its_time_nobody_comes_to_the_follow_up(days):
    walker = _finished(days)
    browser = factories.browser(walker)
    for address in (RECALL, AGAIN, "/study/tiny/"):
        assert browser.get(address).headers["Location"] == COMPLETE
        assert browser.post(RECALL).headers["Location"] == COMPLETE
    told = "The time for this part is over" if days > 7 else "Please come back"
    assert told in browser.get(COMPLETE).content.decode()
    assert not walker.visits.filter(stage__in=("delayed", "recall", "again")).exists()


@pytest.mark.parametrize("days", [7.01, 9.99])
def test_in_its_time_the_personal_link_leads_through_the_follow_up(client, days):
    walker = _finished(days)
    before = walker.finished_at
    assert client.get(f"/resume/{walker.token}/").headers["Location"] == RECALL
    assert client.get(COMPLETE).headers["Location"] == RECALL
    assert "0 % done" in client.get(RECALL).content.decode()
    assert client.post(RECALL).headers["Location"] == AGAIN
    assert "50 % done" in client.get(AGAIN).content.decode()
    assert client.post(AGAIN, _answers(walker)).headers["Location"] == COMPLETE
    page = client.get(COMPLETE).content.decode()
    assert "You have done this part too" in page and walker.completion_code in page
    walker.refresh_from_db()
    assert (walker.finished_at, walker.status) == (before, "finished")
    # Sent twice, it is still done once.
    assert client.post(AGAIN, _answers(walker)).headers["Location"] == COMPLETE
    assert walker.responses.filter(stage="again").count() == 10


def test_begun_in_time_it_may_be_finished_later():
    walker = _finished(9.99)
    browser = factories.browser(walker)
    browser.get(RECALL)
    Participant.objects.update(finished_at=timezone.now() - timedelta(days=11))
    assert browser.get("/study/tiny/").headers["Location"] == RECALL
    assert browser.post(RECALL).headers["Location"] == AGAIN


def test_of_two_follow_ups_each_has_its_own_time():
    second = (
        FOLLOW_UP + '\n[[stages]]\nid = "later"\nkind = "follow_up"\nopens_after_days = 30\ncloses_after_days = 40\n'
    )
    second += '\n[[stages]]\nid = "last"\nkind = "text"\ntext = "instruction"\n'
    texts = _files(second)
    texts["en/titles.toml"] += 'later = "One month later"\nlast = "The last"\n'
    walker = factories.finished(factories.study(files=texts))
    for days, address in [(8, RECALL), (20, COMPLETE), (31, "/study/tiny/last/1/"), (41, COMPLETE)]:
        position = flow.current(walker, walker.finished_at + timedelta(days=days))
        assert flow.address(walker, position) == address, days
    Participant.objects.update(finished_at=timezone.now() - timedelta(days=20))
    assert "One month later" in factories.browser(walker).get(COMPLETE).content.decode()


def test_test_participants_need_not_wait_and_others_must():
    real = factories.browser(_finished(1))
    assert real.post(COMPLETE).headers["Location"] == COMPLETE
    tester = factories.browser(_finished(1, kind=Kind.TEST))
    assert "Test participants need not wait" in tester.get(COMPLETE).content.decode()
    assert tester.post(COMPLETE).headers["Location"] == RECALL


def test_export_and_progress_page_tell_main_part_and_follow_up_apart():
    done, begun, waiting = (_finished(days) for days in (8, 8, 1))
    for walker in (done, begun):
        factories.browser(walker).get(RECALL)
    browser = factories.browser(done)
    browser.post(RECALL)
    browser.get(AGAIN)
    browser.post(AGAIN, _answers(done))
    rows = {row["participant",]: row for row in participants(done.study)}
    names = ("opens_at", "entered_at", "finished_at")
    told = {code: [row.get(("stage", "delayed", name)) for name in names] for code, row in rows.items()}
    assert told[done.code][0] == done.finished_at + timedelta(days=7)
    assert [bool(value) for value in told[done.code]] == [True, True, True]
    assert [bool(value) for value in told[begun.code]] == [True, True, False]
    assert [bool(value) for value in told[waiting.code]] == [True, False, False]
    assert {row["status",] for row in rows.values()} == {"finished"}
    assert rows[done.code]["score", "again", "sus"] is not None
    columns = [column.name for column in codebook.columns(done.study)["participants.csv"]]
    assert {"delayed_opens_at", "delayed_entered_at", "delayed_finished_at"} <= set(columns)
    assert recruitment(done.study).follow_ups == [FollowUp("One week later", 2, 1)]
    assert "One week later" in factories.researcher().get(reverse("survey:overview", args=["tiny"])).content.decode()


def test_a_preview_shows_its_pages():
    version = factories.study(files=_files()).current_version
    assert {place.stage for place in preview.places(version, "", timezone.now())} >= {"recall", "again", "debriefing"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("closes_after_days = 10", "closes_after_days = 7", "closes_after_days: closes before it opens"),
        ("opens_after_days = 7", "opens_after_days = 0", "greater than 0"),
        ('kind = "text"\ntext = "instruction"', 'kind = "allocation"', "'allocation' after 'delayed'"),
        (
            'kind = "text"\ntext = "instruction"',
            'kind = "follow_up"\nopens_after_days = 8\ncloses_after_days = 9',
            "nothing",
        ),
        (
            'id = "delayed"\nkind = "follow_up"\nopens_after_days = 7\ncloses_after_days = 10\n\n[[stages]]\n',
            "",
            "last stage",
        ),
    ],
)
def test_a_wrong_follow_up_is_named_with_its_place(old, new, expected):
    assert old in FOLLOW_UP
    with pytest.raises(StudyError) as refused:
        parse(_files(FOLLOW_UP.replace(old, new, 1)))
    found = [str(problem) for problem in refused.value.problems]
    assert any(expected in problem and re.match(r"study\.toml:\d+: ", problem) for problem in found), found


def test_the_delayed_test_of_the_replication_works_as_it_is_documented():
    [snippet] = [each for each in re.findall(r"```toml\n(.*?)```", README, re.DOTALL) if "posttest_b" in each]
    stages, titles = re.split(r"# en/titles.toml.*\n", snippet)
    texts = factories.files(factories.REPLICATION)
    texts["study.toml"] = texts["study.toml"].replace("\n[[arms]]", f"\n{stages}\n[[arms]]", 1)
    texts["en/titles.toml"] += f"\n{titles}"
    walker = factories.finished(factories.study(factories.REPLICATION, files=texts))
    later = walker.finished_at + timedelta(days=8)
    while (position := flow.current(walker, later)).stage.kind != "debriefing":
        visit = flow.enter(walker, position, later)
        flow.complete(walker, position, "submitted", later, factories.page_answers(walker, visit))
    [row] = participants(walker.study)
    scores = {role[2]: value for role, value in row.items() if role[:2] == ("score", "delayed_test")}
    assert scores and {100.0} <= set(scores.values())
