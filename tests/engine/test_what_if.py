"""Interventions: the altered pass differs where it must, and nowhere else."""

import numpy as np
import pytest

from visual.engine.cells import State
from visual.engine.network import Architecture, Network
from visual.engine.sequences import DATA, Sequences
from visual.engine.training import Recipe, Training
from visual.engine.what_if import Clamp, Transplant, clamp_state, nudge_weight, what_if


@pytest.fixture
def network():
    rng = np.random.default_rng(3)
    network = Network.untrained(Architecture(layers=2, units=4), rng)
    network.parameters += rng.normal(0.0, 0.3, network.parameters.shape)
    return network


@pytest.fixture
def sequences():
    rng = np.random.default_rng(4)
    return Sequences(rng.normal(size=(6, 1, 1)), rng.normal(size=(4, 1, 1)))


def test_no_intervention_changes_nothing(network, sequences):
    outcome = what_if(network, sequences)
    np.testing.assert_array_equal(outcome.predictions, outcome.original_predictions)
    assert outcome.loss == outcome.original_loss


def test_a_clamped_gate_is_held_and_the_past_stays(network, sequences):
    outcome = what_if(network, sequences, [Clamp("forget_gate", 1, first=3, last=4, value=0.0)])
    gate = np.array([steps[0]["forget_gate"][0] for steps in outcome.trace])
    assert not gate[2:4].any()
    assert (gate[4] > 0.0).all()
    for quantity in ("cell_state", "hidden_state"):
        change = outcome.difference(quantity, layer=1)
        assert not change[:2].any()
        assert change[2:].any(axis=(1, 2)).all()
    assert outcome.loss != outcome.original_loss


def test_one_unit_can_be_clamped(network, sequences):
    outcome = what_if(network, sequences, [Clamp("input_gate", 2, 1, 1, 1.0, units=(2,))])
    change = outcome.difference("input_gate", layer=2)[0, 0]
    assert change[2] > 0.0
    assert not change[[0, 1, 3]].any()
    assert not outcome.difference("hidden_state", layer=1)[:6].any()  # below, until a prediction is read


def test_a_forget_gate_of_zero_erases_what_was_before(network, sequences):
    outcome = what_if(network, sequences, [Clamp("forget_gate", 1, 3, 3, 0.0)])
    step = outcome.trace[2][0]
    np.testing.assert_array_equal(step["cell_state"], step["input_gate"] * step["candidate"])


def test_cutting_both_paths_starts_the_layer_anew(network, sequences):
    """A layer whose memory is cut before time step 3 answers like one that began there."""
    single = Network.untrained(Architecture(layers=1, units=4), np.random.default_rng(5))
    nothing = State(np.zeros(4), np.zeros(4))
    outcome = what_if(single, sequences, clamp_state(1, 3, nothing))
    _, fresh = single.free_run(sequences.inputs[2:], 4)
    np.testing.assert_allclose(outcome.predictions, fresh, atol=1e-15)


def test_a_transplanted_state_carries_its_past_along(network, sequences):
    single = Network.untrained(Architecture(layers=1, units=4), np.random.default_rng(5))
    rng = np.random.default_rng(6)
    donor = np.concatenate([rng.normal(size=(3, 1, 1)), sequences.inputs[3:]])
    trace, expected = single.free_run(donor, 4)
    before = trace[2][0]
    state = State(before["hidden_state"][0], before["cell_state"][0])
    outcome = what_if(single, sequences, clamp_state(1, 4, state))
    np.testing.assert_allclose(outcome.predictions, expected, atol=1e-15)


def test_an_edited_input_changes_only_what_follows(network, sequences):
    edited = sequences.inputs.copy()
    edited[3] += 0.5
    outcome = what_if(network, sequences, inputs=edited)
    change = outcome.difference("hidden_state", layer=2)
    assert not change[:3].any()
    assert change[3:].any(axis=(1, 2)).all()


def test_a_small_nudge_does_what_the_gradient_foretold(network, sequences):
    for parameter in range(0, network.parameters.size, 17):
        before = network.parameters.copy()
        nudge = nudge_weight(network, sequences, parameter, 1e-6)
        assert nudge.measured == pytest.approx(nudge.foretold, rel=1e-3, abs=1e-12)
        np.testing.assert_array_equal(network.parameters, before)


def test_erasing_a_trained_memory_costs_the_answer():
    """An LSTM that recalls a cue has it in the cell state: cut it, and the answer is lost."""
    training = Training("cue_recall", Architecture(layers=1, units=8), "rmsprop", seed=1)
    for _ in range(24):
        training.train_epoch(Recipe(0.025, 25, 0.0))
    outcome = what_if(
        training.network, DATA["cue_recall"].validation(), clamp_state(1, 15, State(np.zeros(8), np.zeros(8)))
    )
    assert outcome.original_loss < 0.01
    assert outcome.loss > 0.1


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_layer_goes_on_from_the_state_that_it_had_at_another_time(cell):
    network = Network.untrained(Architecture(cell, layers=2, units=4), np.random.default_rng(3))
    inputs = np.random.default_rng(4).normal(size=(6, 1, 1))
    inputs[4] = inputs[2]  # so that the layer reads at step 5 what it read at step 3
    outcome = what_if(network, Sequences(inputs, np.zeros((2, 1, 1))), transplants=[Transplant(1, 5, 3)])
    for quantity in network.cell.STATES:
        np.testing.assert_array_equal(outcome.trace[4][0][quantity], outcome.original[2][0][quantity])
    assert outcome.loss != outcome.original_loss


def test_the_shown_sequence_is_read_as_it_is_written():
    for name, value in (("sine", 0.5), ("text_count", "w")):
        training = Training(name, Architecture(layers=1, units=4), "rmsprop", seed=1)
        shown = training.shown_sequence()
        assert shown.inputs.shape == (training.data_set.given, 1, training.data_set.size)
        assert shown.targets.shape[:2] == (training.data_set.shown_predictions, 1)
        read = training.data_set.read_as(value)
        assert (training.data_set.symbols[read.argmax()] if isinstance(value, str) else read[0]) == value
        assert read.sum() == (1.0 if isinstance(value, str) else value)
