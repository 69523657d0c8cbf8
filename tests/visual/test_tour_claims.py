"""What each step of the guided tour claims is true of the network that it shows at that moment."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from visual import runs, tutorial
from visual.engine import sequences
from visual.engine.inspection import inspect
from visual.engine.training import Training, generator
from visual.presets import PRESETS
from visual.run_what_if import parse as parse_question
from visual.runspec import DEFAULT, parse

STEPS = {step.id: step for step in tutorial.steps()}
# Steps that say what something is called or where it is pressed; that it is there, the walk through the tour shows.
SAY_NO_MORE = {
    *("sequence", "loop", "phases", "time_machine", "predict_curve", "open_cell", "belt", "unit", "open_time", "own"),
}
FLAT = 0.5  # the loss on the sine of always saying 0


def shown_at(step_id: str) -> Training:
    """Return the network that the screen shows at this step; one that shows none has that of the step before."""
    order = [*STEPS]
    shows = next(
        each.shows for each in map(STEPS.get, reversed(order[: order.index(step_id) + 1])) if each and each.shows
    )
    query = dict(pair.split("=", 1) for pair in shows.query.removeprefix("?").split("&"))
    return runs.trained(parse(query["run"]), int(query["epoch"]))


def loss_at(step_id: str) -> float:
    return shown_at(step_id).evaluate().validation_loss


def test_every_step_is_measured_here_or_claims_nothing():
    measured = {name.removeprefix("test_").split("__")[0] for name in globals() if "__" in name.strip("_")}
    assert measured | SAY_NO_MORE == {*STEPS}
    assert not measured & SAY_NO_MORE


def test_prediction__reads_15_values_and_goes_on_untrained():
    training = shown_at("prediction")
    assert training.data_set.given == 15 and training.epoch == 0
    assert loss_at("prediction") > 0.8 * FLAT, "so they differ"


def test_units__three_layers_of_dots():
    assert shown_at("units").evaluate().hidden_state.shape[0] == 3


def test_time_steps__all_dots_change_at_every_time_step():
    hidden_state = shown_at("time_steps").evaluate().hidden_state  # (layers, time_steps, units)
    changes = np.abs(np.diff(hidden_state, axis=1))
    assert (changes > 0).all()


def test_play__comes_closer_by_epoch_2_with_some_steps_back():
    epochs = [json.loads(runs.chunk(DEFAULT, *chunk))["epochs"] for chunk in runs.CHUNKS[:3]]
    losses = [epoch["validation_loss"] for chunk in epochs for epoch in chunk]
    assert losses[2] < losses[0] / 3
    assert any(later > earlier for earlier, later in pairwise(losses))
    assert sequences.SEQUENCES_PER_EPOCH == 100


def test_loss__is_the_mean_of_the_squared_errors():
    training = shown_at("loss")
    spoken = training.network.free_run(training.validation.inputs, training.data_set.shown_predictions)[1]
    assert ((spoken - training.validation.targets) ** 2).mean() == pytest.approx(loss_at("loss"))


def test_rate_low__has_learned_little():
    assert loss_at("rate_low") > 10 * loss_at("rate_good")


def test_rate_high__is_worse_than_a_flat_line():
    assert loss_at("rate_high") > FLAT


def test_rate_good__follows_closely_and_only_the_rate_differs():
    assert loss_at("rate_good") < 0.03
    low, good, high = (PRESETS[f"learning_rate_{name}"] for name in ("low", "good", "high"))
    assert {each.epoch for each in (low, good, high)} == {20}
    assert replace(low.run, learning_rate=0.025) == good.run == replace(high.run, learning_rate=0.025)


def test_batch__of_5_has_20_updates_and_of_50_only_2():
    updates = {size: sequences.SEQUENCES_PER_EPOCH / size for size in (5, 50)}
    assert updates == {5: 20, 50: 2}


def test_noise__changes_what_is_read_and_no_target():
    clean, noisy = (sequences.training_sequences("sine", noise, generator(1, 1, 1)) for noise in (0.0, 0.2))
    assert (clean.inputs != noisy.inputs).all()
    assert (clean.targets == noisy.targets).all()


def test_gates__lie_between_0_and_1_for_each_unit():
    quantities = inspect(shown_at("gates"), 2).quantities
    for gate in ("forget_gate", "input_gate", "output_gate"):
        assert quantities[gate].shape[1] == 16
        assert ((quantities[gate] > 0) & (quantities[gate] < 1)).all()


def test_update__is_what_is_kept_plus_what_is_let_in():
    each = inspect(shown_at("update"), 2).quantities
    kept = each["forget_gate"][1:] * each["cell_state"][:-1]
    np.testing.assert_allclose(each["cell_state"][1:], kept + (each["input_gate"] * each["candidate"])[1:])


def test_output__is_how_much_of_the_memory_is_shown():
    each = inspect(shown_at("output"), 2).quantities
    np.testing.assert_allclose(each["hidden_state"], each["output_gate"] * np.tanh(each["cell_state"]))


def test_predict_gate__closes_where_the_pulse_goes_up_and_the_memory_is_erased():
    each = inspect(shown_at("predict_gate"), 1).quantities
    gate, state = each["forget_gate"][:, 4], each["cell_state"][:, 4]
    assert [*np.flatnonzero(gate < 0.5) + 1] == [25]
    assert np.sign(state[23]) != np.sign(state[24])


def test_clamp__loses_what_it_read_at_step_1():
    training = shown_at("clamp")
    outcome, _ = parse_question(training, [("clamp", "forget_gate;layer=1;steps=2-29;units=all;value=0")]).answer(
        training
    )
    assert float(outcome.original_predictions[0, 0, 0]) > 0.7
    assert float(outcome.predictions[0, 0, 0]) < 0.1


def test_backward__numbers_reach_from_the_last_time_step_to_the_first():
    norms = shown_at("backward").evaluate().gradient_norm
    assert norms.shape == (3, 15)
    assert (norms > 0).all()


def test_memory__vanishes_on_its_way_back_and_along_the_cell_state_the_factor_is_the_forget_gate():
    training = shown_at("memory")
    norms = training.evaluate().gradient_norm
    assert (norms[:, 0] < norms[:, -1]).all()
    gate = inspect(training, 1).quantities["forget_gate"]
    flows = training.shown_gradients()
    later, state = flows.cell_state_from_later[0, :-1, 0], flows.cell_state[0, 1:, 0]
    np.testing.assert_allclose(later, state * gate[1 : len(state) + 1])


def test_long_memory__is_needed_here_and_not_for_a_sine():
    training = shown_at("long_memory")
    cue = training.shown_sequence().inputs[:, 0, 0]
    assert cue[0] == 0.8 and not cue[1:].any() and len(cue) == 30
    assert training.evaluate().prediction[0, 0] == pytest.approx(0.8, abs=0.05)
    # Each value of a sine follows from the two before, the same way everywhere on the curve.
    curve = sequences.windows(sequences.CURVES["sine"], np.linspace(0, 6, 7), 4).inputs[:, :, 0]
    before, last, following = (curve[shift : shift - 2 or None].ravel() for shift in range(3))
    np.testing.assert_allclose(2 * np.cos(sequences.STEP_SIZE) * last - before, following, atol=1e-12)
    plain = runs.trained(replace(DEFAULT, cell="rnn"), 20).evaluate().validation_loss
    assert plain < loss_at("rate_good"), "there a plain RNN can do as well"
