"""The fast way through a stack: the numbers of `Network`, several times sooner.

Four ideas, none of which changes the mathematics; `Network` stays the readable reference, and tests compare.

1. Layer l at time step t needs layer l - 1 at t and itself at t - 1. So all cells on one anti-diagonal
   t + l = d can be computed together: one batched product for up to `layers` cells.
2. Every value lives once, at a place where the next product finds it. Slot s of time step t (slot 0 is the
   input, slot l + 1 the hidden state of layer l) is stored at diagonal t + s. What cell (l, t) reads, slot l
   at t and slot l + 1 at t - 1, then lies side by side, so that a window onto the buffer replaces every
   concatenation. A row of ones at the end of each slot carries the bias.
3. Units lie under each other and sequences side by side, (..., units, batch): so each gate is one piece of
   memory, and NumPy goes through it in one go.
4. What backward needs beside the arriving gradient, the local derivatives, is computed for the whole sequence
   at once between the two passes.

While predictions are fed back, a time step must wait for the one before: these cells are computed one by one.
What happens inside the cells is in `kernels.py`.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from visual.engine import Array
from visual.engine.heads import HEADS
from visual.engine.kernels import KERNELS, Views
from visual.engine.network import Architecture, Gradients, Network


class Stage(NamedTuple):
    """Layers that are computed together on one diagonal."""

    layers: slice
    diagonal: int


class Wavefront:
    """Buffers for one shape of batch, allocated once and used for every batch of that shape."""

    def __init__(
        self, architecture: Architecture, batch: int, given: int, predictions: int, forced: bool = False
    ) -> None:
        self.architecture, self.batch, self.given, self.predictions = architecture, batch, given, predictions
        layers, units = architecture.layers, architecture.units
        self.time_steps = given + predictions - 1
        self.read = self.time_steps if forced else given  # time steps whose inputs are there beforehand
        self.head = HEADS[architecture.head]
        self.slot = slot = max(units, architecture.inputs) + 1
        self.diagonals = diagonals = self.time_steps + layers
        self.values = np.zeros((diagonals, layers + 1, slot, batch))  # inputs and hidden states, sheared
        self.values[:, :, -1] = 1.0
        step = self.values.itemsize
        self.windows = np.lib.stride_tricks.as_strided(  # overlapping: slots l and l + 1 side by side
            self.values,
            (layers, diagonals, 2 * slot, batch),
            (slot * batch * step, (layers + 1) * slot * batch * step, batch * step, step),
        )
        self.kernel = KERNELS[architecture.cell](layers, diagonals, batch, units)
        self.scales = np.repeat(self.kernel.SCALES, units)[:, None]  # (blocks * units, 1)
        self.weights = np.zeros((layers, len(self.scales), 2 * slot))
        self.forward_weights = np.zeros_like(self.weights)
        self.head_weights = np.zeros((architecture.outputs, slot))
        self.spoken = np.zeros((predictions, batch, architecture.outputs))
        self.stages = self._schedule()
        self._forward_views = [[self._forward_stage(stage) for stage in wave] for wave in self.stages]

    def _schedule(self) -> list[list[Stage]]:
        """Return the stages before each prediction: a wave through what is given, then cell by cell."""
        layers = self.architecture.layers
        wave = [
            Stage(slice(max(0, diagonal - self.read + 1), min(layers, diagonal + 1)), diagonal)
            for diagonal in range(self.read + layers - 1)
        ]
        free = [
            [Stage(slice(layer, layer + 1), time_step + layer) for layer in range(layers)]
            for time_step in range(self.read, self.time_steps)
        ]
        return [wave, *free, *([] for _ in range(self.predictions - 1 - len(free)))]

    def _forward_stage(self, stage: Stage) -> tuple[Array, Array, Array, Views]:
        """Return weights, window, sums, and the kernel's views; all but the weights (cells, ..., batch)."""
        layers, diagonal = stage
        above, units = slice(layers.start + 1, layers.stop + 1), self.architecture.units
        before = self.values[diagonal, above, :units]
        hidden_state = self.values[diagonal + 1, above, :units]
        return (
            self.forward_weights[layers],
            self.windows[layers, diagonal],
            self.kernel.sums[layers, diagonal],
            self.kernel.forward_views(layers, diagonal, before, hidden_state),
        )

    def load(self, network: Network) -> None:
        """Take over the network's weights; needed after every update."""
        for packed, weights in zip(self.weights, network.layers, strict=True):
            self.kernel.pack(packed, weights, self.slot)
        np.multiply(self.weights, self.scales, out=self.forward_weights)
        self.head_weights[:, : self.architecture.units] = network.head_weights
        self.head_weights[:, -1] = network.head_bias

    def forward(self, inputs: Array) -> Array:
        """Return the predictions (predictions, batch, outputs), a view that the next call overwrites.

        inputs (given, batch, inputs), when forced (time_steps, batch, inputs).
        """
        architecture, compute = self.architecture, self.kernel.forward
        self.values[: self.read, 0, : architecture.inputs] = inputs.swapaxes(1, 2)
        with np.errstate(over="ignore"):  # exp(-x) may be infinite, 1 / (1 + infinity) is 0 as it should be
            for number, wave in enumerate(self._forward_views):
                for weights, window, sums, views in wave:
                    np.matmul(weights, window, out=sums)
                    compute(*views)
                spoken = self.head.say((self.head_weights @ self._top(number)).T)
                self.spoken[number] = spoken
                if self.read <= self.given + number < self.time_steps:
                    self.values[self.given + number, 0, : architecture.inputs] = self.head.heard(spoken).T
        return self.spoken

    def _top(self, prediction: int) -> Array:
        """Return the topmost slot (slot, batch) at the time step that says the prediction."""
        layers = self.architecture.layers
        top: Array = self.values[self.given - 1 + prediction + layers, layers]
        return top

    def backward_through_time(self, d_predictions: Array) -> Gradients:
        """Return where the error of the last forward pass flows; see Network.backward_through_time.

        d_predictions (predictions, batch, outputs).
        """
        return self.backward.flows(self.gradient(d_predictions))

    def gradient(self, d_predictions: Array) -> Array:
        """Return the gradient of the parameters alone, (parameters,), which the next call overwrites."""
        return self.backward.run(d_predictions)

    @cached_property
    def backward(self) -> "_Backward":
        """Return the backward pass; a front that only predicts never allocates its buffers."""
        return _Backward(self)

    def hidden_states(self, row: int) -> Array:
        """Return the hidden states of one sequence of the batch: (layers, time_steps, units), a copy."""
        units, steps = self.architecture.units, self.time_steps
        return np.array(
            [
                self.values[layer + 1 : layer + 1 + steps, layer + 1, :units, row]
                for layer in range(self.architecture.layers)
            ]
        )


class _Backward:
    """What only the backward pass needs."""

    def __init__(self, front: Wavefront) -> None:
        self.front, architecture = front, front.architecture
        # What each cell passes on to the two slots that it read; the last layer is what the head passes on.
        self.d_windows = np.zeros((architecture.layers + 1, front.diagonals, 2 * front.slot, front.batch))
        self.d_spoken = np.zeros_like(front.spoken)
        self.d_weights = np.zeros_like(front.weights)
        self.gradient = Network(architecture)
        # For the last product: what was read, and d_sums, each unit's whole history in one row.
        layers, blocks = architecture.layers, len(front.scales)
        self.read = np.zeros((layers + 1, front.slot, front.diagonals, front.batch))
        self.d_sums = np.zeros((layers, blocks, front.diagonals, front.batch))
        self._views = [[self._stage(stage) for stage in reversed(wave)] for wave in front.stages]

    def _stage(self, stage: Stage) -> tuple[Array, Array, Array, Views, Array, Array, Array, Views | None, Array]:
        layers, diagonal = stage
        kernel, slot, units = self.front.kernel, self.front.slot, self.front.architecture.units
        d_window = self.d_windows[layers, diagonal]
        return (
            self.d_windows[layers.start + 1 : layers.stop + 1, diagonal + 1, :units],
            self.d_windows[layers, diagonal + 1, slot : slot + units],
            kernel.d_hidden_state[layers, diagonal],
            kernel.backward_views(layers, diagonal),
            kernel.d_sums[layers, diagonal],
            self.front.weights[layers].swapaxes(1, 2),
            d_window,
            kernel.pass_on(layers, diagonal),
            d_window[:, slot : slot + units],
        )

    def run(self, d_predictions: Array) -> Array:
        front, kernel = self.front, self.front.kernel
        kernel.prepare_backward()
        for number in reversed(range(front.predictions)):
            diagonal = front.given + number  # of the time step that reads this prediction
            d_prediction = d_predictions[number]
            if number < front.predictions - 1 and front.head.feeds_gradient:
                d_prediction = d_prediction + self.d_windows[0, diagonal, : front.architecture.inputs].T
            self.d_spoken[number] = front.head.backward(front.spoken[number], d_prediction)
            above = self.d_windows[-1, diagonal - 1 + front.architecture.layers, : front.slot]
            np.matmul(front.head_weights.T, self.d_spoken[number].T, out=above)
            for stage in self._views[number]:
                from_above, from_later, d_hidden_state, views, d_sums, weights, d_window, past, d_before = stage
                np.add(from_above, from_later, out=d_hidden_state)
                kernel.backward(*views)
                np.matmul(weights, d_sums, out=d_window)
                if past is not None:
                    d_before += past[0] * past[1]
        return self._collect()

    def _collect(self) -> Array:
        """Return the parameters' gradient, in one product per layer over all time steps and sequences."""
        front, kernel, gradient, slot = self.front, self.front.kernel, self.gradient, self.front.slot
        layers, units = front.architecture.layers, front.architecture.units
        columns = front.diagonals * front.batch
        np.copyto(self.read, front.values.transpose(1, 2, 0, 3))
        np.copyto(self.d_sums, kernel.d_sums.transpose(0, 2, 1, 3))
        read, d_sums = self.read.reshape(-1, columns), self.d_sums.reshape(layers, -1, columns)
        for layer, weights in enumerate(gradient.layers):
            here = slice(layer * front.batch, (layer + front.time_steps) * front.batch)  # its diagonals
            window = read[layer * slot : (layer + 2) * slot, here]  # all that this layer read
            np.matmul(d_sums[layer, :, here], window.T, out=self.d_weights[layer])
            kernel.unpack(self.d_weights[layer], weights, slot)
        top = front.values[front.given - 1 + layers :, layers]  # (predictions, slot, batch)
        d_head = np.matmul(top, self.d_spoken).sum(axis=0).T  # (outputs, slot)
        gradient.head_weights[:] = d_head[:, :units]
        gradient.head_bias[:] = d_head[:, -1]
        return gradient.parameters

    def flows(self, parameters: Array) -> Gradients:
        """Return the gradient of the parameters with those of all states."""
        kernel, units = self.front.kernel, self.front.architecture.units
        return Gradients(
            parameters,
            self._straight(kernel.d_hidden_state),
            self._straight(self.d_windows[1:, 1:, :units]),
            self._straight(kernel.d_cell_state),
            self._straight(kernel.d_cell_before[:, 1:]),
        )

    def _straight(self, sheared: Array) -> Array:
        """Return values kept by diagonal (layers, diagonals, units, batch) as (layers, time_steps, batch, units)."""
        steps = self.front.time_steps
        return np.array([values[layer : layer + steps].swapaxes(1, 2) for layer, values in enumerate(sheared)])
