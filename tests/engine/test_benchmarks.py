"""The benchmark's figures keep their form, so that they can be compared over time."""

import json

from benchmarks import peers
from benchmarks.__main__ import EPOCHS, TURN, TURNS, measured, report
from benchmarks.service import Answers
from benchmarks.service import report as service_report
from benchmarks.work import GROWTH, REFERENCE, TABLE, Work

SMALL = Work(layers=1, units=4, steps=3, sequences=4, batch=2)


def test_the_reference_is_the_work_that_was_agreed():
    assert (REFERENCE.cell, REFERENCE.layers, REFERENCE.units) == ("lstm", 3, 16)
    assert (REFERENCE.steps, REFERENCE.sequences, REFERENCE.batch) == (15, 100, 25)
    assert TABLE["reference"] == REFERENCE
    assert EPOCHS >= 20
    assert TURN > 1 < TURNS  # a turn's first epoch and the first turn only warm up
    assert GROWTH["layers_3"] == GROWTH["units_16"] == GROWTH["steps_15"] == REFERENCE


def test_our_worker_trains_and_is_measured():
    engine = peers.start("ours")
    figures = measured([engine], SMALL)
    engine.process.stdin.close()
    assert engine.process.wait() == 0
    engine.process.stdout.close()
    assert figures["ours"]["ms"] > 0


def test_a_figure_is_one_line_with_ratios():
    line = report("epoch_x", {"ours": {"ms": 10.0, "cpu_ms": 9.0}, "pytorch": {"ms": 20.0, "cpu_ms": 18.0}})
    head, _, body = line.partition(" ")
    figure = json.loads(body)
    assert head == "BENCH"
    assert (figure["name"], figure["ours"], figure["pytorch"], figure["ratio_pytorch"]) == ("epoch_x", 10.0, 20.0, 0.5)


def test_a_service_figure_has_its_goal_beside_it():
    figure = json.loads(service_report("service_x", Answers([0.1] * 20, refused=3), 300).removeprefix("BENCH "))
    assert (figure["ours"], figure["goal"], figure["refused"], figure["failed"]) == (100.0, 300, 3, 0)


def test_a_missing_peer_is_said(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(peers, "PYTHON", tmp_path / "python")
    assert peers.start("pytorch") is None
    assert "MISSING pytorch is not installed: it is not measured." in capsys.readouterr().out


def test_a_broken_peer_is_said(monkeypatch, capsys):
    monkeypatch.setattr(peers, "command", lambda name: ["false"])
    assert peers.start("pytorch") is None
    assert "MISSING pytorch does not start" in capsys.readouterr().out
