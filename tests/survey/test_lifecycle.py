"""A study's states: who may begin, who may go on, and the log of who changed it and why."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from survey import lifecycle
from survey.allocation.verify import verify
from survey.models import AuditEntry, Identifier, Invitation, Kind, Participant, State, Study
from survey.protocol import protocol_of
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/join/tiny/"
CLOSED = "/study/tiny/closed/"


def _join(query: str = ""):
    return factories.uninvited().post(URL + query, factories.consent_form(Study.objects.get()))


def _invited(kind: str) -> str:
    return f"?invitation={Invitation.objects.create(study=Study.objects.get(), kind=kind).key}"


@pytest.mark.parametrize(
    ("state", "by_the_open_link", "by_a_test_link"),
    [
        ("draft", None, "test"),
        ("piloting", "pilot", "test"),
        ("open", "real", "test"),
        ("paused", None, "test"),
        ("closed", None, None),
        ("archived", None, None),
    ],
)
def test_each_state_says_who_begins_as_what(state, by_the_open_link, by_a_test_link):
    study = factories.study(state=state)
    for expected, query in ((by_the_open_link, ""), (by_a_test_link, _invited("test"))):
        Participant.objects.all().delete()
        assert ("Take part" in factories.uninvited().get(URL + query).content.decode()) == bool(expected)
        _join(query)
        assert [participant.kind for participant in study.participants.all()] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("state", "says"),
    [("draft", "has not begun yet"), ("paused", "takes a break"), ("closed", "is closed"), ("archived", "is closed")],
)
def test_a_closed_door_says_so_calmly(state, says):
    factories.study(state=state)
    response = factories.uninvited().get(URL)
    assert (response.status_code, says in response.content.decode()) == (200, True)


@pytest.mark.parametrize("state", ["draft", "piloting", "open", "paused"])
def test_those_inside_go_on(state):
    study = factories.study()
    walker = factories.walk(factories.participant(study), until="pretest")
    Study.objects.update(state=state)
    browser = factories.browser(walker)
    assert browser.get(URL).headers["Location"] == "/study/tiny/pretest/1/"
    browser.post("/study/tiny/pretest/1/", {"pre_1": "keeps", "pre_2": "chain"})
    assert walker.visits.filter(stage="pretest", completed_at__isnull=False).exists()


@pytest.mark.parametrize("state", ["closed", "archived"])
def test_when_it_is_closed_nobody_goes_on_and_nothing_more_is_stored(state):
    study = factories.study()
    walker = factories.walk(factories.participant(study), until="pretest")
    learner = factories.learning(study)
    Study.objects.update(state=state)
    browser = factories.browser(walker)
    sent = walker.responses.count()
    answers = {"pre_1": "keeps", "pre_2": "chain"}
    assert browser.post("/study/tiny/pretest/1/", answers).headers["Location"] == CLOSED
    draft = browser.post("/study/tiny/pretest/1/draft/", {"values": answers}, content_type="application/json")
    assert draft.status_code == 409
    learning = factories.browser(learner)
    condition = protocol_of(learner.version).arm(learner.allocation.arm).condition
    assert learning.get(reverse(condition, args=["tiny"])).headers["Location"] == CLOSED
    assert learning.post("/events/tiny/", {"events": []}, content_type="application/json").status_code == 409
    assert (walker.responses.count(), walker.drafts.count()) == (sent, 0)
    page = browser.get(CLOSED).content.decode()
    assert walker.code in page
    # Consent does not end with the collection of data: it can be withdrawn until nobody is known any more.
    assert ("/study/tiny/withdraw/" in page) == (state == "closed")
    browser.post("/study/tiny/withdraw/", {"choice": "keep"})
    walker.refresh_from_db()
    assert walker.status == ("withdrawn" if state == "closed" else "started")


def test_who_has_finished_still_finds_their_code_when_it_is_closed():
    walker = factories.finished()
    Study.objects.update(state="closed")
    assert walker.completion_code in factories.browser(walker).get("/study/tiny/", follow=True).content.decode()


def test_the_closed_page_of_a_study_that_goes_on_leads_back():
    walker = factories.walk(factories.participant(), until="pretest")
    assert factories.browser(walker).get(CLOSED).headers["Location"] == "/study/tiny/"


@pytest.mark.parametrize("before", State.values)
def test_only_the_next_states_can_be_reached(before):
    study = factories.study()
    for after in State.values:
        Study.objects.update(state=before)
        if after in lifecycle.NEXT[before]:
            lifecycle.change(study, after, "as planned", factories.START)
            assert Study.objects.get().state == study.state == after
        else:
            with pytest.raises(lifecycle.LifecycleError, match=f"is {before} and cannot become {after}"):
                lifecycle.change(study, after, "as planned", factories.START)
            assert Study.objects.get().state == before


def test_a_change_needs_a_reason():
    study = factories.study()
    with pytest.raises(lifecycle.LifecycleError, match="needs a reason"):
        lifecycle.change(study, "paused", " ", factories.START)
    assert Study.objects.get().state == "open"


def test_the_command_changes_and_tells_the_log():
    factories.study(state="draft")
    call_command("study_state", "tiny", "piloting", reason="first people", stdout=StringIO())
    out = StringIO()
    call_command("study_state", "tiny", "open", reason="items work", stdout=out)
    first, *rest = out.getvalue().splitlines()
    assert first == "tiny is open. Next: paused or closed."
    assert [line.split("UTC  ")[1] for line in rest[:-1]] == [
        "draft → piloting  command line: first people",
        "piloting → open  command line: items work",
    ]
    assert rest[-1] == "  participants: none; declined: 0"
    assert [entry.details["version"] for entry in AuditEntry.objects.all()] == [1, 1]
    with pytest.raises(CommandError, match="needs a reason.*use --reason"):
        call_command("study_state", "tiny", "paused")


def test_pilot_participants_never_count(tmp_path):
    study = factories.study(state="piloting")
    _join()
    pilot = Participant.objects.get()
    factories.walk(pilot)
    Study.objects.update(state="open")
    real = factories.learning(study)
    assert (pilot.allocation.sequence, real.allocation.sequence) == (1, 1)
    assert verify(study).verified | {"real": 1, "pilot": 1} == verify(study).verified
    call_command("export_study", "tiny", out=tmp_path / "real", unblind="A test.")
    assert pilot.code not in (tmp_path / "real" / "participants.csv").read_text()
    call_command("export_study", "tiny", out=tmp_path / "pilot", include_pilot=True, unblind="A test.")
    assert pilot.code in (tmp_path / "pilot" / "participants.csv").read_text()


def test_a_test_participant_sees_that_nothing_counts():
    walker = factories.walk(factories.participant(kind=Kind.TEST), until="about")
    assert "Test, not counted" in factories.browser(walker).get("/study/tiny/about/1/").content.decode()
    walker = factories.walk(factories.participant(), until="about")
    assert "Test, not counted" not in factories.browser(walker).get("/study/tiny/about/1/").content.decode()


def test_archiving_cuts_every_link_to_a_person_and_keeps_the_data(tmp_path):
    study = factories.study()
    walker = factories.finished(study)
    Identifier.objects.create(
        study=study, participant=walker, platform="sona", value="123", received_at=factories.START
    )
    Invitation.objects.create(study=study)
    call_command("export_study", "tiny", out=tmp_path / "before", unblind="A test.")
    lifecycle.change(study, "closed", "enough", factories.START)
    lifecycle.change(study, "archived", "published", factories.START)
    call_command("export_study", "tiny", out=tmp_path / "after", unblind="A test.")
    for file in (tmp_path / "before").glob("*.csv"):
        assert (tmp_path / "after" / file.name).read_bytes() == file.read_bytes(), file.name
    assert (Identifier.objects.count(), Invitation.objects.count()) == (0, 0)
    assert factories.uninvited().get(f"/resume/{walker.token}/").status_code == 404
    with pytest.raises(CommandError, match="is archived"):
        call_command("load_study", factories.TINY)


def test_a_study_that_is_loaded_begins_as_a_draft(capsys):
    call_command("load_study", factories.TINY)
    assert Study.objects.get().state == "draft"
    assert "It is a draft" in capsys.readouterr().out
