"""Everything inside one layer while the shown sequence runs through the trained network."""

from dataclasses import dataclass

import numpy as np

from visual.engine import Array
from visual.engine.training import Training


@dataclass(frozen=True)
class Inspection:
    """One layer, every time step and unit."""

    quantities: dict[str, Array]  # each (time_steps, units), but layer_input (time_steps, inputs)
    gradient_norm: Array  # (input_steps,): length of d loss / d h_t


def inspect(training: Training, layer: int) -> Inspection:
    """Return what layer `layer` (counted from 1) did with the shown sequence."""
    network, cell = training.network, training.network.cell
    trace, _ = network.free_run(training.validation.inputs[:, :1], training.data_set.shown_predictions)
    names = (*cell.PARTS, *cell.STATES, "layer_input")
    quantities = {name: np.array([steps[layer - 1][name][0] for steps in trace]) for name in names}
    return Inspection(quantities, training.shown_gradient_norm()[layer - 1])
