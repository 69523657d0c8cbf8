"""The text condition renders the whole curriculum, and its figures are the engine's own numbers."""

import json
import re
import tomllib

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from survey import curriculum, flow
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


@pytest.mark.django_db
def test_every_concept_is_there_once_and_in_the_order_of_the_outline():
    outline = tomllib.loads((curriculum.FOLDER / "outline.toml").read_text())
    expected = [concept for chapter in outline["chapters"] for concept in chapter["concepts"]]
    assert re.findall(r'<section class="concept" id="(\w+)"', _page()) == expected


@pytest.mark.django_db
def test_explanations_formulas_and_misconceptions_are_rendered():
    page = _page()
    for chapter in curriculum.chapters("en"):
        for concept in chapter.concepts:
            assert concept.html in page
            assert concept.misconception_html in page
            assert not concept.formula or concept.formula_html in page
    assert "$" not in re.sub(r"<[^>]*>", "", page.split("<main")[1].split("</main>")[0])


@pytest.mark.django_db
def test_the_page_carries_the_clock_and_the_form_that_ends_the_phase():
    main = _page().split("<main")[1].split("</main>")[0]
    assert main.count("<form") == 1
    assert 'action="/study/tiny/learning/1/"' in main
    assert int(re.search(r'data-seconds-left="(\d+)"', main)[1]) > 0


def test_the_figures_show_what_the_engine_computes():
    kept, computed = figures.snapshot(), figures.compute()
    assert kept.keys() == computed.keys()
    assert (kept["spec"], kept["predictions"].keys()) == (computed["spec"], computed["predictions"].keys())
    for name in ("input", "target", "validation_loss"):
        np.testing.assert_allclose(kept[name], computed[name], rtol=1e-3, atol=2e-4)
    for epoch in kept["predictions"]:
        np.testing.assert_allclose(kept["predictions"][epoch], computed["predictions"][epoch], atol=2e-4)


def test_the_snapshot_is_written_by_one_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(figures, "SNAPSHOT", tmp_path / "snapshots" / "training.json")
    call_command("snapshot_figures")
    assert json.loads(figures.SNAPSHOT.read_text()) == figures.compute()


def test_the_caption_s_claim_holds():
    """The figure shows a network that learns: each moment is at least three times better than the one before."""
    losses = [figures.snapshot()["validation_loss"][epoch] for epoch in figures.EPOCHS_SHOWN]
    assert losses[0] > 3 * losses[1] > 9 * losses[2]


def test_lines_are_drawn_at_the_values():
    axis = figures.Axis(-1, 1, 100, 0)
    assert [axis(-1), axis(0), axis(1)] == [100, 50, 0]
    panel = figures.prediction()["panels"][0]
    points = [tuple(map(float, point.split(","))) for point in panel["input"].split()]
    assert len(points) == figures.INPUT_STEPS
    first = figures.snapshot()["input"][0]
    assert points[0][1] == pytest.approx(140 + (first + 1.3) / 2.6 * (6 - 140), abs=0.01)
