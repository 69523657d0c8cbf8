"""Leaving: one click from every page, two choices, and nothing left of who wants nothing left, but the draw."""

import csv
import json
from dataclasses import replace

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command

from survey import flow, withdrawal
from survey.allocation.verify import verify
from survey.models import (
    AuditEntry,
    Consent,
    Draft,
    Identifier,
    InteractionEvent,
    Invitation,
    ItemResponse,
    Participant,
    StageVisit,
)
from survey.protocol import protocol_of
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/study/tiny/withdraw/"
WITHDRAWN = "/study/tiny/withdrawn/"
STRATA = 'replace_after_minutes = 60\n[[allocation.strata]]\nscale = "pre_total"\ncuts = [50]\n'


def _everything_about(participant: Participant) -> str:
    """Return all rows that point at a participant, as text."""
    rows = [
        row
        for relation in Participant._meta.related_objects
        for row in relation.related_model.objects.filter(**{relation.field.name: participant})
    ]
    return serializers.serialize("json", [Participant.objects.get(pk=participant.pk), *rows])


def _rich(study, **fields) -> Participant:
    """Return somebody who has left something in every table."""
    invitation = Invitation.objects.create(study=study)
    walker = factories.learning(study, join_key=invitation.key, **fields)
    factories.event(walker)
    at = walker.consented_at
    Draft.objects.create(participant=walker, stage="posttest", page=1, values={"post_1": "a"}, saved_at=at)
    Consent.objects.create(participant=walker, version=walker.version, language="en", sha256="0" * 64, given_at=at)
    Identifier.objects.create(
        study=study, participant=walker, platform="prolific", value=f"person{walker.pk}", received_at=at
    )
    return walker


@pytest.mark.parametrize(
    ("stage", "arm"),
    [(stage, "") for stage in ("about", "pretest", "instruction", "ratings", "debriefing")]
    + [("learning", "visual"), ("learning", "text")],
)
def test_every_page_has_the_way_out(stage, arm):
    study = factories.study()
    walker = factories.walk(factories.participant(study), until=stage)
    while arm and walker.allocation.arm != arm:
        walker = factories.walk(factories.participant(study), until=stage)
    page = factories.browser(walker).get("/study/tiny/", follow=True).content.decode()
    assert f'href="{URL}"' in page


def test_looking_at_the_choices_changes_nothing():
    walker = factories.walk(factories.participant(), until="ratings")
    before = _everything_about(walker)
    page = factories.browser(walker).get(URL).content.decode()
    assert "Stop and keep" in page
    back = flow.address(walker, flow.current(walker, walker.consented_at))
    assert f'href="{back}"' in page
    assert _everything_about(walker) == before


def test_who_stops_and_keeps_is_led_nowhere_else_and_keeps_what_was_sent():
    walker = _rich(factories.study())
    browser = factories.browser(walker)
    sent = walker.responses.count()
    response = browser.post(URL, {"choice": "keep"}, follow=True)
    walker.refresh_from_db()
    assert (walker.status, walker.responses.count(), walker.drafts.count()) == ("withdrawn", sent, 0)
    assert "What you had sent is kept" in response.content.decode()
    assert browser.get("/study/tiny/learning/1/").headers["Location"] == "/join/tiny/"
    assert browser.post("/study/tiny/learning/1/").headers["Location"] == "/join/tiny/"
    assert factories.uninvited().get(f"/resume/{walker.token}/").headers["Location"] == WITHDRAWN


def test_withdrawing_twice_keeps_the_first_time():
    walker = factories.learning()
    browser = factories.browser(walker)
    browser.post(URL, {"choice": "keep"})
    walker.refresh_from_db()
    first = walker.withdrawn_at
    assert browser.post(URL, {"choice": "keep"}).headers["Location"] == WITHDRAWN
    walker.refresh_from_db()
    assert walker.withdrawn_at == first


@pytest.mark.parametrize("choice", ["", "both"])
def test_an_unknown_choice_changes_nothing(choice):
    walker = factories.learning()
    assert "Stop and keep" in factories.browser(walker).post(URL, {"choice": choice}).content.decode()
    walker.refresh_from_db()
    assert walker.status == "started"


def test_erasing_leaves_an_empty_row_and_the_draw():
    walker = _rich(factories.study())
    token, code, key = walker.token, walker.code, walker.join_key
    before = {field.name: getattr(walker.allocation, field.name) for field in walker.allocation._meta.fields}
    assert f"person{walker.pk}" in _everything_about(walker)
    response = factories.browser(walker).post(URL, {"choice": "erase"})
    assert response.headers["Location"] == "/study/tiny/erased/?language=en&platform=prolific"
    for model in (StageVisit, ItemResponse, Draft, InteractionEvent, Consent, Identifier, Invitation):
        assert model.objects.count() == 0, model
    shell = Participant.objects.get()
    left = {name: value for row in json.loads(_everything_about(shell)) for name, value in row["fields"].items()}
    assert not {token, str(key), walker.completion_code} & set(map(str, left.values()))
    assert (shell.code, shell.status, shell.language) == (code, "erased", "")
    assert {field.name: getattr(shell.allocation, field.name) for field in shell.allocation._meta.fields} == before
    assert factories.uninvited().get(f"/resume/{token}/").status_code == 404
    assert response.cookies["participant_tiny"].value == ""


def test_every_table_that_points_at_a_participant_is_emptied_but_the_draws():
    tables = {relation.related_model.__name__ for relation in Participant._meta.related_objects}
    assert tables >= {"Allocation", "StageVisit", "ItemResponse", "Draft", "InteractionEvent", "Consent", "Identifier"}
    walker = _rich(factories.study())
    withdrawal.erase(walker, factories.START)
    kept = {row["model"] for row in json.loads(_everything_about(walker))}
    assert kept == {"survey.participant", "survey.allocation"}


def test_what_was_kept_can_be_erased_later_by_the_personal_link():
    walker = factories.withdrawn()
    browser = factories.uninvited()
    page = browser.get(f"/resume/{walker.token}/", follow=True).content.decode()
    assert 'value="erase"' in page
    assert "deleted" in browser.post(URL, {"choice": "erase"}, follow=True).content.decode()
    assert Participant.objects.get().status == "erased"


def test_who_has_finished_can_still_have_it_erased():
    walker = factories.finished()
    browser = factories.uninvited()
    assert URL in browser.get(f"/resume/{walker.token}/", follow=True).content.decode()
    browser.post(URL, {"choice": "erase"})
    shell = Participant.objects.get()
    assert (shell.status, shell.finished_at, shell.responses.count()) == ("erased", None, 0)


def test_nobody_withdraws_for_somebody_else():
    walker = factories.learning()
    assert factories.uninvited().post(URL, {"choice": "erase"}).headers["Location"] == "/join/tiny/"
    assert Participant.objects.get(pk=walker.pk).status == "started"


@pytest.mark.parametrize("strata", ["", STRATA])
def test_every_draw_is_reproduced_after_erasures(strata, capsys):
    texts = factories.files()
    texts["study.toml"] += strata
    study = factories.study(files=texts)
    walkers = [
        factories.finished(study, answers={"pre_1": "keeps" if number % 3 else "forgets"}) for number in range(9)
    ]
    for walker in (walkers[0], walkers[4], walkers[8]):
        withdrawal.erase(walker, factories.START)
    for _ in range(3):
        factories.learning(study)
    assert (verify(study).verified["real"], verify(study).difference) == (12, None)
    call_command("verify_allocation", "tiny")
    assert "The stratum of 3 erased is as the log has it." in capsys.readouterr().out


def test_the_place_of_who_was_erased_is_given_on():
    texts = factories.files()
    texts["study.toml"] += "replace_after_minutes = 60\n"
    study = factories.study(files=texts)
    erased = factories.finished(study)
    withdrawal.erase(erased, factories.START)
    assert factories.learning(study).allocation.replaces == erased.allocation.sequence
    assert verify(study).difference is None


def test_nothing_is_stored_of_who_withdraws_while_a_page_is_on_its_way():
    walker = factories.walk(factories.participant(), until="pretest")
    position = flow.current(walker, factories.START)
    answers = factories.page_answers(walker, walker.visits.get(stage="pretest"))
    withdrawal.erase(walker, factories.START)
    with pytest.raises(withdrawal.HasLeftError):
        flow.complete(walker, position, StageVisit.EndedBy.SUBMITTED, factories.START, answers)
    with pytest.raises(withdrawal.HasLeftError):
        flow.enter(walker, replace(position, visit=None), factories.START)
    assert (ItemResponse.objects.count(), StageVisit.objects.count()) == (0, 0)


def test_a_page_that_is_sent_while_another_tab_withdraws_leads_to_what_became_of_it(monkeypatch):
    walker = factories.walk(factories.participant(), until="pretest")
    browser = factories.browser(walker)
    really = flow.current

    def late(participant, at):
        position = really(participant, at)
        withdrawal.withdraw(participant, at)
        return position

    monkeypatch.setattr(flow, "current", late)
    sent = browser.post("/study/tiny/pretest/1/", {"pre_1": "keeps", "pre_2": "chain"})
    assert sent.headers["Location"] == WITHDRAWN
    assert walker.responses.filter(stage="pretest").count() == 0


def test_a_personal_link_whose_time_is_up_while_another_tab_withdraws_leads_to_what_became_of_it(monkeypatch):
    walker = factories.learning()  # long ago: looking at the place ends the learning phase
    really = flow.current

    def late(participant, at):
        withdrawal.withdraw(participant, at)
        return really(participant, at)

    monkeypatch.setattr(flow, "current", late)
    assert factories.uninvited().get(f"/resume/{walker.token}/").headers["Location"] == WITHDRAWN


def test_the_export_has_the_shell_and_nothing_else(tmp_path):
    study = factories.study()
    erased, stays = _rich(study), factories.finished(study)
    withdrawal.erase(erased, factories.START)
    call_command("export_study", "tiny", out=tmp_path / "export", unblind="A test.")

    def rows(name):
        with (tmp_path / "export" / name).open(newline="") as file:
            return list(csv.DictReader(file))

    shell, whole = rows("participants.csv")
    assert whole["participant"] == stays.code
    expected = {"participant", "study_version", "study_sha256", "arm", "status", "kind"}
    expected |= {"consented_at", "allocated_at", "withdrawn_at", "erased_at"}
    assert {name for name, value in shell.items() if value} == expected
    assert (shell["status"], shell["arm"]) == ("erased", erased.allocation.arm)
    assert [row["participant"] for row in rows("allocations.csv")] == [erased.code, stays.code]
    for name in ("responses.csv", "visits.csv", "events.csv"):
        assert erased.code not in (tmp_path / "export" / name).read_text()


def test_the_researcher_erases_by_code_and_it_is_logged(capsys):
    study = factories.study()
    walker = _rich(study)
    call_command("erase_participant", "tiny", walker.code, reason="asked by mail")
    walker.refresh_from_db()
    assert walker.status == "erased"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.participant, entry.details) == ("erased", walker.code, {"reason": "asked by mail"})
    assert walker.code in capsys.readouterr().out


def test_an_unknown_code_erases_nobody():
    walker = factories.learning()
    with pytest.raises(CommandError, match="no participant NOBODY; nothing was erased"):
        call_command("erase_participant", "tiny", walker.code, "NOBODY", reason="a slip")
    walker.refresh_from_db()
    assert walker.status == "started"


def test_the_learning_page_tells_its_condition_no_more_than_before():
    """The way out is an address; the condition still knows nothing of the participant but the code."""
    walker = factories.learning()
    page = factories.browser(walker).get("/study/tiny/", follow=True).content.decode()
    assert walker.token not in page
    assert protocol_of(walker.version).learning.id == "learning"
