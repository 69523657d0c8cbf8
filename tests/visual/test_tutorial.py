"""The guided tour is data, and what it says is true of what it shows."""

import json
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from survey import curriculum, events
from visual import runs, tutorial
from visual.runspec import parse

POSTTEST = Path(__file__).parents[2] / "survey/studies/replication/en/instruments/posttest.toml"
MOST_WORDS = 45


def test_every_step_has_its_words_and_all_words_have_a_step():
    words = tutorial.wording("en")
    assert [*words.steps] == [step.id for step in tutorial.steps()]
    assert [*words.chapters] == list(dict.fromkeys(step.chapter for step in tutorial.steps()))


def test_a_step_says_one_thing_in_few_words():
    for step_id, words in tutorial.wording("en").steps.items():
        assert len(words.text.split()) <= MOST_WORDS, step_id


def test_who_only_follows_meets_every_concept_that_the_knowledge_test_asks():
    asked = {item["concept"] for item in tomllib.loads(POSTTEST.read_text())["items"]}
    met = {concept for step in tutorial.steps() for concept in step.concepts}
    assert asked <= met
    assert met <= {concept.id for chapter in curriculum.chapters("en") for concept in chapter.concepts}


def test_what_a_step_waits_for_can_happen():
    for step in tutorial.steps():
        if step.waits_for is None:
            continue
        if "event" in step.waits_for:
            fields = events.KINDS[step.waits_for["event"]].__dataclass_fields__
            assert set(step.waits_for) - {"event"} <= set(fields), step.id
        else:
            assert set(step.waits_for) <= {"input", "click"}, step.id


def test_an_unknown_preset_or_key_is_refused():
    with pytest.raises(ValidationError, match="expected one of"):
        tutorial.Place(preset="nothing")
    with pytest.raises(ValidationError, match="Extra inputs"):
        tutorial.Step(id="x", chapter="x", points_at="x", concepts=(), wait_for={})


def _loss_at(step_id: str) -> float:
    """Return the validation loss that the screen shows at this step."""
    step = next(each for each in tutorial.steps() if each.id == step_id)
    query = dict(pair.split("=", 1) for pair in step.shows.query.removeprefix("?").split("&"))
    epoch = int(query["epoch"])
    first, last = next(chunk for chunk in runs.CHUNKS if chunk[0] <= epoch <= chunk[1])
    shown = json.loads(runs.chunk(parse(query["run"]), first, last))["epochs"][epoch - first]
    assert shown["epoch"] == epoch
    return shown["validation_loss"]


def test_the_learning_rates_do_what_the_tour_says():
    low, high, good = (_loss_at(step) for step in ("rate_low", "rate_high", "rate_good"))
    assert low > 10 * good, "its errors are still large"
    assert high > 0.5, "worse than a flat line at 0"
    assert good < 0.03, "follows the curve closely"


def test_the_first_epochs_go_as_the_tour_says():
    epochs = [json.loads(runs.chunk(parse(str(tutorial.DEFAULT)), *chunk))["epochs"] for chunk in runs.CHUNKS[:3]]
    losses = [epoch["validation_loss"] for chunk in epochs for epoch in chunk]
    assert losses[2] < losses[0] / 3, "closer to the target by epoch 2"
    assert any(later > earlier for earlier, later in pairwise(losses)), "with some steps back"
