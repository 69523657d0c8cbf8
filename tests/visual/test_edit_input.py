"""What the page claims of edited inputs, measured on ten seeds."""

from dataclasses import replace

import numpy as np
import pytest

from tests.visual.test_clamp_gate import LEARNED, SEEDS
from visual import runs
from visual.engine.training import Recipe
from visual.engine.what_if import Outcome
from visual.experiments.edit_input import EXPERIMENT
from visual.run_what_if import parse

ANOTHER_CUE, PULSE, FIRST, LAST = EXPERIMENT.tries


def outcomes(each) -> list[Outcome]:
    """Return what every seed's network does."""
    found = []
    for seed in SEEDS:
        training = runs.untrained(replace(each.run, seed=seed))
        for _ in range(each.epoch):
            training.train_epoch(Recipe(each.run.learning_rate, each.run.batch_size, each.run.noise))
        found.append(parse(training, [tuple(each.change.split("=", 1))]).answer(training)[0])
    return found


def test_the_answer_follows_another_cue():
    assert all(abs(each.predictions[0, 0, 0] + 0.4) < 0.1 for each in outcomes(ANOTHER_CUE))


def test_a_pulse_in_the_silence_is_let_go():
    learned = [each for each in outcomes(PULSE) if each.original_predictions[0, 0, 0] > LEARNED]
    assert len(learned) == 7
    assert all(abs(each.predictions - each.original_predictions)[0, 0, 0] < 0.05 for each in learned)


def test_the_last_value_moves_the_predictions_further_than_the_first():
    shown = runs.untrained(FIRST.run).shown_sequence().inputs[:, 0, 0]
    for each, step in ((FIRST, 0), (LAST, 14)):
        lowered = float(each.change.split("value=")[1])
        assert shown[step] - lowered == pytest.approx(0.5, abs=0.006)
    first, last = (
        [np.abs(one.predictions - one.original_predictions).mean() for one in outcomes(each)] for each in (FIRST, LAST)
    )
    assert all(late > early for early, late in zip(first, last, strict=True))
