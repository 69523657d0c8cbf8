"""The data: windows of endless curves to continue, tasks that need a long memory, and texts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from visual.engine import Array

STEP_SIZE = 0.2  # how far x moves between two time steps
INPUT_STEPS = 15  # what the network reads
TRAINED_PREDICTIONS = 8  # what it then predicts in training, each prediction being its next input
PREDICTION_STEPS = 32  # what it predicts when it is judged and shown
SEQUENCES_PER_EPOCH = 100
VALIDATION_SEQUENCES = 16
SHOWN_START = 0.12  # where the shown window begins: no value of a validation window falls onto a jump
TEXT_STEPS = 20  # what the network reads of a text
TEXT_PREDICTIONS = 5  # symbols that it then predicts
MEMORY_STEPS = 30  # what the network reads in the memory tasks, before one prediction
CUE = 0.8  # the largest value to remember: within easy reach of the head's tanh
PULSE_PROBABILITY = 0.1  # of the latch task, per time step
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
    """What the network reads, and what it should say after the last value that it read.

    Sequences of a text to train on go on with the text: each symbol is read after it was predicted.
    """

    inputs: Array  # (time_steps, batch, 1 or symbols)
    targets: Array  # (predictions, batch, 1 or symbols)


@dataclass(frozen=True)
class DataSet:
    """A source of sequences. Predictions after the first read the one before as their input."""

    given: int  # time steps that are read
    trained_predictions: int  # that are judged in training
    shown_predictions: int  # that are judged in validation and shown
    draw: Callable[[np.random.Generator, int], Sequences]  # so many fresh sequences, for training
    validation: Callable[[], Sequences]  # always the same ones; number 0 is the shown one
    symbols: str = ""  # of a text: its alphabet, in the order of the one-hot places

    @property
    def size(self) -> int:
        """Return how many values there are at each time step, read as well as predicted."""
        return len(self.symbols) or 1

    def read_as(self, value: float | str) -> Array:
        """Return what the network reads for a curve's value or a text's symbol, (size,)."""
        if isinstance(value, str):
            return np.eye(self.size)[self.symbols.index(value)]
        return np.array([value])

    @property
    def head(self) -> str:
        """Return the head that predicts it."""
        return "softmax" if self.symbols else "tanh"


def windows(curve: Curve, starts: Array, predictions: int) -> Sequences:
    """Return the windows that begin at `starts`, in the curve's own x, (batch,)."""
    steps = np.arange(INPUT_STEPS + predictions)[:, None]  # (time_steps + predictions, 1)
    values = curve.value(starts[None, :] + STEP_SIZE * steps)[:, :, None]
    return Sequences(values[:INPUT_STEPS], values[INPUT_STEPS:])


def _curve_data(curve: Curve) -> DataSet:
    """Return windows that start anywhere on the curve; those of validation are evenly spread over it."""

    def draw(rng: np.random.Generator, count: int) -> Sequences:
        return windows(curve, curve.period * rng.random(count), TRAINED_PREDICTIONS)

    def validation() -> Sequences:
        spread = curve.period * np.arange(VALIDATION_SEQUENCES) / VALIDATION_SEQUENCES  # (batch,)
        return windows(curve, SHOWN_START + spread, PREDICTION_STEPS)

    return DataSet(INPUT_STEPS, TRAINED_PREDICTIONS, PREDICTION_STEPS, draw, validation)


def cue_recall(cues: Array) -> Sequences:
    """Return sequences whose first value is a cue, followed by silence; at the end it is asked for.

    cues (batch,).
    """
    inputs = np.zeros((MEMORY_STEPS, len(cues), 1))
    inputs[0, :, 0] = cues
    return Sequences(inputs, cues[None, :, None].copy())


def latch(rng: np.random.Generator, count: int) -> Sequences:
    """Return sequences of rare pulses up and down; at the end it is asked which way the last one went."""
    pulses = np.where(rng.random((MEMORY_STEPS, count)) < 0.5, CUE, -CUE)  # (time_steps, batch)
    present = rng.random((MEMORY_STEPS, count)) < PULSE_PROBABILITY
    present[0] = True  # else there might be none to remember
    last = MEMORY_STEPS - 1 - np.argmax(present[::-1], axis=0)  # (batch,)
    answers = pulses[last, np.arange(count)]
    return Sequences(np.where(present, pulses, 0.0)[:, :, None], answers[None, :, None])


def _memory_data(draw: Callable[[np.random.Generator, int], Sequences], validation: Callable[[], Sequences]) -> DataSet:
    return DataSet(MEMORY_STEPS, 1, 1, draw, validation)


MEMORY_TASKS = {
    "cue_recall": _memory_data(
        lambda rng, count: cue_recall(CUE * (2.0 * rng.random(count) - 1.0)),
        lambda: cue_recall(CUE * np.linspace(1.0, -1.0, VALIDATION_SEQUENCES)),
    ),
    "latch": _memory_data(latch, lambda: latch(np.random.default_rng(0), 4 * VALIDATION_SEQUENCES)),
}


def excerpts(text: str, symbols: str, starts: NDArray[np.intp], read_on: bool) -> Sequences:
    """Return the places of an endlessly repeated text that begin at `starts` (batch,), one-hot.

    read_on: the inputs go on with the text while it is predicted.
    """
    numbers = np.array([symbols.index(symbol) for symbol in text])
    steps = np.arange(TEXT_STEPS + TEXT_PREDICTIONS)[:, None]  # (time_steps + predictions, 1)
    symbols_there = numbers[(starts[None, :] + steps) % len(text)]
    one_hot = np.eye(len(symbols))[symbols_there]  # (time_steps + predictions, batch, symbols)
    return Sequences(one_hot[: -1 if read_on else TEXT_STEPS], one_hot[TEXT_STEPS:])


def _text_data(text: str) -> DataSet:
    symbols = "".join(sorted(set(text)))

    def draw(rng: np.random.Generator, count: int) -> Sequences:
        return excerpts(text, symbols, rng.integers(len(text), size=count), read_on=True)

    def validation() -> Sequences:
        return excerpts(text, symbols, np.arange(len(text)), read_on=False)

    return DataSet(TEXT_STEPS, TEXT_PREDICTIONS, TEXT_PREDICTIONS, draw, validation, symbols)


TEXTS = {
    "text_gates": _text_data("the gate opens and lets in, the gate closes and keeps in. "),
    "text_count": _text_data("one, one two, one two three, one two three four. "),
}
DATA = {name: _curve_data(curve) for name, curve in CURVES.items()} | MEMORY_TASKS | TEXTS
TYPED = "text:"  # before a text of one's own, which is repeated endlessly


@lru_cache(maxsize=64)
def data_set(name: str) -> DataSet:
    """Return the data of that name in DATA, or those of a text of one's own, `text:` and the text."""
    return _text_data(name.removeprefix(TYPED)) if name.startswith(TYPED) else DATA[name]


def training_sequences(data: str, noise: float, rng: np.random.Generator) -> Sequences:
    """Return one epoch's fresh sequences.

    Noise is normal with standard deviation `noise`, added to the inputs alone: what is to be predicted
    stays clean. It is drawn even when it is 0, so that runs that differ in noise read the same sequences.
    """
    clean = data_set(data).draw(rng, SEQUENCES_PER_EPOCH)
    disturbance = rng.standard_normal(clean.inputs.shape)
    return Sequences(clean.inputs + noise * disturbance, clean.targets)
