"""What a wavefront does in the cells of one diagonal: the arithmetic of each kind of cell, without copies.

A kernel owns the buffers of its cell's quantities, (layers, diagonals, ..., batch): units lie under each other, so
that a gate of all its units and sequences is one piece of memory. For each stage it is asked
once for views of them and then works on these. Every formula here is that of `cells.py`; what differs is that
sigmoid(x) = 1 / (1 + exp(-x)) and tanh(x) = 2 / (1 + exp(-2x)) - 1 are computed with the sign and the 2 already
in the weights, and that backward multiplies what arrives with local derivatives prepared for all cells at once.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from visual.engine import Array
from visual.engine.cells import Weights

Views = tuple[Array, ...]


def squash(doubled: Array) -> None:
    """Turn -2x into tanh(x), in place, any shape."""
    np.exp(doubled, out=doubled)
    doubled += 1.0
    np.divide(2.0, doubled, out=doubled)
    doubled -= 1.0


def open_gates(negated: Array) -> None:
    """Turn -x into sigmoid(x), in place, any shape."""
    np.exp(negated, out=negated)
    negated += 1.0
    np.reciprocal(negated, out=negated)


class Kernel(ABC):
    """One kind of cell on all diagonals."""

    SCALES: ClassVar[tuple[float, ...]]  # of each block of sums: -1 for a gate, -2 for a tanh, 1 for neither
    # Which of the layer's parts each block takes its input weights and bias, and its recurrent weights from.
    INPUT_PARTS: ClassVar[tuple[int | None, ...]]
    RECURRENT_PARTS: ClassVar[tuple[int | None, ...]]

    def __init__(self, layers: int, diagonals: int, batch: int, units: int) -> None:
        self.units = units
        self.shape = shape = (layers, diagonals, units, batch)
        blocks = (layers, diagonals, len(self.SCALES) * units, batch)
        self.sums = np.zeros(blocks)  # then, in place, gates
        self.d_sums = np.zeros(blocks)
        self.local = np.zeros(blocks)  # d sums / d what arrives
        self.d_hidden_state = np.zeros(shape)
        self.d_cell_state = np.zeros(shape)
        self.d_cell_before = np.zeros((layers, diagonals + 1, units, batch))  # arriving at diagonal d: at d + 1

    def block(self, values: Array, number: int) -> Array:
        """Return one block (..., units, batch) of (..., blocks * units, batch), a view."""
        return values[..., number * self.units : (number + 1) * self.units, :]

    def pack(self, packed: Array, weights: Weights, slot: int) -> None:
        """Write a layer's weights into packed (blocks * units, 2 * slot)."""
        inputs, units = weights.input_weights.shape[1], self.units
        for number, (part, recurrent) in enumerate(zip(self.INPUT_PARTS, self.RECURRENT_PARTS, strict=True)):
            rows = slice(number * units, (number + 1) * units)
            if part is not None:
                packed[rows, :inputs] = weights.input_weights[part * units : (part + 1) * units]
                packed[rows, slot - 1] = weights.bias[part * units : (part + 1) * units]
            if recurrent is not None:
                source = slice(recurrent * units, (recurrent + 1) * units)
                packed[rows, slot : slot + units] = weights.recurrent_weights[source]

    def unpack(self, packed: Array, weights: Weights, slot: int) -> None:
        """Write the gradient of packed weights into the layer's own shape."""
        inputs, units = weights.input_weights.shape[1], self.units
        for number, (part, recurrent) in enumerate(zip(self.INPUT_PARTS, self.RECURRENT_PARTS, strict=True)):
            rows = slice(number * units, (number + 1) * units)
            if part is not None:
                weights.input_weights[part * units : (part + 1) * units] = packed[rows, :inputs]
                weights.bias[part * units : (part + 1) * units] = packed[rows, slot - 1]
            if recurrent is not None:
                target = slice(recurrent * units, (recurrent + 1) * units)
                weights.recurrent_weights[target] = packed[rows, slot : slot + units]

    @abstractmethod
    def forward_views(self, cells: slice, diagonal: int, before: Array, hidden_state: Array) -> Views:
        """Return what `forward` works on; before and hidden_state (cells, units, batch) are the states."""

    @staticmethod
    @abstractmethod
    def forward(*views: Array) -> None:
        """Turn the sums of these cells into their quantities and new hidden states."""

    @abstractmethod
    def prepare_backward(self) -> None:
        """Compute the local derivatives of all cells."""

    @abstractmethod
    def backward_views(self, cells: slice, diagonal: int) -> Views:
        """Return what `backward` works on; the first is d_hidden_state, which has arrived."""

    @staticmethod
    @abstractmethod
    def backward(*views: Array) -> None:
        """Compute d_sums, and what goes to the cell state before."""

    def pass_on(self, cells: slice, diagonal: int) -> Views | None:
        """Return two arrays whose product goes to the hidden state before past the weights, if any does."""
        return None


class LSTMKernel(Kernel):
    """Blocks: output, input, forget gate, candidate."""

    SCALES = (-1.0, -1.0, -1.0, -2.0)
    INPUT_PARTS = RECURRENT_PARTS = (0, 1, 2, 3)

    def __init__(self, layers: int, diagonals: int, batch: int, units: int) -> None:
        super().__init__(layers, diagonals, batch, units)
        self.cells = np.zeros((layers, diagonals + 1, units, batch))  # c of diagonal d at d + 1; before: 0
        self.squashed = np.zeros(self.shape)  # tanh(c)
        self.local_cell = np.zeros(self.shape)  # d c_t / d h_t
        self.slope = np.zeros((layers, diagonals, 3 * units, batch))

    def forward_views(self, cells: slice, diagonal: int, before: Array, hidden_state: Array) -> Views:
        gates = self.sums[cells, diagonal]
        return (
            gates,
            *(self.block(gates, number) for number in range(4)),
            self.cells[cells, diagonal],
            self.cells[cells, diagonal + 1],
            self.squashed[cells, diagonal],
            hidden_state,
        )

    @staticmethod
    def forward(*views: Array) -> None:
        gates, output_gate, input_gate, forget_gate, candidate, before, cell_state, squashed, hidden_state = views
        open_gates(gates)
        candidate *= 2.0
        candidate -= 1.0
        np.multiply(forget_gate, before, out=cell_state)
        np.multiply(input_gate, candidate, out=squashed)
        cell_state += squashed
        np.multiply(cell_state, -2.0, out=squashed)
        squash(squashed)
        np.multiply(output_gate, squashed, out=hidden_state)

    def prepare_backward(self) -> None:
        units = self.units
        sigmoids, candidate = self.sums[..., : 3 * units, :], self.block(self.sums, 3)
        np.subtract(1.0, sigmoids, out=self.slope)
        self.slope *= sigmoids
        output_gate, input_gate, forget_gate, local_candidate = (self.block(self.local, n) for n in range(4))
        np.multiply(self.block(self.slope, 0), self.squashed, out=output_gate)
        np.multiply(self.block(self.slope, 1), candidate, out=input_gate)
        np.multiply(self.block(self.slope, 2), self.cells[:, :-1], out=forget_gate)
        np.multiply(candidate, candidate, out=local_candidate)
        np.subtract(1.0, local_candidate, out=local_candidate)
        local_candidate *= self.block(sigmoids, 1)
        np.multiply(self.squashed, self.squashed, out=self.local_cell)
        np.subtract(1.0, self.local_cell, out=self.local_cell)
        self.local_cell *= self.block(sigmoids, 0)

    def backward_views(self, cells: slice, diagonal: int) -> Views:
        units, d_cell_state = self.units, self.d_cell_state[cells, diagonal]
        others = (len(d_cell_state), 3, *d_cell_state.shape[1:])
        return (
            self.d_hidden_state[cells, diagonal],
            d_cell_state,
            d_cell_state[:, None],
            self.d_cell_before[cells, diagonal + 1],
            self.d_cell_before[cells, diagonal],
            self.local_cell[cells, diagonal],
            self.block(self.local[cells, diagonal], 0),
            self.block(self.d_sums[cells, diagonal], 0),
            self.local[cells, diagonal, units:].reshape(others),
            self.d_sums[cells, diagonal, units:].reshape(others),
            self.block(self.sums[cells, diagonal], 2),
        )

    @staticmethod
    def backward(*views: Array) -> None:
        d_hidden_state, d_cell_state, d_cell_for_each, d_cell_later, d_cell_before, *rest = views
        local_cell, local_output, d_output_sum, local_others, d_other_sums, forget_gate = rest
        np.multiply(d_hidden_state, local_cell, out=d_cell_state)
        d_cell_state += d_cell_later
        np.multiply(d_hidden_state, local_output, out=d_output_sum)
        np.multiply(d_cell_for_each, local_others, out=d_other_sums)
        np.multiply(d_cell_state, forget_gate, out=d_cell_before)


class GRUKernel(Kernel):
    """Blocks: reset gate, update gate, W x + b of the candidate, U h of the candidate."""

    SCALES = (-1.0, -1.0, 1.0, 1.0)
    INPUT_PARTS = (0, 1, 2, None)
    RECURRENT_PARTS = (0, 1, None, 2)

    def __init__(self, layers: int, diagonals: int, batch: int, units: int) -> None:
        super().__init__(layers, diagonals, batch, units)
        self.candidate = np.zeros(self.shape)
        self.difference = np.zeros(self.shape)  # h_{t-1} - candidate

    def forward_views(self, cells: slice, diagonal: int, before: Array, hidden_state: Array) -> Views:
        sums = self.sums[cells, diagonal]
        return (
            sums[:, : 2 * self.units],
            *(self.block(sums, number) for number in range(4)),
            self.candidate[cells, diagonal],
            self.difference[cells, diagonal],
            before,
            hidden_state,
        )

    @staticmethod
    def forward(*views: Array) -> None:
        gates, reset_gate, update_gate, from_input, from_before, candidate, difference, before, hidden = views
        open_gates(gates)
        np.multiply(reset_gate, from_before, out=candidate)
        candidate += from_input
        candidate *= -2.0
        squash(candidate)
        np.subtract(before, candidate, out=difference)
        np.multiply(update_gate, difference, out=hidden)
        hidden += candidate  # update * before + (1 - update) * candidate

    def prepare_backward(self) -> None:
        reset_gate, update_gate, _, from_before = (self.block(self.sums, number) for number in range(4))
        reset_local, update_local, input_local, before_local = (self.block(self.local, n) for n in range(4))
        np.multiply(self.candidate, self.candidate, out=input_local)
        np.subtract(1.0, input_local, out=input_local)
        input_local *= 1.0 - update_gate
        np.multiply(input_local, reset_gate, out=before_local)
        np.multiply(before_local, from_before * (1.0 - reset_gate), out=reset_local)
        np.multiply(self.difference, update_gate * (1.0 - update_gate), out=update_local)

    def backward_views(self, cells: slice, diagonal: int) -> Views:
        d_hidden_state = self.d_hidden_state[cells, diagonal]
        each = (len(d_hidden_state), 4, *d_hidden_state.shape[1:])
        return (
            d_hidden_state[:, None],
            self.local[cells, diagonal].reshape(each),
            self.d_sums[cells, diagonal].reshape(each),
        )

    @staticmethod
    def backward(*views: Array) -> None:
        d_hidden_for_each, local, d_sums = views
        np.multiply(d_hidden_for_each, local, out=d_sums)

    def pass_on(self, cells: slice, diagonal: int) -> Views | None:
        return self.d_hidden_state[cells, diagonal], self.block(self.sums[cells, diagonal], 1)


class PlainRNNKernel(Kernel):
    """One block: the hidden state's sum."""

    SCALES = (-2.0,)
    INPUT_PARTS = RECURRENT_PARTS = (0,)

    def forward_views(self, cells: slice, diagonal: int, before: Array, hidden_state: Array) -> Views:
        return self.sums[cells, diagonal], hidden_state

    @staticmethod
    def forward(*views: Array) -> None:
        sums, hidden_state = views
        squash(sums)
        np.copyto(hidden_state, sums)

    def prepare_backward(self) -> None:
        np.multiply(self.sums, self.sums, out=self.local)
        np.subtract(1.0, self.local, out=self.local)

    def backward_views(self, cells: slice, diagonal: int) -> Views:
        return (
            self.d_hidden_state[cells, diagonal],
            self.local[cells, diagonal],
            self.d_sums[cells, diagonal],
        )

    @staticmethod
    def backward(*views: Array) -> None:
        d_hidden_state, local, d_sums = views
        np.multiply(d_hidden_state, local, out=d_sums)


KERNELS: dict[str, type[Kernel]] = {"lstm": LSTMKernel, "gru": GRUKernel, "rnn": PlainRNNKernel}
