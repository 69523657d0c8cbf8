"""What a wavefront does in the cells of one stage: the arithmetic of each kind of cell, without copies.

A kernel owns the buffers of all stages with equally many cells, (stages, ..., units, cells, batch): so that of one
stage, a gate of all its units, cells and sequences is one piece of memory, through which NumPy goes without a
pause. For each stage it is asked once for views of them and then works on these.

Every formula here is that of `cells.py`. What differs: the sums of gates come with their sign turned around, which
lies in the weights, so that sigmoid(x) = 1 / (1 + exp(-x)) needs no pass for it; gradients are those of the sums as
they come. Backward uses what forward has multiplied already, gate * (1 - gate) * value = product - gate * product,
and writes each gradient over the product that it is made of: so the processor's cache holds more of what is still
needed, and backward can run once after each forward.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from visual.engine import Array
from visual.engine.cells import Weights

Views = tuple[Array, ...]


def open_gates(negated: Array) -> None:
    """Turn -x into sigmoid(x), in place, any shape."""
    np.exp(negated, out=negated)
    negated += 1.0
    np.reciprocal(negated, out=negated)


class Kernel(ABC):
    """One kind of cell, in all stages of as many cells."""

    SCALES: ClassVar[tuple[float, ...]]  # of each block of sums: -1 for a gate, 1 for what is no gate
    # Which of the layer's parts each block takes its input weights and bias, and its recurrent weights from.
    INPUT_PARTS: ClassVar[tuple[int | None, ...]]
    RECURRENT_PARTS: ClassVar[tuple[int | None, ...]]

    def __init__(self, stages: int, units: int, cells: int, batch: int) -> None:
        self.units = units
        shape, blocks = (stages, units, cells, batch), (stages, len(self.SCALES) * units, cells, batch)
        self.sums = np.zeros(blocks)  # then, in place, gates
        self.hidden_state = np.zeros(shape)
        self.d_sums = np.zeros(blocks)
        self.d_hidden_state = np.zeros(shape[1:])  # of the stage at work
        self.d_cell_state = np.zeros(shape)

    def block(self, values: Array, number: int) -> Array:
        """Return one block (..., units, cells, batch) of (..., blocks * units, cells, batch), a view."""
        return values[..., number * self.units : (number + 1) * self.units, :, :]

    @classmethod
    def pack(cls, packed: Array, weights: Weights, below: int) -> None:
        """Write a layer's weights into packed (blocks * units, below + units + 1): from below, before, bias."""
        inputs, units = weights.input_weights.shape[1], weights.recurrent_weights.shape[1]
        for number, (part, recurrent) in enumerate(zip(cls.INPUT_PARTS, cls.RECURRENT_PARTS, strict=True)):
            rows = slice(number * units, (number + 1) * units)
            if part is not None:
                packed[rows, :inputs] = weights.input_weights[part * units : (part + 1) * units]
                packed[rows, -1] = weights.bias[part * units : (part + 1) * units]
            if recurrent is not None:
                source = slice(recurrent * units, (recurrent + 1) * units)
                packed[rows, below : below + units] = weights.recurrent_weights[source]

    @abstractmethod
    def forward_views(self, stage: int, before: Array, cell_before: Array, cell_state: Array) -> Views:
        """Return what `forward` works on; before (units, cells, batch) is the hidden state of the step before."""

    @staticmethod
    @abstractmethod
    def forward(*views: Array) -> None:
        """Turn the sums of these cells into their quantities and new hidden states."""

    @abstractmethod
    def backward_views(self, stage: int, d_cell_later: Array, d_cell_before: Array) -> Views:
        """Return what `backward` works on; d_hidden_state has arrived, and what comes from c of the step after."""

    @staticmethod
    @abstractmethod
    def backward(*views: Array) -> None:
        """Compute d_sums, and what goes to the cell state before."""

    def past_weights(self, stage: int) -> Array | None:
        """Return what `backward` leaves for the hidden state before that goes past the weights, if anything does."""
        return None


class LSTMKernel(Kernel):
    """Blocks: output, input, forget gate, candidate."""

    SCALES = (-1.0, -1.0, -1.0, 1.0)
    INPUT_PARTS = RECURRENT_PARTS = (0, 1, 2, 3)

    def __init__(self, stages: int, units: int, cells: int, batch: int) -> None:
        super().__init__(stages, units, cells, batch)
        # What each gate lets through lies where its gradient will be.
        self.hidden_state, self.written, self.kept = (self.block(self.d_sums, number) for number in range(3))
        self.squashed = np.zeros((stages, units, cells, batch))  # tanh(c)
        self.slopes = np.zeros((3 * units, cells, batch))  # gate - 1, of the stage at work

    def forward_views(self, stage: int, before: Array, cell_before: Array, cell_state: Array) -> Views:
        sums = self.sums[stage]
        return (
            sums[: 3 * self.units],
            *(self.block(sums, number) for number in range(4)),
            cell_before,
            self.kept[stage],
            self.written[stage],
            cell_state,
            self.squashed[stage],
            self.hidden_state[stage],
        )

    @staticmethod
    def forward(*views: Array) -> None:
        gates, output_gate, input_gate, forget_gate, candidate, before, *rest = views
        kept, written, cell_state, squashed, hidden_state = rest
        open_gates(gates)
        np.tanh(candidate, out=candidate)
        np.multiply(forget_gate, before, out=kept)
        np.multiply(input_gate, candidate, out=written)
        np.add(kept, written, out=cell_state)
        np.tanh(cell_state, out=squashed)
        np.multiply(output_gate, squashed, out=hidden_state)

    def backward_views(self, stage: int, d_cell_later: Array, d_cell_before: Array) -> Views:
        sums, d_sums = self.sums[stage], self.d_sums[stage]
        return (
            self.d_hidden_state,
            d_cell_later,
            self.d_cell_state[stage],
            d_cell_before,
            self.squashed[stage],
            sums[: 3 * self.units],
            *(self.block(sums, number) for number in range(4)),
            self.slopes,
            d_sums[: 3 * self.units],
            *(self.block(d_sums, number) for number in range(4)),
        )

    @staticmethod
    def backward(*views: Array) -> None:
        d_hidden_state, d_cell_later, d_cell_state, d_cell_before, squashed, *rest = views
        gates, output_gate, input_gate, forget_gate, candidate, slopes, d_gates, *d_blocks = rest
        d_output, d_input, d_forget, d_candidate = d_blocks  # still: hidden state, written, kept, and nothing
        squashed *= d_output
        np.subtract(output_gate, squashed, out=squashed)  # output gate * (1 - tanh(c)^2)
        np.multiply(d_hidden_state, squashed, out=d_cell_state)
        d_cell_state += d_cell_later
        np.multiply(candidate, d_input, out=d_candidate)
        np.subtract(input_gate, d_candidate, out=d_candidate)  # input gate * (1 - candidate^2)
        np.subtract(gates, 1.0, out=slopes)
        d_gates *= slopes
        d_output *= d_hidden_state
        d_input *= d_cell_state
        d_forget *= d_cell_state
        d_candidate *= d_cell_state
        np.multiply(d_cell_state, forget_gate, out=d_cell_before)


class GRUKernel(Kernel):
    """Blocks: reset gate, update gate, W x + b of the candidate, U h of the candidate."""

    SCALES = (-1.0, -1.0, 1.0, 1.0)
    INPUT_PARTS = (0, 1, 2, None)
    RECURRENT_PARTS = (0, 1, None, 2)

    def __init__(self, stages: int, units: int, cells: int, batch: int) -> None:
        super().__init__(stages, units, cells, batch)
        self.candidate = np.zeros_like(self.hidden_state)
        self.kept = np.zeros_like(self.hidden_state)  # update gate * (h_{t-1} - candidate)

    def forward_views(self, stage: int, before: Array, cell_before: Array, cell_state: Array) -> Views:
        sums = self.sums[stage]
        return (
            sums[: 2 * self.units],
            *(self.block(sums, number) for number in range(4)),
            self.candidate[stage],
            self.kept[stage],
            before,
            self.hidden_state[stage],
        )

    @staticmethod
    def forward(*views: Array) -> None:
        gates, reset_gate, update_gate, from_input, from_before, candidate, kept, before, hidden_state = views
        open_gates(gates)
        np.multiply(reset_gate, from_before, out=candidate)
        candidate += from_input
        np.tanh(candidate, out=candidate)
        np.subtract(before, candidate, out=kept)
        kept *= update_gate
        np.add(kept, candidate, out=hidden_state)  # update * before + (1 - update) * candidate

    def backward_views(self, stage: int, d_cell_later: Array, d_cell_before: Array) -> Views:
        sums, d_sums = self.sums[stage], self.d_sums[stage]
        return (
            self.d_hidden_state,
            *(self.block(sums, number) for number in (0, 1, 3)),
            self.candidate[stage],
            self.kept[stage],
            *(self.block(d_sums, number) for number in range(4)),
        )

    @staticmethod
    def backward(*views: Array) -> None:
        d_hidden_state, reset_gate, update_gate, from_before, candidate, kept, *d_blocks = views
        d_reset, d_update, d_from_input, d_from_before = d_blocks
        np.multiply(kept, update_gate, out=d_update)
        d_update -= kept
        d_update *= d_hidden_state
        np.multiply(d_hidden_state, update_gate, out=kept)  # now what goes past the weights
        np.multiply(candidate, candidate, out=candidate)
        np.subtract(1.0, candidate, out=candidate)
        np.subtract(d_hidden_state, kept, out=d_from_input)
        d_from_input *= candidate
        np.multiply(d_from_input, reset_gate, out=d_from_before)
        from_before *= d_from_before
        np.multiply(from_before, reset_gate, out=d_reset)
        d_reset -= from_before

    def past_weights(self, stage: int) -> Array | None:
        return self.kept[stage]


class PlainRNNKernel(Kernel):
    """One block: the hidden state's sum."""

    SCALES = (1.0,)
    INPUT_PARTS = RECURRENT_PARTS = (0,)

    def forward_views(self, stage: int, before: Array, cell_before: Array, cell_state: Array) -> Views:
        return self.sums[stage], self.hidden_state[stage]

    @staticmethod
    def forward(*views: Array) -> None:
        sums, hidden_state = views
        np.tanh(sums, out=hidden_state)

    def backward_views(self, stage: int, d_cell_later: Array, d_cell_before: Array) -> Views:
        return self.d_hidden_state, self.hidden_state[stage], self.d_sums[stage]

    @staticmethod
    def backward(*views: Array) -> None:
        d_hidden_state, hidden_state, d_sums = views
        np.multiply(hidden_state, hidden_state, out=d_sums)
        np.subtract(1.0, d_sums, out=d_sums)
        d_sums *= d_hidden_state


KERNELS: dict[str, type[Kernel]] = {"lstm": LSTMKernel, "gru": GRUKernel, "rnn": PlainRNNKernel}
