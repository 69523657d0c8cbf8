"""What one layer does in one time step, forward and backward.

Orientation: one sequence of the batch per row. A layer's weights are three arrays,
input_weights (parts * units, inputs), recurrent_weights (parts * units, units), bias (parts * units),
where the parts are the rows of each gate, one gate under the other in the order of `PARTS`.
"""

from dataclasses import dataclass
from typing import NamedTuple

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


Step = dict[str, Array]  # every quantity of one layer in one time step, by name, each (batch, units)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), any shape; written with tanh it can't overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


class LSTM:
    """Long short-term memory with a forget gate (Hochreiter 1997, Gers 2000).

    output, input, forget gate = sigmoid(W x_t + U h_{t-1} + b), candidate = tanh(same form),
    c_t = forget_gate * c_{t-1} + input_gate * candidate,  h_t = output_gate * tanh(c_t).
    """

    PARTS = ("output_gate", "input_gate", "forget_gate", "candidate")
    STATES = ("cell_state", "hidden_state")

    @staticmethod
    def forward(weights: Weights, layer_input: Array, before: State) -> Step:
        """Return all quantities of this time step, among them the new hidden_state and cell_state.

        layer_input (batch, inputs); each quantity (batch, units).
        """
        summed = (
            layer_input @ weights.input_weights.T
            + before.hidden_state @ weights.recurrent_weights.T
            + weights.bias
        )  # (batch, 4 * units)
        output_sum, input_sum, forget_sum, candidate_sum = np.split(summed, 4, axis=1)
        output_gate, input_gate, forget_gate = sigmoid(output_sum), sigmoid(input_sum), sigmoid(forget_sum)
        candidate = np.tanh(candidate_sum)
        cell_state = forget_gate * before.cell_state + input_gate * candidate
        return {
            "layer_input": layer_input,
            "hidden_state_before": before.hidden_state,
            "cell_state_before": before.cell_state,
            "output_gate": output_gate,
            "input_gate": input_gate,
            "forget_gate": forget_gate,
            "candidate": candidate,
            "cell_state": cell_state,
            "hidden_state": output_gate * np.tanh(cell_state),
        }

    @staticmethod
    def backward(
        weights: Weights, step: Step, d_hidden_state: Array, d_cell_state: Array
    ) -> tuple[Array, Array, State]:
        """Return the gradient with respect to the gates' sums, to c_t, and to the state before.

        d_hidden_state, d_cell_state (batch, units): what arrives from above and from the next time step.
        The sums' gradient is (batch, 4 * units). The chain rule, read from h_t back to the gates.
        """
        squashed = np.tanh(step["cell_state"])
        d_output_gate = d_hidden_state * squashed
        d_cell = d_cell_state + d_hidden_state * step["output_gate"] * (1.0 - squashed**2)
        d_input_gate = d_cell * step["candidate"]
        d_forget_gate = d_cell * step["cell_state_before"]
        d_candidate = d_cell * step["input_gate"]
        d_summed = np.concatenate(
            [
                d_output_gate * step["output_gate"] * (1.0 - step["output_gate"]),
                d_input_gate * step["input_gate"] * (1.0 - step["input_gate"]),
                d_forget_gate * step["forget_gate"] * (1.0 - step["forget_gate"]),
                d_candidate * (1.0 - step["candidate"] ** 2),
            ],
            axis=1,
        )
        return d_summed, d_cell, State(d_summed @ weights.recurrent_weights, d_cell * step["forget_gate"])


CELLS = {"lstm": LSTM}
