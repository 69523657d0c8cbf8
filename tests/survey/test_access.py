"""Who may come to which of the researcher's pages: one table, in which every address has to stand."""

from contextlib import closing

import pytest
from django.urls import reverse

from survey.models import ItemResponse, Rating, Role
from survey.monitor import urls
from survey.rating.answers import key_of
from tests import factories

pytestmark = pytest.mark.django_db
NOBODY, STRANGER, ADMIN = "nobody", "stranger", "admin"
OWNER, ASSISTANT, RATER, ANALYST = Role.Name.values
EVERYBODY = {OWNER, ASSISTANT, RATER, ANALYST, ADMIN}
OWNERS = {OWNER, ADMIN}

# {name of the address: (method, who may)}. Without a role in the study it does not exist, with another it is refused.
PAGES = {
    "overview": ("get", {*OWNERS, ASSISTANT, ANALYST}),
    "live": ("get", {*OWNERS, ASSISTANT, ANALYST}),
    "consort": ("get", {*OWNERS, ANALYST}),
    "participants": ("get", {*OWNERS, ASSISTANT, ANALYST}),
    "participant": ("get", {*OWNERS, ASSISTANT, ANALYST}),
    "show_link": ("post", OWNERS),
    "show_answers": ("post", OWNERS),
    "add_note": ("post", {*OWNERS, ASSISTANT}),
    "exclude": ("post", OWNERS),
    "unblind": ("get", OWNERS),
    "export": ("get", {*OWNERS, ANALYST}),
    "export_file": ("get", {*OWNERS, ANALYST}),
    "data_links": ("get", {*OWNERS, ANALYST}),
    "revoke_data_link": ("post", {*OWNERS, ANALYST}),
    "rate": ("get", {RATER}),
    "rate_answer": ("get", {RATER}),
    "ratings": ("get", {*OWNERS, ANALYST}),
    "settle": ("post", OWNERS),
    "roles": ("get", OWNERS),
    "take_role": ("post", OWNERS),
    "audit": ("get", OWNERS),
}
# Of no study: whoever is logged in, or (the last two) everybody.
ACCOUNT = {"researcher", "login", "logout"}


def _client(who, study):
    if who == NOBODY:
        return factories.uninvited()
    if who == STRANGER:
        return factories.logged_in(factories.user(STRANGER))
    return factories.researcher() if who == ADMIN else factories.colleague(who, study)


def _address(name, who=ADMIN):
    """Return the address of a page, with what it names made for it, and for whoever comes to it."""
    study = factories.study()
    factories.unblinded(study)
    known = {"study": study.name}
    pattern = next(pattern for pattern in urls.urlpatterns if pattern.name == name)
    factories.colleague(RATER, study)
    role = Role.objects.get(user__username=RATER)
    known["role"] = role.pk
    if {"key", "response"} & set(pattern.pattern.converters):
        factories.finished(study)
        response = ItemResponse.objects.get(item="post_open")
        for number, rater in enumerate(("first", "second")):
            given = {"rater": factories.user(rater), "points": number, "rated_at": factories.START}
            Rating.objects.create(response=response, **given)
        known |= {"key": key_of(role.order_seed, response.pk), "response": response.pk}
    known["file"] = "codebook.csv"
    if "link" in pattern.pattern.converters:
        factories.researcher()
        account = factories.user("researcher" if who == ADMIN else who)
        known["link"] = factories.data_link(study, account)[0].key
    if "code" in pattern.pattern.converters:
        known["code"] = factories.finished(study).code
    return reverse(f"survey:{name}", kwargs={key: known[key] for key in pattern.pattern.converters})


def test_every_address_stands_in_the_table():
    assert {pattern.name for pattern in urls.urlpatterns} == set(PAGES) | ACCOUNT


@pytest.mark.parametrize("who", [NOBODY, STRANGER, *sorted(EVERYBODY)])
@pytest.mark.parametrize("name", PAGES)
def test_who_may_come(name, who):
    method, allowed = PAGES[name]
    address = _address(name, who)
    sent = {"points": "1"} if method == "post" else {}
    response = getattr(_client(who, factories.study()), method)(address, sent)
    response.close()
    if who == NOBODY:
        assert response.status_code == 302
        assert response["Location"].startswith(f"{reverse('survey:login')}?next={address}")
    elif who == STRANGER:
        assert response.status_code == 404
    elif who in allowed:
        assert response.status_code in (200, 302) and "login" not in response.get("Location", "")
    else:
        assert response.status_code == 403
        assert "Your role in this study does not include this page" in response.content.decode()
    assert who == STRANGER or "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_that_are_read_are_only_read_and_those_that_change_are_only_sent(name):
    method, _ = PAGES[name]
    wrong = {"get": "put", "post": "get"}[method]
    assert getattr(factories.researcher(), wrong)(_address(name)).status_code == 405


def test_a_role_in_one_study_opens_no_other():
    other = factories.study(name="other", files=factories.files(study=_other_name()))
    client = factories.colleague(OWNER, factories.study())
    assert client.get(reverse("survey:roles", kwargs={"study": other.name})).status_code == 404
    assert client.get(reverse("survey:roles", kwargs={"study": "nowhere"})).status_code == 404
    page = client.get(reverse("survey:researcher")).content.decode()
    assert "/researcher/tiny/" in page and "/researcher/other/" not in page


def _other_name():
    return factories.files()["study.toml"].replace('name = "tiny"', 'name = "other"')


def test_a_role_that_was_taken_opens_nothing():
    client = factories.colleague(OWNER)
    address = reverse("survey:roles", kwargs={"study": "tiny"})
    assert client.get(address).status_code == 200
    Role.objects.update(taken_at=factories.START)
    assert client.get(address).status_code == 404


def test_several_roles_add_up():
    client = factories.colleague(RATER)
    factories.unblinded(factories.study())
    address = reverse("survey:export", kwargs={"study": "tiny"})
    assert client.get(address).status_code == 403
    Role.objects.create(user=factories.user(RATER), study=factories.study(), name=ANALYST)
    with closing(client.get(address)) as response:
        assert response.status_code == 200


def test_who_recruits_sees_no_arms_and_who_rates_no_counts():
    factories.unblinded(factories.learning().study)
    index = reverse("survey:researcher")
    pages = {who: factories.colleague(who).get(index).content.decode() for who in (OWNER, ASSISTANT, RATER)}
    owner, assistant, rater = pages.values()
    assert "By arm" in owner and ">Export</a>" in owner
    assert "Consented" in assistant and "By arm" not in assistant and ">Export</a>" not in assistant
    assert "A tiny study" in rater and "Consented" not in rater


def test_who_has_no_role_yet_is_told_so():
    factories.study()
    page = factories.logged_in(factories.user(STRANGER)).get(reverse("survey:researcher")).content.decode()
    assert "You have no role in any study" in page and "tiny" not in page
