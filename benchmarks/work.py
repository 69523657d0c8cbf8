"""The work that every engine is given: one epoch of training, forward, backward and update."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """A network, and the sequences of one epoch; mean squared error, RMSprop.

    The network reads `steps` values and says one. predictions > 1: each prediction is read to say the next, and
    error flows back through all of them, as this platform trains.
    """

    cell: str = "lstm"
    layers: int = 3
    units: int = 16
    steps: int = 15
    predictions: int = 1
    sequences: int = 100
    batch: int = 25


REFERENCE = Work()
TABLE = {
    "reference": REFERENCE,
    "as_trained_here": Work(predictions=8),
    "gru": Work(cell="gru"),
    "rnn": Work(cell="rnn"),
    "lstm_5x32": Work(layers=5, units=32),
}
GROWTH = {
    **{f"layers_{layers}": Work(layers=layers) for layers in (1, 2, 3, 4, 5)},
    **{f"units_{units}": Work(units=units) for units in (4, 8, 16, 32)},
    **{f"steps_{steps}": Work(steps=steps) for steps in (8, 15, 30, 60)},
}
