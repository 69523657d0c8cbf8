"""One unit whose gates are set by hand: the tasks can be done, and not without setting gates."""

import numpy as np
import pytest

from visual.experiments.hand_set import GATES, TASKS, TOLERANCE, forward


def _right(task, gates):
    wanted, made = forward(task.input, task.gates), forward(task.input, gates)
    return np.all(
        [np.abs(made[state] - wanted[state]) <= TOLERANCE for state in ("cell_state", "hidden_state")], axis=0
    )


def test_it_latches_counts_and_resets():
    last = {name: forward(task.input, task.gates)["cell_state"][-1] for name, task in TASKS.items()}
    assert last["latch"] == pytest.approx(-1, abs=0.02)
    assert last["count"] == pytest.approx(4, abs=0.03)
    assert last["reset"] == pytest.approx(3, abs=0.03)


def test_the_forward_pass_is_the_formula_that_is_taught():
    rng = np.random.default_rng(0)
    gates = {gate: tuple(rng.random(10)) for gate in GATES}
    made, cell_state = forward(TASKS["reset"].input, gates), 0.0
    for step, value in enumerate(TASKS["reset"].input):
        cell_state = gates["forget_gate"][step] * cell_state + gates["input_gate"][step] * np.tanh(3 * value)
        assert made["cell_state"][step] == pytest.approx(cell_state)
        assert made["hidden_state"][step] == pytest.approx(gates["output_gate"][step] * np.tanh(cell_state))


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_half_filled_and_blank_leave_something_to_do(task):
    blank = dict.fromkeys(GATES, (0,) * len(task.input))
    half = blank | {gate: task.gates[gate] for gate in task.given}
    assert _right(task, task.gates).all()
    assert not _right(task, half).all()
    assert _right(task, blank).sum() <= _right(task, half).sum()


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_a_forget_gate_that_always_keeps_is_wrong_where_something_has_to_go(task):
    keeps = task.gates | {"forget_gate": (1,) * len(task.input)}
    erases = 0 in task.gates["forget_gate"][1:]
    assert _right(task, keeps).all() != erases


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_disturbances_have_to_be_ignored(task):
    writes = task.gates | {"input_gate": (1,) * len(task.input)}
    assert not _right(task, writes).all()
