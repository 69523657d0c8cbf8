"""Every claim that is taught with a preset, measured on ten seeds; a claim without a measurement fails."""

import time
from dataclasses import replace
from functools import cache
from statistics import median

import pytest

from survey import curriculum
from visual import runs
from visual.engine.training import Recipe
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


def processor_time(*names: str) -> list[float]:
    """Return the processor time of an undisturbed epoch of each preset: the least of several, taken in turns."""
    trainings = [runs.untrained(PRESETS[name].run) for name in names]
    recipes = [Recipe(0.025, PRESETS[name].run.batch_size, 0.0) for name in names]
    taken: list[list[float]] = [[] for _ in names]
    for _ in range(9):
        for training, recipe, times in zip(trainings, recipes, taken, strict=True):
            start = time.process_time()
            training.train_epoch(recipe)
            times.append(time.process_time() - start)
    return [min(times) for times in taken]


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
    small, medium = processor_time("batch_small", "batch_medium")
    assert small > 2 * medium


def batch_medium():
    assert median(losses("batch_medium", 12)) < median(losses("batch_small", 5))
    small, medium = processor_time("batch_small", "batch_medium")
    assert 10 < 5 * small / medium < 20


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
