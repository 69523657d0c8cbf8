"""Ways in: links made for one person, platforms, consent to an exact text, and declining it."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from survey import entry, withdrawal
from survey.models import AuditEntry, Consent, Identifier, Invitation, Kind, Participant, Study
from survey.protocol import StudyError, parse, protocol_of
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/join/tiny/"
PROLIFIC = "?PROLIFIC_PID=5f1e0c8a9b&STUDY_ID=study77&SESSION_ID=session88"
CODES = """
[prolific]
completed = "C0MPLETE"
no_consent = "N0C0NSENT"
fixed_screenout = "SCREEN0UT"
[sona]
site = "https://school.sona-systems.com"
experiment_id = 123
credit_token = "9185d436"
"""


@pytest.fixture
def study() -> Study:
    texts = factories.files()
    texts["study.toml"] += CODES
    return factories.study(files=texts)


_payload = factories.consent_form


# Links for one person


def test_links_are_made_in_bulk_and_each_makes_one_participant(study, tmp_path, capsys):
    out = tmp_path / "links.csv"
    call_command("make_links", "tiny", n=40, out=out, site="https://study.example.org/")
    assert "40 links of kind real" in capsys.readouterr().out
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["link"] for row in rows}) == Invitation.objects.count() == 40
    link = rows[7]["link"].removeprefix("https://study.example.org")
    factories.uninvited().post(link, _payload(study, join_key=parse_qs(urlsplit(link).query)["invitation"][0]))
    assert Participant.objects.get().kind == Kind.REAL
    assert AuditEntry.objects.get().details == {"count": 40, "kind": "real"}
    # The link brings the same person to the same place again, in any browser, and nobody else in.
    again = factories.uninvited()
    assert again.get(link).headers["Location"] == "/study/tiny/about/1/"
    assert again.post(link, _payload(study)).headers["Location"] == "/study/tiny/about/1/"
    assert Participant.objects.count() == 1


def test_links_of_kind_test_make_test_participants(study, tmp_path):
    call_command("make_links", "tiny", n=1, kind="test", out=tmp_path / "links.csv")
    key = Invitation.objects.get().key
    factories.uninvited().post(f"{URL}?invitation={key}", _payload(study, join_key=key))
    assert Participant.objects.get().kind == Kind.TEST


@pytest.mark.parametrize("count", [0, 10_001])
def test_a_number_of_links_that_makes_no_sense_is_refused(study, tmp_path, count):
    with pytest.raises(CommandError, match="expected 1 to 10000"):
        call_command("make_links", "tiny", n=count, out=tmp_path / "links.csv")
    assert not Invitation.objects.exists()


def test_links_are_never_written_over_others(study, tmp_path):
    (tmp_path / "links.csv").write_text("sent already")
    with pytest.raises(CommandError, match="name a new file"):
        call_command("make_links", "tiny", n=1, out=tmp_path / "links.csv")
    assert (tmp_path / "links.csv").read_text() == "sent already"
    assert (Invitation.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_a_link_of_one_person_wins_over_who_used_the_browser_before(study):
    browser = factories.browser(factories.walk(factories.participant(study), until="pretest"))
    key = Invitation.objects.create(study=study).key
    assert "Take part" in browser.get(f"{URL}?invitation={key}").content.decode()


def test_a_link_of_who_had_everything_erased_leads_nowhere(study):
    key = Invitation.objects.create(study=study).key
    browser = factories.uninvited()
    browser.post(f"{URL}?invitation={key}", _payload(study, join_key=key))
    withdrawal.erase(Participant.objects.get(), factories.START)
    response = factories.uninvited().get(f"{URL}?invitation={key}")
    assert (response.status_code, "leads nowhere" in response.content.decode()) == (404, True)


# Platforms


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("query", [PROLIFIC, "?survey_code=4711", ""])
def test_opening_a_link_stores_nothing(study, method, query):
    response = getattr(factories.uninvited(), method)(URL + query)
    assert response.status_code == 200
    assert (Participant.objects.count(), Identifier.objects.count(), Study.objects.get().declined) == (0, 0, 0)


def test_who_comes_from_prolific_is_known_there_and_nowhere_else(study, tmp_path):
    factories.uninvited().post(URL + PROLIFIC, _payload(study))
    known = Identifier.objects.get()
    assert (known.platform, known.value) == ("prolific", "5f1e0c8a9b")
    assert (known.platform_study, known.platform_session) == ("study77", "session88")
    factories.walk(known.participant)
    call_command("export_study", "tiny", out=tmp_path / "export", unblind="A test.")
    for file in [path for path in (tmp_path / "export").rglob("*") if path.is_file()]:
        found = [secret for secret in ("5f1e0c8a9b", "study77", "session88") if secret.encode() in file.read_bytes()]
        assert not found, file.name
    call_command("identifiers", "tiny", out=tmp_path / "identifiers.csv")
    with (tmp_path / "identifiers.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["participant"], row["value"]) == (known.participant.code, "5f1e0c8a9b")
    call_command("identifiers", "tiny", erase=True)
    assert (Identifier.objects.count(), Participant.objects.get().status) == (0, "finished")
    told = [each.action for each in AuditEntry.objects.order_by("pk")]
    assert told == ["exported", "identifiers_shown", "identifiers_erased"]


def test_identifiers_need_to_be_told_what_to_do(study):
    with pytest.raises(CommandError, match="expected --out FILE, --erase, or both"):
        call_command("identifiers", "tiny")


@pytest.mark.parametrize("query", [PROLIFIC, "?survey_code=4711"])
def test_the_same_person_returns_to_the_same_place_in_any_browser(study, query):
    factories.uninvited().post(URL + query, _payload(study))
    walker = factories.walk(Participant.objects.get(), until="posttest")
    for browser in (factories.uninvited(), factories.browser(factories.consented(study))):
        assert browser.get(URL + query).headers["Location"] == "/study/tiny/posttest/1/"
        assert browser.post(URL + query, _payload(study)).headers["Location"] == "/study/tiny/posttest/1/"
        assert f'data-participant="{walker.code}"' in browser.get("/study/tiny/posttest/1/").content.decode()
    assert Participant.objects.count() == 2  # the other browser's own, and this one


def test_another_session_of_the_same_person_is_the_same_person(study):
    factories.uninvited().post(URL + PROLIFIC, _payload(study))
    response = factories.uninvited().post(URL + PROLIFIC.replace("session88", "session99"), _payload(study))
    assert response.headers["Location"] == "/study/tiny/about/1/"
    assert Participant.objects.count() == 1


@pytest.mark.parametrize("value", ["", "{{%PROLIFIC_PID%}}", "a b", "x" * 65])
def test_a_link_that_the_platform_has_not_filled_in_is_no_way_in(study, value):
    browser = factories.uninvited()
    for response in (browser.get(URL, {"PROLIFIC_PID": value}), browser.post(URL + f"?survey_code={value}")):
        assert (response.status_code, "This link is incomplete" in response.content.decode()) == (400, True)
    assert not Participant.objects.exists()


def test_parameters_of_a_platform_that_the_study_does_not_name_are_not_kept():
    study = factories.study()
    factories.uninvited().post(URL + PROLIFIC, _payload(study))
    assert (Participant.objects.count(), Identifier.objects.count()) == (1, 0)


def test_a_refused_form_still_knows_whom_it_was_shown_to(study):
    payload = _payload(study)
    del payload["consent"]
    location = factories.uninvited().post(URL + PROLIFIC, payload).headers["Location"]
    assert parse_qs(urlsplit(location).query)["PROLIFIC_PID"] == ["5f1e0c8a9b"]
    assert "Please tick the box" in factories.uninvited().get(location).content.decode()


@pytest.mark.parametrize(
    ("query", "address"),
    [
        (PROLIFIC, "https://app.prolific.com/submissions/complete?cc=C0MPLETE"),
        (
            "?survey_code=4711",
            "https://school.sona-systems.com/webstudy_credit.aspx"
            "?experiment_id=123&amp;credit_token=9185d436&amp;survey_code=4711",
        ),
    ],
)
def test_the_last_page_leads_back_to_the_platform_once_all_is_stored(study, query, address):
    browser = factories.uninvited()
    browser.post(URL + query, _payload(study))
    walker = factories.walk(Participant.objects.get(), until="posttest")
    while not walker.finished_at:
        here = browser.get("/study/tiny/", follow=True)
        assert address not in here.content.decode()
        visit = walker.visits.latest("pk")
        answers = factories.page_answers(walker, visit)
        browser.post(here.request["PATH_INFO"], answers)
        walker.refresh_from_db()
    assert f'href="{address}"' in browser.get("/study/tiny/complete/").content.decode()


def test_who_comes_by_the_open_link_is_led_to_no_platform(study):
    walker = factories.finished(study)
    page = factories.browser(walker).get("/study/tiny/complete/").content.decode()
    assert walker.completion_code in page
    assert "prolific" not in page


def test_who_withdraws_or_finds_no_place_goes_back_with_a_code_of_its_own(study):
    browser = factories.uninvited()
    browser.post(URL + PROLIFIC, _payload(study))
    kept = browser.post("/study/tiny/withdraw/", {"choice": "keep"}, follow=True).content.decode()
    erased = browser.post("/study/tiny/withdraw/", {"choice": "erase"}, follow=True).content.decode()
    for page in (kept, erased):
        assert "cc=N0C0NSENT" in page
    browser.post(URL + PROLIFIC, _payload(study))
    late = Participant.objects.get(erased_at=None)
    late.no_place_at = factories.START
    late.save()
    assert "cc=SCREEN0UT" in browser.get("/study/tiny/full/").content.decode()


def test_who_is_under_way_when_the_study_closes_goes_back_as_screened_out(study):
    browser = factories.uninvited()
    browser.post(URL + PROLIFIC, _payload(study))
    Study.objects.update(state="closed")
    assert "cc=SCREEN0UT" in browser.get("/study/tiny/", follow=True).content.decode()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('[prolific]\nno_consent = "X"', "prolific.completed: missing"),
        ('[prolific]\ncompleted = "A B"', "prolific.completed: String should match"),
        ('[prolific]\ncompleted = "A"\nbonus = "B"', "prolific.bonus: unknown key"),
        ('[sona]\nsite = "http://x.org"\nexperiment_id = 1\ncredit_token = "a"', "sona.site: String should match"),
    ],
)
def test_a_mistake_in_a_platforms_table_is_named(table, expected):
    texts = factories.files()
    texts["study.toml"] += f"\n{table}\n"
    with pytest.raises(StudyError, match=expected):
        parse(texts)


def test_no_address_of_a_computer_is_stored_anywhere(study):
    """Also not the browser's name: whatever a request tells of a machine stays out of the database."""
    told = {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "Distinctive/9.9", "HTTP_X_FORWARDED_FOR": "203.0.113.88"}
    browser = factories.uninvited()
    browser.defaults |= told
    assert RequestFactory(**told).get("/").META["REMOTE_ADDR"] == "203.0.113.77"
    browser.post(URL + PROLIFIC, _payload(study))
    factories.walk(Participant.objects.get(), until="learning")
    event = {"id": str(uuid.uuid4()), "sequence": 1, "kind": "page_hidden", "at": 1e12, "data": {}}
    browser.post("/events/tiny/", {"events": [event]}, content_type="application/json")
    rows = [row for model in apps.get_models() for row in model.objects.all()]
    everything = serializers.serialize("json", rows)
    assert "page_hidden" in everything
    for secret in ("203.0.113", "Distinctive"):
        assert secret not in everything


# Consent


def _edit(study: Study) -> None:
    texts = dict(study.current_version.files)
    texts["en/texts/consent.md"] += "\n- I agree to something new."
    factories.version(study, texts)


def test_consent_is_stored_with_exactly_what_was_read(study):
    factories.uninvited().post(URL, _payload(study))
    given = Consent.objects.get()
    texts = given.version.files
    read = "\0".join([texts["en/texts/information.md"], texts["en/texts/consent.md"]])
    assert given.sha256 == hashlib.sha256(read.encode()).hexdigest()
    assert (given.version.number, given.language, given.given_at) == (1, "en", given.participant.consented_at)


def test_an_edit_of_the_consent_leaves_former_consents_as_they_were(study, tmp_path):
    factories.uninvited().post(URL, _payload(study))
    _edit(study)
    factories.uninvited().post(URL, _payload(study))
    call_command("export_study", "tiny", out=tmp_path / "export", unblind="A test.")
    with (tmp_path / "export" / "participants.csv").open(newline="") as file:
        before, after = csv.DictReader(file)
    assert (before["consent_version"], after["consent_version"]) == ("1", "2")
    assert (before["study_version"], after["study_version"]) == ("1", "2")
    for row, number in ((before, 1), (after, 2)):
        version = study.versions.get(number=number)
        assert row["consent_sha256"] == entry.consent_sha256(protocol_of(version), "en")
        assert row["consent_language"] == "en"
    assert before["consent_sha256"] != after["consent_sha256"]


def test_an_edit_of_something_else_keeps_the_consents_name(study):
    texts = dict(study.current_version.files)
    texts["en/texts/debriefing.md"] += "\nMore."
    before = entry.consent_sha256(protocol_of(study.current_version), "en")
    factories.version(study, texts)
    assert entry.consent_sha256(protocol_of(study.current_version), "en") == before


def test_who_read_the_text_before_an_edit_reads_the_new_one_first(study):
    payload = _payload(study)
    _edit(study)
    browser = factories.uninvited()
    location = browser.post(URL + PROLIFIC, payload).headers["Location"]
    assert not Participant.objects.exists()
    page = browser.get(location).content.decode()
    assert "has changed since you opened this page" in page
    assert "something new" in page
    browser.post(location, _payload(study))
    assert (Consent.objects.get().version.number, Identifier.objects.count()) == (2, 1)


def test_a_consent_sent_twice_with_an_edit_in_between_still_makes_one_participant(study):
    payload = _payload(study)
    factories.uninvited().post(URL, payload)
    _edit(study)
    assert factories.uninvited().post(URL, payload).headers["Location"] == "/study/tiny/about/1/"
    assert Participant.objects.get().version.number == 1


@pytest.mark.parametrize("read", ["", "0" * 64])
def test_a_consent_that_does_not_say_to_what_is_none(study, read):
    factories.uninvited().post(URL, _payload(study, read=read))
    assert not Participant.objects.exists()


# Declining


def test_who_declines_is_counted_and_nothing_else(study):
    browser = factories.uninvited()
    page = browser.post(URL, _payload(study, decline="1"), follow=True).content.decode()
    assert "Nothing about you is stored" in page
    assert (Study.objects.get().declined, Participant.objects.count(), Identifier.objects.count()) == (1, 0, 0)
    assert browser.cookies.keys() <= {"csrftoken"}


def test_who_declines_goes_back_to_the_platform_without_being_known(study):
    page = factories.uninvited().post(URL + PROLIFIC, {"decline": "1"}, follow=True).content.decode()
    assert 'href="https://app.prolific.com/submissions/complete?cc=N0C0NSENT"' in page
    assert "data-leave-at-once" in page
    assert Identifier.objects.count() == 0


@pytest.mark.parametrize("kind", ["test", "simulated"])
def test_only_real_people_count_as_declined(study, kind):
    key = Invitation.objects.create(study=study, kind=kind).key
    factories.uninvited().post(f"{URL}?invitation={key}", {"decline": "1"})
    assert Study.objects.get().declined == 0


# All at once


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_one_person_in_many_browsers_at_once_is_one_participant(database, tmp_path, request):
    url = request.getfixturevalue("postgresql_url") if database == "postgresql" else ""
    done = subprocess.run(
        [sys.executable, "-m", "tests.survey.entrances", "10", "5"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DATABASE_URL": url, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["database"] == database
    assert found["failures"] == []
    assert found["answers"] == {"302 /study/entrances/about/1/": 50}
    # Ten people, each in five browsers: five by Prolific, five by links of their own.
    assert (found["participants"], found["identifiers"], found["consents"], found["visits"]) == (10, 5, 10, 10)
    assert found["each_browser_knows_its_own"]
