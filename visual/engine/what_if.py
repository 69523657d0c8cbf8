"""Forward passes with one thing altered: what a gate, an input, a state or a weight is there for.

Layers and time steps count from 1, units from 0, as on the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visual.engine import Array
from visual.engine.cells import State, Step
from visual.engine.losses import LOSSES
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

    Both arrays of the state (units,) or (batch, units). With zeros it cuts both paths of memory at once.
    """
    return [
        Clamp("hidden_state_before", layer, time_step, time_step, state.hidden_state),
        Clamp("cell_state_before", layer, time_step, time_step, state.cell_state),
    ]


@dataclass(frozen=True)
class Transplant:
    """Gives a layer at one time step the state that it would have received at another, `source`."""

    layer: int
    time_step: int
    source: int

    def clamps(self, original: list[list[Step]]) -> list[Clamp]:
        """Return the clamps that do it; original: the unaltered pass."""
        donor = original[self.source - 1][self.layer - 1]
        hidden_state = donor["hidden_state_before"]
        cell_state = donor.get("cell_state_before", np.zeros_like(hidden_state))
        return clamp_state(self.layer, self.time_step, State(hidden_state, cell_state))


@dataclass(frozen=True)
class Outcome:
    """What happened, beside what would have happened otherwise."""

    trace: list[list[Step]]  # [time_step][layer]
    original: list[list[Step]]
    predictions: Array  # (predictions, batch, outputs)
    original_predictions: Array
    loss: float  # of all predictions, as the head is judged in training
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
    transplants: Sequence[Transplant] = (),
    altered: Network | None = None,
) -> Outcome:
    """Return what the network does with clamps and transplants, with other inputs (time_steps, batch, inputs),
    or with the weights of `altered`, a network of the same architecture.
    """
    targets, judge = sequences.targets, LOSSES[network.architecture.head]
    original, original_predictions = network.free_run(sequences.inputs, len(targets))
    holding = [*clamps, *(clamp for transplant in transplants for clamp in transplant.clamps(original))]

    def change(time_step: int, layer: int, name: str, value: Array) -> Array:
        for clamp in holding:
            value = clamp(time_step, layer, name, value)
        return value

    read = sequences.inputs if inputs is None else inputs
    trace, predictions = (altered or network).free_run(read, len(targets), change)
    losses = judge(predictions, targets)[0], judge(original_predictions, targets)[0]
    return Outcome(trace, original, predictions, original_predictions, *losses)


@dataclass(frozen=True)
class Nudge:
    """A weight moved a little: what the loss did, beside what the gradient foretold."""

    value: float  # of the weight before
    gradient: float  # d loss / d weight
    by: float
    outcome: Outcome

    @property
    def measured(self) -> float:
        """Return the loss after the nudge less the loss before."""
        return self.outcome.loss - self.outcome.original_loss

    @property
    def foretold(self) -> float:
        """Return the gradient times the nudge."""
        return self.gradient * self.by


def nudge_weight(network: Network, sequences: Sequences, parameter: int, nudge: float) -> Nudge:
    """Return how the loss changes when one parameter (its place in Network.parameters) moves by `nudge`."""
    moved = Network(network.architecture, network.parameters.copy())
    moved.parameters[parameter] += nudge
    outcome = what_if(network, sequences, altered=moved)
    _, d_predictions = LOSSES[network.architecture.head](outcome.original_predictions, sequences.targets)
    flows = network.backward_through_time(outcome.original, outcome.original_predictions, d_predictions)
    return Nudge(float(network.parameters[parameter]), float(flows.parameters[parameter]), nudge, outcome)
