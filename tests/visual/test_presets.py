"""Every claim that is taught with a preset, measured on ten seeds; a claim without a measurement fails."""

import math
from dataclasses import replace
from functools import cache
from statistics import median

import pytest

from survey import curriculum
from visual import runs
from visual.engine.sequences import training_sequences
from visual.engine.training import Recipe, generator
from visual.presets import MEMORY, PRESETS
from visual.runspec import DEFAULT, RunSpec, parse

SEEDS = range(10)
LOOKED_AT = {DEFAULT: (5, 12, 20), MEMORY: (30, 40)}  # the epochs that claims speak of, by kind of run
SILENCE = {"sine": 0.50, "cue_recall": 0.24, "latch": 0.64}  # validation loss of a network that always says 0


@cache
def trained(run: RunSpec) -> dict[int, list[float]]:
    """Return the validation loss of every seed, by epoch."""
    recipe = Recipe(run.learning_rate, run.batch_size, run.noise)
    epochs = LOOKED_AT[DEFAULT if run.layers == DEFAULT.layers else MEMORY]
    losses: dict[int, list[float]] = {epoch: [] for epoch in epochs}
    for seed in SEEDS:
        training = runs.untrained(replace(run, seed=seed))
        for epoch in epochs:
            while training.epoch < epoch:
                training.train_epoch(recipe)
            losses[epoch].append(training.evaluate().validation_loss)
    return losses


def losses(name: str, epoch: int | None = None) -> list[float]:
    preset = PRESETS[name]
    return trained(preset.run)[epoch or preset.epoch]


def better(name: str, other: str, epoch: int) -> int:
    """Return with how many seeds one preset is closer than another after an epoch."""
    return sum(a < b for a, b in zip(losses(name, epoch), losses(other, epoch), strict=True))


def updates(name: str) -> int:
    """Return how many updates an epoch of a preset makes. What they cost in time: `make bench`, batches."""
    sequences = training_sequences(PRESETS[name].run.data, 0.0, generator(0, 1, 1)).inputs.shape[1]
    return math.ceil(sequences / PRESETS[name].run.batch_size)


def learning_rate_low():
    assert min(losses("learning_rate_low")) > 0.4 * SILENCE["sine"]
    assert median(losses("learning_rate_low")) > 0.6 * SILENCE["sine"]


def learning_rate_good():
    assert max(losses("learning_rate_good")) < 0.03


def learning_rate_high():
    assert min(losses("learning_rate_high")) > SILENCE["sine"]


def batch_small():
    assert better("batch_small", "batch_medium", epoch=5) >= 8
    assert better("batch_small", "batch_large", epoch=5) >= 9
    assert better("batch_medium", "batch_small", epoch=20) >= 9
    assert [updates(name) for name in ("batch_small", "batch_medium", "batch_large")] == [20, 4, 2]


def batch_medium():
    assert median(losses("batch_medium", 12)) < median(losses("batch_small", 5))


def batch_large():
    assert better("batch_medium", "batch_large", epoch=5) >= 8
    assert max(losses("batch_large", 20)) < 0.03


def noise_none():
    assert median(losses("noise_none")) < median(losses("noise_some")) < median(losses("noise_much"))


def noise_some():
    assert max(losses("noise_some")) < 0.03


def noise_much():
    assert 2 < median(losses("noise_much")) / median(losses("noise_none")) < 6
    assert max(losses("noise_much")) < SILENCE["sine"] / 5


def memory_cue_lstm():
    assert median(losses("memory_cue_lstm")) < 0.005
    assert max(losses("memory_cue_lstm")) < SILENCE["cue_recall"] / 3


def memory_cue_rnn():
    assert max(losses("memory_cue_rnn")) < 0.03


def memory_latch_lstm():
    assert max(losses("memory_latch_lstm")) < SILENCE["latch"] / 50


def memory_latch_gru():
    assert max(losses("memory_latch_gru")) < SILENCE["latch"] / 50


def memory_latch_rnn():
    assert max(losses("memory_latch_rnn")) < SILENCE["latch"] / 50


@pytest.mark.parametrize("name", PRESETS)
def test_ten_seeds_bear_out_what_is_taught(name):
    globals()[name]()


def test_the_curriculum_tells_of_measured_runs_only_and_of_all_of_them():
    concepts = [concept for chapter in curriculum.chapters("en") for concept in chapter.concepts]
    assert {name for concept in concepts for name in concept.measured} == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_an_address_and_a_claim(name):
    preset = PRESETS[name]
    assert parse(str(preset.run)) == preset.run
    assert 0 < preset.epoch <= 300
    assert str(preset.claim).endswith(".")
