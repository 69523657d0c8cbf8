"""The page on which links are made, handed out and revoked."""

import csv
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from survey import entry, links
from survey.models import AuditEntry, Identifier, Invitation, Kind, Participant, State
from tests import factories

pytestmark = pytest.mark.django_db
SITE = "http://testserver"
RECRUITING = '\n[prolific]\ncompleted = "C0MPLETE"\n[sona]\nsite = "https://school.sona-systems.com"\n'
RECRUITING += 'experiment_id = 123\ncredit_token = "9185d436"\n'
FOLLOW_UP = """
[[stages]]
id = "week_later"
kind = "follow_up"
opens_after_days = 7
closes_after_days = 14
[[stages]]
id = "joy_again"
kind = "instrument"
instrument = "ratings"
"""


def _url(name, **kwargs):
    return reverse(f"survey:{name}", kwargs={"study": "tiny", **kwargs})


def _page(client):
    return client.get(_url("links")).content.decode()


def _rows(response):
    assert response["Content-Disposition"].startswith('attachment; filename="tiny-')
    return list(csv.DictReader(response.content.decode().splitlines()))


def _log():
    return [(entry.who, entry.action, entry.details) for entry in AuditEntry.objects.order_by("pk")]


def _come(study, key):
    """Let somebody come by a single-use link and consent."""
    client, address = factories.uninvited(), f"/join/tiny/?invitation={key}"
    return client.post(address, factories.consent_form(study, join_key=str(key)))


def test_links_are_made_downloaded_used_and_the_others_revoked():
    study, owner = factories.study(), factories.colleague("owner")
    assert "3 links are made." in owner.post(_url("make_links"), {"count": "3"}, follow=True).content.decode()
    [batch] = links.batches(study)
    assert (batch.kind, batch.number, batch.used, batch.unused) == ("real", 3, 0, 3)
    file = _url("link_file", batch=batch.first)
    made = _rows(owner.post(file))
    assert [(row["kind"], row["used"]) for row in made] == [("real", "no")] * 3
    assert all(row["link"].startswith(f"{SITE}/join/tiny/?invitation=") for row in made)
    keys = [row["link"].partition("invitation=")[2] for row in made]
    _come(study, keys[1])
    assert [row["used"] for row in _rows(owner.post(file))] == ["no", "yes", "no"]
    revoke = _url("revoke_links", batch=batch.first)
    assert "2 links are revoked." in owner.post(revoke, follow=True).content.decode()
    assert _come(study, keys[0]).status_code == 404
    assert factories.uninvited().get(f"/join/tiny/?invitation={keys[1]}").status_code == 302  # to their place
    assert (Participant.objects.count(), Invitation.objects.count()) == (1, 1)
    assert _log() == [
        ("owner", "links_made", {"count": 3, "kind": "real"}),
        ("owner", "links_shown", {"count": 3, "kind": "real"}),
        ("owner", "links_shown", {"count": 3, "kind": "real"}),
        ("owner", "links_revoked", {"count": 2, "kind": "real"}),
    ]


@pytest.mark.parametrize("count", ["0", "10001", "many", ""])
def test_a_number_of_links_that_makes_no_sense_is_refused(count):
    page = factories.colleague("owner").post(_url("make_links"), {"count": count}).content.decode()
    assert "login__error" in page and not Invitation.objects.exists()


def test_a_link_that_was_revoked_while_somebody_read_lets_nobody_in():
    study = factories.study()
    [link] = links.make(study, 1, Kind.REAL, factories.START)
    arrived = entry.Arrival(invitation=link)
    assert links.revoke_unused(Invitation.objects.get(), factories.user("owner")) == 1
    with pytest.raises(entry.UnknownLinkError):
        entry.begin(study.current_version, "en", Kind.REAL, link.key, arrived, factories.START)
    assert not Participant.objects.exists()


def test_who_sees_no_arms_makes_test_links_and_sees_counts():
    study = factories.study()
    [real] = links.make(study, 1, Kind.REAL, timezone.now())
    assistant = factories.colleague("assistant")
    assistant.post(_url("make_test_link"))
    page, trial = _page(assistant), Invitation.objects.get(kind=Kind.TEST)
    assert f"{SITE}/join/tiny/?invitation={trial.key}" in page and str(real.key) not in page
    assert "Download" not in page and "unused link" not in page and "Make links" not in page
    assert assistant.post(_url("link_file", batch=trial.pk)).status_code == 403
    _come(study, trial.key)
    assert Participant.objects.get().kind == Kind.TEST
    assert str(trial.key) not in _page(assistant)  # a used one leads to somebody's place


def test_the_page_has_the_addresses_to_enter_at_platforms():
    texts = factories.files()
    texts["study.toml"] += RECRUITING
    factories.study(files=texts)
    page = _page(factories.colleague("owner"))
    prolific = "PROLIFIC_PID={{%PROLIFIC_PID%}}&amp;STUDY_ID={{%STUDY_ID%}}&amp;SESSION_ID={{%SESSION_ID%}}"
    for address in ("", f"?{prolific}", "?survey_code=%SURVEY_CODE%"):
        assert f'value="{SITE}/join/tiny/{address}"' in page
    assert "C0MPLETE" in page


@pytest.mark.parametrize("state", [State.CLOSED, State.ARCHIVED])
def test_no_links_are_made_into_a_study_that_is_over(state):
    factories.study(state=state)
    owner = factories.colleague("owner")
    for name in ("make_links", "make_test_link"):
        page = owner.post(_url(name), {"count": "1"}, follow=True).content.decode()
        assert "Nobody can begin any more" in page and "Make a test link" not in page
    assert not Invitation.objects.exists()


def test_follow_up_links_say_for_whom_they_are_open(django_assert_max_num_queries):
    texts = factories.files()
    texts["study.toml"] += FOLLOW_UP + RECRUITING
    titles = '[stages]\nweek_later = "A week later"\njoy_again = "Joy again"\n'
    texts["en/titles.toml"] = texts["en/titles.toml"].replace("[stages]\n", titles)
    study, now = factories.study(files=texts), timezone.now()
    early, late = (factories.finished(study, at=now - timedelta(days=days)) for days in (1, 8))
    factories.consented(study)
    factories.finished(study, kind=Kind.TEST)
    Identifier.objects.create(
        study=study, participant=late, platform="prolific", value="5f1e0c8a9b", received_at=factories.START
    )
    owner = factories.colleague("owner")
    with django_assert_max_num_queries(20):
        rows = _rows(owner.post(_url("follow_up_file")))
    assert [(row["participant"], row["state"], row["value"]) for row in rows] == [
        (late.code, "open", "5f1e0c8a9b"),
        (early.code, "waiting", ""),
    ]
    response = factories.uninvited().get(rows[0]["link"].removeprefix(SITE), follow=True)
    assert "Joy again" in response.content.decode()
    assert _rows(owner.post(_url("identifier_file")))[0]["participant"] == late.code
    assert [(action, details) for _, action, details in _log()] == [
        ("follow_ups_shown", {"count": 2}),
        ("identifiers_shown", {"count": 1}),
    ]


def test_a_batch_of_another_study_does_not_exist():
    texts = {**factories.files(), "study.toml": factories.files()["study.toml"].replace('"tiny"', '"other"', 1)}
    link = Invitation.objects.create(study=factories.study(name="other", files=texts), key=uuid.uuid4())
    owner = factories.colleague("owner")
    for name in ("link_file", "revoke_links"):
        assert owner.post(_url(name, batch=link.pk)).status_code == 404
