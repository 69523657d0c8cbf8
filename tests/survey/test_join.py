"""Information and consent: opening creates nothing, sending the consent makes exactly one participant."""

import pytest

from survey.models import Participant, StageVisit
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/join/tiny/"


@pytest.fixture(autouse=True)
def study():
    return factories.study()


def _payload(**changes):
    return factories.consent_form(factories.study(), **changes)


def test_consent_makes_a_participant_of_the_current_version(client, study):
    response = client.post(URL, _payload())
    participant = Participant.objects.get()
    assert response.headers["Location"] == "/study/tiny/about/1/"
    assert participant.version == study.current_version
    assert participant.visits.get(stage="consent").ended_by == StageVisit.EndedBy.SUBMITTED
    page = client.get(response.headers["Location"]).content.decode()
    assert f'data-participant="{participant.code}"' in page


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_creates_nothing(client, method):
    response = getattr(client, method)(URL)
    assert response.status_code == 200
    assert Participant.objects.count() == 0
    assert client.cookies.keys() <= {"csrftoken"}


def test_without_the_tick_nobody_takes_part(client):
    payload = _payload()
    del payload["consent"]
    page = client.post(URL, payload, follow=True).content.decode()
    assert 'aria-invalid="true"' in page
    assert "Please tick the box" in page
    assert Participant.objects.count() == 0


@pytest.mark.parametrize("key", ["", "no key"])
def test_a_form_without_a_key_is_refused(client, key):
    assert client.post(URL, _payload(join_key=key)).headers["Location"] == URL + "?refused=1"
    assert Participant.objects.count() == 0


def test_sending_the_consent_twice_makes_one_participant(client):
    payload = _payload()
    first = client.post(URL, payload)
    second = factories.uninvited().post(URL, payload)  # the answer to the first was lost, and with it the cookie
    assert Participant.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]
    assert StageVisit.objects.filter(stage="consent").count() == 1


def test_opening_the_link_again_leads_back_to_the_place(client):
    client.post(URL, _payload())
    assert client.get(URL).headers["Location"] == "/study/tiny/about/1/"
    assert Participant.objects.count() == 1


def test_after_the_end_another_person_may_take_part(client):
    browser = factories.browser(factories.finished())
    page = browser.get(URL).content.decode()
    assert "Someone has finished this study in this browser" in page
    browser.post(URL, _payload())
    assert Participant.objects.count() == 2


def test_a_study_that_does_not_exist(client):
    assert client.get("/join/nowhere/").status_code == 404


def test_a_personal_link_resumes_in_any_browser():
    walker = factories.walk(factories.participant(), until="posttest", page=1)
    browser = factories.uninvited()
    response = browser.get(f"/resume/{walker.token}/")
    assert response.headers["Location"] == "/study/tiny/posttest/1/"
    assert browser.get("/study/tiny/posttest/1/").status_code == 200


@pytest.mark.parametrize("token", ["x", "ABCDEFGH"])
def test_a_wrong_personal_link_opens_nothing(client, token):
    assert client.get(f"/resume/{token}/").status_code == 404


def test_the_code_in_the_export_opens_nothing(client):
    walker = factories.consented()
    assert client.get(f"/resume/{walker.code}/").status_code == 404


def test_who_has_withdrawn_takes_part_no_more():
    walker = factories.withdrawn()
    assert factories.uninvited().get(f"/resume/{walker.token}/").headers["Location"] == "/study/tiny/withdrawn/"
    assert factories.browser(walker).get("/study/tiny/").headers["Location"] == URL


def test_leaving_on_a_shared_computer_forgets_the_place_there_only():
    walker = factories.consented()
    browser = factories.browser(walker)
    assert walker.token in browser.get("/study/tiny/pause/").content.decode()
    browser.post("/study/tiny/pause/")
    assert browser.get("/study/tiny/").headers["Location"] == URL
    assert factories.uninvited().get(f"/resume/{walker.token}/").status_code == 302
