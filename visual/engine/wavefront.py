"""The fast way through an LSTM stack: the numbers of `Network`, several times sooner.

Three ideas, none of which changes the mathematics; `Network` stays the readable reference, tests compare.

1. Layer l at time step t needs layer l - 1 at t and itself at t - 1. So all cells on one anti-diagonal
   t + l = d can be computed together: one batched product for up to `layers` cells.
2. Every value lives once, at a place where the next product finds it. Slot s of time step t (slot 0 is the
   input, slot l + 1 the hidden state of layer l) is stored at diagonal t + s. What cell (l, t) reads, slot l
   at t and slot l + 1 at t - 1, then lies side by side, so that a window onto the buffer replaces every
   concatenation. A column of ones at the end of each slot carries the bias.
3. What backward needs beside the arriving gradient, the local derivatives, is computed for the whole sequence
   at once between the two passes.

While predictions are fed back, a time step must wait for the one before: these cells are computed one by one.
"""

from dataclasses import dataclass

import numpy as np

from visual.engine import Array
from visual.engine.heads import HEADS
from visual.engine.network import Architecture, Gradients, Network


@dataclass(frozen=True)
class Stage:
    """Cells that are computed together: layers `low` to `high` (excluded) on one diagonal, as views."""

    low: int
    high: int
    diagonal: int


class Wavefront:
    """Buffers for one shape of batch, allocated once and used for every batch of that shape."""

    def __init__(
        self, architecture: Architecture, batch: int, given: int, predictions: int, forced: bool = False
    ) -> None:
        self.architecture, self.batch, self.given, self.predictions = architecture, batch, given, predictions
        layers, units, inputs, outputs = (
            architecture.layers,
            architecture.units,
            architecture.inputs,
            architecture.outputs,
        )
        self.time_steps = given + predictions - 1
        self.read = self.time_steps if forced else given  # time steps whose inputs are there beforehand
        self.head = HEADS[architecture.head]
        self.slot = slot = max(units, inputs) + 1
        self.diagonals = diagonals = self.time_steps + layers
        self.values = np.zeros((diagonals, batch, layers + 1, slot))  # inputs and hidden states, sheared
        self.values[..., -1] = 1.0
        step = self.values.itemsize
        self.windows = np.lib.stride_tricks.as_strided(  # overlapping: slots l and l + 1 side by side
            self.values,
            (layers, diagonals, batch, 2 * slot),
            (slot * step, batch * (layers + 1) * slot * step, (layers + 1) * slot * step, step),
        )
        self.weights = np.zeros((layers, 4 * units, 2 * slot))
        self.forward_weights = np.zeros((layers, 2 * slot, 4 * units))
        self.head_weights = np.zeros((outputs, slot))
        self.gates = np.zeros((layers, diagonals, batch, 4 * units))  # output, input, forget gate, candidate
        self.cells = np.zeros((layers, diagonals + 1, batch, units))  # c of diagonal d at d + 1; before: 0
        self.squashed = np.zeros((layers, diagonals, batch, units))  # tanh(c)
        self.spoken = np.zeros((predictions, batch, outputs))
        self.stages = self._schedule()
        self._views = [self._forward_views(stage) for wave in self.stages for stage in wave]
        self.backward_buffers: _BackwardBuffers | None = None

    def _schedule(self) -> list[list[Stage]]:
        """Return the stages before each prediction: a wave through what is given, then cell by cell."""
        layers = self.architecture.layers
        wave = [
            Stage(max(0, diagonal - self.read + 1), min(layers, diagonal + 1), diagonal)
            for diagonal in range(self.read + layers - 1)
        ]
        free = [
            [Stage(layer, layer + 1, time_step + layer) for layer in range(layers)]
            for time_step in range(self.read, self.time_steps)
        ]
        return [wave, *free, *([] for _ in range(self.predictions - 1 - len(free)))]

    def load(self, network: Network) -> None:
        """Take over the network's weights; needed after every update."""
        units, slot = self.architecture.units, self.slot
        for packed, weights in zip(self.weights, network.layers, strict=True):
            packed[:, : weights.input_weights.shape[1]] = weights.input_weights
            packed[:, slot - 1] = weights.bias
            packed[:, slot : slot + units] = weights.recurrent_weights
        # sigmoid(x) = 1 / (1 + exp(-x)), tanh(x) = 2 sigmoid(2x) - 1: signs and 2 are put into the weights
        np.multiply(self.weights.transpose(0, 2, 1), -1.0, out=self.forward_weights)
        self.forward_weights[:, :, 3 * units :] *= 2.0
        self.head_weights[:, :units] = network.head_weights
        self.head_weights[:, -1] = network.head_bias

    def forward(self, inputs: Array) -> Array:
        """Return the predictions (predictions, batch, outputs), a view that the next call overwrites.

        inputs (given, batch, inputs), when forced (time_steps, batch, inputs).
        """
        architecture, views = self.architecture, iter(self._views)
        self.values[: self.read, :, 0, : architecture.inputs] = inputs
        with np.errstate(over="ignore"):  # exp(-x) may be infinite, 1 / (1 + infinity) is 0 as it should be
            for number, wave in enumerate(self.stages):
                for _ in wave:
                    self._cell_forward(*next(views))
                spoken = self.head.say(self._top(number) @ self.head_weights.T)
                self.spoken[number] = spoken
                if self.read <= self.given + number < self.time_steps:
                    self.values[self.given + number, :, 0, : architecture.inputs] = self.head.heard(spoken)
        return self.spoken

    def _top(self, prediction: int) -> Array:
        """Return the topmost slot (batch, slot) at the time step that says the prediction."""
        layers = self.architecture.layers
        top: Array = self.values[self.given - 1 + prediction + layers, :, layers]
        return top

    def _forward_views(self, stage: Stage) -> tuple[Array, ...]:
        """Return what `_cell_forward` works on; each (cells, batch, ...)."""
        low, high, diagonal, units = stage.low, stage.high, stage.diagonal, self.architecture.units
        gates = self.gates[low:high, diagonal]
        output_gate, input_gate, forget_gate, candidate = (
            gates[:, :, part * units : (part + 1) * units] for part in range(4)
        )
        hidden_state = self.values[diagonal + 1, :, low + 1 : high + 1, :units].transpose(1, 0, 2)
        cell_before, cell = self.cells[low:high, diagonal], self.cells[low:high, diagonal + 1]
        squashed = self.squashed[low:high, diagonal]
        window, weights = self.windows[low:high, diagonal], self.forward_weights[low:high]
        return (
            window,
            weights,
            gates,
            output_gate,
            input_gate,
            forget_gate,
            candidate,
            cell_before,
            cell,
            squashed,
            hidden_state,
        )

    @staticmethod
    def _cell_forward(
        window: Array,
        weights: Array,
        gates: Array,
        output_gate: Array,
        input_gate: Array,
        forget_gate: Array,
        candidate: Array,
        cell_before: Array,
        cell: Array,
        squashed: Array,
        hidden_state: Array,
    ) -> None:
        np.matmul(window, weights, out=gates)
        np.exp(gates, out=gates)
        gates += 1.0
        np.reciprocal(gates, out=gates)
        candidate *= 2.0
        candidate -= 1.0
        np.multiply(forget_gate, cell_before, out=cell)
        np.multiply(input_gate, candidate, out=squashed)
        cell += squashed
        np.multiply(cell, -2.0, out=squashed)  # tanh(c) = 2 / (1 + exp(-2c)) - 1
        np.exp(squashed, out=squashed)
        squashed += 1.0
        np.divide(2.0, squashed, out=squashed)
        squashed -= 1.0
        np.multiply(output_gate, squashed, out=hidden_state)

    def backward_through_time(self, d_predictions: Array) -> Gradients:
        """Return where the error of the last forward pass flows; see Network.backward_through_time.

        d_predictions (predictions, batch, outputs).
        """
        if self.backward_buffers is None:
            self.backward_buffers = _BackwardBuffers(self)
        return self.backward_buffers.run(d_predictions)

    def hidden_states(self, row: int) -> Array:
        """Return the hidden states of one sequence of the batch: (layers, time_steps, units), a copy."""
        units, steps = self.architecture.units, self.time_steps
        return np.array(
            [
                self.values[layer + 1 : layer + 1 + steps, row, layer + 1, :units]
                for layer in range(self.architecture.layers)
            ]
        )


class _BackwardBuffers:
    """What only the backward pass needs."""

    def __init__(self, front: Wavefront) -> None:
        self.front = front
        architecture, units, slot = front.architecture, front.architecture.units, front.slot
        shape = (architecture.layers, front.diagonals, front.batch)
        self.local = np.zeros((*shape, 4 * units))  # d gates' sums / d what arrives at them
        self.local_cell = np.zeros((*shape, units))  # d c_t / d h_t
        self.slope = np.zeros((*shape, 3 * units))
        self.d_sums = np.zeros((*shape, 4 * units))
        self.d_hidden_state, self.d_cell_state = np.zeros((*shape, units)), np.zeros((*shape, units))
        self.d_cell_before = np.zeros((architecture.layers, front.diagonals + 1, front.batch, units))
        # What each cell passes on to the two slots that it read; the last layer is what the head passes on.
        self.d_windows = np.zeros((architecture.layers + 1, front.diagonals, front.batch, 2 * slot))
        self.d_spoken = np.zeros_like(front.spoken)
        self.d_weights = np.zeros_like(front.weights)
        self.gradient = Network(architecture)
        self._views = [[self._stage_views(stage) for stage in reversed(wave)] for wave in front.stages]

    def _stage_views(self, stage: Stage) -> tuple[Array, ...]:
        low, high, diagonal, units = stage.low, stage.high, stage.diagonal, self.front.architecture.units
        shape = (high - low, self.front.batch, 3, units)
        return (
            self.d_windows[low + 1 : high + 1, diagonal + 1, :, :units],
            self.d_windows[low:high, diagonal + 1, :, self.front.slot : self.front.slot + units],
            self.d_hidden_state[low:high, diagonal],
            self.local_cell[low:high, diagonal],
            self.d_cell_before[low:high, diagonal + 1],
            self.d_cell_state[low:high, diagonal],
            self.local[low:high, diagonal, :, :units],
            self.d_sums[low:high, diagonal, :, :units],
            self.d_cell_state[low:high, diagonal, :, None, :],
            self.local[low:high, diagonal, :, units:].reshape(shape),
            self.d_sums[low:high, diagonal, :, units:].reshape(shape),
            self.front.gates[low:high, diagonal, :, 2 * units : 3 * units],
            self.d_cell_before[low:high, diagonal],
            self.d_sums[low:high, diagonal],
            self.front.weights[low:high],
            self.d_windows[low:high, diagonal],
        )

    def run(self, d_predictions: Array) -> Gradients:
        self._local_derivatives()
        front = self.front
        for number in reversed(range(front.predictions)):
            d_spoken, diagonal = self.d_spoken[number], front.given + number  # of the step that reads it
            d_prediction = d_predictions[number]
            if number < front.predictions - 1 and front.head.feeds_gradient:
                d_prediction = d_prediction + self.d_windows[0, diagonal, :, : front.architecture.inputs]
            np.copyto(d_spoken, front.head.backward(front.spoken[number], d_prediction))
            above = self.d_windows[-1, diagonal - 1 + front.architecture.layers, :, : front.slot]
            np.matmul(d_spoken, front.head_weights, out=above)
            for views in self._views[number]:
                self._cell_backward(*views)
        return self._collect()

    def _local_derivatives(self) -> None:
        """Compute, for all cells at once, what the chain rule multiplies the arriving gradient with."""
        front, units = self.front, self.front.architecture.units
        sigmoids, candidate = front.gates[..., : 3 * units], front.gates[..., 3 * units :]
        np.subtract(1.0, sigmoids, out=self.slope)
        self.slope *= sigmoids
        local = [self.local[..., part * units : (part + 1) * units] for part in range(4)]
        np.multiply(self.slope[..., :units], front.squashed, out=local[0])
        np.multiply(self.slope[..., units : 2 * units], candidate, out=local[1])
        np.multiply(self.slope[..., 2 * units :], front.cells[:, :-1], out=local[2])
        np.multiply(candidate, candidate, out=local[3])
        np.subtract(1.0, local[3], out=local[3])
        local[3] *= sigmoids[..., units : 2 * units]
        np.multiply(front.squashed, front.squashed, out=self.local_cell)
        np.subtract(1.0, self.local_cell, out=self.local_cell)
        self.local_cell *= sigmoids[..., :units]

    @staticmethod
    def _cell_backward(
        from_above: Array,
        from_later: Array,
        d_hidden_state: Array,
        local_cell: Array,
        d_cell_later: Array,
        d_cell_state: Array,
        local_output: Array,
        d_output_sum: Array,
        d_cell_for_each: Array,
        local_others: Array,
        d_other_sums: Array,
        forget_gate: Array,
        d_cell_before: Array,
        d_sums: Array,
        weights: Array,
        d_window: Array,
    ) -> None:
        np.add(from_above, from_later, out=d_hidden_state)
        np.multiply(d_hidden_state, local_cell, out=d_cell_state)
        d_cell_state += d_cell_later
        np.multiply(d_hidden_state, local_output, out=d_output_sum)
        np.multiply(d_cell_for_each, local_others, out=d_other_sums)
        np.multiply(d_cell_state, forget_gate, out=d_cell_before)
        np.matmul(d_sums, weights, out=d_window)

    def _collect(self) -> Gradients:
        front, gradient, slot = self.front, self.gradient, self.front.slot
        layers, units = front.architecture.layers, front.architecture.units
        rows = front.diagonals * front.batch
        for layer, weights in enumerate(gradient.layers):
            # All that this layer read, (diagonals * batch, 2 * slot).
            window = np.lib.stride_tricks.as_strided(
                front.windows[layer], (rows, 2 * slot), front.windows.strides[2:]
            )
            d_weights = self.d_weights[layer]
            np.matmul(self.d_sums[layer].reshape(rows, -1).T, window, out=d_weights)
            weights.input_weights[:] = d_weights[:, : weights.input_weights.shape[1]]
            weights.bias[:] = d_weights[:, slot - 1]
            weights.recurrent_weights[:] = d_weights[:, slot : slot + units]
        top = front.values[front.given - 1 + layers :, :, layers]  # (predictions, batch, slot)
        d_head = np.matmul(self.d_spoken.transpose(0, 2, 1), top).sum(axis=0)  # (outputs, slot)
        gradient.head_weights[:] = d_head[:, :units]
        gradient.head_bias[:] = d_head[:, -1]
        return Gradients(
            gradient.parameters,
            self._straight(self.d_hidden_state),
            self._straight(self.d_windows[1:, 1:, :, :units]),
            self._straight(self.d_cell_state),
            self._straight(self.d_cell_before[:, 1:]),
        )

    def _straight(self, sheared: Array) -> Array:
        """Return values kept by diagonal as (layers, time_steps, batch, units)."""
        steps = self.front.time_steps
        return np.array([values[layer : layer + steps] for layer, values in enumerate(sheared)])
