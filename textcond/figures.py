"""Figures of the text: snapshots of the very run with which the visualization starts.

The numbers are kept in `snapshots/training.json`, written by `manage.py snapshot_figures`, so that every reader sees
the same figure at once; a test holds them against the engine.
"""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from visual import runs
from visual.runspec import RunSpec

SNAPSHOT = Path(__file__).parent / "snapshots" / "training.json"
EPOCHS_SHOWN = (0, 5, 40)
LAST_EPOCH = 59
INPUT_STEPS = 15


def compute() -> dict:
    """Return the snapshot: the shown sequence, predictions after EPOCHS_SHOWN, validation loss of every epoch."""
    spec = RunSpec()
    chunks = [json.loads(runs.chunk(spec, first, last)) for first, last in runs.CHUNKS if last <= LAST_EPOCH]
    epochs = [epoch for chunk in chunks for epoch in chunk["epochs"]]
    return {
        "spec": str(spec),
        "input": chunks[0]["sequence"]["input"],
        "target": chunks[0]["sequence"]["target"],
        "predictions": {str(epoch): epochs[epoch]["prediction"] for epoch in EPOCHS_SHOWN},
        "validation_loss": [epoch["validation_loss"] for epoch in epochs],
    }


@lru_cache
def snapshot() -> dict:
    return json.loads(SNAPSHOT.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Axis:
    """A straight axis: data from `low` to `high` lie from `start` to `end` in the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)


def _line(x: Axis, y: Axis, steps, values) -> str:
    return " ".join(f"{x(step)},{y(value)}" for step, value in zip(steps, values, strict=True))


def prediction() -> dict:
    """Return what the prediction figure draws: one panel for each of EPOCHS_SHOWN, and its table."""
    data = snapshot()
    x, y = Axis(1, 47, 26, 222), Axis(-1.3, 1.3, 140, 6)
    reading = range(1, INPUT_STEPS + 1)
    predicted = range(INPUT_STEPS + 1, INPUT_STEPS + 1 + len(data["target"]))
    panels = [
        {
            "epoch": epoch,
            "loss": f"{data['validation_loss'][epoch]:.3g}",
            "input": _line(x, y, reading, data["input"]),
            "target": _line(x, y, predicted, data["target"]),
            "prediction": _line(x, y, predicted, _inside(data["predictions"][str(epoch)], y)),
        }
        for epoch in EPOCHS_SHOWN
    ]
    rows = [
        {
            "step": step,
            "target": target,
            "predictions": [data["predictions"][str(epoch)][index] for epoch in EPOCHS_SHOWN],
        }
        for index, (step, target) in enumerate(zip(predicted, data["target"], strict=True))
    ]
    return {
        "panels": panels,
        "rows": rows,
        "epochs": EPOCHS_SHOWN,
        "ticks_x": [{"at": x(step), "label": step} for step in (1, 15, 31, 47)],
        "ticks_y": [{"at": y(value), "label": f"{value:g}".replace("-", "−")} for value in (1, 0, -1)],
        "read_width": round(x(INPUT_STEPS + 0.5) - x.start, 2),
    }


def _inside(values: list[float], y: Axis) -> list[float]:
    return [min(max(value, y.low), y.high) for value in values]


def loss() -> dict:
    """Return what the loss figure draws: the validation loss of each epoch, on a logarithmic axis."""
    losses = snapshot()["validation_loss"]
    x = Axis(0, len(losses) - 1, 88, 680)
    low, high = math.floor(math.log10(min(losses))), math.ceil(math.log10(max(losses)))
    y = Axis(low, high, 190, 14)
    return {
        "line": _line(x, y, range(len(losses)), map(math.log10, losses)),
        "marks": [{"x": x(epoch), "y": y(math.log10(losses[epoch])), "epoch": epoch} for epoch in EPOCHS_SHOWN],
        "ticks_x": [{"at": x(epoch), "label": epoch} for epoch in range(0, len(losses), 10)],
        "ticks_y": [{"at": y(power), "label": f"{10.0**power:g}"} for power in range(low, high + 1)],
        "rows": [{"epoch": epoch, "loss": f"{losses[epoch]:.3g}"} for epoch in range(0, len(losses), 5)],
    }
