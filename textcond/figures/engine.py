"""Numbers of a run, as the visualization gets them: chunks of epochs, inspections of a layer."""

import base64
import json
import time
from collections.abc import Callable

from visual import runs
from visual.runspec import RunSpec

INPUT_STEPS = 15


def epochs(spec: RunSpec, last: int) -> dict:
    """Return the shown sequence and the entries of the epochs 0 to `last` of a run."""
    chunks = [json.loads(_patiently(runs.chunk, spec, first, end)) for first, end in runs.CHUNKS if first <= last]
    entries = [epoch for chunk in chunks for epoch in chunk["epochs"] if epoch["epoch"] <= last]
    return {"sequence": chunks[0]["sequence"], "epochs": entries}


def inspection(spec: RunSpec, epoch: int, layer: int) -> dict:
    answer: dict = json.loads(_patiently(runs.inspection, spec, epoch, layer))
    return answer


def hidden_state(entry: dict, layers: int, units: int, time_step: int) -> list[list[float]]:
    """Return (layers, units) of one time step (from 1), as the network view decodes it: bytes of 1/127."""
    data = base64.b64decode(entry["hidden_state"])
    steps = len(data) // (layers * units)
    values = [(byte - 256 if byte > 127 else byte) / 127 for byte in data]
    places = [(layer * steps + time_step - 1) * units for layer in range(layers)]
    return [[round(value, 4) for value in values[place : place + units]] for place in places]


def _patiently(ask: Callable[..., bytes], *of_run: object) -> bytes:
    """Return an answer of `runs`, however long a busy machine takes: nobody waits for a page here."""
    while True:
        try:
            return ask(*of_run)
        except runs.BusyError as busy:
            time.sleep(busy.retry_after)
