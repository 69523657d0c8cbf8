"""What readers predict on a figure before they turn the page: the shared prompts, drawn as paper and as truth."""

from typing import Any

from django.utils.translation import gettext as _

from survey.curriculum import prompts
from survey.curriculum.prompts import OPEN_FROM, CurvePrompt, GatePrompt
from textcond.figures import engine
from textcond.figures.drawing import Axis, decimal, line, shade, ticks
from visual import runspec

HEIGHT, LOWEST, HIGHEST = 1.3, 188, 12  # of a curve's axis: its largest value, and where that lies in the drawing
LEFT, RIGHT = 34, 628


def compute() -> dict:
    """Return, for each prompt, what is read (given,) and the truth at every step that is asked about."""
    return {prompt.id: _computed(prompt) for prompt in prompts.prompts("en")}


def _computed(prompt: CurvePrompt | GatePrompt) -> dict[str, Any]:
    spec = runspec.parse(prompt.run)
    run = engine.epochs(spec, prompt.epoch)
    read = run["sequence"]["input"]
    first, last = prompt.steps
    data: dict[str, Any] = {"spec": prompt.run, "epoch": prompt.epoch, "input": read}
    if prompt.kind == "gate":
        gate = engine.inspection(spec, prompt.epoch, prompt.layer)[prompt.gate]
        return data | {"truth": [values[prompt.unit - 1] for values in gate[first - 1 : last]]}
    asked = slice(first - len(read) - 1, last - len(read))
    shown = {"target": run["sequence"]["target"], "prediction": run["epochs"][prompt.epoch]["prediction"]}
    return data | {"truth": shown[prompt.truth][asked], "target": shown["target"][asked]}


def places(language: str, order: list[str]) -> dict[str, list[CurvePrompt | GatePrompt]]:
    """Return {concept after which it is asked: prompts}: each after its own concept, and none before an earlier one."""
    at = 0
    placed: dict[str, list[CurvePrompt | GatePrompt]] = {}
    for prompt in prompts.prompts(language):
        at = max(at, order.index(prompt.concept))
        placed.setdefault(order[at], []).append(prompt)
    return placed


def drawn(prompt: CurvePrompt | GatePrompt, data: dict) -> dict:
    """Return what the page of a prompt draws: the paper, and the truth under it."""
    first, last = prompt.steps
    return {
        "prompt": prompt,
        "template": f"textcond/{prompt.kind}_prompt.html",
        "steps": range(first, last + 1),
        "script": f"asked-{prompt.id}",
        "asked": {
            "kind": prompt.kind,
            "first": first,
            "truth": data["truth"],
            "success": prompt.success,
            "open_from": OPEN_FROM,
            "state": getattr(prompt, "state", ""),
        },
        **(_curve(prompt, data) if isinstance(prompt, CurvePrompt) else _gate(prompt, data)),
    }


def _curve(prompt: CurvePrompt, data: dict) -> dict:
    first, last = prompt.steps
    x, y = Axis(1, last, LEFT + 8, RIGHT - 8), Axis(-HEIGHT, HEIGHT, LOWEST, HIGHEST)
    read, asked = range(1, len(data["input"]) + 1), range(first, last + 1)
    names = {"target": _("target"), "prediction": _("prediction")}
    columns = {prompt.truth: data["truth"]} | ({"target": data["target"]} if prompt.truth == "prediction" else {})
    return {
        "axis": {"first": x(first), "last": x(last), "lowest": LOWEST, "highest": HIGHEST, "height": HEIGHT},
        "border": round((x(first - 1) + x(first)) / 2, 2),
        "asked_width": round(RIGHT - (x(first - 1) + x(first)) / 2, 2),
        "read_width": round((x(first - 1) + x(first)) / 2 - LEFT, 2),
        "input": line(x, y, read, data["input"]),
        "guides": [x(step) for step in asked],
        "lines": [
            {"kind": kind, "name": names[kind], "points": line(x, y, asked, values)} for kind, values in columns.items()
        ],
        "ticks_x": ticks(x, (1, 5, 10, 15, 20, last)),
        "ticks_y": ticks(y, (1, 0, -1)),
        "head": [_("time step"), *(names[kind] for kind in columns)],
        "rows": [
            [step, *map(decimal, values)]
            for step, values in zip(asked, zip(*columns.values(), strict=True), strict=True)
        ],
    }


def _gate(prompt: GatePrompt, data: dict) -> dict:
    first, last = prompt.steps
    x, y = Axis(first - 0.5, last + 0.5, 92, RIGHT), Axis(-1, 1, 78, 22)
    width = round(x(first + 1) - x(first), 2)
    name = {
        "forget_gate": _("forget gate"),
        "input_gate": _("input gate"),
        "output_gate": _("output gate"),
    }[prompt.gate]
    is_open = [value >= OPEN_FROM for value in data["truth"]]
    return {
        "name": name,
        "quantity": prompt.gate.replace("_", "-"),
        "zero": y(0),
        "pulses": [
            {"x": x(step), "y": y(value), "zero": y(0), "up": value > 0, "label": y(value) + (-9 if value > 0 else 19)}
            for step, value in enumerate(data["input"], start=1)
            if value and first <= step <= last
        ],
        "first": x.start,
        "last": x.end,
        "ticks_x": ticks(x, (first, *range(first + 4, last + 1, 5))),
        "width": width,
        "squares": [
            {
                "step": step,
                "x": round(x(step) - width / 2 + 1, 2),
                "middle": x(step),
                "fill": shade(prompt.gate, value),
                "is_meant": opened == (prompt.state == "open"),
            }
            for step, value, opened in zip(range(first, last + 1), data["truth"], is_open, strict=True)
        ],
        "square_width": round(width - 2, 2),
        "head": [_("time step"), _("input"), name],
        "rows": [
            [step, decimal(data["input"][step - 1], 0), decimal(value)]
            for step, value in zip(range(first, last + 1), data["truth"], strict=True)
        ],
    }
