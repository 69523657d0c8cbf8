"""How much of the gradient reaches each time step: an LSTM and a plain RNN on the same task."""

import math
from dataclasses import replace

from django.utils.translation import gettext as _

from textcond.figures import engine
from textcond.figures.drawing import Axis, decades, line, logarithms, significant, ticks
from visual.runspec import RunSpec

EPOCH = 5
LATER = 40  # the plain RNN has learned the sine by then
CELLS = ("lstm", "rnn")


def compute() -> dict:
    """Return gradient norms (layers, 15) after EPOCH and losses after EPOCH and LATER, for each of CELLS."""
    runs_of = {cell: engine.epochs(replace(RunSpec(), cell=cell), LATER)["epochs"] for cell in CELLS}
    return {
        cell: {
            "spec": str(replace(RunSpec(), cell=cell)),
            "gradient_norm": entries[EPOCH]["gradient_norm"],
            "validation_loss": {str(epoch): entries[epoch]["validation_loss"] for epoch in (EPOCH, LATER)},
        }
        for cell, entries in runs_of.items()
    }


def shares(data: dict) -> dict[str, list[float]]:
    """Return, for each cell and layer, the gradient at time step 1 as a share of that at time step 15."""
    return {cell: [layer[0] / layer[-1] for layer in data[cell]["gradient_norm"]] for cell in CELLS}


def gradient(data: dict) -> dict:
    """Return two panels on the same logarithmic axis, one line for each layer."""
    everything = [value for cell in CELLS for layer in data[cell]["gradient_norm"] for value in layer]
    x = Axis(1, engine.INPUT_STEPS, 52, 300)
    y = Axis(math.floor(math.log10(min(everything))), math.ceil(math.log10(max(everything))), 190, 12)
    names = {"lstm": _("LSTM"), "rnn": _("plain RNN")}
    steps = range(1, engine.INPUT_STEPS + 1)
    columns = [layer for cell in CELLS for layer in data[cell]["gradient_norm"]]
    return {
        "epoch": EPOCH,
        "later": LATER,
        "later_loss": significant(data["rnn"]["validation_loss"][str(LATER)]),
        "panels": [
            {
                "name": names[cell],
                "lines": [
                    {"layer": number, "points": line(x, y, steps, logarithms(values))}
                    for number, values in enumerate(data[cell]["gradient_norm"], start=1)
                ],
                "last_layer": significant(data[cell]["gradient_norm"][1][-1], 2),
                "first_layer": significant(data[cell]["gradient_norm"][1][0], 2),
            }
            for cell in CELLS
        ],
        "ticks_x": ticks(x, (1, 5, 10, 15)),
        "ticks_y": decades(y),
        "head": [
            _("time step"),
            *(
                _("%(cell)s, layer %(layer)s") % {"cell": names[cell], "layer": layer + 1}
                for cell in CELLS
                for layer in range(len(data[cell]["gradient_norm"]))
            ),
        ],
        "rows": [
            [step, *(significant(value, 2) for value in values)]
            for step, values in zip(steps, zip(*columns, strict=True), strict=True)
        ],
    }
