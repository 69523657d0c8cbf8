"""Forward and backward through a whole batch, by the fastest way that its cell has."""

from typing import Protocol

import numpy as np

from visual.engine import Array
from visual.engine.cells import Step
from visual.engine.network import Architecture, Gradients, Network
from visual.engine.wavefront import Wavefront


class Passes(Protocol):
    """One shape of batch: `given` time steps are read, then `predictions` are made.

    Forced: what follows is given as well, and read in place of the predictions.
    """

    def load(self, network: Network) -> None:
        """Take over the network's weights; needed after every update."""

    def forward(self, inputs: Array) -> Array:
        """Return the predictions (predictions, batch, outputs) for inputs (read, batch, inputs)."""

    def backward_through_time(self, d_predictions: Array) -> Gradients:
        """Return where the error of the last forward pass flows; d_predictions as the predictions."""

    def hidden_states(self, row: int) -> Array:
        """Return the hidden states of one sequence of the batch, (layers, time_steps, units)."""


class Stepwise:
    """Passes of any cell, one time step and one layer after the other."""

    def __init__(
        self, architecture: Architecture, batch: int, given: int, predictions: int, forced: bool = False
    ) -> None:
        self.predictions, self.forced = predictions, predictions - 1 if forced else 0
        self.trace: list[list[Step]] = []

    def load(self, network: Network) -> None:
        """Take over the network itself."""
        self.network = network

    def forward(self, inputs: Array) -> Array:
        """Return the predictions (predictions, batch, outputs)."""
        self.trace, self.spoken = self.network.free_run(inputs, self.predictions, forced=self.forced)
        return self.spoken

    def backward_through_time(self, d_predictions: Array) -> Gradients:
        """Return where the error of the last forward pass flows."""
        return self.network.backward_through_time(self.trace, self.spoken, d_predictions)

    def hidden_states(self, row: int) -> Array:
        """Return the hidden states of one sequence of the batch, (layers, time_steps, units)."""
        states = np.array([[step["hidden_state"][row] for step in steps] for steps in self.trace])
        return states.swapaxes(0, 1)


def passes(
    architecture: Architecture, batch: int, given: int, predictions: int, forced: bool = False
) -> Passes:
    """Return the fastest passes for this cell."""
    way = Wavefront if architecture.cell == "lstm" else Stepwise
    return way(architecture, batch, given, predictions, forced)
