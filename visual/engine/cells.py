"""What one layer does in one time step, forward and backward.

Orientation: one sequence of the batch per row. A layer's weights are three arrays,
input_weights (parts * units, inputs), recurrent_weights (parts * units, units), bias (parts * units),
where the parts are the rows of each gate, one gate under the other in the order of `PARTS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np

from visual.engine import Array


class Weights(NamedTuple):
    """The weights of one layer, or anything of their shape such as their gradient."""

    input_weights: Array  # (parts * units, inputs)
    recurrent_weights: Array  # (parts * units, units)
    bias: Array  # (parts * units,)


@dataclass
class State:
    """What a layer hands to its next time step; both (batch, units)."""

    hidden_state: Array
    cell_state: Array

    def changed(self, change: "Change") -> "State":
        """Return what arrives when `change` intervenes on the way."""
        return State(change("hidden_state_before", self.hidden_state), change("cell_state_before", self.cell_state))


Change = Callable[[str, Array], Array]  # given a quantity's name and value, what to go on with
Step = dict[str, Array]  # every quantity of one layer in one time step, by name, each (batch, units)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), any shape; written with tanh it can't overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


def unchanged(name: str, value: Array) -> Array:
    """Return the value: nothing intervenes."""
    return value


@dataclass
class StepGradient:
    """Where the gradient that arrives at one layer in one time step goes."""

    d_input_sums: Array  # (batch, parts * units): to W x_t + b of each part
    d_recurrent_sums: Array  # (batch, parts * units): to U h_{t-1} of each part
    d_cell_state: Array  # (batch, units): to c_t, over all paths
    before: State  # to the state before this time step


class Cell(Protocol):
    """What a kind of cell has to say about itself."""

    PARTS: ClassVar[tuple[str, ...]]  # the rows of its weights, in order; each is squashed from its `<part>_sum`
    STATES: ClassVar[tuple[str, ...]]  # what it remembers
    DETAILS: ClassVar[tuple[str, ...]] = ()  # what else is worth showing of a time step

    @staticmethod
    def forward(weights: Weights, layer_input: Array, before: State, change: Change = unchanged) -> Step:
        """Return all quantities of a time step, by name; each is what `change` makes of it."""

    @staticmethod
    def backward(weights: Weights, step: Step, d_hidden_state: Array, d_cell_state: Array) -> StepGradient:
        """Return where the gradient goes that arrives from above and from the next time step."""


def state_after(step: Step, before: State) -> State:
    """Return what the next time step receives; a cell without a cell state leaves its zeros as they are."""
    return State(step["hidden_state"], step.get("cell_state", before.cell_state))


def sums(weights: Weights, layer_input: Array, before: State) -> tuple[Array, Array]:
    """Return W x_t + b and U h_{t-1}, both (batch, parts * units): what every gate looks at."""
    return (
        layer_input @ weights.input_weights.T + weights.bias,
        before.hidden_state @ weights.recurrent_weights.T,
    )


class LSTM(Cell):
    """Long short-term memory with a forget gate (Hochreiter and Schmidhuber 1997, Gers et al. 2000).

    output, input, forget gate = sigmoid(W x_t + U h_{t-1} + b), candidate = tanh(same form),
    c_t = forget_gate * c_{t-1} + input_gate * candidate,  h_t = output_gate * tanh(c_t).
    """

    PARTS = ("output_gate", "input_gate", "forget_gate", "candidate")
    STATES = ("cell_state", "hidden_state")

    @staticmethod
    def forward(weights: Weights, layer_input: Array, before: State, change: Change = unchanged) -> Step:
        """Return all quantities of this time step, among them the new cell_state and hidden_state.

        layer_input (batch, inputs); each quantity (batch, units).
        """
        before = before.changed(change)
        from_input, from_before = sums(weights, layer_input, before)
        output_sum, input_sum, forget_sum, candidate_sum = np.split(from_input + from_before, 4, axis=1)
        output_gate = change("output_gate", sigmoid(output_sum))
        input_gate = change("input_gate", sigmoid(input_sum))
        forget_gate = change("forget_gate", sigmoid(forget_sum))
        candidate = change("candidate", np.tanh(candidate_sum))
        cell_state = change("cell_state", forget_gate * before.cell_state + input_gate * candidate)
        return {
            "layer_input": layer_input,
            "hidden_state_before": before.hidden_state,
            "cell_state_before": before.cell_state,
            "output_gate_sum": output_sum,
            "input_gate_sum": input_sum,
            "forget_gate_sum": forget_sum,
            "candidate_sum": candidate_sum,
            "output_gate": output_gate,
            "input_gate": input_gate,
            "forget_gate": forget_gate,
            "candidate": candidate,
            "cell_state": cell_state,
            "hidden_state": change("hidden_state", output_gate * np.tanh(cell_state)),
        }

    @staticmethod
    def backward(weights: Weights, step: Step, d_hidden_state: Array, d_cell_state: Array) -> StepGradient:
        """Return where the gradient goes: the chain rule, read from h_t back to the gates.

        d_hidden_state, d_cell_state (batch, units): what arrives from above and from the next time step.
        """
        squashed = np.tanh(step["cell_state"])
        d_output_gate = d_hidden_state * squashed
        d_cell = d_cell_state + d_hidden_state * step["output_gate"] * (1.0 - squashed**2)
        d_input_gate = d_cell * step["candidate"]
        d_forget_gate = d_cell * step["cell_state_before"]
        d_candidate = d_cell * step["input_gate"]
        d_sums = np.concatenate(
            [
                d_output_gate * step["output_gate"] * (1.0 - step["output_gate"]),
                d_input_gate * step["input_gate"] * (1.0 - step["input_gate"]),
                d_forget_gate * step["forget_gate"] * (1.0 - step["forget_gate"]),
                d_candidate * (1.0 - step["candidate"] ** 2),
            ],
            axis=1,
        )
        before = State(d_sums @ weights.recurrent_weights, d_cell * step["forget_gate"])
        return StepGradient(d_sums, d_sums, d_cell, before)


class GRU(Cell):
    """Gated recurrent unit (Cho et al. 2014), with the reset gate after the recurrent product as in cuDNN.

    update, reset gate = sigmoid(W x_t + U h_{t-1} + b),
    candidate = tanh(W x_t + b + reset_gate * (U h_{t-1})),
    h_t = update_gate * h_{t-1} + (1 - update_gate) * candidate. An update gate of 1 keeps, 0 replaces.
    """

    PARTS = ("reset_gate", "update_gate", "candidate")
    STATES = ("hidden_state",)
    DETAILS = ("candidate_before",)

    @staticmethod
    def forward(weights: Weights, layer_input: Array, before: State, change: Change = unchanged) -> Step:
        """Return all quantities of this time step, among them the new hidden_state.

        layer_input (batch, inputs); each quantity (batch, units).
        """
        before = before.changed(change)
        from_input, from_before = sums(weights, layer_input, before)
        reset_input, update_input, candidate_input = np.split(from_input, 3, axis=1)
        reset_before, update_before, candidate_before = np.split(from_before, 3, axis=1)
        reset_sum, update_sum = reset_input + reset_before, update_input + update_before
        reset_gate = change("reset_gate", sigmoid(reset_sum))
        update_gate = change("update_gate", sigmoid(update_sum))
        candidate_sum = candidate_input + reset_gate * candidate_before
        candidate = change("candidate", np.tanh(candidate_sum))
        hidden_state = update_gate * before.hidden_state + (1.0 - update_gate) * candidate
        return {
            "layer_input": layer_input,
            "hidden_state_before": before.hidden_state,
            "candidate_before": candidate_before,  # what the candidate would hear without the reset gate
            "reset_gate_sum": reset_sum,
            "update_gate_sum": update_sum,
            "candidate_sum": candidate_sum,
            "reset_gate": reset_gate,
            "update_gate": update_gate,
            "candidate": candidate,
            "hidden_state": change("hidden_state", hidden_state),
        }

    @staticmethod
    def backward(weights: Weights, step: Step, d_hidden_state: Array, d_cell_state: Array) -> StepGradient:
        """Return where the gradient goes; d_cell_state is zero and stays so."""
        d_update_gate = d_hidden_state * (step["hidden_state_before"] - step["candidate"])
        d_candidate_sum = d_hidden_state * (1.0 - step["update_gate"]) * (1.0 - step["candidate"] ** 2)
        d_reset_gate = d_candidate_sum * step["candidate_before"]
        d_gate_sums = [
            d_reset_gate * step["reset_gate"] * (1.0 - step["reset_gate"]),
            d_update_gate * step["update_gate"] * (1.0 - step["update_gate"]),
        ]
        d_input_sums = np.concatenate([*d_gate_sums, d_candidate_sum], axis=1)
        d_recurrent_sums = np.concatenate([*d_gate_sums, d_candidate_sum * step["reset_gate"]], axis=1)
        d_before = d_recurrent_sums @ weights.recurrent_weights + d_hidden_state * step["update_gate"]
        return StepGradient(d_input_sums, d_recurrent_sums, d_cell_state, State(d_before, d_cell_state))


class PlainRNN(Cell):
    """The simplest recurrent layer (Elman 1990): h_t = tanh(W x_t + U h_{t-1} + b)."""

    PARTS = ("hidden_state",)
    STATES = ("hidden_state",)

    @staticmethod
    def forward(weights: Weights, layer_input: Array, before: State, change: Change = unchanged) -> Step:
        """Return the new hidden_state, (batch, units), and what it was made of."""
        before = before.changed(change)
        from_input, from_before = sums(weights, layer_input, before)
        hidden_sum = from_input + from_before
        return {
            "layer_input": layer_input,
            "hidden_state_before": before.hidden_state,
            "hidden_state_sum": hidden_sum,
            "hidden_state": change("hidden_state", np.tanh(hidden_sum)),
        }

    @staticmethod
    def backward(weights: Weights, step: Step, d_hidden_state: Array, d_cell_state: Array) -> StepGradient:
        """Return where the gradient goes; d_cell_state is zero and stays so."""
        d_sums = d_hidden_state * (1.0 - step["hidden_state"] ** 2)
        return StepGradient(d_sums, d_sums, d_cell_state, State(d_sums @ weights.recurrent_weights, d_cell_state))


CELLS: dict[str, type[Cell]] = {"lstm": LSTM, "gru": GRU, "rnn": PlainRNN}
