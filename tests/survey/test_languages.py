"""A study in two languages: the choice before the consent is stored and holds on every page."""

import re
from html import unescape

import pytest
from django.utils import timezone

from survey import withdrawal
from survey.models import Invitation, ItemResponse, Participant, Study
from survey.simulation.browsing import Page
from survey.simulation.people import Person
from tests import factories, messages

pytestmark = pytest.mark.django_db
JOIN = "/join/tiny/"


def _bilingual(**fields):
    return factories.study(files=factories.bilingual_files(), **fields)


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


def test_every_word_of_a_participants_page_is_in_the_catalogue_and_translated():
    """`make messages` gathers what is missing; the rest is for somebody who speaks the language."""
    asked, german = messages.gathered(), messages.read("de")
    words = {str(each.id) for each in asked if each.id}
    assert len(words) > 100
    assert words == {str(each.id) for each in german if each.id}
    assert messages.untranslated(german) == []
    assert [each.id for each in german if each.fuzzy and each.id] == []


def test_the_compiled_catalogue_is_the_written_one():
    compiled = (messages.LOCALE / "de" / "LC_MESSAGES" / "django.mo").read_bytes()
    assert compiled == messages.compiled(messages.read("de"))


def test_a_new_language_begins_with_all_words_and_no_translation(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    number = len([each for each in messages.gathered() if each.id])
    assert messages.update("fr") == number == len(messages.untranslated(messages.read("fr")))
    written = (tmp_path / "fr" / "LC_MESSAGES" / "django.po").read_bytes()
    messages.update("fr")
    assert (tmp_path / "fr" / "LC_MESSAGES" / "django.po").read_bytes() == written


def test_the_pages_speak_german(client):
    study = _bilingual()
    form = factories.consent_form(study, language="de")
    assert "Ich habe die Informationen gelesen" in client.get(JOIN + "?language=de").content.decode()
    page = client.post(JOIN, form, follow=True).content.decode()
    assert "Weiter</button>" in page and "0 % done" not in page and "% geschafft" in page
    refused = client.post("/study/tiny/about/1/", {}, follow=True).content.decode()
    assert "Antworten fehlen oder sind nicht möglich" in refused and "Bitte geben Sie eine Zahl ein." in refused


# What a page says in English when its translation is forgotten; short words may be the same in both languages.
ENGLISH = {
    word
    for each in messages.read("de")
    if each.id
    for word, german in zip(messages.parts(each.id), messages.parts(each.string), strict=True)
    if len(word) > 10 and "%(" not in word and word != german
}


def _assert_german(page: str, where: str) -> None:
    assert '<html lang="de"' in page, where
    text = unescape(re.sub(r"\s+", " ", re.sub(r"<(?!input|form)[^>]*>", "\n", page)))
    assert [word for word in ENGLISH if word in text] == [], where


def test_somebody_walks_the_whole_study_in_german(client):
    study = _bilingual()
    person = Person(factories.protocol(), 1, 1, 20, 0, 0)
    html, path = client.get(JOIN + "?language=de").content.decode(), JOIN
    seen = []
    while True:
        # The learning material is in English; the frame around it is not.
        learning = "data-learning-phase" in html
        seen.append(path)
        if not learning:
            _assert_german(html, path)
        if path.endswith("/complete/"):
            break
        form = Page(path, html).form
        values = dict.fromkeys(form.boxes, "on")
        if path.startswith("/study/") and not learning:
            stage = path.split("/")[3]
            values = {name: person.answer(stage, name, None) for name in form.names}
        sent = {name: value for name, value in {**form.hidden, "language": "de", **values}.items() if value is not None}
        answer = client.post(form.action or path, sent, follow=True)
        path, html = answer.redirect_chain[-1][0], answer.content.decode()
        assert "refused" not in path
    assert len(seen) == 10
    assert "Vielen Dank für Ihre Teilnahme." in html and "Ihr Abschlusscode" in html
    assert Participant.objects.get(study=study).status == "finished"


@pytest.mark.parametrize("state", ["draft", "paused", "closed", "archived"])
def test_a_closed_door_speaks_the_language_of_who_stands_before_it(client, state):
    study = _bilingual(state=state)
    page = client.get(JOIN, headers={"accept-language": "de"})
    _assert_german(page.content.decode(), state)
    assert "Eine kleine Studie" in page.content.decode()
    # Somebody who takes part: their language, whatever the browser asks for.
    walker = factories.consented(study, language="de")
    page = factories.browser(walker).get("/study/tiny/", headers={"accept-language": "en"}, follow=True)
    _assert_german(page.content.decode(), state)


def test_a_link_that_leads_nowhere_says_so_in_the_language_of_the_browser(client):
    study = _bilingual()
    key = Invitation.objects.create(study=study).key
    withdrawal.erase(factories.participant(study, join_key=key), factories.START)
    page = client.get(f"{JOIN}?invitation={key}", headers={"accept-language": "de"})
    assert page.status_code == 404
    _assert_german(page.content.decode(), "unknown")


def test_who_declines_reads_thanks_in_the_language_of_the_page(client):
    form = factories.consent_form(_bilingual(), language="de", decline="1")
    page = client.post(JOIN, form, headers={"accept-language": "en"}, follow=True)
    _assert_german(page.content.decode(), "declined")
    assert Study.objects.get().declined == 1


@pytest.mark.parametrize("choice", ["keep", "erase"])
def test_who_withdraws_reads_all_of_it_in_their_language(choice):
    walker = factories.consented(_bilingual(), language="de")
    browser = factories.browser(walker)
    english = {"accept-language": "en"}
    _assert_german(browser.get("/study/tiny/withdraw/", headers=english).content.decode(), "withdraw")
    page = browser.post("/study/tiny/withdraw/", {"choice": choice}, headers=english, follow=True)
    _assert_german(page.content.decode(), choice)
