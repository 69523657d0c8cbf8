"""The whole network at one moment: a dot for each unit, coloured by its hidden state."""

from django.utils.translation import gettext as _

from textcond.figures import engine
from textcond.figures.drawing import Axis, decimal, diverging, line, signed
from visual.runspec import RunSpec

EPOCH = 40
TIME_STEP = 15  # the last value is read, the first prediction is said
COLUMNS = 4  # dots side by side in a layer
PITCH = 27
LAYER_WIDTH, LAYER_GAP, LAYERS_LEFT, LAYERS_TOP = 120, 32, 158, 52


def compute() -> dict:
    """Return the input, the first prediction and its target, and every unit's hidden state at TIME_STEP."""
    spec = RunSpec()
    run = engine.epochs(spec, EPOCH)
    entry = run["epochs"][EPOCH]
    return {
        "spec": str(spec),
        "epoch": EPOCH,
        "time_step": TIME_STEP,
        "input": run["sequence"]["input"],
        "target": run["sequence"]["target"][0],
        "prediction": entry["prediction"][0],
        "hidden_state": engine.hidden_state(entry, spec.layers, spec.units, TIME_STEP),
    }


def network(data: dict) -> dict:
    """Return the layers from left to right, each with its dots, and what goes in and comes out."""
    x, y = Axis(1, engine.INPUT_STEPS, 10, 112), Axis(-1.1, 1.1, 168, 76)
    last = data["input"][-1]
    return {
        "epoch": data["epoch"],
        "time_step": data["time_step"],
        "input": line(x, y, range(1, engine.INPUT_STEPS + 1), data["input"]),
        "zero": y(0),
        "last": {"x": x(engine.INPUT_STEPS), "y": y(last), "value": decimal(last)},
        "layers": [_layer(number, values) for number, values in enumerate(data["hidden_state"], start=1)],
        "units": sum(map(len, data["hidden_state"])),
        "prediction": decimal(data["prediction"]),
        "target": decimal(data["target"]),
        "head": [
            _("unit"),
            *(_("layer %(number)s") % {"number": number + 1} for number in range(len(data["hidden_state"]))),
        ],
        "rows": [
            [unit, *map(signed, values)] for unit, values in enumerate(zip(*data["hidden_state"], strict=True), start=1)
        ],
    }


def _layer(number: int, values: list[float]) -> dict:
    left = LAYERS_LEFT + (number - 1) * (LAYER_WIDTH + LAYER_GAP)
    first = left + (LAYER_WIDTH - (COLUMNS - 1) * PITCH) / 2
    dots = [
        {
            "x": first + index % COLUMNS * PITCH,
            "y": LAYERS_TOP + 29 + index // COLUMNS * PITCH,
            "fill": diverging(value),
            "text": _("unit %(unit)s: %(value)s") % {"unit": index + 1, "value": signed(value)},
        }
        for index, value in enumerate(values)
    ]
    return {
        "name": _("layer %(number)s") % {"number": number},
        "left": left,
        "right": left + LAYER_WIDTH,
        "middle": left + LAYER_WIDTH // 2,
        "next": left + LAYER_WIDTH + LAYER_GAP - 4,
        "dots": dots,
    }
