"""A stack of recurrent layers with a dense head, and how the error flows back through all of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from visual.engine import Array
from visual.engine.cells import CELLS, State, Step, Weights, state_after
from visual.engine.heads import HEADS
from visual.engine.initializers import glorot_uniform, orthogonal

FORGET_BIAS = 1.0  # with 0 an LSTM starts by forgetting half of its memory at every step


LayerChange = Callable[[int, str, Array], Array]  # (layer, name, value), layer from 0
TimedChange = Callable[[int, int, str, Array], Array]  # (time_step, layer, name, value), both from 0


def never_changed(time_step: int, layer: int, name: str, value: Array) -> Array:
    """Return the value: nothing intervenes at any time."""
    return value


@dataclass(frozen=True)
class Architecture:
    """What a network is made of; with the weights it is the network."""

    cell: str = "lstm"
    layers: int = 3
    units: int = 16
    inputs: int = 1
    outputs: int = 1
    head: str = "tanh"


@dataclass
class Gradients:
    """Where the error goes: to the weights, and to every state on its way back.

    All but the first are (layers, time_steps, batch, units). A cell without a cell state has zeros there.
    """

    parameters: Array  # (parameters,), in the order of Network.parameters
    hidden_state: Array  # d loss / d h_t over all paths: from above and from the next time step
    hidden_state_from_above: Array  # the part of it that came down from the layer above or the head
    cell_state: Array  # d loss / d c_t over all paths: through h_t and from the next time step
    cell_state_from_later: Array  # the part of it that came straight from c_{t+1}


class Network:
    """Weights as one flat vector, with a named view for each layer: changing one changes the other."""

    def __init__(self, architecture: Architecture, parameters: Array | None = None) -> None:
        self.architecture = architecture
        self.cell, self.head = CELLS[architecture.cell], HEADS[architecture.head]
        rows = len(self.cell.PARTS) * architecture.units
        shapes: list[tuple[int, ...]] = []
        for layer in range(architecture.layers):
            inputs = architecture.inputs if layer == 0 else architecture.units
            shapes += [(rows, inputs), (rows, architecture.units), (rows,)]
        shapes += [(architecture.outputs, architecture.units), (architecture.outputs,)]
        sizes = [int(np.prod(shape)) for shape in shapes]
        self.parameters = np.zeros(sum(sizes)) if parameters is None else parameters  # (parameters,)
        ends = np.cumsum(sizes)
        views = [
            self.parameters[end - size : end].reshape(shape)
            for shape, size, end in zip(shapes, sizes, ends, strict=True)
        ]
        self.layers = [Weights(*views[3 * layer : 3 * layer + 3]) for layer in range(architecture.layers)]
        self.head_weights, self.head_bias = views[-2], views[-1]  # (outputs, units), (outputs,)

    @classmethod
    def untrained(cls, architecture: Architecture, rng: np.random.Generator) -> "Network":
        """Return a network with fresh random weights: Glorot from below, orthogonal through time."""
        network = cls(architecture)
        units = architecture.units
        for weights in network.layers:
            for part, name in enumerate(network.cell.PARTS):
                rows = slice(part * units, (part + 1) * units)
                weights.input_weights[rows] = glorot_uniform(rng, units, weights.input_weights.shape[1])
                weights.recurrent_weights[rows] = orthogonal(rng, units)
                weights.bias[rows] = FORGET_BIAS if name == "forget_gate" else 0.0
        network.head_weights[:] = glorot_uniform(rng, architecture.outputs, units)
        return network

    def resting(self, batch: int) -> list[State]:
        """Return the state before the first time step, per layer: nothing remembered."""
        shape = (batch, self.architecture.units)
        return [State(np.zeros(shape), np.zeros(shape)) for _ in self.layers]

    def step(self, values: Array, before: list[State], change: LayerChange) -> list[Step]:
        """Return one time step of every layer, from below to above.

        values (batch, inputs); before: one state per layer.
        """
        steps: list[Step] = []
        for layer, (weights, state) in enumerate(zip(self.layers, before, strict=True)):
            steps.append(self.cell.forward(weights, values, state, partial(change, layer)))
            values = steps[-1]["hidden_state"]
        return steps

    def free_run(
        self, inputs: Array, predictions: int, change: TimedChange = never_changed, forced: int = 0
    ) -> tuple[list[list[Step]], Array]:
        """Return every quantity as [time_step][layer], and the predictions (predictions, batch, outputs).

        inputs (time_steps, batch, inputs) are read one after the other; what the network says after the last
        is prediction 1, which it reads next to say prediction 2, and so on. The last is read by nobody.
        forced: so many of the last inputs are read each in place of a prediction, whatever that was.
        """
        state = self.resting(inputs.shape[1])
        trace: list[list[Step]] = []
        spoken: list[Array] = []
        given = len(inputs) - forced
        for t in range(given + predictions - 1):
            values = inputs[t] if t < len(inputs) else self.head.heard(spoken[-1])
            steps = self.step(values, state, partial(change, t))
            state = [state_after(step, before) for step, before in zip(steps, state, strict=True)]
            trace.append(steps)
            if t >= given - 1:
                spoken.append(self.say(steps[-1]["hidden_state"]))
        return trace, np.array(spoken)

    def say(self, hidden_state: Array) -> Array:
        """Return the prediction that the topmost hidden state stands for: head(V h + b).

        hidden_state (batch, units), result (batch, outputs).
        """
        return self.head.say(hidden_state @ self.head_weights.T + self.head_bias)

    def backward_through_time(self, trace: list[list[Step]], predictions: Array, d_predictions: Array) -> Gradients:
        """Return where the error flows: down the stack, back through time, and from each input that was a
        prediction back into that prediction.

        predictions, d_predictions (predictions, batch, outputs): as free_run gave them, and d loss / d them.
        """
        architecture, time_steps, (judged, batch, _) = self.architecture, len(trace), predictions.shape
        gradient = Network(architecture)  # the same named views, holding gradients
        shape = (architecture.layers, time_steps, batch, architecture.units)
        flows = Gradients(gradient.parameters, *(np.zeros(shape) for _ in range(4)))
        d_before = self.resting(batch)  # gradient arriving from the time step after, per layer
        d_input = np.zeros((batch, architecture.inputs))  # arriving from the time step after
        for t in reversed(range(time_steps)):
            from_above = np.zeros((batch, architecture.units))
            if (number := t - (time_steps - judged)) >= 0:
                d_prediction = d_predictions[number]
                if number < judged - 1 and self.head.feeds_gradient:  # it was read by the time step after
                    d_prediction = d_prediction + d_input
                d_head = self.head.backward(predictions[number], d_prediction)  # (batch, outputs)
                gradient.head_weights[:] += d_head.T @ trace[t][-1]["hidden_state"]
                gradient.head_bias[:] += d_head.sum(axis=0)
                from_above = d_head @ self.head_weights
            for layer in reversed(range(architecture.layers)):
                step, weights, d_weights = trace[t][layer], self.layers[layer], gradient.layers[layer]
                later = d_before[layer]
                d_hidden_state = from_above + later.hidden_state
                flow = self.cell.backward(weights, step, d_hidden_state, later.cell_state)
                flows.hidden_state[layer, t], flows.hidden_state_from_above[layer, t] = (
                    d_hidden_state,
                    from_above,
                )
                flows.cell_state[layer, t] = flow.d_cell_state
                flows.cell_state_from_later[layer, t] = later.cell_state
                d_before[layer] = flow.before
                d_weights.input_weights[:] += flow.d_input_sums.T @ step["layer_input"]
                d_weights.recurrent_weights[:] += flow.d_recurrent_sums.T @ step["hidden_state_before"]
                d_weights.bias[:] += flow.d_input_sums.sum(axis=0)
                from_above = flow.d_input_sums @ weights.input_weights  # for the layer below
            d_input = from_above
        return flows
