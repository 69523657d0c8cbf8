"""One LSTM unit whose gates are set by hand: its tasks, and the engine's own forward pass over them."""

from dataclasses import dataclass

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from visual.engine import Array
from visual.engine.cells import LSTM, State, Weights, state_after

GATES = ("forget_gate", "input_gate", "output_gate")
CANDIDATE_WEIGHT = 3.0  # tanh(3) = 0.995: a pulse of 1 offers nearly 1
TOLERANCE = 0.25  # how far cell state and hidden state may be from what is wanted

Gates = dict[str, tuple[float, ...]]  # a value for each time step, by gate


@dataclass(frozen=True)
class Task:
    """What the unit should do with a sequence, and gates that do it."""

    title: str | Promise
    goal: str | Promise
    input: tuple[float, ...]
    gates: Gates
    given: tuple[str, ...]  # the gates that are already set where the task is half filled

    def said(self) -> dict:
        """Return the task as the browser gets it; what is wanted is what the engine makes of the right gates."""
        return {
            "title": str(self.title),
            "goal": str(self.goal),
            "input": self.input,
            "gates": self.gates,
            "given": self.given,
            "wanted": {name: values.tolist() for name, values in forward(self.input, self.gates).items()},
        }


def forward(read: tuple[float, ...], gates: Gates) -> dict[str, Array]:
    """Return candidate, cell_state and hidden_state, each (time_steps,), of one unit with these gates.

    The unit listens to its input alone, so that nothing but the gates decides what becomes of it.
    """
    weights = Weights(np.zeros((4, 1)), np.zeros((4, 1)), np.zeros(4))
    weights.input_weights[LSTM.PARTS.index("candidate")] = CANDIDATE_WEIGHT
    state, steps = State(np.zeros((1, 1)), np.zeros((1, 1))), []
    for time_step, value in enumerate(read):
        held = {gate: values[time_step] for gate, values in gates.items()}

        def change(name: str, value: Array, held: dict[str, float] = held) -> Array:
            return np.full_like(value, held[name]) if name in held else value

        steps.append(LSTM.forward(weights, np.array([[value]]), state, change))
        state = state_after(steps[-1], state)
    names = ("candidate", "cell_state", "hidden_state")
    return {name: np.array([step[name][0, 0] for step in steps]) for name in names}


# Pulses are 1 or -1; the small values between them are disturbances.
TASKS = {
    "latch": Task(
        _("Latch"),
        _("Remember the last pulse, up or down. Ignore the small disturbances. Show it at the last time step only."),
        (1, 0.2, 0, -0.3, -1, 0.2, 0, 0.3, -0.2, 0),
        {
            "forget_gate": (0, 1, 1, 1, 0, 1, 1, 1, 1, 1),
            "input_gate": (1, 0, 0, 0, 1, 0, 0, 0, 0, 0),
            "output_gate": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        },
        ("input_gate", "output_gate"),
    ),
    "count": Task(
        _("Count"),
        _("Count the pulses up in the cell state. Ignore the small disturbances. Show it at the last time step only."),
        (1, 0, 0.2, 1, 1, -0.2, 0, 1, 0.3, 0),
        {
            "forget_gate": (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
            "input_gate": (1, 0, 0, 1, 1, 0, 0, 1, 0, 0),
            "output_gate": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        },
        ("forget_gate", "output_gate"),
    ),
    "reset": Task(
        _("Count and reset"),
        _("Count the pulses up, and start again from 0 at a pulse down. Show the count at the last time step only."),
        (1, 1, 0.2, -1, 1, -0.3, 1, 1, 0.2, 0),
        {
            "forget_gate": (1, 1, 1, 0, 1, 1, 1, 1, 1, 1),
            "input_gate": (1, 1, 0, 0, 1, 0, 1, 1, 0, 0),
            "output_gate": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        },
        ("output_gate",),
    ),
}
