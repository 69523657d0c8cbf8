"""What learners are asked to predict: every claim is measured on the network that it is asked of."""

import re

import numpy as np
import pytest

from survey import curriculum
from survey.curriculum import CurriculumError, prompts
from visual import runs, runspec
from visual.engine.inspection import inspect

ALL = prompts.prompts("en")


@pytest.fixture(scope="module")
def trained():
    """Return a function that trains each run once, in the tests' own cache."""
    return lambda prompt: runs.trained(runspec.parse(prompt.run), prompt.epoch)


@pytest.mark.parametrize("prompt", ALL, ids=lambda prompt: prompt.id)
def test_a_prompt_names_a_run_by_its_one_spelling_and_a_concept_that_is_taught(prompt):
    assert str(runspec.parse(prompt.run)) == prompt.run
    assert prompt.epoch <= runspec.LAST_EPOCH
    assert curriculum.concept("en", prompt.concept)


@pytest.mark.parametrize("prompt", [each for each in ALL if each.kind == "gate"], ids=lambda prompt: prompt.id)
def test_the_gate_does_what_is_claimed(prompt, trained):
    gate = inspect(trained(prompt), prompt.layer).quantities[prompt.gate][:, prompt.unit - 1]
    first, last = prompt.steps
    asked = gate[first - 1 : last]
    is_so = asked < prompts.OPEN_FROM if prompt.state == "closed" else asked >= prompts.OPEN_FROM
    assert tuple(np.flatnonzero(is_so) + first) == prompt.answer
    assert np.abs(asked - prompts.OPEN_FROM).min() > 0.05  # nobody has to argue about a step


@pytest.mark.parametrize("prompt", [each for each in ALL if each.kind == "gate"], ids=lambda prompt: prompt.id)
def test_the_pulses_come_when_the_question_says(prompt, trained):
    read = trained(prompt).shown_sequence().inputs[:, 0, 0]
    assert [(step + 1, read[step] > 0) for step in np.flatnonzero(read)] == [(1, False), (25, True), (30, False)]
    assert re.search(r"down (arrives )?at time steps 1 and 30,", prompt.words.question)
    assert re.search(r"up at 25", prompt.words.question)


@pytest.mark.parametrize("prompt", [each for each in ALL if each.kind == "curve"], ids=lambda prompt: prompt.id)
def test_the_network_is_as_far_from_the_target_as_claimed(prompt, trained):
    training = trained(prompt)
    predicted, target = training.evaluate().prediction[:, 0], training.shown_sequence().targets[:, 0, 0]
    first, last = (step - training.data_set.given - 1 for step in prompt.steps)
    least, most = prompt.network_error
    assert least <= np.abs(predicted - target)[first : last + 1].mean() <= most


def test_an_untrained_network_stays_near_one_small_value(trained):
    (prompt,) = [each for each in ALL if each.id == "untrained"]
    asked = trained(prompt).evaluate().prediction[: prompt.steps[1] - prompt.steps[0] + 1, 0]
    assert np.ptp(asked) < 0.15
    assert np.abs(asked).max() < 0.3


def test_the_square_jumps_where_it_is_said(trained):
    (prompt,) = [each for each in ALL if each.id == "where_it_jumps"]
    training = trained(prompt)
    read, target = training.shown_sequence().inputs[:, 0, 0], training.shown_sequence().targets[:, 0, 0]
    said = np.concatenate([read, training.evaluate().prediction[:, 0]])
    for values in (np.concatenate([read, target]), said):
        assert list(np.flatnonzero(np.diff(np.sign(values[:27]))) + 2) == [13, 25]


def test_each_kind_fades_after_as_many_successes_as_it_can_have():
    for kind in ("curve", "gate"):
        assert sum(prompt.kind == kind for prompt in ALL) > prompts.fading() >= 1


def test_a_prompt_is_short():
    for prompt in ALL:
        for text in (prompt.words.question, prompt.words.revealed):
            assert len(text.split()) <= 45, prompt.id


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"steps": [20, 16]}, r"untrained: .*steps \[20, 16\]"),
        ({"truth": "guess"}, "untrained: .*truth"),
        ({"unit": 3}, "untrained: .*unit"),
        ({"kind": "dance"}, "untrained: .*dance"),
    ],
)
def test_what_is_wrong_is_named(change, expected):
    (prompt,) = [each for each in ALL if each.id == "untrained"]
    with pytest.raises(CurriculumError, match=expected):
        prompts._checked(prompt.model_dump() | change)
