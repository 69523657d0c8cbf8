"""The two pages of the visualization, as the server sends them."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.utils import timezone

from tests import factories
from visual.experiments import EXPERIMENTS
from visual.strings import strings

STATIC = Path(__file__).parents[2] / "visual" / "static" / "visual"
MODULES = sorted(STATIC.rglob("*.js"))
VIEW = re.compile(r"export function draw[A-Z]\w*\(root, snapshot")


class _Markup(HTMLParser):
    """Collects what a strict content security policy forbids, and the labels that are missing."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline, self.unnamed, self.label_for = [], [], set()
        self.inputs: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "style" in attributes or any(name.startswith("on") for name in attributes):
            self.inline.append((tag, attributes))
        if tag == "style" or (
            tag == "script" and "src" not in attributes and attributes.get("type") != "application/json"
        ):
            self.inline.append((tag, attributes))
        if tag == "label":
            self.label_for.add(attributes.get("for"))
        if tag == "input" and attributes.get("type") == "range":
            self.inputs.append((tag, attributes))


@pytest.fixture
def explore(client) -> str:
    response = client.get("/explore/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def learner(db):
    """A participant who learns with the visualization, and whose time is not up."""
    study = factories.study()
    learners = iter(lambda: factories.learning(study, at=timezone.now()), None)
    return next(learner for learner in learners if learner.allocation.arm == "visual")


def test_the_free_page_needs_no_study_and_records_nothing(client, explore):
    assert "data-default-run=" in explore
    assert "data-events-url" not in explore
    assert client.cookies == {}


def test_the_page_is_fit_for_a_strict_policy(explore):
    assert _Markup(explore).inline == []


def test_every_slider_has_a_name(explore):
    markup = _Markup(explore)
    assert len(markup.inputs) >= 8
    for _tag, attributes in markup.inputs:
        assert "aria-label" in attributes or attributes.get("id") in markup.label_for, attributes


def test_without_javascript_the_page_says_what_it_needs(explore):
    assert re.search(r"<noscript>.*JavaScript.*</noscript>", explore, re.DOTALL)


def test_the_steps_in_each_kind_of_cell_show_the_curriculums_own_words(explore):
    assert explore.count("data-step-text=") == 1 + 4 + 4 + 3
    assert {"layer_input", "forget_gate", "cell_update", "output_gate"} <= set(
        re.findall(r'data-concept="(\w+)"', explore)
    )


def test_a_participant_gets_the_form_that_ends_the_phase_and_a_place_for_events(learner):
    html = factories.browser(learner).get("/visual/tiny/").content.decode()
    assert 'data-events-url="/events/tiny/"' in html
    assert "data-csrf-token=" in html
    assert html.count("data-learning-phase") == 1
    assert _Markup(html).inline == []
    assert 'data-role="copy"' not in html


@pytest.mark.django_db
def test_uninvited_visitors_are_led_to_the_studys_door(client):
    factories.study()
    response = client.get("/visual/tiny/")
    assert (response.status_code, response.url) == (302, "/join/tiny/")


def test_every_string_that_the_modules_say_is_handed_over():
    said, of_experiments = set(), set()
    for module in MODULES:
        names = set(re.findall(r"\bstrings\.(\w+)", module.read_text(encoding="utf-8")))
        if module.parent == STATIC:
            said |= names
        elif module.stem in EXPERIMENTS:
            assert names - set(EXPERIMENTS[module.stem].strings) - set(strings()) == set()
        else:
            of_experiments |= names
    assert said - set(strings()) == set()
    known = {key for experiment in EXPERIMENTS.values() for key in experiment.strings}
    assert of_experiments - known - set(strings()) == set()


@pytest.mark.parametrize("id_", EXPERIMENTS)
def test_no_experiment_hands_over_a_string_for_nothing(id_):
    folder = STATIC / "experiments"
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    assert (folder / f"{id_}.js").exists()
    # A key may be put together: strings[`said_${gate}_open`]
    composed = [re.sub(r"\$\{[^}]*\}", r"\\w+", template) for template in re.findall(r"strings\[`([^`]+)`\]", text)]
    unused = {key for key in EXPERIMENTS[id_].strings if not re.search(rf"\b{key}\b", text)}
    assert {key for key in unused if not any(re.fullmatch(template, key) for template in composed)} == set()


def test_no_string_is_handed_over_for_nothing():
    text = "".join(module.read_text(encoding="utf-8") for module in MODULES)
    composed = re.compile(
        r"(phase|said)_(forward|validation|backward)|(phase|shown)_(cue_recall|latch)|\w+_meaning"
        r"|phase_(forward|validation)_text|own_text_(symbol|length|variety)"
    )
    unused = {key for key in strings() if not re.search(rf"\b{key}\b", text) and not composed.fullmatch(key)}
    assert unused == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_modules_keep_the_houses_rules(module):
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    if module.name != "api.js":
        assert not re.search(r"(?<![\w.])fetch\(", text)
    imported = set(re.findall(r'from "\.{1,2}/(\w+)\.js"', text))
    views = {path.stem for path in MODULES if VIEW.search(path.read_text(encoding="utf-8"))}
    if module.stem in views:
        assert imported & views == set(), "a view never imports another"
    assert not re.search(r"^(let|var) ", text, re.MULTILINE), "no mutable state of a module"
