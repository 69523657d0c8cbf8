"""Makes a file of the export in a process of its own, so that the server's workers go on answering participants.

A thread of a worker would take turns with the pages that it serves: with ten thousand participants every page would
wait for seconds. A small export is made at once, a large one gives way to others, and each worker starts one at a time.

Whoever asks keeps the process's standard input open and waits. When that is closed, as it is however the worker ends,
nobody waits any more, and the process ends itself. It has no file with a name, so nothing of it stays behind.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from threading import Lock
from typing import IO

from django.conf import settings
from django.db import connection

from survey.export.bundle import ExportError, write_alone, write_zip
from survey.export.choice import Choice, asked_for
from survey.models import Study

BUNDLE = "zip"
AT_ONCE = 2.0  # seconds of processor time; after them it gives way
_one_at_a_time = Lock()


def make(study: Study, name: str, choice: Choice, file: IO[bytes]) -> None:
    """Write into the file, which has to be one of the system: `zip` for everything, or the name of one file."""
    if _is_seen_here_only():
        write(study, name, choice, file)
        return
    asked = json.dumps({"study": study.name, "file": name, "asked": asked_for(choice)})
    with _one_at_a_time, tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            [sys.executable, "-m", "survey.export"],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=said,
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
        ) as process:
            assert process.stdin  # noqa: S101 - said to the type checker
            with suppress(BrokenPipeError):  # it has ended already, and has said why
                process.stdin.write(f"{asked}\n".encode())
                process.stdin.flush()
            process.wait()  # not communicate(), which would close its standard input
        said.seek(0)
        if process.returncode:
            raise ExportError(f"{study.name}/{name} was not made: {said.read().decode(errors='replace')}")


def write(study: Study, name: str, choice: Choice, file: IO[bytes]) -> None:
    """Write it here and now."""
    if name == BUNDLE:
        write_zip(study, file, choice)
    else:
        write_alone(study, name, file, choice)


def _is_seen_here_only() -> bool:
    """Tell whether no other process sees the data: in a transaction that is not over, or in a database in memory."""
    return connection.in_atomic_block or "mode=memory" in str(connection.settings_dict["NAME"])
