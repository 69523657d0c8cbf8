"""What the page claims of clamped gates, measured on ten seeds."""

from dataclasses import replace
from functools import cache

import pytest

from visual import runs
from visual.engine.training import Recipe, Training
from visual.experiments.clamp_gate import EPOCH, EXPERIMENT, GRU, RECALL, RNN
from visual.run_what_if import parse
from visual.runspec import RunSpec

SEEDS = range(10)
LEARNED = 0.5  # of a cue of 0.8; who says less has not learned the task
ERASE, KEEP, WIPE, WIPE_BOTH, NEVER_IN, GRU_NOTHING, RNN_WIPE = EXPERIMENT.tries


@cache
def trained(run: RunSpec) -> Training:
    training = runs.untrained(run)
    for _ in range(EPOCH):
        training.train_epoch(Recipe(run.learning_rate, run.batch_size, run.noise))
    return training


def answers(each) -> list[tuple[float, float]]:
    """Return what the unchanged and the changed network say, for every seed that learned the task."""
    both = []
    for seed in SEEDS:
        training = trained(replace(each.run, seed=seed))
        pairs = [tuple(part.split("=", 1)) for part in each.change.split("~")]
        outcome, _ = parse(training, pairs).answer(training)
        both.append((float(outcome.original_predictions[0, 0, 0]), float(outcome.predictions[0, 0, 0])))
    return [(before, after) for before, after in both if before > LEARNED]


def moved(each) -> list[float]:
    return [abs(after - before) for before, after in answers(each)]


def test_seven_of_ten_learn_the_task_and_one_of_them_is_shown():
    assert len(answers(KEEP)) == 7
    (shown,) = trained(RECALL).evaluate().prediction
    assert shown[0] == pytest.approx(0.75, abs=0.01)
    assert len(answers(GRU_NOTHING)) == 8
    assert len(answers(RNN_WIPE)) == 10


def test_a_forget_gate_at_0_in_the_silence_loses_the_cue():
    assert all(after < 0.3 for _, after in answers(ERASE))


def test_a_forget_gate_at_1_keeps_it():
    assert sum(each < 0.04 for each in moved(KEEP)) == 6
    assert moved(KEEP)[5] < 0.02  # the one that is shown


def test_one_wiped_step_is_bridged_by_the_hidden_state():
    assert sum(each < 0.2 for each in moved(WIPE)) == 6
    assert moved(WIPE)[5] < 0.1


def test_with_both_paths_cut_it_is_gone():
    assert all(each > 0.3 for each in moved(WIPE_BOTH))


def test_a_cue_that_is_never_written_is_not_remembered():
    assert all(abs(after) < 0.3 for _, after in answers(NEVER_IN))


def test_a_gru_that_keeps_the_nothing_never_gets_the_cue():
    assert all(abs(after) < 0.1 for _, after in answers(GRU_NOTHING))


def test_a_plain_rnn_has_one_path_only():
    assert sum(each > 0.3 for each in moved(RNN_WIPE)) == 9
    assert trained(RNN).network.cell.STATES == ("hidden_state",)
    assert trained(GRU).network.cell.STATES == ("hidden_state",)
