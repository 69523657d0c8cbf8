"""The text condition renders the whole curriculum, with its clock, and each figure after its concept."""

import re
import tomllib

import pytest
from django.utils import timezone

from survey import coverage, curriculum, flow
from survey.curriculum import prompts
from tests import factories
from textcond import figures


def _page() -> str:
    """Return the page as the text arm sees it."""
    study = factories.study()
    while True:
        learner = factories.learning(study, at=timezone.now())
        if learner.allocation.arm == "text":
            address = flow.address(learner, flow.current(learner, timezone.now()))
            return factories.browser(learner).get(address).content.decode()


def _outline() -> list[str]:
    outline = tomllib.loads((curriculum.FOLDER / "outline.toml").read_text())
    return [concept for chapter in outline["chapters"] for concept in chapter["concepts"]]


@pytest.mark.django_db
def test_every_concept_is_there_once_and_in_the_order_of_the_outline():
    assert re.findall(r'<section class="concept" id="(\w+)"', _page()) == _outline()


@pytest.mark.django_db
def test_explanations_formulas_and_misconceptions_are_rendered():
    page = _page()
    for chapter in curriculum.chapters("en"):
        for concept in chapter.concepts:
            assert concept.html in page
            assert concept.misconception_html in page
            assert all(f'<a href="#{other.id}" data-related' in page for other in concept.related)
            assert not concept.formula or concept.formula_html in page
    assert "$" not in re.sub(r"<[^>]*>", "", page.split("<main")[1].split("</main>")[0])


@pytest.mark.django_db
def test_the_page_carries_the_clock_and_the_form_that_ends_the_phase():
    main = _page().split("<main")[1].split("</main>")[0]
    assert main.count("<form") == 1
    assert 'action="/study/tiny/learning/1/"' in main
    assert int(re.search(r'data-seconds-left="(\d+)"', main)[1]) > 0


@pytest.mark.django_db
def test_each_figure_stands_after_its_concept_and_before_the_next():
    order = re.findall(r'(?:<section class="concept"|<figure class="figure") id="([\w-]+)"', _page())
    expected = [
        name
        for concept in _outline()
        for name in [concept, *(f"figure-{figure.name}" for figure in figures.AFTER.get(concept, ()))]
    ]
    assert order == expected
    assert set(figures.AFTER) <= set(_outline())


@pytest.mark.django_db
def test_each_prompt_stands_after_its_concept_and_none_before_an_earlier_one():
    page = _page()
    asked = prompts.prompts("en")
    assert re.findall(r'data-prompt="(\w+)"', page) == [prompt.id for prompt in asked]
    for prompt in asked:
        assert page.index(f'id="{prompt.concept}"') < page.index(f'data-prompt="{prompt.id}"')
        assert page.index(f'data-prompt="{prompt.id}"') < page.index(prompt.words.revealed[:30])
    erases, keeps = (page.index(f'data-prompt="{name}"') for name in ("what_erases", "what_keeps"))
    assert erases < keeps < page.index('id="input_gate"'), "the neighbor comes second, though its concept comes first"


def test_a_study_that_asks_for_no_predictions_gets_none():
    protocol = factories.protocol(factories.REPLICATION)
    page = coverage.page(protocol, protocol.arm("text"), "en")
    assert "data-prompt=" not in page and "<figcaption" in page


@pytest.mark.django_db
def test_each_figure_has_a_picture_with_a_name_a_caption_and_its_values_as_a_table():
    page = _page()
    drawn = re.findall(r'<figure class="figure" id="figure-(\w+)"[^>]*>(.*?)</figure>', page, re.DOTALL)
    assert len(drawn) == sum(map(len, figures.AFTER.values())) == 7
    for name, figure in drawn:
        pictures = re.findall(r"<svg [^>]*>", figure)
        assert pictures and all(re.search(r'role="img" aria-label="[^"]{20,}"', picture) for picture in pictures), name
        assert len(re.sub(r"<[^>]*>", "", figure.split("<figcaption>")[1].split("</figcaption>")[0])) > 80, name
        heads, cells = figure.count("<th "), figure.count("<td ")
        assert heads >= 2 and cells >= 2 * heads, name
        assert not re.search(r"\b(None|nan|inf)\b", figure), name
    assert "style=" not in page.split("<main")[1], "styles stand in files"
