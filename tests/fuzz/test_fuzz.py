"""A short walk through every target; `python -m tests.fuzz --n 100000` is the long one."""

import logging

import pytest

from tests.fuzz.hunt import hunt
from tests.fuzz.targets import TARGETS, World


@pytest.mark.django_db
def test_bad_inputs_are_refused_and_leave_nothing(settings):
    settings.RATE_LOGIN = settings.RATE_LOGINS = settings.RATE_JOIN = settings.RATE_RUNS = ""
    logging.disable(logging.CRITICAL)
    try:
        world = World()
        for name in TARGETS:
            assert hunt(name, 20, first_seed=9, world=world) >= 20
    finally:
        logging.disable(logging.NOTSET)
