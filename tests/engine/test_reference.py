"""The engine gives the numbers of a trusted implementation (stored; reference/make_pytorch.py made them)."""

import json
from pathlib import Path

import numpy as np
import pytest

from visual.engine.losses import LOSSES
from visual.engine.network import Architecture, Network
from visual.engine.optimizers import OPTIMIZERS, clip_by_norm
from visual.engine.wavefront import Wavefront

CASES = json.loads((Path(__file__).parent / "reference" / "pytorch.json").read_text())["cases"]


def named(case):
    return "-".join([case["cell"], case["optimizer"], case["task"], *(["clipped"] if case["clip"] else [])])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_engine_agrees_with_pytorch_through_ten_updates(case):
    inputs, targets = np.array(case["inputs"]), np.array(case["targets"])
    head, size, text = ("softmax" if case["task"] == "text" else "tanh"), targets.shape[2], case["task"] == "text"
    architecture = Architecture(case["cell"], case["layers"], case["units"], size, size, head)
    network = Network(architecture, np.array(case["before"]))
    given = len(inputs) - len(targets) + 1 if text else len(inputs)
    front = Wavefront(architecture, inputs.shape[1], given, len(targets), forced=text)
    optimizer = OPTIMIZERS[case["optimizer"]](network.parameters.size)
    assert case["updates"] == 10
    for number in range(case["updates"]):
        front.load(network)
        predictions = front.forward(inputs)
        loss, d_predictions = LOSSES[head](predictions, targets)
        gradient = front.backward_through_time(d_predictions).parameters
        if number == 0:
            np.testing.assert_allclose(predictions, case["predictions"], rtol=1e-12)
            assert loss == pytest.approx(case["loss"], rel=1e-12)
            np.testing.assert_allclose(gradient, case["gradient"], rtol=1e-9, atol=1e-14)
        if case["clip"]:
            assert number > 0 or np.linalg.norm(gradient) > case["clip"]
            gradient = clip_by_norm(gradient, case["clip"])
        optimizer.update(network.parameters, gradient, case["learning_rate"])
    np.testing.assert_allclose(network.parameters, case["after"], rtol=1e-9)
