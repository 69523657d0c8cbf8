"""Runs computed beforehand are found by who asks for them."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from visual import runs
from visual.runspec import DEFAULT

SMALL = replace(DEFAULT, layers=1, units=4)


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "compute"}}
    cache.clear()
    yield
    cache.clear()


def test_computed_runs_are_in_the_cache(monkeypatch):
    output = StringIO()
    call_command("compute_runs", str(SMALL), "--until", "10", stdout=output)
    assert str(SMALL) in output.getvalue()
    monkeypatch.setattr(runs, "_compute", None)
    for first, last in runs.CHUNKS[:3]:
        assert runs.chunk(SMALL, first, last)


def test_a_mistyped_run_is_explained():
    with pytest.raises(CommandError, match="units is '3'"):
        call_command("compute_runs", str(SMALL).replace("units=4", "units=3"))


def test_computing_beforehand_waits_for_learners(monkeypatch):
    refusals = [runs.BusyError(), runs.BusyError()]
    original = runs.chunk

    def chunk(*place):
        if refusals:
            raise refusals.pop()
        return original(*place)

    monkeypatch.setattr(runs, "chunk", chunk)
    monkeypatch.setattr(runs.BusyError, "retry_after", 0)
    call_command("compute_runs", str(SMALL), "--until", "1", stdout=StringIO())
    assert not refusals
