"""What is shown of one layer is what happened in it."""

import numpy as np
import pytest

from visual.engine.cells import CELLS, sigmoid
from visual.engine.inspection import inspect
from visual.engine.network import Architecture
from visual.engine.training import Recipe, Training


@pytest.fixture(params=CELLS)
def training(request):
    training = Training("sine", Architecture(request.param, layers=2, units=4), "rmsprop", seed=1)
    training.train_epoch(Recipe(0.01, 25, 0.0))
    return training


def test_every_part_is_there_at_every_time_step(training):
    seen = inspect(training, layer=2)
    cell = training.network.cell
    sums = {f"{part}_sum" for part in cell.PARTS}
    assert set(seen.quantities) == {*cell.PARTS, *cell.STATES, *sums, *cell.DETAILS, "layer_input"}
    for values in seen.quantities.values():
        assert values.shape == (46, 4)
    np.testing.assert_allclose(seen.quantities["hidden_state"], training.evaluate().hidden_state[1], atol=1e-12)


def test_every_part_is_its_squashed_sum(training):
    quantities = inspect(training, layer=1).quantities
    for part in training.network.cell.PARTS:
        squash = sigmoid if part.endswith("_gate") else np.tanh
        np.testing.assert_allclose(quantities[part], squash(quantities[f"{part}_sum"]), atol=1e-15)


def test_a_reset_gate_lets_in_a_part_of_what_the_candidate_hears():
    training = Training("sine", Architecture("gru", layers=1, units=4), "rmsprop", seed=1)
    training.train_epoch(Recipe(0.01, 25, 0.0))
    seen, weights = inspect(training, layer=1).quantities, training.network.layers[0]
    candidate = slice(2 * 4, None)  # its rows of the weights
    heard = seen["hidden_state"][:-1] @ weights.recurrent_weights[candidate].T
    np.testing.assert_allclose(seen["candidate_before"][1:], heard, atol=1e-15)
    from_input = seen["layer_input"] @ weights.input_weights[candidate].T + weights.bias[candidate]
    let_in = seen["reset_gate"] * seen["candidate_before"]
    np.testing.assert_allclose(seen["candidate_sum"], from_input + let_in, atol=1e-15)


def test_a_layer_reads_the_hidden_state_below(training):
    below, above = inspect(training, layer=1), inspect(training, layer=2)
    np.testing.assert_array_equal(above.quantities["layer_input"], below.quantities["hidden_state"])


def test_paths_of_the_gradient_have_the_shown_length(training):
    seen = inspect(training, layer=1)
    np.testing.assert_allclose(seen.gradient_norm, training.evaluate().gradient_norm[0], rtol=1e-9)
    for norms in seen.gradient_paths.values():
        assert norms.shape == (22,)


def test_the_last_time_step_hears_from_above_alone(training):
    paths = inspect(training, layer=1).gradient_paths
    assert paths["hidden_state_from_later"][-1] == 0.0
    assert paths["hidden_state"][-1] == paths["hidden_state_from_above"][-1] > 0.0
    if "cell_state" in paths:
        assert paths["cell_state_from_later"][-1] == 0.0
        assert paths["cell_state"][-1] == paths["cell_state_from_hidden_state"][-1] > 0.0


def test_the_top_layer_hears_from_the_head_only_where_it_speaks(training):
    from_above = inspect(training, layer=2).gradient_paths["hidden_state_from_above"]
    assert not from_above[:14].any()
    assert (from_above[14:] > 0.0).all()
