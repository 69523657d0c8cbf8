"""The engines to be measured, each a process of its own that trains one epoch per line."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.work import Work

HERE = Path(__file__).parent
INSTALLED = HERE / ".peers"
PYTHON = INSTALLED / ".venv" / "bin" / "python"
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
TORCH, TENSORFLOW = "2.13.0", "4.22.0"


@dataclass(frozen=True)
class Engine:
    """A running worker."""

    name: str
    version: str
    process: subprocess.Popen

    def epoch(self, work: Work) -> dict[str, float]:
        """Return the milliseconds of one epoch: `ms` by the clock, `cpu_ms` of the processor."""
        self.process.stdin.write(json.dumps(asdict(work)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def command(name: str) -> list[str] | None:
    """Return how a worker is started; None if it isn't installed."""
    if name == "ours":
        return [sys.executable, "-m", "benchmarks.ours"]
    if name == "pytorch":
        return [str(PYTHON), str(HERE / "pytorch.py")] if PYTHON.exists() else None
    node = shutil.which("node")
    there = (INSTALLED / "node_modules" / "@tensorflow" / "tfjs").exists()
    return [node, str(HERE / "tensorflow.js")] if node and there else None


def start(name: str) -> Engine | None:
    """Return the running engine; None, after saying so, if it isn't there."""
    how = command(name)
    said = ""
    if how is not None:
        process = subprocess.Popen(  # noqa: S603  our own workers
            how,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=HERE.parent,
            env=os.environ | ONE_THREAD,
        )
        if said := process.stdout.readline():
            return Engine(name, json.loads(said)["version"], process)
        process.communicate()
    why = "is not installed" if how is None else "does not start"
    print(f"MISSING {name} {why}: it is not measured. Install it: python -m benchmarks --install", flush=True)
    return None


def install() -> None:
    """Install the peers into an environment of their own, some 600 MB; needs pip's registry, and npm."""
    INSTALLED.mkdir(exist_ok=True)
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", INSTALLED / ".venv"], check=True)  # noqa: S603
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", f"torch=={TORCH}", "numpy"], check=True)  # noqa: S603
    if npm := shutil.which("npm"):
        subprocess.run(  # noqa: S603
            [
                npm,
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--prefix",
                INSTALLED,
                f"@tensorflow/tfjs@{TENSORFLOW}",
            ],
            check=True,
        )
    else:
        print("npm is missing: TensorFlow.js is not installed", flush=True)
