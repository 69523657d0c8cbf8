"""The data: curves that are endless and periodic, read in windows that start anywhere."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visual.engine import Array

STEP_SIZE = 0.2  # how far x moves between two time steps
INPUT_STEPS = 15  # what the network reads
TRAINED_PREDICTIONS = 8  # what it then predicts in training, each prediction being its next input
PREDICTION_STEPS = 32  # what it predicts when it is judged and shown
SEQUENCES_PER_EPOCH = 100
VALIDATION_SEQUENCES = 16
SHOWN_START = 0.12  # where the shown window begins: no value of a validation window falls onto a jump
# Sawtooth and square jump every 24 (12) steps exactly. With a period of 2 pi, 31.4 steps, nobody could say
# after how many steps the next jump comes: a window doesn't show where between two steps the last one was.
EDGE_PERIOD = 24 * STEP_SIZE


def sine(x: Array) -> Array:
    """Return sin(x), any shape."""
    return np.sin(x)


def sawtooth(x: Array) -> Array:
    """Return a line rising from -1 to 1 once per period, then falling at once; any shape."""
    return 2.0 * np.mod(x / EDGE_PERIOD, 1.0) - 1.0


def square(x: Array) -> Array:
    """Return 1 in the first half of each period and -1 in the second; any shape."""
    return np.where(np.mod(x / EDGE_PERIOD, 1.0) < 0.5, 1.0, -1.0)


def composite(x: Array) -> Array:
    """Return two sines on top of each other, (sin 1.5x + sin 4.5x) / 1.5; any shape."""
    return (np.sin(1.5 * x) + np.sin(4.5 * x)) / 1.5


@dataclass(frozen=True)
class Curve:
    """An endless curve and its period."""

    value: Callable[[Array], Array]
    period: float


CURVES = {
    "sine": Curve(sine, 2.0 * np.pi),
    "sawtooth": Curve(sawtooth, EDGE_PERIOD),
    "square": Curve(square, EDGE_PERIOD),
    "composite": Curve(composite, 2.0 * np.pi / 1.5),
}


@dataclass(frozen=True)
class Sequences:
    """Windows of a curve with what follows each."""

    inputs: Array  # (time_steps, batch, 1)
    targets: Array  # (predictions, batch, 1)


def windows(data: str, starts: Array, predictions: int) -> Sequences:
    """Return the windows that begin at `starts`, without noise.

    starts (batch,), in the curve's own x.
    """
    steps = np.arange(INPUT_STEPS + predictions)[:, None]  # (time_steps + predictions, 1)
    values = CURVES[data].value(starts[None, :] + STEP_SIZE * steps)[:, :, None]
    return Sequences(values[:INPUT_STEPS], values[INPUT_STEPS:])


def training_sequences(data: str, noise: float, rng: np.random.Generator) -> Sequences:
    """Return one epoch's fresh windows, each with the values that follow it.

    Noise is normal with standard deviation `noise`, added to the inputs alone: what is to be predicted
    stays clean. It is drawn even when it is 0, so that runs that differ in noise read the same windows.
    """
    starts = CURVES[data].period * rng.random(SEQUENCES_PER_EPOCH)  # (batch,)
    clean = windows(data, starts, TRAINED_PREDICTIONS)
    disturbance = rng.standard_normal(clean.inputs.shape)
    return Sequences(clean.inputs + noise * disturbance, clean.targets)


def validation_sequences(data: str) -> Sequences:
    """Return the windows on which a run is judged: evenly spread over the curve, the shown one first.

    They are the same in every epoch and every run of the data set, free of noise, and never trained on.
    """
    curve = CURVES[data]
    spread = curve.period * np.arange(VALIDATION_SEQUENCES) / VALIDATION_SEQUENCES  # (batch,)
    return windows(data, SHOWN_START + spread, PREDICTION_STEPS)
