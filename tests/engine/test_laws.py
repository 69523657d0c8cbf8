"""What must hold whatever the weights and the data."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from visual.engine.cells import CELLS, LSTM, State
from visual.engine.losses import mean_squared_error
from visual.engine.network import Architecture, Network
from visual.engine.sequences import Sequences
from visual.engine.wavefront import Wavefront
from visual.engine.what_if import Clamp, what_if

seeds = st.integers(0, 2**32 - 1)
architectures = st.builds(Architecture, st.sampled_from(list(CELLS)), st.integers(1, 4), st.integers(2, 6))


def drawn(architecture, seed):
    """Return a network with arbitrary weights, and the source of chance that made them."""
    rng = np.random.default_rng(seed)
    network = Network(architecture)
    network.parameters[:] = rng.normal(0.0, 0.7, network.parameters.shape)
    return network, rng


def gradient_of(network, inputs, targets):
    front = Wavefront(network.architecture, inputs.shape[1], len(inputs), len(targets))
    front.load(network)
    loss, d_predictions = mean_squared_error(front.forward(inputs), targets)
    return loss, front.backward_through_time(d_predictions).parameters


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 6), st.integers(1, 3))
def test_a_forget_gate_of_one_and_an_input_gate_of_zero_keep_the_cell_state(seed, units, batch):
    network, rng = drawn(Architecture(layers=1, units=units), seed)
    weights = network.layers[0]
    for part, bias in (("forget_gate", 1e4), ("input_gate", -1e4)):
        rows = slice(LSTM.PARTS.index(part) * units, (LSTM.PARTS.index(part) + 1) * units)
        weights.bias[rows] = bias
    kept = rng.normal(size=(batch, units))
    state = State(rng.normal(size=(batch, units)), kept)
    for _ in range(10):
        step = LSTM.forward(weights, rng.normal(size=(batch, 1)), state)
        state = State(step["hidden_state"], step["cell_state"])
    np.testing.assert_array_equal(state.cell_state, kept)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 6), st.integers(1, 3), st.integers(1, 8))
def test_gates_clamped_to_keep_and_not_to_write_keep_the_cell_state(seed, units, layers, first):
    """In a whole network, from any time step on, whatever else changes there."""
    network, rng = drawn(Architecture(layers=layers, units=units), seed)
    sequences = Sequences(rng.normal(size=(5, 2, 1)), rng.normal(size=(4, 2, 1)))
    clamps = [Clamp("forget_gate", layers, first, 8, 1.0), Clamp("input_gate", layers, first, 8, 0.0)]
    outcome = what_if(network, sequences, [*clamps, Clamp("output_gate", 1, first, 8, 0.5)])
    states = [np.zeros((2, units)), *(steps[layers - 1]["cell_state"] for steps in outcome.trace)]
    for state in states[first:]:
        np.testing.assert_array_equal(state, states[first - 1])


@settings(max_examples=25, deadline=None)
@given(seeds, architectures)
def test_the_order_of_units_means_nothing(seed, architecture):
    """Renumbering the units of every layer, with their weights, leaves the predictions as they are."""
    network, rng = drawn(architecture, seed)
    renumbered = Network(architecture)
    units, parts = architecture.units, len(network.cell.PARTS)
    below = np.arange(1)
    for old, new in zip(network.layers, renumbered.layers, strict=True):
        order = rng.permutation(units)
        rows = np.concatenate([part * units + order for part in range(parts)])
        new.input_weights[:] = old.input_weights[rows][:, below]
        new.recurrent_weights[:] = old.recurrent_weights[rows][:, order]
        new.bias[:] = old.bias[rows]
        below = order
    renumbered.head_weights[:] = network.head_weights[:, below]
    renumbered.head_bias[:] = network.head_bias
    inputs = rng.normal(size=(4, 2, 1))
    np.testing.assert_allclose(renumbered.free_run(inputs, 3)[1], network.free_run(inputs, 3)[1], rtol=1e-9, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds, architectures, st.integers(1, 5))
def test_a_batch_is_the_mean_of_its_sequences(seed, architecture, batch):
    network, rng = drawn(architecture, seed)
    inputs, targets = rng.normal(size=(4, batch, 1)), rng.normal(size=(3, batch, 1))
    loss, gradient = gradient_of(network, inputs, targets)
    single = [gradient_of(network, inputs[:, [row]], targets[:, [row]]) for row in range(batch)]
    np.testing.assert_allclose(loss, np.mean([loss for loss, _ in single]), rtol=1e-10)
    scale = np.abs(gradient).max()
    np.testing.assert_allclose(gradient, np.mean([part for _, part in single], axis=0), atol=1e-10 * scale)


@settings(max_examples=25, deadline=None)
@given(seeds, architectures)
def test_the_order_of_sequences_in_a_batch_means_nothing(seed, architecture):
    network, rng = drawn(architecture, seed)
    inputs, targets = rng.normal(size=(4, 5, 1)), rng.normal(size=(3, 5, 1))
    order = rng.permutation(5)
    first, second = (
        gradient_of(network, inputs, targets),
        gradient_of(network, inputs[:, order], targets[:, order]),
    )
    np.testing.assert_allclose(first[1], second[1], atol=1e-10 * np.abs(first[1]).max())


@settings(max_examples=25, deadline=None)
@given(seeds, architectures)
def test_states_stay_within_their_bounds(seed, architecture):
    network, rng = drawn(architecture, seed)
    trace, predictions = network.free_run(10.0 * rng.normal(size=(4, 2, 1)), 5)
    assert np.abs(predictions).max() <= 1.0
    for t, steps in enumerate(trace, start=1):
        for step in steps:
            for name, values in step.items():
                if name.endswith("_gate"):
                    assert values.min() >= 0.0
                    assert values.max() <= 1.0
            assert np.abs(step["hidden_state"]).max() <= 1.0
            if "cell_state" in step:
                assert np.abs(step["cell_state"]).max() <= t
