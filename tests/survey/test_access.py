"""Who may come to which address of the site, by which method: tables in which every address has to stand."""

from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from survey.models import Invitation, ItemResponse, Rating, Role
from survey.monitor import urls
from survey.rating.answers import key_of
from tests import factories
from visual.runspec import DEFAULT

pytestmark = pytest.mark.django_db
NOBODY, STRANGER, ADMIN = "nobody", "stranger", "admin"
LEARNER, OTHER_LEARNER, OTHER_OWNER = "learner", "learner elsewhere", "owner elsewhere"
METHODS = ("get", "head", "post", "put", "delete", "options")
READ = {"get", "head"}
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
    "links": ("get", {*OWNERS, ASSISTANT}),
    "make_links": ("post", OWNERS),
    "make_test_link": ("post", {*OWNERS, ASSISTANT}),
    "link_file": ("post", OWNERS),
    "revoke_links": ("post", OWNERS),
    "follow_up_file": ("post", OWNERS),
    "identifier_file": ("post", OWNERS),
    "unblind": ("get", OWNERS),
    "export": ("get", {*OWNERS, ANALYST}),
    "export_file": ("get", {*OWNERS, ANALYST}),
    "data_links": ("get", {*OWNERS, ANALYST}),
    "revoke_data_link": ("post", {*OWNERS, ANALYST}),
    "planning": ("get", {*OWNERS, ASSISTANT, ANALYST}),
    "preregistration": ("get", {*OWNERS, ASSISTANT, ANALYST}),
    "results": ("get", {*OWNERS, ANALYST}),
    "results_report": ("get", {*OWNERS, ANALYST}),
    "results_table": ("get", {*OWNERS, ANALYST}),
    "results_figure": ("get", {*OWNERS, ANALYST}),
    "rate": ("get", {RATER}),
    "rate_answer": ("get", {RATER}),
    "ratings": ("get", {*OWNERS, ANALYST}),
    "settle": ("post", OWNERS),
    "state": ("get", OWNERS),
    "roles": ("get", OWNERS),
    "make_account": ("post", OWNERS),
    "take_role": ("post", OWNERS),
    "audit": ("get", OWNERS),
}
RESEARCHERS = {f"survey:{name}" for name in PAGES}
# Participants' pages: {name: what the address names}. They lead everybody else to the study's door or say that there
# is nothing for them.
TINY = {"study": "tiny"}
SEATS = {
    "survey:here": TINY,
    "survey:complete": TINY,
    "survey:full": TINY,
    "survey:ended": TINY,
    "survey:pause": TINY,
    "survey:withdraw": TINY,
    "survey:withdrawn": TINY,
    "survey:stage": {**TINY, "stage": "learning", "page": 1},
    "survey:draft": {**TINY, "stage": "about", "page": 1},
    "survey:events": TINY,
    "visual:learn": TINY,
    "textcond:learn": TINY,
}
# For everybody: {name: (what the address names, methods, status for who is nobody)}. Nothing in them is anyone's own.
SMALL = {"spec": str(replace(DEFAULT, layers=1, units=4))}
OPEN = {
    "home": ({}, READ, 200),
    "favicon": ({}, READ, 302),
    "healthz": ({}, READ, 200),
    "livez": ({}, READ, 200),
    "readyz": ({}, READ, 200),
    "metrics": ({}, READ, 404),  # by a secret that this site has not set
    "survey:join": (TINY, {*READ, "post"}, 200),
    "survey:declined": (TINY, READ, 200),
    "survey:erased": (TINY, READ, 200),
    "survey:closed": (TINY, READ, 302),
    "survey:login": ({}, {*READ, "post", "put", "options"}, 200),
    "visual:explore": ({}, READ, 200),
    "visual:epochs": ({**SMALL, "first": 0, "last": 1}, READ, 200),
    "visual:inspection": ({**SMALL, "epoch": 1, "layer": 1}, READ, 200),
    "runs/<path:place>": ("/runs/somewhere", READ, 302),
    "^runs/v(?P<version>[0-9.]+)/": ("/runs/v0.1/somewhere", READ, 410),
    # By a question, of which this is none.
    "visual:what_if": ({**SMALL, "epoch": 1}, READ, 400),
    # By a secret, of which these are none.
    "survey:resume": ({"token": "A" * 32}, READ, 404),
    "survey:data": ({**TINY, "file": "participants.csv"}, READ, 403),
}
# Whoever is logged in, with what is theirs.
ACCOUNT = {"survey:researcher", "survey:password", "survey:logout"}


def _client(who, study):
    """Return the browser of somebody; all but the first are known to the site by something."""
    match who:
        case "nobody":
            return factories.uninvited()
        case "stranger":
            return factories.logged_in(factories.user(STRANGER))
        case "learner":
            return factories.browser(factories.consented(study))
        case "learner elsewhere":
            return factories.browser(factories.consented(_other()))
        case "owner elsewhere":
            account = factories.user(OTHER_OWNER)
            Role.objects.get_or_create(user=account, study=_other(), name=OWNER, taken_at=None)
            return factories.logged_in(account)
        case "admin":
            return factories.researcher()
    return factories.colleague(who, study)


def _other():
    return factories.study(name="other", files=factories.files(study=_other_name()))


def _address(name, who=ADMIN):
    """Return the address of a page, with what it names made for it, and for whoever comes to it."""
    study = factories.study()
    factories.unblinded(study)
    known = {"study": study.name, "table": "outcomes", "outcome": "joy"}
    pattern = next(pattern for pattern in urls.urlpatterns if pattern.name == name)
    factories.colleague(RATER, study)
    role = Role.objects.get(user__username=RATER)
    known["role"] = role.pk
    if {"key", "response"} & set(pattern.pattern.converters):
        _finished(study)
        response = ItemResponse.objects.get(item="post_open")
        for number, rater in enumerate(("first", "second")):
            given = {"rater": factories.user(rater), "points": number, "rated_at": factories.START}
            Rating.objects.get_or_create(response=response, **given)
        known |= {"key": key_of(role.order_seed, response.pk), "response": response.pk}
    known["file"] = "codebook.csv"
    if "batch" in pattern.pattern.converters:
        known["batch"] = Invitation.objects.get_or_create(study=study, created_at=factories.START)[0].pk
    if "link" in pattern.pattern.converters:
        factories.researcher()
        account = factories.user("researcher" if who == ADMIN else who)
        known["link"] = factories.data_link(study, account)[0].key
    if "code" in pattern.pattern.converters:
        known["code"] = _finished(study).code
    return reverse(f"survey:{name}", kwargs={key: known[key] for key in pattern.pattern.converters})


def _finished(study):
    return study.participants.exclude(finished_at=None).first() or factories.finished(study)


def _addresses(resolver, spaces=()):
    """Yield the name of every address of the site, or its pattern where it has none."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _addresses(pattern, spaces + ((pattern.namespace,) if pattern.namespace else ()))
        else:
            yield ":".join([*spaces, pattern.name]) if pattern.name else str(pattern.pattern)


def _open_address(name):
    place = {**SEATS, **{name: place for name, (place, *_) in OPEN.items()}}[name]
    return place if isinstance(place, str) else reverse(name, kwargs=place)


@contextmanager
def _undone():
    """Let nothing that happens within stay."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _everything():
    """Return all rows of all tables."""
    rows = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows[model] = cursor.fetchall()
    return rows


def test_every_address_stands_in_one_table():
    tables = [RESEARCHERS, set(SEATS), set(OPEN), ACCOUNT]
    assert sorted(_addresses(get_resolver())) == sorted(name for table in tables for name in table)


@pytest.mark.parametrize("name", PAGES)
def test_who_may_come(name):
    method, allowed = PAGES[name]
    study, _ = factories.study(), _other()
    _address(name)  # what all of them look at
    for who in (NOBODY, LEARNER, OTHER_LEARNER, STRANGER, OTHER_OWNER, *sorted(EVERYBODY)):
        with _undone():
            address, client = _address(name, who), _client(who, study)
            sent = {"points": "1"} if method == "post" else {}
            before = _everything()
            response = getattr(client, method)(address, sent)
            response.close()
            if who in allowed:
                assert response.status_code in (200, 302), who
                assert "login" not in response.get("Location", ""), who
            elif who in EVERYBODY:
                assert response.status_code == 403, who
                assert "Your role in this study does not include this page" in response.content.decode()
            elif who in (STRANGER, OTHER_OWNER):
                assert response.status_code == 404, who
            else:
                assert response.status_code == 302, who
                assert response["Location"].startswith(f"{reverse('survey:login')}?next={address}")
            assert who in (STRANGER, OTHER_OWNER) or "no-store" in response["Cache-Control"]
            if who not in allowed:
                for other in METHODS:
                    answer = getattr(client, other)(address)
                    assert answer.status_code in (response.status_code, 405), (who, other)
                assert _everything() == before, who


@pytest.mark.parametrize("name", PAGES)
def test_pages_that_are_read_are_only_read_and_those_that_change_are_only_sent(name):
    method, _ = PAGES[name]
    address, client = _address(name), factories.researcher()
    before = _everything()
    for wrong in {*METHODS} - {"get": {*READ, "post"}, "post": {"post"}}[method]:
        assert getattr(client, wrong)(address).status_code == 405, wrong
    assert _everything() == before


@pytest.mark.parametrize("name", SEATS)
def test_a_participants_page_is_for_the_participants_of_its_study(name):
    study, _ = factories.study(), _other()
    address = _open_address(name)
    for who in (NOBODY, OTHER_LEARNER, STRANGER, OTHER_OWNER, *sorted(EVERYBODY)):
        with _undone():
            client = _client(who, study)
            before = _everything()
            for method in METHODS:
                response = getattr(client, method)(address)
                if response.status_code == 302:
                    assert response["Location"] == reverse("survey:join", kwargs=TINY), (who, method)
                else:
                    assert response.status_code in (403, 404, 405), (who, method)
            assert _everything() == before, who


def test_a_participant_comes_to_their_own_pages():
    client = factories.browser(factories.learning(factories.study(), at=timezone.now()))
    statuses = {name: client.get(_open_address(name)).status_code for name in SEATS}
    here = Client.get(client, "/study/tiny/", follow=True)
    assert here.status_code == 200 and here.redirect_chain[-1][0] in ("/visual/tiny/", "/text/tiny/")
    assert {name for name, status in statuses.items() if status == 405} == {"survey:draft", "survey:events"}
    assert {statuses["survey:pause"], statuses["survey:withdraw"]} == {200}
    assert not {status for status in statuses.values() if status >= 400} - {405}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_for_everybody_is_read_by_its_methods_and_changes_nothing(name):
    _, methods, status = OPEN[name]
    study, _ = factories.study(), _other()
    address = _open_address(name)
    for who in (NOBODY, LEARNER, OTHER_LEARNER, STRANGER, *sorted(EVERYBODY)):
        with _undone():
            client = _client(who, study)
            before = _everything()
            found = client.get(address).status_code
            # Who stands in a study or is logged in is led on from the doors.
            assert found == status or (found == 302 and name in ("survey:join", "survey:login")), who
            if who == NOBODY:
                for method in {*METHODS} - methods:
                    assert getattr(client, method)(address).status_code == 405, method
            assert _everything() == before, who


def test_an_account_sees_what_is_its_own():
    study, _ = factories.study(), _other()
    for who in (NOBODY, LEARNER):
        assert "login" in _client(who, study).get(reverse("survey:researcher"))["Location"]
    for who in (STRANGER, OTHER_OWNER, *sorted(EVERYBODY)):
        page = _client(who, study).get(reverse("survey:researcher"))
        assert page.status_code == 200
        assert ("/researcher/tiny/" in page.content.decode()) == (who in EVERYBODY)


@pytest.mark.parametrize("name", sorted({*RESEARCHERS, *SEATS, *OPEN, *ACCOUNT}))
def test_nothing_is_sent_without_the_sites_own_token(name):
    """Another site may let a browser that is logged in, or takes part, send a form here: it changes nothing."""
    study = factories.study()
    if name in RESEARCHERS:
        address = _address(name.removeprefix("survey:"))
    else:
        address = reverse(name) if name in ACCOUNT else _open_address(name)
    client = Client(enforce_csrf_checks=True)
    client.cookies = _client(LEARNER, study).cookies
    client.cookies.update(factories.researcher().cookies)
    before = _everything()
    assert client.post(address, {"points": "1", "choice": "erase", "consent": "on"}).status_code == 403
    assert _everything() == before


def test_a_role_in_one_study_opens_no_other():
    other = _other()
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
