import pytest
from django.urls import reverse

from survey import lifecycle
from survey.models import AuditEntry, Study
from tests import factories

pytestmark = pytest.mark.django_db
STATE = reverse("survey:state", kwargs={"study": "tiny"})


def _payload(**altered):
    return {"to": "paused", "reason": "The lab is closed.", "sure": "on", **altered}


def test_an_owner_pauses_the_study_with_a_reason():
    owner = factories.colleague("owner")
    page = owner.post(STATE, _payload(), follow=True).content.decode()
    assert "The study is paused now." in page and "The lab is closed." in page
    assert Study.objects.get().state == "paused"
    entry = AuditEntry.objects.get(action="state_changed", user__username="owner")
    assert (entry.details["before"], entry.details["after"]) == ("open", "paused")


@pytest.mark.parametrize("altered", [{"to": ""}, {"to": "draft"}, {"reason": " "}, {"sure": ""}])
def test_a_change_that_is_not_possible_or_not_meant_is_refused(altered):
    owner = factories.colleague("owner")
    response = owner.post(STATE, _payload(**altered))
    assert response.status_code == 200 and "login__error" in response.content.decode()
    assert Study.objects.get().state == "open"


def test_an_archived_study_offers_nothing_more():
    study = factories.study()
    owner = factories.colleague("owner", study)
    for to in ("closed", "archived"):
        lifecycle.change(study, to, "over", factories.START)
    assert '<form method="post" class="desk-form"' not in owner.get(STATE).content.decode()
