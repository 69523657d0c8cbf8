"""The fast way gives the numbers of the readable way."""

import numpy as np
import pytest

from visual.engine.cells import CELLS
from visual.engine.network import Architecture, Network
from visual.engine.wavefront import Wavefront


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    ("layers", "units", "inputs", "batch", "given", "predictions"),
    [(3, 16, 1, 25, 15, 8), (1, 4, 1, 3, 5, 1), (5, 7, 1, 4, 2, 6), (2, 4, 4, 2, 1, 1), (1, 4, 6, 2, 3, 1)],
)
def test_wavefront_agrees_with_the_network(cell, layers, units, inputs, batch, given, predictions):
    rng = np.random.default_rng(11)
    network = Network.untrained(Architecture(cell, layers, units, inputs), rng)
    front = Wavefront(network.architecture, batch, given, predictions)
    for _ in range(2):  # the second time all buffers are used ones
        network.parameters += rng.normal(0.0, 0.3, network.parameters.shape)
        front.load(network)
        values = rng.normal(size=(given, batch, inputs))
        d_predictions = rng.normal(size=(predictions, batch, 1))
        trace, spoken = network.free_run(values, predictions)
        np.testing.assert_allclose(front.forward(values), spoken, atol=1e-13)
        expected = network.backward_through_time(trace, spoken, d_predictions)
        gradients = front.backward_through_time(d_predictions)
        scale = np.abs(expected.parameters).max()
        np.testing.assert_allclose(gradients.parameters, expected.parameters, atol=1e-13 * scale)
        for flow in ("hidden_state", "hidden_state_from_above", "cell_state", "cell_state_from_later"):
            np.testing.assert_allclose(
                getattr(gradients, flow), getattr(expected, flow), atol=1e-13 * scale, err_msg=flow
            )
        states = np.array([[step["hidden_state"][1] for step in steps] for steps in trace])
        np.testing.assert_allclose(front.hidden_states(column=1), states.swapaxes(0, 1), atol=1e-13)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("forced", [True, False])
def test_wavefront_agrees_with_the_network_on_symbols(cell, forced):
    rng = np.random.default_rng(12)
    network = Network.untrained(Architecture(cell, 3, 4, inputs=6, outputs=6, head="softmax"), rng)
    network.parameters += rng.normal(0.0, 0.3, network.parameters.shape)
    front = Wavefront(network.architecture, batch=2, given=5, predictions=4, forced=forced)
    front.load(network)
    values = np.eye(6)[rng.integers(6, size=(8 if forced else 5, 2))]
    d_predictions = rng.normal(size=(4, 2, 6))
    trace, spoken = network.free_run(values, 4, forced=3 if forced else 0)
    np.testing.assert_allclose(front.forward(values), spoken, atol=1e-13)
    expected = network.backward_through_time(trace, spoken, d_predictions)
    gradients = front.backward_through_time(d_predictions)
    np.testing.assert_allclose(gradients.parameters, expected.parameters, atol=1e-13)


@pytest.mark.parametrize("cell", CELLS)
def test_huge_weights_saturate_without_a_warning(cell):
    network = Network(Architecture(cell, layers=2, units=4))
    network.parameters[:] = -1000.0
    front = Wavefront(network.architecture, 1, 3, 2)
    front.load(network)
    assert np.isfinite(front.forward(np.ones((3, 1, 1)))).all()
