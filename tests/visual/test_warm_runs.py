"""Runs computed beforehand are found by who asks for them."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from visual import runs
from visual.presets import PRESETS
from visual.runspec import DEFAULT

SMALL = replace(DEFAULT, layers=1, units=4)


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "warm"}}
    cache.clear()
    yield
    cache.clear()


def test_warmed_runs_are_in_the_cache(monkeypatch):
    output = StringIO()
    call_command("warm_runs", str(SMALL), "--until", "10", stdout=output)
    assert "1 run is ready" in output.getvalue()
    monkeypatch.setattr(runs, "_compute", None)
    for first, last in runs.CHUNKS[:3]:
        assert runs.chunk(SMALL, first, last)


def test_every_preset_is_warmed_to_its_epoch(monkeypatch):
    asked = set()
    monkeypatch.setattr(runs, "chunk", lambda run, first, last: asked.add((run, first, last)))
    call_command("warm_runs", stdout=StringIO())
    for preset in PRESETS.values():
        for first, last in runs.CHUNKS:
            if first <= preset.epoch:
                assert (preset.run, first, last) in asked
    assert (DEFAULT, 100, 109) in asked


def test_the_bar_fills(monkeypatch):
    monkeypatch.setattr(runs, "chunk", lambda *place: None)
    output = StringIO()
    call_command("warm_runs", str(SMALL), "--until", "19", stdout=output)
    lines = output.getvalue().splitlines()
    assert lines[0] == f"[{'#' * 3}{'.' * 27}] 2 of 20 epochs"
    assert lines[2] == f"[{'#' * 30}] 20 of 20 epochs"


def test_on_a_terminal_the_bar_is_drawn_over_itself(monkeypatch):
    monkeypatch.setattr(runs, "chunk", lambda *place: None)
    output = StringIO()
    output.isatty = lambda: True
    call_command("warm_runs", str(SMALL), "--until", "19", stdout=output, no_color=True)
    assert output.getvalue().count("\r") == 2


def test_a_mistyped_run_is_explained():
    with pytest.raises(CommandError, match="units is '3'"):
        call_command("warm_runs", str(SMALL).replace("units=4", "units=3"))


def test_an_epoch_beyond_the_last_is_explained():
    with pytest.raises(CommandError, match="--until is 301; a run has epochs 0 to 300"):
        call_command("warm_runs", "--until", "301")


def test_warming_waits_for_learners(monkeypatch):
    refusals = [runs.BusyError(), runs.BusyError()]
    original = runs.chunk

    def chunk(*place):
        if refusals:
            raise refusals.pop()
        return original(*place)

    monkeypatch.setattr(runs, "chunk", chunk)
    monkeypatch.setattr(runs.BusyError, "retry_after", 0)
    call_command("warm_runs", str(SMALL), "--until", "1", stdout=StringIO())
    assert not refusals
