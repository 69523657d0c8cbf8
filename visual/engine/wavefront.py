"""The fast way through a stack: the numbers of `Network`, several times sooner.

Four ideas, none of which changes the mathematics; `Network` stays the readable reference, and tests compare.

1. Layer l at time step t needs layer l - 1 at t and itself at t - 1. So all cells on one anti-diagonal
   t + l = d can be computed together, as one stage: one batched product for up to `layers` cells.
2. What a cell reads lies together, as one column of its diagonal: what comes from below, its own hidden state of the
   step before, and a one for the bias. A hidden state is written to the two places where the next diagonal
   reads it, so that every product finds its operand ready.
3. Units lie under each other, then cells, then sequences, (units, cells, batch): so a gate of a whole stage is
   one piece of memory, and NumPy goes through it in one go.
4. Buffers are allocated once, and gradients written over what they are made of, so that the processor's cache
   holds what is needed next.

While predictions are fed back, a time step must wait for the one before: these cells are computed one by one.
What happens inside the cells is in `kernels.py`.

Several networks of one architecture can be run side by side, each on its own `batch` sequences: they stand after each
other in the last axis, (…, networks * batch), and only products of matrices tell them apart. So ten epochs are
evaluated in as many calls of NumPy as one.
"""

from collections import Counter
from functools import cached_property
from typing import NamedTuple

import numpy as np

from visual.engine import Array
from visual.engine.heads import HEADS
from visual.engine.kernels import KERNELS, Kernel, Views
from visual.engine.network import Architecture, Gradients, Network


class Stage(NamedTuple):
    """Layers that are computed together on one diagonal."""

    layers: slice
    diagonal: int
    kernel: Kernel
    number: int  # among the kernel's stages


class CellStates:
    """The cell states between stages, or their gradients: what one stage leaves, the next takes up."""

    def __init__(self, layers: int, read: int, free: int, units: int, columns: int) -> None:
        self.read = read
        self.wave = np.zeros((read + layers, units, layers, columns))  # c of diagonal d at d + 1; before: 0
        self.free = np.zeros((free, layers, units, 1, columns))

    def before(self, stage: Stage) -> Array:
        """Return what a stage finds, (units, cells, columns)."""
        return self._there(stage, stage.diagonal)

    def after(self, stage: Stage) -> Array:
        """Return what it leaves, (units, cells, columns)."""
        return self._there(stage, stage.diagonal + 1)

    def _there(self, stage: Stage, diagonal: int) -> Array:
        free = diagonal - stage.layers.start - self.read - 1  # of the time steps that read a prediction
        if free >= 0 and stage.layers.stop == stage.layers.start + 1:
            return self.free[free, stage.layers.start]
        return self.wave[diagonal][:, stage.layers]


class Wavefront:
    """Buffers for one shape of batch, allocated once and used for every batch of that shape.

    batch: sequences of each network. Below, `columns` is networks * batch.
    """

    def __init__(
        self,
        architecture: Architecture,
        batch: int,
        given: int,
        predictions: int,
        forced: bool = False,
        networks: int = 1,
    ) -> None:
        self.architecture, self.given, self.predictions = architecture, given, predictions
        self.networks, self.columns = networks, networks * batch
        layers, units = architecture.layers, architecture.units
        self.time_steps = given + predictions - 1
        self.read = self.time_steps if forced else given  # time steps whose inputs are there beforehand
        self.head = HEADS[architecture.head]
        # The rows of a column: what comes from below, the hidden state before, and a one for the bias.
        below = max(units, architecture.inputs)
        self.from_below, self.from_before, rows = slice(0, units), slice(below, below + units), below + units + 1
        # Column l of diagonal d is read by layer l at time step d - l; the last one, by the head.
        self.values = np.zeros((self.time_steps + layers, rows, layers + 1, self.columns))
        self.values[:, -1] = 1.0
        kernel = KERNELS[architecture.cell]
        self.weights = np.zeros((layers, networks, len(kernel.SCALES) * units, rows))
        self.head_weights = np.zeros((networks, architecture.outputs, rows))
        self.places, self.scales = _packing(architecture, kernel, self.weights[:, 0].shape, below)
        self.spoken = np.zeros((predictions, self.columns, architecture.outputs))
        self.cell_states = self.between_stages()
        self.kernels, self.stages = self._schedule(kernel)
        self._views = [[self._stage_views(stage) for stage in wave] for wave in self.stages]

    def between_stages(self) -> CellStates:
        """Return the places of cell states or their gradients, all zero."""
        layers, free = self.architecture.layers, self.time_steps - self.read
        return CellStates(layers, self.read, free, self.architecture.units, self.columns)

    def by_network(self, columns: Array) -> Array:
        """Return (..., values, networks * batch) as (..., networks, values, batch), a view."""
        return columns.reshape(*columns.shape[:-1], self.networks, -1).swapaxes(-3, -2)

    def _schedule(self, kernel: type[Kernel]) -> tuple[list[Kernel], list[list[Stage]]]:
        """Return the kernels, and the stages before each prediction: first a wave through what is given, then
        cell by cell.
        """
        layers, units = self.architecture.layers, self.architecture.units
        wave = [
            (slice(max(0, diagonal - self.read + 1), min(layers, diagonal + 1)), diagonal)
            for diagonal in range(self.read + layers - 1)
        ]
        free = [
            [(slice(layer, layer + 1), time_step + layer) for layer in range(layers)]
            for time_step in range(self.read, self.time_steps)
        ]
        waves = [wave, *free, *([] for _ in range(self.predictions - 1 - len(free)))]
        sizes = Counter(cells.stop - cells.start for wave in waves for cells, _ in wave)
        kernels = {cells: kernel(stages, units, cells, self.columns) for cells, stages in sizes.items()}
        numbers = {cells: iter(range(stages)) for cells, stages in sizes.items()}

        def stage(cells: slice, diagonal: int) -> Stage:
            size = cells.stop - cells.start
            return Stage(cells, diagonal, kernels[size], next(numbers[size]))

        return list(kernels.values()), [[stage(*place) for place in wave] for wave in waves]

    def _stage_views(self, stage: Stage) -> tuple[Array, Array, Array, Views, Array, Array, Array]:
        """Return weights, what the cells read, their sums, the kernel's views, the new hidden state, and the two
        places where it is read next.
        """
        layers, diagonal, kernel, number = stage
        before, after = self.values[diagonal], self.values[diagonal + 1]
        cell_states = self.cell_states.before(stage), self.cell_states.after(stage)
        return (
            self.weights[layers],
            self.by_network(before[:, layers].swapaxes(0, 1)),  # (cells, networks, rows, batch)
            self.by_network(kernel.sums[number].swapaxes(0, 1)),  # (cells, networks, blocks * units, batch)
            kernel.forward_views(number, before[self.from_before, layers], *cell_states),
            kernel.hidden_state[number],
            after[self.from_below, layers.start + 1 : layers.stop + 1],
            after[self.from_before, layers],
        )

    def load(self, *networks: Network) -> None:
        """Take over the networks' weights; needed after every update."""
        for number, network in enumerate(networks):
            np.take(network.parameters, self.places, out=self.weights[:, number], mode="clip")
            self.head_weights[number, :, self.from_below] = network.head_weights
            self.head_weights[number, :, -1] = network.head_bias
        self.weights *= self.scales[:, None]

    def forward(self, inputs: Array) -> Array:
        """Return the predictions (predictions, columns, outputs), a view that the next call overwrites.

        inputs (given, columns, inputs), when forced (time_steps, columns, inputs).
        """
        heard, compute = self.values[:, : self.architecture.inputs, 0], self.kernels[0].forward
        heard[: self.read] = inputs.swapaxes(1, 2)
        with np.errstate(over="ignore"):  # exp(-x) may be infinite, 1 / (1 + infinity) is 0 as it should be
            for number, wave in enumerate(self._views):
                for weights, read, sums, views, hidden_state, above, later in wave:
                    np.matmul(weights, read, out=sums)
                    compute(*views)
                    np.copyto(above, hidden_state)
                    np.copyto(later, hidden_state)
                sums = self.head_weights @ self.by_network(self.top(number))  # (networks, outputs, batch)
                spoken = self.head.say(sums.swapaxes(1, 2).reshape(self.columns, -1))
                self.spoken[number] = spoken
                if self.read <= self.given + number < self.time_steps:
                    heard[self.given + number] = self.head.heard(spoken).T
        return self.spoken

    def top(self, prediction: int) -> Array:
        """Return what the head reads (rows, columns) to say a prediction, counted from 0."""
        layers = self.architecture.layers
        read: Array = self.values[self.given - 1 + prediction + layers, :, layers]
        return read

    def backward_through_time(self, d_predictions: Array) -> Gradients:
        """Return where the error of the last forward pass flows; see Network.backward_through_time.

        d_predictions (predictions, batch, outputs). For one network.
        """
        return self.backward.flows(self.gradient(d_predictions))

    def gradient(self, d_predictions: Array) -> Array:
        """Return the gradient of the parameters alone, (parameters,), which the next call overwrites.

        For one network.
        """
        self.backward.run(d_predictions)
        return self.backward.collected()

    def gradient_of_hidden_states(self, d_predictions: Array) -> Array:
        """Return d loss / d every hidden state alone, (layers, time_steps, columns, units), a copy.

        d_predictions (predictions, columns, outputs), each network's with respect to its own loss.
        """
        self.backward.run(d_predictions)
        return self.backward.hidden_states()

    @cached_property
    def backward(self) -> "_Backward":
        """Return the backward pass; a front that only predicts never allocates its buffers."""
        return _Backward(self)

    def hidden_states(self, column: int) -> Array:
        """Return the hidden states of one sequence: (layers, time_steps, units), a copy."""
        return self.straight(self.values[1:, self.from_before, :-1, column : column + 1])[:, :, 0]

    def straight(self, sheared: Array) -> Array:
        """Return (diagonals, units, layers, columns) as (layers, time_steps, columns, units)."""
        layers = self.architecture.layers
        return np.array([sheared[layer : layer + self.time_steps, :, layer].swapaxes(1, 2) for layer in range(layers)])


def _packing(
    architecture: Architecture, kernel: type[Kernel], shape: tuple[int, ...], below: int
) -> tuple["np.ndarray[tuple[int, ...], np.dtype[np.intp]]", Array]:
    """Return for each packed weight its place in Network.parameters, and its sign; 0 where there is none."""
    counting = Network(architecture)
    counting.parameters[:] = np.arange(1, counting.parameters.size + 1)
    packed = np.zeros(shape)
    for layer, weights in zip(packed, counting.layers, strict=True):
        kernel.pack(layer, weights, below)
    signs = np.repeat(kernel.SCALES, architecture.units)[:, None]  # (blocks * units, 1)
    return np.maximum(packed - 1, 0).astype(np.intp), signs * (packed > 0)


class _StageBackward(NamedTuple):
    """What backward works on in one stage, all views."""

    kernel_views: Views
    d_hidden_state: Array  # (units, cells, columns)
    from_above: Array  # what arrives there, and
    from_later: Array
    d_sums: Array  # (cells, networks, blocks * units, batch)
    weights: Array  # (cells, networks, rows - 1, blocks * units)
    d_read: Array  # (cells, networks, rows - 1, batch)
    d_before: Array  # the part of it that goes to the hidden state before, (units, cells, columns)
    past_weights: Array | None  # what else goes there
    read: Array  # (cells, networks, batch, rows)
    part: Array  # d_weights of this stage alone, (cells, networks, blocks * units, rows)
    d_weights: Array  # of all stages


class _Backward:
    """What only the backward pass needs; each array is named after the one whose gradient it holds."""

    def __init__(self, front: Wavefront) -> None:
        self.front = front
        self.d_values = np.zeros_like(front.values)
        self.d_cell_states = front.between_stages()
        self.d_spoken = np.zeros_like(front.spoken)
        self.d_weights = np.zeros_like(front.weights)
        self.parts = np.zeros_like(front.weights)  # of d_weights, from one stage
        self.gradient = Network(front.architecture)
        there = front.scales != 0.0
        self.recurrent = self.gradient.parameters[: np.count_nonzero(there)]  # all but the head's
        self.sources = np.flatnonzero(there)[np.argsort(front.places[there])]  # of each recurrent parameter
        self.signs = front.scales.ravel()[self.sources]
        self._views = [[self._stage_views(stage) for stage in reversed(wave)] for wave in front.stages]

    def _stage_views(self, stage: Stage) -> "_StageBackward":
        layers, diagonal, kernel, number = stage
        front, arriving, leaving = self.front, self.d_values[diagonal + 1], self.d_values[diagonal]
        d_cells = self.d_cell_states.after(stage), self.d_cell_states.before(stage)
        return _StageBackward(
            kernel.backward_views(number, *d_cells),
            kernel.d_hidden_state,
            arriving[front.from_below, layers.start + 1 : layers.stop + 1],
            arriving[front.from_before, layers],
            front.by_network(kernel.d_sums[number].swapaxes(0, 1)),
            front.weights[layers, ..., :-1].swapaxes(-2, -1),  # nothing flows to the bias's one
            front.by_network(leaving[:-1, layers].swapaxes(0, 1)),
            leaving[front.from_before, layers],
            kernel.past_weights(number),
            front.by_network(front.values[diagonal][:, layers].swapaxes(0, 1)).swapaxes(-2, -1),
            self.parts[layers],
            self.d_weights[layers],
        )

    def run(self, d_predictions: Array) -> None:
        """Let the error flow, once after each forward pass."""
        front, compute = self.front, self.front.kernels[0].backward
        self.d_weights.fill(0.0)
        for number in reversed(range(front.predictions)):
            d_prediction = d_predictions[number]
            if number < front.predictions - 1 and front.head.feeds_gradient:  # the time step that reads it
                d_prediction = d_prediction + self.d_values[front.given + number, : front.architecture.inputs, 0].T
            self.d_spoken[number] = front.head.backward(front.spoken[number], d_prediction)
            above = self.d_values[front.given - 1 + number + front.architecture.layers, :, -1]
            d_sums = front.by_network(self.d_spoken[number].T)  # (networks, outputs, batch)
            np.matmul(front.head_weights.swapaxes(1, 2), d_sums, out=front.by_network(above))
            for (
                views,
                d_hidden_state,
                from_above,
                from_later,
                d_sums,
                weights,
                d_read,
                d_before,
                past_weights,
                read,
                part,
                d_weights,
            ) in self._views[number]:
                np.add(from_above, from_later, out=d_hidden_state)
                compute(*views)
                np.matmul(weights, d_sums, out=d_read)
                if past_weights is not None:
                    d_before += past_weights
                np.matmul(d_sums, read, out=part)
                d_weights += part

    def collected(self) -> Array:
        """Return the parameters' gradient in their own order, for one network."""
        front, units = self.front, self.front.architecture.units
        np.take(self.d_weights.ravel(), self.sources, out=self.recurrent, mode="clip")
        self.recurrent *= self.signs
        read = front.values[front.given - 1 + front.architecture.layers :, :, -1]  # (predictions, rows, batch)
        d_head = np.matmul(read, self.d_spoken).sum(axis=0).T  # (outputs, rows)
        self.gradient.head_weights[:] = d_head[:, :units]
        self.gradient.head_bias[:] = d_head[:, -1]
        return self.gradient.parameters

    def flows(self, parameters: Array) -> Gradients:
        """Return the gradient of the parameters with those of all states."""
        front = self.front
        from_above = front.straight(self.d_values[1:, front.from_below, 1:])
        cell_state, cell_state_later = np.zeros_like(from_above), np.zeros_like(from_above)
        for stage in (stage for wave in front.stages for stage in wave):
            arrived, later = stage.kernel.d_cell_state[stage.number], self.d_cell_states.after(stage)
            for cell, layer in enumerate(range(stage.layers.start, stage.layers.stop)):
                cell_state[layer, stage.diagonal - layer] = arrived[:, cell].T
                cell_state_later[layer, stage.diagonal - layer] = later[:, cell].T
        return Gradients(parameters, self.hidden_states(), from_above, cell_state, cell_state_later)

    def hidden_states(self) -> Array:
        """Return the gradient of all hidden states, (layers, time_steps, columns, units)."""
        front = self.front
        from_above, from_later = self.d_values[1:, front.from_below, 1:], self.d_values[1:, front.from_before, :-1]
        return front.straight(from_above + from_later)
