"""Worker processes share one cache of files: a chunk is computed once, and any of them goes on."""

import os
import subprocess
import sys
import time
from pathlib import Path

WORKER = """
import sys, time
import django
django.setup()
from dataclasses import replace
from pathlib import Path
from visual import runs
from visual.runspec import DEFAULT

original = runs._compute

def logged(run, index, deadline):
    with Path(sys.argv[1]).open("a") as log:
        print(index, file=log)
    return original(run, index, deadline)

runs._compute = logged
runs.computations_at_once = lambda: 4
spec = replace(DEFAULT, layers=1, units=4)
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
for chunk in runs.CHUNKS[:4]:
    sys.stdout.buffer.write(runs.chunk(spec, *chunk))
"""


def test_processes_that_ask_together_compute_each_chunk_once(tmp_path):
    environment = {
        **os.environ,
        "DATA_DIR": str(tmp_path / "data"),
        "CACHE_URL": "",
        "DJANGO_SETTINGS_MODULE": "explornn_site.settings",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    log, together = tmp_path / "computed", time.time() + 2.0
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(log), str(together)], env=environment, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    answers = {worker.communicate(timeout=60)[0] for worker in workers}
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert len(answers) == 1
    assert sorted(log.read_text().split()) == ["0", "1", "2", "3"]
