import re
from contextlib import closing

import pytest
from django.urls import reverse

from survey.models import StageVisit
from survey.monitor.recruitment import Group, recruitment
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = reverse("survey:researcher")
EXPORT = reverse("survey:export", kwargs={"study": "tiny"})
ZIP = reverse("survey:export_file", kwargs={"study": "tiny", "file": "tiny.zip"})


@pytest.fixture
def cast():
    """A study with everybody in it: two who only consented, three under way, two finished, one withdrawn."""
    study = factories.study()
    for make in (
        factories.finished,
        factories.withdrawn,
        factories.learning,
        factories.learning,
        factories.finished,
        factories.consented,
        factories.consented,
    ):
        make(study)
    factories.walk(factories.participant(study), until="posttest", page=2)
    return study


# Counts


def test_everybody_is_counted_once(cast):
    found = recruitment(cast)
    assert (found.consented, found.allocated) == (8, 6)
    assert (found.under_way, found.finished, found.withdrawn) == (5, 2, 1)
    assert found.under_way + found.finished + found.withdrawn == found.consented
    assert found.last_consent == factories.START
    for status in ("allocated", "finished", "withdrawn"):
        assert sum(getattr(group, status) for group in found.groups) == getattr(found, status)
    for group in found.groups:
        assert group.allocated == group.under_way + group.finished + group.withdrawn
        assert group.allocated == cast.allocations.filter(arm=group.arm).count()


def test_those_under_way_stand_where_they_stopped(cast):
    standing = {stage.title: stage.standing for stage in recruitment(cast).stages}
    assert standing == {
        "About you": 2,
        "Before": 0,
        "What comes next": 0,
        "Learning": 2,
        "Ratings": 0,
        "Using it": 0,
        "After": 1,
    }
    assert sum(standing.values()) == recruitment(cast).under_way


def test_a_study_without_participants_has_all_arms_and_stages():
    found = recruitment(factories.study())
    assert found.groups == [Group("visual", 0, 0, 0, 0), Group("text", 0, 0, 0, 0)]
    assert {stage.standing for stage in found.stages} == {0}
    assert (found.consented, found.last_consent, found.most_standing) == (0, None, 1)


def test_arms_and_stages_of_former_versions_are_still_counted():
    study = factories.study()
    old = factories.learning(study)
    texts = {path: text.replace('"learning"', '"phase"') for path, text in factories.files().items()}
    texts["study.toml"] = (
        texts["study.toml"]
        .replace('kind = "phase"', 'kind = "learning"')
        .replace(f'id = "{old.allocation.arm}"', 'id = "newer"')
    )
    texts["en/titles.toml"] = texts["en/titles.toml"].replace("learning = ", "phase = ")
    factories.version(study, texts)
    found = recruitment(study)
    assert [(group.arm, group.under_way) for group in found.groups][-1] == (old.allocation.arm, 1)
    assert [(stage.title, stage.standing) for stage in found.stages][-1] == ("Learning", 1)
    assert len(found.groups) == 3 and sum(stage.standing for stage in found.stages) == 1


def test_counting_takes_as_many_queries_for_many_as_for_few(cast, django_assert_num_queries):
    with django_assert_num_queries(6):
        recruitment(cast)


# The page


def test_the_page_shows_study_link_and_counts(cast):
    html = factories.researcher().get(PAGE).content.decode()
    assert "A tiny study" in html
    assert "http://testserver/join/tiny/" in html
    assert cast.current_version.sha256[:12] in html
    assert re.findall(r"<dd>(\d+)</dd>", html) == ["8", "6", "5", "2", "1"]
    assert EXPORT not in html, "the study is blind"
    factories.unblinded(cast)
    assert EXPORT in factories.researcher().get(PAGE).content.decode()


def test_the_page_shows_no_outcome(cast, monkeypatch):
    """Other answers and no answers at all: the page stays the same, to the letter."""
    client = factories.researcher()

    def shown():
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", client.get(PAGE).content.decode())

    before = shown()
    for finished in cast.participants.all():
        finished.responses.all().delete()
    assert shown() == before


def test_without_any_study_the_page_says_how_to_load_one():
    assert "load_study survey/studies/replication" in factories.researcher().get(PAGE).content.decode()


@pytest.mark.parametrize("address", [PAGE, EXPORT, ZIP])
def test_nobody_else_comes_in(address):
    learner = factories.learning()
    for client in (factories.uninvited(), factories.browser(learner)):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, f"/researcher/login/?next={address}")


@pytest.mark.parametrize("address", [PAGE, EXPORT, ZIP])
def test_pages_are_only_read_and_never_kept(address):
    factories.unblinded(factories.study())
    client = factories.researcher()
    assert client.post(address).status_code == 405
    with closing(client.get(address)) as response:
        assert "no-store" in response["Cache-Control"]


# Login and logout


def test_login_leads_to_where_one_wanted_to_go(django_user_model):
    django_user_model.objects.create_user("ada", password="a long enough secret")
    client = factories.uninvited()
    page = client.get(reverse("survey:login"), {"next": PAGE})
    assert page.status_code == 200 and f'name="next" value="{PAGE}"' in page.content.decode()
    answer = client.post(reverse("survey:login"), {"username": "ada", "password": "a long enough secret", "next": PAGE})
    assert answer["Location"] == PAGE
    assert "ada" in client.get(PAGE).content.decode()
    assert client.get(reverse("survey:login"))["Location"] == PAGE


def test_a_wrong_password_is_said_so(django_user_model):
    django_user_model.objects.create_user("ada", password="a long enough secret")
    client = factories.uninvited()
    page = client.post(reverse("survey:login"), {"username": "ada", "password": "guess"}).content.decode()
    assert 'role="alert"' in page and "guess" not in page
    assert "login__error" in client.post(reverse("survey:login"), {"username": ""}).content.decode()


def test_logout_is_a_post_and_ends_it():
    client = factories.researcher()
    assert client.get(reverse("survey:logout")).status_code == 405
    assert client.post(reverse("survey:logout"))["Location"] == reverse("home")
    assert client.get(PAGE).status_code == 302


def test_an_unknown_study_is_not_found():
    factories.study()
    response = factories.researcher().get(reverse("survey:export", kwargs={"study": "nowhere"}))
    assert response.status_code == 404


def test_who_ran_out_of_time_still_stands_in_the_learning_phase_until_they_come_back():
    learner = factories.learning()
    assert StageVisit.objects.get(participant=learner, stage="learning").due_at
    assert [stage.standing for stage in recruitment(learner.study).stages if stage.title == "Learning"] == [1]
