"""The process that makes a file of the export: it ends with whoever asked for it, and leaves nothing behind."""

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from survey.export.__main__ import LEFT_ALONE
from tests import commands

ROOT = Path(__file__).parents[2]
LONG = 60  # seconds: more than it takes on any machine
# More than a pipe holds (64 KiB): nobody reads it, so whoever writes it is in the midst of it until it is ended.
EVENTS, PARTICIPANTS = 3000, 1000
STUDY = f"""
import uuid
from tests import factories
from survey.models import InteractionEvent, Participant
event = factories.event(factories.learning())
alike = {{name: getattr(event, name) for name in "participant stage kind data occurred_at received_at".split()}}
more = (InteractionEvent(**alike, event_id=uuid.uuid4(), sequence=number) for number in range(2, {EVENTS} + 1))
InteractionEvent.objects.bulk_create(more)
first = event.participant
alike = {{name: getattr(first, name) for name in ("study", "version", "consented_at")}}
others = (Participant(**alike, code=f"P{{number:07d}}", join_key=uuid.uuid4()) for number in range({PARTICIPANTS}))
Participant.objects.bulk_create(others)
"""
# A worker of the server: `worker.py FILE`, into its standard output.
WORKER = """
import sys
import django
django.setup()
from survey.export import apart
from survey.export.choice import ALL
from survey.models import Study
apart.make(Study.objects.get(), sys.argv[1], ALL, sys.stdout.buffer)
"""


@pytest.fixture
def site(tmp_path):
    """The environment of a site with a database of its own, whose temporary files are seen."""
    (tmp_path / "temporary").mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "explornn_site.settings",
        "DATA_DIR": str(tmp_path / "data"),
        "TMPDIR": str(tmp_path / "temporary"),
    }
    for arguments in (("migrate", "--verbosity", "0"), ("shell", "--no-imports", "-c", STUDY)):
        done = commands.manage(environment, *arguments)
        assert done.returncode == 0, done.stderr
    return environment


def _worker(site, file):
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, file], env=site, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _is_over(pipe):
    """Tell whether, before long, no process holds the other end of a pipe; what is in it stays unread."""
    poller = select.poll()
    poller.register(pipe, 0)  # the end of the others is told without being asked for
    return bool(poller.poll(1000 * LONG))


def _left_behind(site):
    return list(Path(site["TMPDIR"]).iterdir())


def test_whoever_waits_has_the_whole_file(site):
    with _worker(site, "events.csv") as worker:
        sent, said = worker.communicate(timeout=LONG)
    assert (worker.returncode, said.decode()) == (0, "")
    assert sent.count(b"\r\n") == EVENTS + 1 and _left_behind(site) == []


@pytest.mark.parametrize("file", ["events.csv", "participants.sav", "zip"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_it_ends_with_the_worker_that_asked_for_it(site, file, end):
    """The pipe is held by the worker and by the process that it has started, and by nobody else."""
    with _worker(site, file) as worker:
        begun = os.read(worker.stdout.fileno(), 1)
        assert begun and worker.poll() is None
        worker.send_signal(end)
        assert _is_over(worker.stdout.fileno()), "it goes on, and nobody waits for it"
        assert worker.wait(LONG) != 0
        rest = worker.stdout.read()
        worker.stderr.read()
    assert rest.count(b"\r\n") < EVENTS and b"PK\x05\x06" not in rest, "it was not whole"
    assert _left_behind(site) == []
    with closing(sqlite3.connect(Path(site["DATA_DIR"]) / "study.sqlite3", timeout=1)) as other:
        other.execute("BEGIN EXCLUSIVE")  # nobody reads any more


@pytest.mark.parametrize("file", ["events.csv", "participants.sav", "zip"])
def test_left_alone_it_does_not_tell_that_it_has_made_the_file(site, file, tmp_path):
    asked = json.dumps({"study": "tiny", "file": file, "asked": {}}) + "\n"
    with (tmp_path / "made").open("wb") as made:
        done = subprocess.run(
            [sys.executable, "-m", "survey.export"], env=site, cwd=ROOT, input=asked.encode(), stdout=made, check=False
        )
    assert done.returncode == LEFT_ALONE and _left_behind(site) == []


def test_why_a_file_was_not_made_is_told(site):
    with _worker(site, "passwords.csv") as worker:
        sent, said = worker.communicate(timeout=LONG)
    assert worker.returncode == 1 and sent == b""
    assert "ExportError: tiny/passwords.csv was not made" in said.decode() and "KeyError" in said.decode()
