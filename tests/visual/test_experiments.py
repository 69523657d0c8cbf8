"""What the experiments claim of the runs that they offer to try is measured."""

import re

import pytest

from visual import runs
from visual.experiments.compare_runs import EXPERIMENT, FIELDS
from visual.runspec import DEFAULT, RunSpec, parse


def _with(run: RunSpec, name: str, value: object) -> RunSpec:
    return parse(re.sub(rf"\b{name}=[^;]*", f"{name}={value}", str(run)))


def _losses(each) -> tuple[float, float]:
    """Return the validation losses of A and B."""
    other = _with(each.run, *each.change.split("="))
    one, two = (runs.trained(run, each.epoch).evaluate().validation_loss for run in (each.run, other))
    return one, two


def test_a_rate_that_is_too_high_ends_far_above():
    one, other = _losses(EXPERIMENT.tries[0])
    assert other > 5 * one


def test_two_seeds_differ_in_their_losses():
    losses = _losses(EXPERIMENT.tries[1])
    assert max(losses) > 5 * min(losses)


@pytest.mark.parametrize("name", FIELDS)
def test_every_value_on_offer_makes_a_run(name):
    for value in FIELDS[name][1]:
        assert getattr(_with(DEFAULT, name, value), name) == value
