"""What the page claims of nudged weights, measured on ten seeds."""

from dataclasses import replace
from functools import cache

import pytest

from tests.visual.test_clamp_gate import SEEDS
from visual import runs
from visual.engine.training import Recipe, Training
from visual.engine.what_if import Nudge
from visual.experiments.nudge_weight import EXPERIMENT
from visual.run_what_if import parse
from visual.runspec import RunSpec

SMALL, LARGE = EXPERIMENT.tries


@cache
def trained(run: RunSpec, epoch: int) -> Training:
    training = runs.untrained(run)
    for _ in range(epoch):
        training.train_epoch(Recipe(run.learning_rate, run.batch_size, run.noise))
    return training


def nudges(each) -> list[Nudge]:
    """Return what every seed's network does."""
    found = []
    for seed in SEEDS:
        training = trained(replace(each.run, seed=seed), each.epoch)
        _, nudge = parse(training, [tuple(each.change.split("=", 1))]).answer(training)
        found.append(nudge)
    return found


def test_a_small_nudge_does_what_the_gradient_foretells():
    assert all(nudge.measured == pytest.approx(nudge.foretold, rel=0.1) for nudge in nudges(SMALL))


def test_after_a_large_nudge_the_loss_is_higher_than_foretold():
    assert all(nudge.measured > nudge.foretold + 0.005 for nudge in nudges(LARGE))
    assert nudges(LARGE)[SMALL.run.seed].measured > 1.5 * nudges(LARGE)[SMALL.run.seed].foretold
