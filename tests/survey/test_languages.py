"""A study in two languages: the choice before the consent is stored and holds on every page."""

import gettext
import re
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.translation.template import templatize

from survey.models import ItemResponse, Participant
from tests import factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
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


# The German words of the pages themselves

LOCALE = ROOT / "survey" / "locale" / "de" / "LC_MESSAGES"


def _catalogue() -> dict:
    with (LOCALE / "django.mo").open("rb") as stream:
        return gettext.GNUTranslations(stream)._catalog


def _asked_for(template: Path) -> set[str]:
    """Return the words that a template asks a translation for."""
    source = templatize(template.read_text())
    return {eval(word) for word in re.findall(r"""n?gettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", source)}


@pytest.mark.parametrize(
    "template",
    [path for path in (ROOT / "survey" / "templates" / "survey").rglob("*.html") if "researcher" not in path.parts],
    ids=lambda path: path.name,
)
def test_every_word_of_a_participant_s_page_has_a_german_one(template):
    known = {key[0] if isinstance(key, tuple) else key for key in _catalogue()}
    assert _asked_for(template) - known == set()


def test_the_compiled_catalogue_is_the_written_one():
    written = (LOCALE / "django.po").read_text()
    singular = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', written, re.MULTILINE))
    compiled = {key: value for key, value in _catalogue().items() if isinstance(key, str) and key}
    assert len(singular) > 90 and compiled == singular


def test_the_pages_speak_german(client):
    study = _bilingual()
    form = factories.consent_form(study, language="de")
    assert "Ich habe die Informationen gelesen" in client.get(JOIN + "?language=de").content.decode()
    page = client.post(JOIN, form, follow=True).content.decode()
    assert "Weiter</button>" in page and "0 % done" not in page and "% geschafft" in page
    refused = client.post("/study/tiny/about/1/", {}, follow=True).content.decode()
    assert "Antworten fehlen oder sind nicht möglich" in refused and "Bitte geben Sie eine Zahl ein." in refused
