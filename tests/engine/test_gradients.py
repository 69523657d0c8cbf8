"""Every gradient against central finite differences: the proof that the chain rule was applied rightly."""

import numpy as np
import pytest

from visual.engine.cells import CELLS
from visual.engine.losses import LOSSES, mean_squared_error
from visual.engine.network import Architecture, Network
from visual.engine.sequences import DATA, data_set

STEP = 1e-5


@pytest.fixture(params=CELLS)
def network(request):
    return shaken(Architecture(request.param, layers=3, units=4))


def shaken(architecture):
    rng = np.random.default_rng(7)
    network = Network.untrained(architecture, rng)
    network.parameters += rng.normal(0.0, 0.3, network.parameters.shape)  # biases too leave their start
    return network


@pytest.fixture
def sequences():
    rng = np.random.default_rng(8)
    return rng.normal(size=(6, 3, 1)), rng.uniform(-0.9, 0.9, size=(4, 3, 1))


def check_parameters(network, inputs, targets, forced=0, numbers=None):
    """Compare the gradient of every parameter, or of those numbered, with the central difference of the loss."""

    def run():
        trace, predictions = network.free_run(inputs, len(targets), forced=forced)
        return trace, predictions, *LOSSES[network.architecture.head](predictions, targets)

    trace, predictions, _, d_predictions = run()
    gradient = network.backward_through_time(trace, predictions, d_predictions).parameters
    slope = gradient.copy()
    for number in range(gradient.size) if numbers is None else numbers:
        value = network.parameters[number]
        network.parameters[number] = value + STEP
        above = run()[2]
        network.parameters[number] = value - STEP
        below = run()[2]
        network.parameters[number] = value
        slope[number] = (above - below) / (2.0 * STEP)
    scale = np.maximum(np.abs(gradient), 1e-4)  # below, the difference itself is only rounding
    assert np.max(np.abs(gradient - slope) / scale) < 1e-6


def test_gradient_of_every_parameter_is_the_slope_of_the_loss(network, sequences):
    check_parameters(network, *sequences)


@pytest.mark.parametrize("cell", CELLS)
def test_gradient_of_a_network_that_reads_symbols_is_the_slope_of_the_loss(cell):
    """With softmax and cross-entropy, each symbol being read after it was predicted."""
    rng = np.random.default_rng(9)
    network = shaken(Architecture(cell, layers=2, units=4, inputs=5, outputs=5, head="softmax"))
    symbols = np.eye(5)[rng.integers(5, size=(7, 3))]
    check_parameters(network, symbols[:-1], symbols[4:], forced=2)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", [*DATA, "text:abba "])
def test_gradient_is_the_slope_of_the_loss_on_every_task(cell, name):
    """On sequences as they are trained with; forty parameters of each network."""
    rng, data = np.random.default_rng(10), data_set(name)
    sequences = data.draw(rng, 2)
    network = shaken(Architecture(cell, layers=2, units=4, inputs=data.size, outputs=data.size, head=data.head))
    numbers = rng.choice(network.parameters.size, 40, replace=False)
    check_parameters(network, sequences.inputs, sequences.targets, len(sequences.inputs) - data.given, numbers)


def test_gradient_of_states_is_the_slope_of_the_loss(network, sequences):
    """An offset added to one h_t or c_t changes the loss by its gradient."""
    inputs, targets = sequences
    trace, predictions = network.free_run(inputs, len(targets))
    _, d_predictions = mean_squared_error(predictions, targets)
    gradients = network.backward_through_time(trace, predictions, d_predictions)
    for state in network.cell.STATES:
        for place in [(0, 0, 0, 0), (1, 2, 1, 3), (2, 5, 2, 1), (0, 7, 1, 2), (2, 8, 0, 0)]:

            def loss(offset, state=state, place=place):
                layer, time_step, *where = place

                def change(now, changed_layer, name, value):
                    if (now, changed_layer, name) == (time_step, layer, state):
                        value = value.copy()
                        value[tuple(where)] += offset
                    return value

                return mean_squared_error(network.free_run(inputs, len(targets), change)[1], targets)[0]

            slope = (loss(STEP) - loss(-STEP)) / (2.0 * STEP)
            assert getattr(gradients, state)[place] == pytest.approx(slope, rel=1e-6, abs=1e-10), (
                state,
                place,
            )


def test_gradient_of_the_mean_squared_error_is_its_slope():
    predictions, targets = np.array([[[0.5], [-0.2]]]), np.array([[[0.1], [0.4]]])
    loss, gradient = mean_squared_error(predictions, targets)
    assert loss == pytest.approx((0.16 + 0.36) / 2)
    np.testing.assert_allclose(gradient, [[[0.4], [-0.6]]])
