"""Engine snapshot to JSON: the browser's contract, field by field.

The addresses begin with the version of what they give, `/runs/v<engine>.<fields>/<spec>/…`, and are kept for
ever; those of another version are answered with 410, those without one lead to the current one. In a path the
spec is percent-encoded once more, so that a typed text's own escapes survive.

Epochs, `/runs/<spec>/epochs/<first>-<last>`:

spec            text. The run's canonical address.
first, last     whole numbers. The epochs in this answer, both included; epoch 0 is the untrained network.
parameters      whole number. Weights and biases of the network.
levels          whole number, 127, or 31 where the network has more than 96 units in all: see hidden_state.
sequence.input  (15,). The shown sequence: the curve's values that the network reads, without noise.
sequence.target (32,). The curve's values that follow.
epochs          one entry for each epoch, in order:
  epoch           whole number. Epochs trained so far.
  training_loss   number, null at epoch 0. Mean squared error of the 8 free-running predictions after
                  each of this epoch's 100 training sequences, each batch judged before its update.
  validation_loss number. Mean squared error of all 32 free-running predictions after 16 fixed sequences,
                  without noise, evenly spread over the curve, alike in all runs; one is the shown one.
  prediction      (32,). Free-running predictions after the shown sequence: each is the next one's input.
  hidden_state    (layers, 46, units) in C order. levels 127: base64 of signed bytes, value = byte / 127.
                  levels 31: one character for each, value = (its place in base64's alphabet - 32) / 31.
                  Time steps 1 to 15 read the input, 15 says prediction 1; 16 to 46 read 1 to 31 and say 2 to 32.
  gradient_norm   (layers, 15). Length of d loss / d hidden_state at each time step that reads the input,
                  over all units and paths, on the shown sequence; the loss is that of training.

Inspection, `/runs/<spec>/epochs/<epoch>/layers/<layer>`, of the shown sequence:

spec, epoch, layer        the run, the epoch, the layer counted from 1.
parts                     names of the quantities below that this cell has, each (46, units):
output_gate, input_gate, forget_gate    LSTM; between 0 and 1. A forget gate of 1 keeps, 0 erases.
reset_gate, update_gate   GRU; between 0 and 1. An update gate of 1 keeps, 0 replaces.
candidate, hidden_state   between -1 and 1.
cell_state                LSTM; unbounded. Before time step 1 it is 0, and so is the hidden state.
forget_gate_sum and so on  (46, units), one for each gate and candidate (of a plain RNN: hidden_state_sum): what
                          its sigmoid or tanh was given, W x + U h + b (a GRU's candidate: W x + b + reset U h).
candidate_before          (46, units), GRU: U h, what its candidate hears from the hidden state before, of which the
                          reset gate lets a part in.
layer_input               (46, inputs). The curve or the prediction in layer 1, else the hidden state below.
gradient_norm             (15,). As above, of this layer.
gradient_paths            each (22,), the time steps of training: length of d loss / d hidden_state and
                          d loss / d cell_state, in all (hidden_state, cell_state) and by origin:
                          hidden_state_from_above, hidden_state_from_later, cell_state_from_hidden_state,
                          cell_state_from_later. The parts add up as vectors, not as lengths.

What-if, `/runs/<spec>/epochs/<epoch>/what-if?<question>` (visual/run_what_if.py says what can be asked), of the
shown sequence; what nobody intervened in, the ghost, has the same keys with `original_` before them:

spec, epoch               the run and the epoch whose weights are used.
question                  list of (name, value): the interventions, in their one spelling.
input, original_input     (15,). What the network read.
prediction, original_prediction   (32,).
prediction_change         (32,). prediction - original_prediction, rounded after subtracting; of a text: how
                          much more probable the symbol became that really follows.
loss, original_loss       number. Mean squared error of the 32 predictions.
loss_change               number. loss - original_loss, rounded after subtracting; negative is better.
hidden_state, original_hidden_state   base64 of (layers, 46, units) signed bytes, as above.
hidden_state_change, cell_state_change   (layers, 46). Length over the units of what changed; zeros where a cell
                          has no cell state.
nudge                     only after a nudge: value (of the weight before), by, gradient (d loss / d weight,
                          loss as here), foretold (gradient * by), measured (the loss_change).
inspection, original_inspection   only with inspect=<layer>: layer, parts, and every quantity as in Inspection.

The numbers 15, 32, 46, 8 and 22 are those of the curves. The memory tasks (cue_recall, latch) read 30 values
and predict 1, in training too: 15, 46 and 22 become 30; 32 and 8 become 1; latch has 64 fixed sequences.

Texts (text_gates, text_count, and a learner's own, text:…) read 20 symbols and predict 5: input, target and
prediction are texts, the last of the most probable symbols, and layer_input of layer 1 is one-hot. In training
each symbol is read after it was predicted. Losses are cross-entropies in nats per symbol; validation begins once
at every place of it. Their answers have besides:

sequence.symbols          text. The alphabet, in the order of the probabilities; epochs only.
probabilities             (5, symbols). How probable each symbol is at each prediction, in each epoch and in what-ifs
                          (there original_probabilities too).

Values of curves lie in about -1 to 1 and have no unit. Values are rounded to 4 decimals, losses and gradient
norms to 4 significant digits.
"""

import base64
import json
from typing import Any

import numpy as np

from visual.engine import Array
from visual.engine.cells import Step
from visual.engine.inspection import inspect, quantities_of
from visual.engine.network import Architecture
from visual.engine.training import Evaluation, Training
from visual.run_what_if import Question

VERSION = 5  # raised whenever an answer gets other fields: caches then forget the old ones
FINE, COARSE = 127, 31  # levels on each side of 0 of a hidden state in a chunk
FINE_UNITS = 96  # in all layers: with more, a chunk of ten epochs would not stay below 60 KB
ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)
DECIMALS = 4
SIGNIFICANT = 4


def rounded(values: Array) -> Any:
    """Return nested lists of the same shape, to 4 decimals, without negative zeros."""
    return (np.round(values, DECIMALS) + 0.0).tolist()


def significant(value: float) -> float:
    """Return the number to 4 significant digits: gradients span many powers of ten."""
    return float(f"{value:.{SIGNIFICANT}g}")


def quantized(hidden_state: Array) -> str:
    """Return base64 of one signed byte per value, byte = round(127 value); any shape, C order."""
    return base64.b64encode(np.round(hidden_state * FINE).astype(np.int8).tobytes()).decode("ascii")


def coarse(hidden_state: Array) -> str:
    """Return one character of base64's alphabet per value, of place 32 + round(31 value); any shape, C order.

    Compression works on characters: four that share three bytes would hide from it how alike values are.
    """
    return ALPHABET[np.round(hidden_state * COARSE).astype(np.intp) + 32].tobytes().decode("ascii")


def levels(architecture: Architecture) -> int:
    """Return how finely the hidden states of this network are told in a chunk."""
    return FINE if architecture.layers * architecture.units <= FINE_UNITS else COARSE


def said(values: Array, symbols: str) -> Any:
    """Return a curve's values (time_steps, 1) as a list, or symbols' (time_steps, symbols) as a text."""
    if symbols:
        return "".join(symbols[number] for number in values.argmax(axis=1))
    return rounded(values[:, 0])


def epoch_entry(
    epoch: int, training_loss: float | None, evaluation: Evaluation, symbols: str = "", told: int = FINE
) -> dict[str, Any]:
    """Return one entry of `epochs`; told: in how many levels."""
    return {
        "epoch": epoch,
        "training_loss": None if training_loss is None else significant(training_loss),
        "validation_loss": significant(evaluation.validation_loss),
        "prediction": said(evaluation.prediction, symbols),
        **({"probabilities": rounded(evaluation.prediction)} if symbols else {}),
        "hidden_state": (quantized if told == FINE else coarse)(evaluation.hidden_state),
        "gradient_norm": [[significant(norm) for norm in layer] for layer in evaluation.gradient_norm],
    }


def chunk(first: int, last: int, training: Training, epochs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the answer for epochs first to last but for its `spec`, which later edits may lengthen."""
    validation, symbols = training.validation, training.data_set.symbols
    return {
        "first": first,
        "last": last,
        "parameters": training.network.parameters.size,
        "levels": levels(training.network.architecture),
        "sequence": {
            "input": said(validation.inputs[:, 0], symbols),
            "target": said(validation.targets[:, 0], symbols),
            **({"symbols": symbols} if symbols else {}),
        },
        "epochs": epochs,
    }


def inspection(epoch: int, layer: int, training: Training) -> dict[str, Any]:
    """Return the answer for one layer (counted from 1) but for its `spec`."""
    seen = inspect(training, layer)
    return {
        "epoch": epoch,
        "layer": layer,
        **_inside(seen.quantities),
        "gradient_norm": [significant(norm) for norm in seen.gradient_norm],
        "gradient_paths": {path: [significant(norm) for norm in norms] for path, norms in seen.gradient_paths.items()},
    }


def what_if(epoch: int, training: Training, question: Question) -> dict[str, Any]:
    """Return the answer to a what-if but for its `spec`."""
    outcome, nudge = question.answer(training)
    symbols = training.data_set.symbols
    change = outcome.predictions[:, 0] - outcome.original_predictions[:, 0]  # (predictions, outputs)
    if symbols:
        change = (change * training.validation.targets[:, 0]).sum(axis=1, keepdims=True)
    read = training.validation.inputs[:, 0]
    body: dict[str, Any] = {
        "epoch": epoch,
        "question": question.pairs,
        "input": said(question.inputs_read(training)[:, 0], symbols),
        "original_input": said(read, symbols),
        "prediction": said(outcome.predictions[:, 0], symbols),
        "original_prediction": said(outcome.original_predictions[:, 0], symbols),
        "prediction_change": rounded(change[:, 0]),
        "loss": significant(outcome.loss),
        "original_loss": significant(outcome.original_loss),
        "loss_change": significant(outcome.loss - outcome.original_loss),
        "hidden_state": quantized(_all_layers(outcome.trace, "hidden_state")),
        "original_hidden_state": quantized(_all_layers(outcome.original, "hidden_state")),
    }
    if symbols:
        body["probabilities"] = rounded(outcome.predictions[:, 0])
        body["original_probabilities"] = rounded(outcome.original_predictions[:, 0])
    for state in ("hidden_state", "cell_state"):
        difference = _all_layers(outcome.trace, state) - _all_layers(outcome.original, state)
        body[f"{state}_change"] = rounded(np.sqrt((difference**2).sum(axis=-1)))
    if nudge:
        body["nudge"] = {
            name: significant(getattr(nudge, name)) for name in ("value", "by", "gradient", "foretold", "measured")
        }
    if layer := question.inspected:
        for name, trace in (("inspection", outcome.trace), ("original_inspection", outcome.original)):
            quantities = quantities_of(training.network.cell, [steps[layer - 1] for steps in trace])
            body[name] = {"layer": layer, **_inside(quantities)}
    return body


def _all_layers(trace: list[list[Step]], state: str) -> Array:
    """Return one state of the first sequence, (layers, time_steps, units); zeros where the cell has none."""
    nothing = np.zeros_like(trace[0][0]["hidden_state"])
    return np.array([[step.get(state, nothing)[0] for step in steps] for steps in trace]).swapaxes(0, 1)


def _inside(quantities: dict[str, Array]) -> dict[str, Any]:
    """Return `parts`, and every quantity under its name."""
    parts = [name for name in quantities if name != "layer_input" and not name.endswith(("_sum", "_before"))]
    return {"parts": parts, **{name: rounded(values) for name, values in quantities.items()}}


def encode(spec: str, body: dict[str, Any]) -> bytes:
    """Return compact JSON; a value that is not a finite number is a defect and raises ValueError."""
    return json.dumps({"spec": spec, **body}, separators=(",", ":"), allow_nan=False).encode()
