"""A network before and during its training: what it predicts, and how its loss falls."""

import math

from django.utils.translation import gettext as _

from textcond.figures import engine
from textcond.figures.drawing import Axis, decades, decimal, line, logarithms, significant, ticks
from visual.runspec import RunSpec

EPOCHS_SHOWN = (0, 5, 40)
LAST_EPOCH = 59


def compute() -> dict:
    """Return the shown sequence, predictions after EPOCHS_SHOWN, validation loss of every epoch."""
    spec = RunSpec()
    run = engine.epochs(spec, LAST_EPOCH)
    return {
        "spec": str(spec),
        "input": run["sequence"]["input"],
        "target": run["sequence"]["target"],
        "predictions": {str(epoch): run["epochs"][epoch]["prediction"] for epoch in EPOCHS_SHOWN},
        "validation_loss": [epoch["validation_loss"] for epoch in run["epochs"]],
    }


def prediction(data: dict) -> dict:
    """Return one panel for each of EPOCHS_SHOWN, and the table."""
    panels = [
        panel(data, data["predictions"][str(epoch)])
        | {
            "title": _("after %(epoch)s epochs · loss %(loss)s")
            % {"epoch": epoch, "loss": significant(data["validation_loss"][epoch])}
        }
        for epoch in EPOCHS_SHOWN
    ]
    return {
        **panel_frame(panels),
        "head": [
            _("time step"),
            _("target"),
            *(_("after %(epoch)s epochs") % {"epoch": epoch} for epoch in EPOCHS_SHOWN),
        ],
        "rows": prediction_rows(data["target"], data["predictions"].values()),
    }


def panel(data: dict, predicted: list[float]) -> dict:
    """Return the three lines of one prediction panel."""
    x, y = _panel_axes()
    reading = range(1, engine.INPUT_STEPS + 1)
    free = range(engine.INPUT_STEPS + 1, engine.INPUT_STEPS + 1 + len(data["target"]))
    return {
        "input": line(x, y, reading, data["input"]),
        "target": line(x, y, free, data["target"]),
        "prediction": line(x, y, free, predicted),
    }


def panel_frame(panels: list[dict]) -> dict:
    """Return the panels with the axes that all of them share."""
    x, y = _panel_axes()
    return {
        "panels": panels,
        "ticks_x": ticks(x, (1, 15, 31, 47)),
        "ticks_y": ticks(y, (1, 0, -1)),
        "read_width": round(x(engine.INPUT_STEPS + 0.5) - x.start, 2),
    }


def prediction_rows(target: list[float], predictions) -> list[list]:
    """Return time step, target and every prediction, as they are written in a table."""
    return [
        [engine.INPUT_STEPS + number, *map(decimal, values)]
        for number, values in enumerate(zip(target, *predictions, strict=True), start=1)
    ]


def _panel_axes() -> tuple[Axis, Axis]:
    return Axis(1, 47, 26, 222), Axis(-1.3, 1.3, 140, 6)


def loss(data: dict) -> dict:
    """Return the validation loss of each epoch, on a logarithmic axis."""
    losses = data["validation_loss"]
    x = Axis(0, len(losses) - 1, 88, 680)
    y = Axis(math.floor(math.log10(min(losses))), math.ceil(math.log10(max(losses))), 190, 14)
    return {
        "line": line(x, y, range(len(losses)), logarithms(losses)),
        "marks": [{"x": x(epoch), "y": y(math.log10(losses[epoch]))} for epoch in EPOCHS_SHOWN],
        "ticks_x": ticks(x, range(0, len(losses), 10)),
        "ticks_y": decades(y),
        "head": [_("epoch"), _("validation loss")],
        "rows": [[epoch, significant(losses[epoch])] for epoch in range(0, len(losses), 5)],
    }
