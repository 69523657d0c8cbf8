"""The same run has the same numbers on any machine, today and next year."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from visual.engine.network import Architecture
from visual.engine.training import Recipe, Training

# After ten epochs: training loss, validation loss, the first predicted values (of a text: probabilities).
# Whoever changes these changes what every address of a run stands for: raise ENGINE_VERSION in visual/runs.py,
# and say so in the changelog.
NUMBERS = {
    ("sine", "lstm"): [0.01244565, 0.00894705, -0.02992715, -0.18251198, -0.43119597],
    ("square", "gru"): [0.11884186, 0.16369829, -0.96663429, -0.97275756, -0.97083014],
    ("latch", "rnn"): [0.61122009, 0.52449973, -0.21422419],
    ("text_count", "lstm"): [1.50315138, 1.97632929, 0.10890841, 0.03625383, 0.00161391],
}


@pytest.mark.parametrize(("data", "cell"), NUMBERS)
def test_numbers_are_those_of_this_version(data, cell):
    training = Training(data, Architecture(cell, layers=2, units=8), "rmsprop", seed=7)
    for _ in range(10):
        training_loss = training.train_epoch(Recipe(0.025, 25, 0.1))
    evaluation = training.evaluate()
    said = evaluation.prediction.ravel()[:3].tolist()
    expected = pytest.approx(NUMBERS[data, cell], abs=1e-6)
    assert [training_loss, evaluation.validation_loss, *said] == expected


TRAIN_AND_HASH = """
import hashlib
from visual.engine.network import Architecture
from visual.engine.training import Recipe, Training

training = Training("sine", Architecture(), "rmsprop", seed=1)
for _ in range(15):
    training.train_epoch(Recipe(0.1, 25, 0.0))
print(hashlib.sha256(training.network.parameters.tobytes()).hexdigest())
"""


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="these are processors of one family")
def test_an_older_processor_trains_the_same_weights():
    """Bit for bit, though its products and its exp round otherwise."""
    hashes = set()
    for processor in ({}, {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V3"}):
        environment = os.environ | processor | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", TRAIN_AND_HASH],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        )
        hashes.add(run.stdout)
    assert len(hashes) == 1
