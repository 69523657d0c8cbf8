"""A study in two languages: the choice before the consent is stored and holds on every page."""

import pytest
from django.utils import timezone

from survey.models import ItemResponse, Participant
from tests import factories

pytestmark = pytest.mark.django_db
JOIN = "/join/tiny/"


def _bilingual():
    texts = factories.files()
    texts |= {path.replace("en/", "de/", 1): text for path, text in texts.items() if path.startswith("en/")}
    texts["study.toml"] = texts["study.toml"].replace('languages = ["en"]', 'languages = ["en", "de"]')
    for path, old, new in [
        ("de/titles.toml", "A tiny study", "Eine kleine Studie"),
        ("de/titles.toml", "About you", "Über Sie"),
        ("de/texts/information.md", "This study takes one minute.", "Diese Studie dauert eine Minute."),
        ("de/instruments/about.toml", "What is your gender?", "Welches Geschlecht haben Sie?"),
        ("de/instruments/about.toml", '"Woman"', '"Frau"'),
    ]:
        assert old in texts[path]
        texts[path] = texts[path].replace(old, new)
    return factories.study(files=texts)


@pytest.mark.parametrize(
    ("address", "header", "language"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("", "fr,en;q=0.5,de;q=0.2", "en"),
        ("", "fr", "en"),
        ("?language=de", "en", "de"),
        ("?language=en", "de", "en"),
        ("?language=fr", "de", "de"),
    ],
)
def test_the_page_is_in_the_language_that_is_chosen_or_asked_for(client, address, header, language):
    _bilingual()
    page = client.get(JOIN + address, headers={"accept-language": header}).content.decode()
    assert f'<html lang="{language}"' in page
    assert ("Diese Studie dauert eine Minute." in page) == (language == "de")
    assert 'href="?language=de" lang="de"' in page and ">Deutsch</a>" in page and ">English</a>" in page
    assert f'lang="{language}" hreflang="{language}" aria-current="true"' in page


def test_the_choice_is_stored_and_holds_whatever_the_browser_asks_for(client):
    study = _bilingual()
    form = factories.consent_form(study, language="de")
    page = client.post(JOIN, form, headers={"accept-language": "en"}, follow=True).content.decode()
    assert Participant.objects.get().language == "de"
    assert '<html lang="de"' in page and "Über Sie" in page and "Frau" in page


def test_what_is_refused_stays_in_its_language(client):
    form = factories.consent_form(_bilingual(), language="de")
    del form["consent"]
    sent = client.post(JOIN, form)
    assert sent.headers["Location"] == JOIN + "?refused=1&language=de"


def test_languages_differ_in_words_alone():
    study = _bilingual()
    for language in ("en", "de"):
        factories.finished(study, language=language)
    english, german = Participant.objects.order_by("pk")
    answers = [
        list(ItemResponse.objects.filter(participant=each).values_list("item", "value")) for each in (english, german)
    ]
    assert sorted(map(str, answers[0])) == sorted(map(str, answers[1]))
    pages = {visit.stage: {entry["item"] for entry in visit.shown} for visit in english.visits.all()}
    assert pages == {visit.stage: {entry["item"] for entry in visit.shown} for visit in german.visits.all()}


def test_a_study_in_one_language_offers_no_choice(client):
    factories.study()
    assert "?language=" not in client.get(JOIN, headers={"accept-language": "de"}).content.decode()


@pytest.mark.parametrize("number", [1, 2])
def test_who_learns_sees_the_material_in_a_language_in_which_it_is_written(number):
    study = _bilingual()
    for _ in range(number):
        learner = factories.learning(study, at=timezone.now(), language="de")
    answer = factories.browser(learner).get("/study/tiny/", follow=True)
    assert answer.status_code == 200 and "Learning" in answer.content.decode()
