"""The same network with three learning rates: too low, good, too high."""

import math
from dataclasses import replace

from django.utils.translation import gettext as _

from textcond.figures import engine
from textcond.figures.drawing import Axis, decades, line, logarithms, plain, significant, ticks
from textcond.figures.training import panel, panel_frame, prediction_rows
from visual.runspec import RunSpec

LEARNING_RATES = (0.0001, 0.025, 0.5)  # within the bounds of the visualization's slider, 0.0001 to 1
EPOCH = 20
LAST_EPOCH = 40


def compute() -> dict:
    """Return the shown sequence and, for each rate, the prediction after EPOCH and the loss of every epoch."""
    specs = [replace(RunSpec(), learning_rate=rate) for rate in LEARNING_RATES]
    runs_of = [engine.epochs(spec, LAST_EPOCH) for spec in specs]
    return {
        "input": runs_of[0]["sequence"]["input"],
        "target": runs_of[0]["sequence"]["target"],
        "runs": [
            {
                "spec": str(spec),
                "learning_rate": spec.learning_rate,
                "prediction": run["epochs"][EPOCH]["prediction"],
                "validation_loss": [epoch["validation_loss"] for epoch in run["epochs"]],
            }
            for spec, run in zip(specs, runs_of, strict=True)
        ],
    }


def learning_rate(data: dict) -> dict:
    """Return one prediction panel for each rate, and the three loss curves on one logarithmic axis."""
    everything = [value for run in data["runs"] for value in run["validation_loss"]]
    x = Axis(0, LAST_EPOCH, 64, 560)
    y = Axis(math.floor(math.log10(min(everything))), math.ceil(math.log10(max(everything))), 190, 14)
    names = [_("too low"), _("good"), _("too high")]
    panels = [
        panel(data, run["prediction"])
        | {
            "title": _("%(name)s: %(rate)s · loss %(loss)s")
            % {
                "name": name,
                "rate": plain(run["learning_rate"]),
                "loss": significant(run["validation_loss"][EPOCH]),
            }
        }
        for name, run in zip(names, data["runs"], strict=True)
    ]
    return {
        **panel_frame(panels),
        "epoch": EPOCH,
        "curves": [
            {
                "kind": kind,
                "name": _("%(name)s, %(rate)s") % {"name": name, "rate": plain(run["learning_rate"])},
                "points": line(x, y, range(LAST_EPOCH + 1), logarithms(run["validation_loss"])),
                "end": y(math.log10(run["validation_loss"][-1])),
            }
            for kind, name, run in zip(("low", "good", "high"), names, data["runs"], strict=True)
        ],
        "loss_ticks_x": ticks(x, range(0, LAST_EPOCH + 1, 10)),
        "loss_ticks_y": decades(y),
        "marked": x(EPOCH),
        "head": [
            _("time step"),
            _("target"),
            *(_("learning rate %(rate)s") % {"rate": plain(run["learning_rate"])} for run in data["runs"]),
        ],
        "rows": prediction_rows(data["target"], [run["prediction"] for run in data["runs"]]),
        "loss_head": [
            _("epoch"),
            *(_("learning rate %(rate)s") % {"rate": plain(run["learning_rate"])} for run in data["runs"]),
        ],
        "loss_rows": [
            [epoch, *(significant(run["validation_loss"][epoch]) for run in data["runs"])]
            for epoch in range(0, LAST_EPOCH + 1, 5)
        ],
    }
