"""What the experiments compute in the browser, held against NumPy and the engine."""

import numpy as np
import pytest
from playwright.sync_api import Error

from visual import runspec
from visual.experiments.hand_set import CANDIDATE_WEIGHT, GATES, TASKS, TOLERANCE, forward

pytestmark = pytest.mark.browser

RUN = str(runspec.DEFAULT)
RULES = {"weight": CANDIDATE_WEIGHT, "tolerance": TOLERANCE}


def _task(name):
    """Return a task as the browser gets it."""
    said = TASKS[name].said()
    return said | {"gates": {gate: list(values) for gate, values in said["gates"].items()}}


def test_the_forward_pass_by_hand_is_the_engines(run):
    rng = np.random.default_rng(3)
    for task in TASKS.values():
        gates = {gate: rng.random(len(task.input)).round(1).tolist() for gate in GATES}
        made = run("experiments/hand_cell.js", "forward(...argument)", [task.input, gates, CANDIDATE_WEIGHT])
        for name, values in forward(task.input, gates).items():
            np.testing.assert_allclose(made[name], values, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "gate", "step", "value", "too"),
    [
        ("reset", "forget_gate", 4, 1, "open"),
        ("count", "forget_gate", 5, 0, "closed"),
        ("latch", "input_gate", 4, 1, "open"),
        ("count", "input_gate", 4, 0, "closed"),
        ("latch", "output_gate", 3, 1, "open"),
        ("reset", "output_gate", 10, 0, "closed"),
    ],
)
def test_the_first_wrong_step_names_the_gate_that_is_to_blame(run, name, gate, step, value, too):
    task = _task(name)
    gates = task["gates"] | {gate: [*task["gates"][gate][: step - 1], value, *task["gates"][gate][step:]]}
    verdict = run("experiments/hand_cell.js", "judged(...argument)", [task, gates, RULES])
    assert (verdict["first"]["step"], verdict["first"]["gate"], verdict["first"]["too"]) == (step, gate, too)
    assert verdict["score"] == sum(verdict["right"]) < 10
    assert run("experiments/hand_cell.js", "judged(...argument)", [task, task["gates"], RULES])["first"] is None


def test_the_band_is_numpys(run):
    losses = np.random.default_rng(1).random((10, 6))
    band = run("experiments/band.js", "bandOf(argument)", losses.tolist())
    expected = np.percentile(losses, [10, 50, 90], axis=0)
    for name, values in zip(("low", "median", "high"), expected, strict=True):
        np.testing.assert_allclose([each[name] for each in band], values)
    assert run("experiments/band.js", "bandOf([[1, 2, 3], [1, 2]]).length") == 2


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (RUN.replace("learning_rate=0.025", "learning_rate=0.1"), "learning_rate=0.1"),
        (RUN.replace("lstm", "gru").replace("seed=1", "seed=7"), "cell=gru;seed=7"),
        (RUN.replace("rmsprop;", "rmsprop;clip=1;"), "clip=1"),
        (RUN + "@12,noise=0.2@20,batch_size=5", "edits=~12,noise=0.2~20,batch_size=5"),
    ],
)
def test_an_address_says_only_in_what_two_runs_differ(run, other, expected):
    written = "writeDifference(read(argument[0]), read(argument[1]))"
    imported = f"import('./runspec.js').then(({{ parseRun: read }}) => {written})"
    assert run("experiments/run_difference.js", imported, [RUN, other]) == expected
    assert run("experiments/run_difference.js", imported, [other, other]) == ""
    back = "printRun(readDifference(parseRun(argument[0]), argument[1]))"
    back = f"import('./runspec.js').then(({{ parseRun, printRun }}) => {back})"
    assert run("experiments/run_difference.js", back, [RUN, expected]) == other


def test_an_address_that_names_another_field_is_refused(run):
    back = "import('./runspec.js').then(({ parseRun }) => readDifference(parseRun(argument), 'data=square'))"
    with pytest.raises(Error, match="do not differ in data"):
        run("experiments/run_difference.js", back, RUN)


def test_a_guess_is_read_as_it_was_written(run):
    prompts = [{"id": "one", "steps": [16, 18]}]
    guess = {"id": "one", "values": [0.1, None, -0.25], "marked": [17], "revealed": True, "skipped": False}
    text = run("experiments/guess.js", "writeGuess(argument)", guess)
    assert text == "prompt=one;values=0.1,,-0.25;marked=17;revealed=1"
    assert run("experiments/guess.js", "readGuess(...argument)", [text, prompts]) == guess
    assert run("experiments/guess.js", "readGuess(...argument)", ["prompt=two", prompts]) is None


def test_a_stroke_fills_the_steps_that_the_pointer_skipped(run):
    drawn = run("experiments/guess.js", "stroked([null, null, null, null, 0.5], [0, 0], [3, -0.6])")
    assert drawn == pytest.approx([0, -0.2, -0.4, -0.6, 0.5])


def test_errors_are_counted_as_the_prompts_say(run):
    gate = [0.2, 0.6, 0.5, 0.1]
    asked = {"steps": [2, 4], "state": "closed"}
    assert run("experiments/guess.js", "stepsIn(...argument, 0.5)", [gate, asked]) == [4]
    assert run("experiments/guess.js", "misses([2, 3], [3, 4])") == 2
    assert run("experiments/guess.js", "meanDistance([0, 1], [0.5, 0])") == 0.75


def test_prompts_of_a_kind_fade_after_two_successes(run):
    prompts = [{"id": name, "kind": kind} for name, kind in [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")]]
    following = "nextPrompt(argument[0], 2, argument[1])?.id ?? null"
    for known, expected in [
        ({}, "a"),
        ({"a": True, "b": False}, "c"),
        ({"a": True, "b": True}, "d"),
        ({"a": True, "b": True, "d": True}, None),
    ]:
        assert run("experiments/prediction_log.js", following, [prompts, known]) == expected
