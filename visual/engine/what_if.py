"""Forward passes with one thing altered: what a gate, an input, a state or a weight is there for.

Layers and time steps count from 1, units from 0, as on the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visual.engine import Array
from visual.engine.cells import State, Step
from visual.engine.losses import mean_squared_error
from visual.engine.network import Network
from visual.engine.sequences import Sequences


@dataclass(frozen=True)
class Clamp:
    """Holds a quantity of one layer at a value, at time steps first to last, both included.

    quantity: a part or state of the cell, or hidden_state_before or cell_state_before, which cuts (or
    replaces) what arrives from the time step before. value: one number, or one per unit (units,) to
    transplant a state. units: None for all.
    """

    quantity: str
    layer: int
    first: int
    last: int
    value: float | Array
    units: tuple[int, ...] | None = None

    def __call__(self, time_step: int, layer: int, name: str, value: Array) -> Array:
        """Return the value to go on with, (batch, units); time_step and layer from 0."""
        here = name == self.quantity and layer == self.layer - 1 and self.first <= time_step + 1 <= self.last
        if not here:
            return value
        held = np.array(np.broadcast_to(self.value, value.shape))
        if self.units is None:
            return held
        mixed = value.copy()
        mixed[:, self.units] = held[:, self.units]
        return mixed


def clamp_state(layer: int, time_step: int, state: State) -> list[Clamp]:
    """Return the clamps that transplant a whole state into what `time_step` of `layer` receives.

    Both arrays of the state (units,). With zeros it cuts both paths of memory at once.
    """
    return [
        Clamp("hidden_state_before", layer, time_step, time_step, state.hidden_state),
        Clamp("cell_state_before", layer, time_step, time_step, state.cell_state),
    ]


@dataclass(frozen=True)
class Outcome:
    """What happened, beside what would have happened otherwise."""

    trace: list[list[Step]]  # [time_step][layer]
    original: list[list[Step]]
    predictions: Array  # (predictions, batch, outputs)
    original_predictions: Array
    loss: float  # mean squared error of the predictions
    original_loss: float

    def difference(self, quantity: str, layer: int) -> Array:
        """Return how a quantity of a layer changed, (time_steps, batch, units)."""
        pairs = zip(self.trace, self.original, strict=True)
        return np.array([steps[layer - 1][quantity] - before[layer - 1][quantity] for steps, before in pairs])


def what_if(
    network: Network,
    sequences: Sequences,
    clamps: Sequence[Clamp] = (),
    inputs: Array | None = None,
) -> Outcome:
    """Return what the network does with the clamps, or with other inputs (time_steps, batch, inputs)."""

    def change(time_step: int, layer: int, name: str, value: Array) -> Array:
        for clamp in clamps:
            value = clamp(time_step, layer, name, value)
        return value

    predictions = len(sequences.targets)
    original, original_predictions = network.free_run(sequences.inputs, predictions)
    trace, changed = network.free_run(sequences.inputs if inputs is None else inputs, predictions, change)
    loss, _ = mean_squared_error(changed, sequences.targets)
    original_loss, _ = mean_squared_error(original_predictions, sequences.targets)
    return Outcome(trace, original, changed, original_predictions, loss, original_loss)


@dataclass(frozen=True)
class Nudge:
    """A weight moved a little: what the loss did, beside what the gradient foretold."""

    measured: float  # loss after - loss before
    foretold: float  # gradient * nudge


def nudge_weight(network: Network, sequences: Sequences, parameter: int, nudge: float) -> Nudge:
    """Return how the loss changes when one parameter (its place in Network.parameters) moves by `nudge`."""
    judged = len(sequences.targets)
    trace, predictions = network.free_run(sequences.inputs, judged)
    loss, d_predictions = mean_squared_error(predictions, sequences.targets)
    gradient = network.backward_through_time(trace, predictions, d_predictions).parameters
    moved = Network(network.architecture, network.parameters.copy())
    moved.parameters[parameter] += nudge
    moved_loss, _ = mean_squared_error(moved.free_run(sequences.inputs, judged)[1], sequences.targets)
    return Nudge(moved_loss - loss, float(gradient[parameter] * nudge))
