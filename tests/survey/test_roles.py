import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from survey.models import AuditEntry, Role
from survey.monitor import audit_log
from survey.monitor.access import desks
from survey.monitor.roles import give, take
from tests import factories

pytestmark = pytest.mark.django_db
ROLES = reverse("survey:roles", kwargs={"study": "tiny"})
AUDIT = reverse("survey:audit", kwargs={"study": "tiny"})


def _log():
    return [
        (entry.who, entry.action, entry.study and entry.study.name, entry.details)
        for entry in AuditEntry.objects.order_by("pk")
    ]


def _give(client, user, name):
    return client.post(ROLES, {"user": user.pk, "name": name}, follow=True).content.decode()


# Roles


def test_an_owner_gives_a_role_and_takes_it_away():
    owner, ben = factories.colleague("owner"), factories.user("ben")
    assert "ben is now rater." in _give(owner, ben, "rater")
    role = Role.objects.get(user=ben)
    assert (role.name, role.study.name, role.taken_at) == ("rater", "tiny", None)
    taken = reverse("survey:take_role", kwargs={"study": "tiny", "role": role.pk})
    assert "ben is no longer rater." in owner.post(taken, follow=True).content.decode()
    role.refresh_from_db()
    assert role.taken_at
    assert _log() == [
        ("owner", "role_given", "tiny", {"account": "ben", "role": "rater"}),
        ("owner", "role_taken", "tiny", {"account": "ben", "role": "rater"}),
    ]


def test_giving_twice_gives_one_role_and_taking_twice_ends_it_once():
    study, ben = factories.study(), factories.user("ben")
    assert give(ben, study, "rater", None, factories.START)
    assert not give(ben, study, "rater", None, factories.START)
    role = Role.objects.get()
    take(role, None, factories.START)
    take(role, None, factories.START)
    assert [entry[1] for entry in _log()] == ["role_given", "role_taken"]
    assert give(ben, study, "rater", None, factories.START)
    assert Role.objects.count() == 2


@pytest.mark.parametrize("altered", [{"user": 999}, {"name": "king"}])
def test_an_unknown_account_or_role_is_refused(altered):
    owner, ben = factories.colleague("owner"), factories.user("ben")
    response = owner.post(ROLES, {"user": ben.pk, "name": "rater", **altered})
    assert response.status_code == 200 and "login__error" in response.content.decode()
    assert Role.objects.count() == 1


def test_nobody_takes_their_own_ownership_or_a_role_of_another_study():
    owner = factories.colleague("owner")
    role = Role.objects.get()
    take_own = reverse("survey:take_role", kwargs={"study": "tiny", "role": role.pk})
    assert "ask another owner" in owner.post(take_own, follow=True).content.decode()
    assert Role.objects.get().taken_at is None
    files = factories.files(study=factories.files()["study.toml"].replace('name = "tiny"', 'name = "other"'))
    elsewhere = Role.objects.create(
        user=factories.user("ben"), study=factories.study(name="other", files=files), name="rater"
    )
    assert owner.post(take_own.replace(f"/{role.pk}/", f"/{elsewhere.pk}/")).status_code == 404


# Accounts

ACCOUNT = reverse("survey:make_account", kwargs={"study": "tiny"})


def test_an_owner_makes_an_account_and_its_password_is_shown_once(client):
    owner = factories.colleague("owner")
    page = owner.post(ACCOUNT, {"account": "ben", "role": "rater"}).content.decode()
    password = re.search(r'value="([^"]+)" aria-label="Password"', page)[1]
    assert password not in owner.get(ROLES).content.decode()
    assert client.login(username="ben", password=password)
    assert [(desk.study.name, set(desk.roles)) for desk in desks(Role.objects.get(name="rater").user)] == [
        ("tiny", {"rater"})
    ]
    assert _log()[:2] == [
        ("owner", "user_made", "tiny", {"account": "ben"}),
        ("owner", "role_given", "tiny", {"account": "ben", "role": "rater"}),
    ]


@pytest.mark.parametrize("altered", [{"account": "owner"}, {"account": "b n!"}, {"account": ""}, {"role": "king"}])
def test_an_account_that_is_not_right_is_refused(altered, django_user_model):
    owner = factories.colleague("owner")
    response = owner.post(ACCOUNT, {"account": "ben", "role": "rater", **altered})
    assert "login__error" in response.content.decode()
    assert django_user_model.objects.count() == 1 and _log() == []


# The audit log


def test_login_and_logout_are_written_down(django_user_model):
    django_user_model.objects.create_user("ada", password="a long enough secret")
    client = factories.uninvited()
    client.post(reverse("survey:login"), {"username": "ada", "password": "guess"})
    assert _log() == []
    client.post(reverse("survey:login"), {"username": "ada", "password": "a long enough secret"})
    client.post(reverse("survey:logout"))
    client.post(reverse("survey:logout"))
    assert _log() == [("ada", "login", None, {}), ("ada", "logout", None, {})]


def test_a_download_is_written_down():
    factories.unblinded(factories.study())
    factories.researcher().get(reverse("survey:export", kwargs={"study": "tiny"}))
    assert _log() == []
    address = reverse("survey:export_file", kwargs={"study": "tiny", "file": "tiny.zip"})
    factories.researcher().head(address)
    factories.researcher().get(f"{address}?tables=none").close()
    assert _log() == [("researcher", "exported", "tiny", {"file": "tiny.zip", "kinds": "real", "tables": "none"})]


def test_an_export_by_command_is_written_down(tmp_path):
    factories.study()
    call_command("export_study", "tiny", "--out", str(tmp_path / "export"), "--include-test", stdout=StringIO())
    assert _log() == [("command line", "exported", "tiny", {"kinds": "real, test"})]


def test_the_log_shows_what_was_done_in_this_study_the_newest_first():
    owner, ben, stranger = factories.colleague("owner"), factories.user("ben"), factories.user("stranger")
    _give(owner, ben, "rater")
    for account in (ben, stranger):
        AuditEntry.objects.create(action="login", user=account, who=account.username)
    page = owner.get(AUDIT).content.decode()
    assert page.index("logged in") < page.index("gave a role")
    assert "account: ben · role: rater" in page
    assert "stranger" not in page


def test_a_long_log_has_pages(monkeypatch):
    monkeypatch.setattr(audit_log, "PER_PAGE", 2)
    owner = factories.colleague("owner")
    for number in range(5):
        AuditEntry.objects.create(action="exported", who=f"who{number}", study=factories.study())
    first, last = (owner.get(AUDIT, {"page": number}).content.decode() for number in (1, 3))
    assert "who4" in first and "who0" not in first and "Page 1 of 3" in first
    assert "who0" in last and 'rel="next"' not in last


def test_a_table_that_scrolls_by_key_has_a_name():
    scrolling = re.findall(r'<div class="table-scroll"[^>]*>', factories.colleague("owner").get(ROLES).content.decode())
    assert scrolling
    for tag in scrolling:
        assert 'tabindex="0"' in tag and 'role="group"' in tag and "aria-label" in tag


def test_an_empty_log_says_so():
    assert "Nothing has been changed" in factories.colleague("owner").get(AUDIT).content.decode()


# make_user


def _make_user(*arguments):
    out = StringIO()
    call_command("make_user", *arguments, stdout=out)
    return out.getvalue()


def test_make_user_makes_an_account_with_a_role_and_shows_its_password(client):
    study = factories.study()
    said = _make_user("ben", "--study", "tiny", "--role", "rater")
    password = said.split("password:")[1].split()[0]
    assert client.login(username="ben", password=password)
    [desk] = desks(factories.user("ben"))
    assert (desk.study, desk.roles) == (study, {"rater"})
    assert [entry[:3] for entry in _log()] == [
        ("command line", "user_made", "tiny"),
        ("command line", "role_given", "tiny"),
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["ada"], "already exists"),
        (["a b"], "letters, numbers"),
        (["ben", "--study", "tiny"], "belong together"),
        (["ben", "--study", "nowhere", "--role", "rater"], "no study"),
    ],
)
def test_make_user_refuses_and_makes_nothing(arguments, reason, django_user_model):
    factories.study()
    factories.user("ada")
    with pytest.raises(CommandError, match=reason):
        _make_user(*arguments)
    assert django_user_model.objects.count() == 1 and _log() == []


# One's own password

PASSWORD = reverse("survey:password")


def _passwords(**altered):
    new = "another long secret"
    return {"old_password": "a long enough secret", "new_password1": new, "new_password2": new, **altered}


def test_everybody_changes_their_own_password(client, django_user_model):
    django_user_model.objects.create_user("ada", password="a long enough secret")
    assert reverse("survey:login") in client.get(PASSWORD)["Location"]
    client.login(username="ada", password="a long enough secret")
    assert "Your password is changed." in client.post(PASSWORD, _passwords(), follow=True).content.decode()
    assert client.get(PASSWORD).status_code == 200  # still logged in
    assert not client.login(username="ada", password="a long enough secret")
    assert client.login(username="ada", password="another long secret")
    assert _log() == [("ada", "password_changed", None, {})]


@pytest.mark.parametrize("altered", [{"old_password": "guess"}, {"new_password2": "other"}, {"new_password1": "short"}])
def test_a_password_that_is_not_right_is_refused(client, django_user_model, altered):
    django_user_model.objects.create_user("ada", password="a long enough secret")
    client.login(username="ada", password="a long enough secret")
    assert "login__error" in client.post(PASSWORD, _passwords(**altered)).content.decode()
    assert client.login(username="ada", password="a long enough secret") and _log() == []
