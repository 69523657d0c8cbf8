"""What an epoch costs with each batch size that is taught: the presets' claims about time rest on this."""

import json
import os
import time
from statistics import median

BATCHES = {"small": 5, "medium": 25, "large": 50}
EPOCHS = 21


def main() -> None:
    """Print the processor time of an epoch of each, the batch sizes taking turns, and all against the medium one."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from visual.engine.network import Architecture
    from visual.engine.training import Recipe, Training

    trainings = {name: Training("sine", Architecture("lstm", 3, 16), "rmsprop", 0) for name in BATCHES}
    taken: dict[str, list[float]] = {name: [] for name in BATCHES}
    for _ in range(EPOCHS):
        for name, training in trainings.items():
            start = time.process_time()
            training.train_epoch(Recipe(0.025, BATCHES[name], 0.0))
            taken[name].append(1000 * (time.process_time() - start))
    cost = {name: median(times) for name, times in taken.items()}
    for name, milliseconds in cost.items():
        print(f"batches of {BATCHES[name]:2}: {milliseconds:6.2f} ms of processor time an epoch", flush=True)
        figures = {"name": f"epoch_batch_{name}", "unit": "ms", "ours": round(milliseconds, 2)}
        print(f"BENCH {json.dumps(figures | {'ratio_medium': round(milliseconds / cost['medium'], 2)})}", flush=True)
