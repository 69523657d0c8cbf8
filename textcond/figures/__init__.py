"""Figures of the text: snapshots of the very runs that the visualization shows.

Their numbers are kept in `snapshots/`, written by `manage.py snapshot_figures`, so that every reader sees the same
figures at once; tests hold them against the engine. Each module has one `compute` (engine to snapshot) and functions
from a snapshot to what its template draws.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language

from survey.curriculum import examples
from survey.curriculum.prompts import CurvePrompt, GatePrompt
from textcond.figures import cell, gradient, learning_rate, network, prompts, training

FOLDER = Path(__file__).parent.parent / "snapshots"
COMPUTE: dict[str, Callable[[], dict]] = {
    "training": training.compute,
    "network": network.compute,
    "cell": cell.compute,
    "learning_rate": learning_rate.compute,
    "gradient": gradient.compute,
    "prompts": prompts.compute,
}


class Figure(NamedTuple):
    """One figure: its template, the snapshot it draws, and how."""

    name: str  # of the template, and with "figure-" before it the id on the page
    snapshot: str
    draw: Callable[[dict], dict]


# The concept after which each figure stands: all that it shows has been explained by then.
AFTER: dict[str, tuple[Figure, ...]] = {
    "stacked_layers": (Figure("network", "network", network.network),),
    "free_running_prediction": (
        Figure("prediction", "training", training.prediction),
        Figure("loss", "training", training.loss),
    ),
    "learning_rate": (Figure("learning_rate", "learning_rate", learning_rate.learning_rate),),
    "cell_update": (Figure("cell_update", "cell", cell.update),),
    "output_gate": (Figure("unit_history", "cell", cell.history),),
    "gradient_path_of_cell_state": (Figure("gradient", "gradient", gradient.gradient),),
}


def after(concept: str) -> list[dict]:
    """Return what the figures after a concept draw, each with its `name` and `template`."""
    return _drawn(concept, get_language())


@lru_cache
def _drawn(concept: str, language: str) -> list[dict]:
    """Draw once per process and active language, in which a figure's words are."""
    return [
        {
            "name": figure.name,
            "addresses": examples.addresses(figure.name),
            "template": f"textcond/{figure.name}_figure.html",
            **figure.draw(snapshot(figure.snapshot)),
        }
        for figure in AFTER.get(concept, ())
    ]


@lru_cache
def prompt(asked: CurvePrompt | GatePrompt, language: str) -> dict:
    """Return what a prompt draws, once per process and active language."""
    return prompts.drawn(asked, snapshot("prompts")[asked.id])


@lru_cache
def snapshot(name: str) -> dict:
    kept: dict = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return kept
