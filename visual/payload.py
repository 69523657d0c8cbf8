"""Engine snapshot to JSON: the browser's contract, field by field.

Epochs, `/runs/<spec>/epochs/<first>-<last>`:

spec            text. The run's canonical address.
first, last     whole numbers. The epochs in this answer, both included; epoch 0 is the untrained network.
parameters      whole number. Weights and biases of the network.
sequence.input  (15,). The shown sequence: the curve's values that the network reads, without noise.
sequence.target (32,). The curve's values that follow.
epochs          one entry for each epoch, in order:
  epoch           whole number. Epochs trained so far.
  training_loss   number, null at epoch 0. Mean squared error of the 8 free-running predictions after
                  each of this epoch's 100 training sequences, each batch judged before its update.
  validation_loss number. Mean squared error of all 32 free-running predictions after 16 fixed sequences,
                  without noise, evenly spread over the curve, alike in all runs; one is the shown one.
  prediction      (32,). Free-running predictions after the shown sequence: each is the next one's input.
  hidden_state    base64 of (layers, 46, units) signed bytes in C order, value = byte / 127. Time steps
                  1 to 15 read the input, 15 says prediction 1; 16 to 46 read 1 to 31 and say 2 to 32.
  gradient_norm   (layers, 15). Length of d loss / d hidden_state at each time step that reads the input,
                  over all units and paths, on the shown sequence; the loss is that of training.

Inspection, `/runs/<spec>/epochs/<epoch>/layers/<layer>`, of the shown sequence:

spec, epoch, layer        the run, the epoch, the layer counted from 1.
parts                     names of the quantities below that this cell has, each (46, units):
output_gate, input_gate, forget_gate    LSTM; between 0 and 1. A forget gate of 1 keeps, 0 erases.
reset_gate, update_gate   GRU; between 0 and 1. An update gate of 1 keeps, 0 replaces.
candidate, hidden_state   between -1 and 1.
cell_state                LSTM; unbounded. Before time step 1 it is 0, and so is the hidden state.
layer_input               (46, inputs). The curve or the prediction in layer 1, else the hidden state below.
gradient_norm             (15,). As above, of this layer.
gradient_paths            each (22,), the time steps of training: length of d loss / d hidden_state and
                          d loss / d cell_state, in all (hidden_state, cell_state) and by origin:
                          hidden_state_from_above, hidden_state_from_later, cell_state_from_hidden_state,
                          cell_state_from_later. The parts add up as vectors, not as lengths.

The numbers 15, 32, 46, 8 and 22 are those of the curves. The memory tasks (cue_recall, latch) read 30 values
and predict 1, in training too: 15, 46 and 22 become 30; 32 and 8 become 1; latch has 64 fixed sequences.

Texts (text_gates, text_count) read 20 symbols and predict 5: input, target and prediction are texts, the last
of the most probable symbols, and layer_input of layer 1 is one-hot. In training each symbol is read after it
was predicted. Losses are cross-entropies in nats per symbol; validation begins once at every place of it.

Values of curves lie in about -1 to 1 and have no unit. Values are rounded to 4 decimals, losses and gradient
norms to 4 significant digits.
"""

import base64
import json
from typing import Any

import numpy as np

from visual.engine import Array
from visual.engine.inspection import inspect
from visual.engine.sequences import Sequences
from visual.engine.training import Evaluation, Training

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
    return base64.b64encode(np.round(hidden_state * 127.0).astype(np.int8).tobytes()).decode("ascii")


def said(values: Array, symbols: str) -> Any:
    """Return a curve's values (time_steps, 1) as a list, or symbols' (time_steps, symbols) as a text."""
    if symbols:
        return "".join(symbols[number] for number in values.argmax(axis=1))
    return rounded(values[:, 0])


def epoch_entry(epoch: int, training_loss: float | None, evaluation: Evaluation, symbols: str = "") -> dict[str, Any]:
    """Return one entry of `epochs`."""
    return {
        "epoch": epoch,
        "training_loss": None if training_loss is None else significant(training_loss),
        "validation_loss": significant(evaluation.validation_loss),
        "prediction": said(evaluation.prediction, symbols),
        "hidden_state": quantized(evaluation.hidden_state),
        "gradient_norm": [[significant(norm) for norm in layer] for layer in evaluation.gradient_norm],
    }


def chunk(
    first: int,
    last: int,
    parameters: int,
    validation: Sequences,
    epochs: list[dict[str, Any]],
    symbols: str = "",
) -> dict[str, Any]:
    """Return the answer for epochs first to last but for its `spec`, which later edits may lengthen."""
    return {
        "first": first,
        "last": last,
        "parameters": parameters,
        "sequence": {
            "input": said(validation.inputs[:, 0], symbols),
            "target": said(validation.targets[:, 0], symbols),
        },
        "epochs": epochs,
    }


def inspection(epoch: int, layer: int, training: Training) -> dict[str, Any]:
    """Return the answer for one layer (counted from 1) but for its `spec`."""
    seen = inspect(training, layer)
    quantities = {name: rounded(values) for name, values in seen.quantities.items()}
    return {
        "epoch": epoch,
        "layer": layer,
        "parts": [name for name in quantities if name != "layer_input"],
        **quantities,
        "gradient_norm": [significant(norm) for norm in seen.gradient_norm],
        "gradient_paths": {path: [significant(norm) for norm in norms] for path, norms in seen.gradient_paths.items()},
    }


def encode(spec: str, body: dict[str, Any]) -> bytes:
    """Return compact JSON; a value that is not a finite number is a defect and raises ValueError."""
    return json.dumps({"spec": spec, **body}, separators=(",", ":"), allow_nan=False).encode()
