"""The figures are the engine's own numbers, and what their captions say is true of them."""

import json
import math
from itertools import pairwise

import pytest
from django.core.management import call_command

from textcond import figures
from textcond.figures import cell, drawing, engine, gradient, learning_rate, network, training
from visual import runspec


def _same(kept, computed, at: str = "") -> None:
    """Compare two snapshots, number by number, to one part in a thousand or the fourth decimal."""
    assert type(kept) is type(computed), at
    if isinstance(kept, dict):
        assert list(kept) == list(computed), at
        for key in kept:
            _same(kept[key], computed[key], f"{at}/{key}")
    elif isinstance(kept, list):
        assert len(kept) == len(computed), at
        for index, (one, other) in enumerate(zip(kept, computed, strict=True)):
            _same(one, other, f"{at}/{index}")
    elif isinstance(kept, float):
        assert math.isclose(kept, computed, rel_tol=1e-3, abs_tol=0 if "gradient" in at else 2e-4), at
    else:
        assert kept == computed, at


@pytest.fixture(scope="module")
def computed() -> dict[str, dict]:
    return {name: json.loads(json.dumps(compute())) for name, compute in figures.COMPUTE.items()}


@pytest.mark.parametrize("name", figures.COMPUTE)
def test_the_figures_show_what_the_engine_computes(name, computed):
    _same(figures.snapshot(name), computed[name], name)


def test_the_snapshots_are_written_by_one_command(tmp_path, monkeypatch, computed):
    monkeypatch.setattr(figures, "FOLDER", tmp_path / "snapshots")
    monkeypatch.setattr(figures, "COMPUTE", {name: lambda name=name: computed[name] for name in computed})
    call_command("snapshot_figures", verbosity=0)
    written = {path.stem: json.loads(path.read_text()) for path in figures.FOLDER.iterdir()}
    assert written == computed


def test_every_run_is_one_that_the_visualization_can_show():
    specs = [
        *(figures.snapshot(name)["spec"] for name in ("training", "network", "cell")),
        *(run["spec"] for run in figures.snapshot("learning_rate")["runs"]),
        *(figures.snapshot("gradient")[name]["spec"] for name in gradient.CELLS),
        *(prompt["spec"] for prompt in figures.snapshot("prompts").values()),
    ]
    assert [str(runspec.parse(spec)) for spec in specs] == specs
    assert figures.snapshot("training")["spec"] == str(runspec.DEFAULT)


def test_a_busy_machine_is_waited_for(monkeypatch):
    answers = iter([engine.runs.BusyError(), engine.runs.BusyError(), b"{}"])

    def busy(*_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(engine.runs, "inspection", busy)
    monkeypatch.setattr(engine.time, "sleep", lambda seconds: None)
    assert engine.inspection(runspec.DEFAULT, 40, 1) == {}


def test_training_gets_at_least_three_times_better_from_moment_to_moment():
    losses = [figures.snapshot("training")["validation_loss"][epoch] for epoch in training.EPOCHS_SHOWN]
    assert losses[0] > 3 * losses[1] > 9 * losses[2]


def test_a_dot_is_the_hidden_state_that_the_cell_view_shows_too():
    run = engine.epochs(runspec.DEFAULT, network.EPOCH)
    of_network = engine.hidden_state(run["epochs"][network.EPOCH], 3, 16, network.TIME_STEP)
    for layer in (1, 2, 3):
        of_cell = engine.inspection(runspec.DEFAULT, network.EPOCH, layer)["hidden_state"][network.TIME_STEP - 1]
        assert of_network[layer - 1] == pytest.approx(of_cell, abs=0.5 / 127 + 1e-4)


def test_the_network_s_caption_is_true():
    data = figures.snapshot("network")
    drawn = network.network(data)
    assert drawn["units"] == 48 == sum(len(layer["dots"]) for layer in drawn["layers"])
    assert (drawn["prediction"], drawn["target"]) == ("−0.01", "0.02")
    entry = engine.epochs(runspec.DEFAULT, network.EPOCH)
    assert data["prediction"] == pytest.approx(entry["epochs"][network.EPOCH]["prediction"][0], abs=1e-4)
    assert data["target"] == pytest.approx(entry["sequence"]["target"][0], abs=1e-4)
    # The first prediction is said when the last value of the input has been read.
    assert len(data["input"]) == data["time_step"]


def test_the_worked_cell_update_adds_up_as_it_is_printed():
    drawn = cell.update(figures.snapshot("cell"))
    kept, written, now = (_number(drawn[name]) for name in ("kept", "written", "cell_state"))
    assert round(kept + written, 2) == now
    assert abs(_number(drawn["forget_gate"]) * _number(drawn["cell_state_before"]) - kept) < 0.01
    assert abs(_number(drawn["input_gate"]) * _number(drawn["candidate"]) - written) < 0.01
    assert all(bar["x"] >= 110 and bar["x"] + bar["width"] <= 384 for bar in drawn["bars"])


def test_the_cell_update_s_caption_is_true():
    drawn = cell.update(figures.snapshot("cell"))
    before, kept, written, now = (
        _number(drawn[name]) for name in ("cell_state_before", "kept", "written", "cell_state")
    )
    assert _number(drawn["forget_gate"]) > 0.5, "most is kept"
    assert kept * written > 0, "the same sign"
    assert abs(now) > abs(before), "farther from 0"
    assert now < -1


def test_the_unit_s_caption_is_true():
    data = figures.snapshot("cell")
    drawn = cell.history(data)
    assert min(data["candidate"][:3]) > 0 > max(data["candidate"][3:14]), "the candidate becomes negative"
    assert max(data["input_gate"]) == max(data["input_gate"][8:11]) > 0.7, "the input gate opens for it"
    assert data["forget_gate"][2] < data["forget_gate"][8] < data["forget_gate"][-1] > 0.9
    assert (drawn["lowest"], drawn["lowest_hidden"]) == ("−1.97", "−0.68")
    for cell_state, hidden_state in zip(data["cell_state"], data["hidden_state"], strict=True):
        assert abs(hidden_state) < abs(cell_state) or abs(cell_state) < 1e-3, "only a part is shown"


def test_the_learning_rates_behave_as_the_caption_says():
    low, good, high = (run["validation_loss"] for run in figures.snapshot("learning_rate")["runs"])
    moment = learning_rate.EPOCH
    assert all(later < before for before, later in pairwise(low[: moment + 1]))
    assert low[moment] > 0.4 * low[0], "only a little"
    assert good[moment] < 0.1 * low[moment]
    assert any(later > before for before, later in pairwise(good)), "some ups"
    assert min(high) > 0.5, "worse than always saying 0"
    turns = [(high[i + 1] - high[i]) * (high[i] - high[i - 1]) < 0 for i in range(1, len(high) - 1)]
    assert sum(turns) > len(turns) / 2, "it jumps up and down"


def test_the_gradients_behave_as_the_caption_says():
    data = figures.snapshot("gradient")
    kept = gradient.shares(data)
    assert min(kept["lstm"]) > 0.2
    assert max(kept["rnn"]) < 0.1 and min(kept["rnn"]) < 0.001
    drawn = gradient.gradient(data)
    numbers = [(panel["last_layer"], panel["first_layer"]) for panel in drawn["panels"]]
    assert numbers == [("0.069", "0.078"), ("0.093", "0.000029")]
    assert data["rnn"]["validation_loss"][str(gradient.LATER)] < 0.01, "it has learned the sine all the same"


def test_lines_are_drawn_at_the_values():
    axis = drawing.Axis(-1, 1, 100, 0)
    assert [axis(-1), axis(0), axis(1), axis.inside(7)] == [100, 50, 0, 0]
    data = figures.snapshot("training")
    points = [tuple(map(float, point.split(","))) for point in training.prediction(data)["panels"][0]["input"].split()]
    assert len(points) == engine.INPUT_STEPS
    assert points[0][1] == pytest.approx(140 + (data["input"][0] + 1.3) / 2.6 * (6 - 140), abs=0.01)


def test_colors_are_mixed_as_the_visualization_mixes_them():
    assert drawing.diverging(-0.5) == "color-mix(in oklab, var(--diverging-negative) 50%, var(--diverging-middle))"
    assert drawing.diverging(3) == "color-mix(in oklab, var(--diverging-positive) 100%, var(--diverging-middle))"
    assert drawing.shade("forget_gate", 0.735) == "color-mix(in oklab, var(--forget-gate) 74%, var(--surface-raised))"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (drawing.decimal(-0.615), "−0.62"),
        (drawing.decimal(0.125), "0.13"),
        (drawing.decimal(1.005), "1.01"),
        (drawing.significant(0.5415), "0.542"),
        (drawing.significant(0.99951), "1"),
        (drawing.decimal(-0.001), "0.00"),
        (drawing.signed(0.32), "+0.32"),
        (drawing.signed(0.001), "0.00"),
        (drawing.bracketed(-1.2), "(−1.20)"),
        (drawing.significant(0.000029123, 2), "0.000029"),
        (drawing.significant(0.0008779), "0.000878"),
        (drawing.significant(1.3829), "1.38"),
        (drawing.plain(-1), "−1"),
        (drawing.plain(0.0001), "0.0001"),
        (drawing.superscript(-3), "⁻³"),
    ],
)
def test_numbers_are_written_as_the_visualization_writes_them(written, expected):
    assert written == expected


def _number(written: str) -> float:
    return float(written.strip("()").replace("−", "-").replace("+", ""))
