"""Our engine as a worker: reads a work per line, trains one epoch of it, answers with its milliseconds."""

from visual.engine import Array  # first: it limits NumPy's library of products to one thread

# isort: split
import json
import sys
import time
from dataclasses import astuple
from functools import cache

import numpy as np

from benchmarks.work import Work
from visual.engine.losses import mean_squared_error
from visual.engine.network import Architecture, Network
from visual.engine.optimizers import RMSprop
from visual.engine.training import to_grid
from visual.engine.wavefront import Wavefront


@cache
def prepared(work: Work) -> tuple[Network, Wavefront, RMSprop, Array, Array]:
    """Return what an epoch needs, made once: network, buffers, optimizer, inputs, targets."""
    rng = np.random.default_rng(1)
    network = Network.untrained(Architecture(work.cell, work.layers, work.units), rng)
    front = Wavefront(network.architecture, work.batch, work.steps, work.predictions)
    inputs = rng.uniform(-1.0, 1.0, (work.steps, work.sequences, 1))
    targets = rng.uniform(-1.0, 1.0, (work.predictions, work.sequences, 1))
    return network, front, RMSprop(network.parameters.size), inputs, targets


def epoch(work: Work) -> None:
    """Train one epoch, with all that `Training.train_epoch` does but drawing the sequences."""
    network, front, optimizer, inputs, targets = prepared(work)
    for start in range(0, work.sequences, work.batch):
        batch = slice(start, start + work.batch)
        front.load(network)
        _, d_predictions = mean_squared_error(front.forward(inputs[:, batch]), targets[:, batch])
        optimizer.update(network.parameters, front.gradient(d_predictions), 0.001)
        to_grid(network.parameters)


def main() -> None:
    """Answer until the input ends."""
    print(json.dumps({"version": f"NumPy {np.__version__}, 64 bits"}), flush=True)
    for line in sys.stdin:
        work = Work(**json.loads(line))
        prepared(work)
        wall, cpu = time.perf_counter(), time.process_time()
        epoch(work)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"ms": 1e3 * wall, "cpu_ms": 1e3 * cpu, "work": astuple(work)}), flush=True)


if __name__ == "__main__":
    main()
