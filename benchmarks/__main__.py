"""Prints the table, and one line `BENCH {json}` for every figure.

python -m benchmarks                 everything
python -m benchmarks --only engine   (or growth, or batches, or service, or page, or export)
python -m benchmarks --install       installs PyTorch and TensorFlow.js for the comparison
"""

import argparse
import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks import batches, export, page, peers, service
from benchmarks.peers import Engine
from benchmarks.work import GROWTH, TABLE, Work

TURN = 8  # epochs in one go, as the service computes them in chunks; the first brings the work back into the cache
TURNS = 4  # the first one warms up
EPOCHS = (TURNS - 1) * (TURN - 1)  # measured; the median is the 11th


def measured(engines: Iterable[Engine], work: Work) -> dict[str, dict[str, float]]:
    """Return for each engine the medians of an epoch of the work.

    The engines take turns, so that whatever else the machine does meets all of them. A turn's first epoch is not
    counted: it pays for what the others left in the processor's cache, which no training of more epochs does.
    """
    samples: dict[str, list[dict[str, float]]] = {engine.name: [] for engine in engines}
    for turn in range(TURNS):
        for engine in engines:
            taken = [engine.epoch(work) for _ in range(TURN)]
            if turn > 0:
                samples[engine.name] += taken[1:]
    return {
        name: {
            "ms": median(sample["ms"] for sample in taken),
            "cpu_ms": median(sample["cpu_ms"] for sample in taken),
        }
        for name, taken in samples.items()
    }


def report(name: str, figures: dict[str, dict[str, float]]) -> str:
    """Return the BENCH line of one work: ours, each peer, and ours divided by each."""
    ours = figures["ours"]
    line: dict[str, object] = {
        "name": name,
        "unit": "ms",
        "ours": _short(ours["ms"]),
        "ours_cpu": _short(ours["cpu_ms"]),
    }
    for peer, figure in figures.items():
        if peer != "ours":
            line |= {
                peer: _short(figure["ms"]),
                f"{peer}_cpu": _short(figure["cpu_ms"]),
                f"ratio_{peer}": _short(ours["ms"] / figure["ms"]),
                f"ratio_{peer}_cpu": _short(ours["cpu_ms"] / figure["cpu_ms"]),
            }
    return f"BENCH {json.dumps(line)}"


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _compare(works: dict[str, Work], prefix: str, names: tuple[str, ...]) -> None:
    engines = [engine for engine in map(peers.start, names) if engine]
    for engine in engines:
        print(f"{engine.name}: {engine.version}", flush=True)
    for name, work in works.items():
        # TensorFlow.js has no layers that read their own prediction; its loop would be ours.
        able = [engine for engine in engines if work.predictions == 1 or engine.name != "tensorflow_js"]
        figures = measured(able, work)
        cells = [f"{peer} {figure['ms']:8.2f} ms ({figure['cpu_ms']:.2f} cpu)" for peer, figure in figures.items()]
        print(f"{name:16s} " + "  ".join(cells), flush=True)
        print(report(f"{prefix}_{name}", figures), flush=True)
    for engine in engines:
        engine.process.stdin.close()
        engine.process.wait()


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--only", choices=("engine", "growth", "batches", "service", "page", "export"))
    parser.add_argument("--install", action="store_true", help="install the peers first")
    parser.add_argument("--learners", type=int, default=service.LEARNERS, help="how many play (default 100)")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the page plays for its memory (default 1)")
    parser.add_argument("--participants", type=int, default=export.PARTICIPANTS, help="of the export (default 10000)")
    options = parser.parse_args()
    if options.install:
        peers.install()
    loads = "-".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, load {loads}", flush=True)
    print(f"One thread each. Median of {EPOCHS} epochs, the engines taking turns of {TURN}.", flush=True)
    if options.only in (None, "engine"):
        _compare(TABLE, "epoch", ("ours", "pytorch", "tensorflow_js"))
    if options.only in (None, "growth"):
        _compare(GROWTH, "growth", ("ours", "pytorch"))
    if options.only in (None, "batches"):
        batches.main()
    if options.only in (None, "service"):
        service.main(options.learners)
    if options.only in (None, "page"):
        page.main(options.minutes)
    if options.only in (None, "export"):
        export.main(options.participants)


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
