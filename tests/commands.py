"""Runs `manage.py` in a process of its own, as often as asked, and loads the libraries that it needs once.

Run as `python -m tests.commands`, it has the libraries loaded, and forks for each command: nothing of one command is
there in the next, and no setting is read before. Loading them anew would take most of the time of most commands.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIBRARIES = (
    *("crispy_forms", "django.core.management", "django.db.backends.sqlite3.base", "django.forms"),
    *("django.contrib.messages", "django.shortcuts", "django.template.backends.django", "django.test", "django.views"),
    *("latex2mathml.converter", "limits.strategies", "markdown_it", "mdit_py_plugins.front_matter", "numpy"),
    *("narwhals.stable.v1", "plotly.graph_objects", "prometheus_client.multiprocess", "pydantic", "redis"),
    *("pythonjsonlogger.json", "sqlparse", "whitenoise.storage"),
)


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    """Run a management command in this environment, and return how it ended and what it printed."""
    global _loaded
    if _loaded is None:
        _loaded = subprocess.Popen(
            [sys.executable, "-m", "tests.commands"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(_loaded.communicate)
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as errors:
        output = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (printed, errors)]
        _loaded.stdin.write(json.dumps([arguments, environment, output]) + "\n")
        _loaded.stdin.flush()
        code = int(_loaded.stdout.readline())
        for file in (printed, errors):
            file.seek(0)
        return subprocess.CompletedProcess(["manage.py", *arguments], code, printed.read(), errors.read())


_loaded: subprocess.Popen | None = None


def main() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        arguments, environment, output = json.loads(line)
        child = os.fork()
        if child == 0:
            for stream, path in zip((1, 2), output, strict=True):
                os.dup2(os.open(path, os.O_WRONLY), stream)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv[:] = ["manage.py", *arguments]
            runpy.run_path("manage.py", run_name="__main__")
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
