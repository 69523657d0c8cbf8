"""The engine gives the numbers of a trusted implementation (stored; reference/make_pytorch.py made them)."""

import json
from pathlib import Path

import numpy as np
import pytest

from visual.engine.losses import mean_squared_error
from visual.engine.network import Architecture, Network
from visual.engine.optimizers import OPTIMIZERS
from visual.engine.wavefront import Wavefront

CASES = json.loads((Path(__file__).parent / "reference" / "pytorch.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['cell']}-{case['optimizer']}")
def test_engine_agrees_with_pytorch(case):
    architecture = Architecture(case["cell"], case["layers"], case["units"])
    network = Network(architecture, np.array(case["before"]))
    inputs, targets = np.array(case["inputs"]), np.array(case["targets"])
    front = Wavefront(architecture, inputs.shape[1], len(inputs), len(targets))
    optimizer = OPTIMIZERS[case["optimizer"]](network.parameters.size)
    for number in range(case["updates"]):
        front.load(network)
        predictions = front.forward(inputs)
        loss, d_predictions = mean_squared_error(predictions, targets)
        gradient = front.backward_through_time(d_predictions).parameters
        if number == 0:
            np.testing.assert_allclose(predictions, case["predictions"], rtol=1e-12)
            assert loss == pytest.approx(case["loss"], rel=1e-12)
            np.testing.assert_allclose(gradient, case["gradient"], rtol=1e-9, atol=1e-14)
        optimizer.update(network.parameters, gradient, case["learning_rate"])
    np.testing.assert_allclose(network.parameters, case["after"], rtol=1e-9)
