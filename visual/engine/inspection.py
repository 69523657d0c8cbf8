"""Everything inside one layer while the shown sequence runs through the trained network."""

from dataclasses import dataclass

import numpy as np

from visual.engine import Array
from visual.engine.cells import Cell, Step
from visual.engine.training import Training


@dataclass(frozen=True)
class Inspection:
    """One layer, every time step and unit."""

    quantities: dict[str, Array]  # each (time_steps, units), but layer_input (time_steps, inputs)
    gradient_norm: Array  # (input_steps,): length of d loss / d h_t
    gradient_paths: dict[str, Array]  # each (trained_time_steps,): see `gradient_paths`


def inspect(training: Training, layer: int) -> Inspection:
    """Return what layer `layer` (counted from 1) did with the shown sequence."""
    network, cell, data_set = training.network, training.network.cell, training.data_set
    trace, _ = network.free_run(training.validation.inputs[:, :1], data_set.shown_predictions)
    quantities = quantities_of(cell, [steps[layer - 1] for steps in trace])
    paths = gradient_paths(training, layer)
    return Inspection(quantities, paths["hidden_state"][: data_set.given], paths)


def quantities_of(cell: type[Cell], steps: list[Step]) -> dict[str, Array]:
    """Return what happened in one layer with the first sequence of the batch, by name.

    steps: one for each time step. Each (time_steps, units), but layer_input (time_steps, inputs); among them
    `<part>_sum`, what each part's sigmoid or tanh was given, and the cell's own details.
    """
    sums = [f"{part}_sum" for part in cell.PARTS]
    names = dict.fromkeys(
        (*cell.PARTS, *cell.STATES, *sums, *cell.DETAILS, "layer_input")
    )  # a name may be part and state
    return {name: np.array([step[name][0] for step in steps]) for name in names}


def gradient_paths(training: Training, layer: int) -> dict[str, Array]:
    """Return how long the gradient is at every state of the shown sequence, in all and by where it came from.

    Each (time_steps,), over the time steps that training judges, its own predictions included:
    hidden_state, of that hidden_state_from_above (next layer or head) and hidden_state_from_later (the gates
    of the next time step); in an LSTM also cell_state, of that cell_state_from_hidden_state (through the
    output gate of the same time step) and cell_state_from_later (from c_{t+1}, through its forget gate).
    The parts add up as vectors, not as lengths.
    """
    flows = training.shown_gradients()

    def length(gradient: Array) -> Array:  # of (layers, time_steps, batch, units)
        norm: Array = np.sqrt((gradient[layer - 1, :, 0] ** 2).sum(axis=-1))
        return norm

    paths = {
        "hidden_state": length(flows.hidden_state),
        "hidden_state_from_above": length(flows.hidden_state_from_above),
        "hidden_state_from_later": length(flows.hidden_state - flows.hidden_state_from_above),
    }
    if "cell_state" in training.network.cell.STATES:
        paths["cell_state"] = length(flows.cell_state)
        paths["cell_state_from_hidden_state"] = length(flows.cell_state - flows.cell_state_from_later)
        paths["cell_state_from_later"] = length(flows.cell_state_from_later)
    return paths
