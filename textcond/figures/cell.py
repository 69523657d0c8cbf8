"""One unit of one layer: its quantities over the input, and its cell update at one time step in numbers."""

from django.utils.translation import gettext as _

from textcond.figures import engine
from textcond.figures.drawing import Axis, bracketed, decimal, diverging, shade, signed
from visual.runspec import RunSpec

EPOCH, LAYER, UNIT, TIME_STEP = 40, 2, 11, 10
QUANTITIES = ("forget_gate", "input_gate", "candidate", "cell_state", "output_gate", "hidden_state")
GATES = ("forget_gate", "input_gate", "output_gate")


def compute() -> dict:
    """Return UNIT's quantities at the time steps that read the input, each (15,)."""
    spec = RunSpec()
    seen = engine.inspection(spec, EPOCH, LAYER)
    of_unit = {name: [values[UNIT - 1] for values in seen[name][: engine.INPUT_STEPS]] for name in QUANTITIES}
    return {"spec": str(spec), "epoch": EPOCH, "layer": LAYER, "unit": UNIT, "time_step": TIME_STEP, **of_unit}


def update(data: dict) -> dict:
    """Return the cell update at TIME_STEP: the numbers of its formula, and its four terms as bars."""
    forget_gate, input_gate, candidate, now = (
        data[name][TIME_STEP - 1] for name in ("forget_gate", "input_gate", "candidate", "cell_state")
    )
    before = data["cell_state"][TIME_STEP - 2]
    terms = [
        (_("old cell state"), before, "before"),
        (_("kept"), forget_gate * before, "kept"),
        (_("written"), input_gate * candidate, "written"),
        (_("new cell state"), now, "now"),
    ]
    x = Axis(-1.6, 0, 110, 384)
    return {
        **{name: data[name] for name in ("epoch", "layer", "unit", "time_step")},
        "forget_gate": decimal(forget_gate),
        "input_gate": decimal(input_gate),
        "candidate": bracketed(candidate),
        "cell_state_before": bracketed(before),
        "kept": signed(forget_gate * before),
        "written": bracketed(input_gate * candidate),
        "cell_state": decimal(now),
        "zero": x(0),
        "number": x(0) + 12,
        "bars": [
            {
                "name": name,
                "kind": kind,
                "y": 10 + 34 * index,
                "middle": 21 + 34 * index,
                "x": min(x(0), x(value)),
                "width": round(abs(x(value) - x(0)), 2),
                "value": signed(value),
            }
            for index, (name, value, kind) in enumerate(terms)
        ],
        "head": [_("quantity"), _("value")],
        "rows": [
            [_("forget gate"), decimal(forget_gate)],
            [_("input gate"), decimal(input_gate)],
            [_("candidate"), signed(candidate)],
            *([name, signed(value)] for name, value, _kind in terms),
        ],
    }


def history(data: dict) -> dict:
    """Return a row of squares for each quantity, one square for each time step, with its number."""
    x = Axis(1, engine.INPUT_STEPS, 126, 672)
    names = {
        "forget_gate": _("forget gate"),
        "input_gate": _("input gate"),
        "candidate": _("candidate"),
        "cell_state": _("cell state"),
        "output_gate": _("output gate"),
        "hidden_state": _("hidden state"),
    }
    rows = [
        {
            "quantity": name.replace("_", "-"),
            "name": names[name],
            "y": 22 + 52 * index,
            "label": 22 + 52 * index + 17,
            "number": 22 + 52 * index + 41,
            "squares": [
                {
                    "x": x(step) - 17,
                    "middle": x(step),
                    "fill": shade(name, value) if name in GATES else diverging(value),
                    "value": decimal(value),
                }
                for step, value in enumerate(data[name], start=1)
            ],
        }
        for index, name in enumerate(QUANTITIES)
    ]
    return {
        **{name: data[name] for name in ("epoch", "layer", "unit", "time_step")},
        "rows_drawn": rows,
        "steps": [{"at": x(step), "label": step} for step in range(1, engine.INPUT_STEPS + 1)],
        "marked": x(TIME_STEP) - 20,
        "lowest": decimal(min(data["cell_state"])),
        "lowest_hidden": decimal(min(data["hidden_state"])),
        "head": [_("time step"), *names.values()],
        "rows": [
            [step, *map(decimal, values)]
            for step, values in enumerate(zip(*(data[name] for name in QUANTITIES), strict=True), start=1)
        ],
    }
