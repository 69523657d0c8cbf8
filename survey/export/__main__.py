"""`python -m survey.export`: the process that `apart` starts. It reads a line, what is wanted as JSON; writes the file.

It ends itself when its standard input is closed.
"""

import gc
import json
import os
import signal
import sys
from threading import Thread
from typing import Any

import django

LEFT_ALONE = 3  # how it ends when nobody waits for the file


def main(wanted: dict[str, Any]) -> None:
    django.setup()
    from survey.export.apart import AT_ONCE, write
    from survey.export.choice import choose
    from survey.export.codebook import participants_columns
    from survey.models import Study

    signal.signal(signal.SIGPROF, lambda *_: _give_way())
    signal.setitimer(signal.ITIMER_PROF, AT_ONCE)
    # Rows make no cycles. Looking for some after every 700 of them costs a third of the time.
    gc.freeze()
    gc.set_threshold(100_000)
    study = Study.objects.get(name=wanted["study"])
    choice = choose(study, wanted["asked"], lambda choice: participants_columns(study, choice))
    write(study, wanted["file"], choice, sys.stdout.buffer)
    # At the end Python forgets what is to be done at the signal: one that came then would end the process as failed.
    signal.setitimer(signal.ITIMER_PROF, 0)


def _give_way() -> None:
    """Run only while nobody else wants to: whoever wakes up, such as a worker of the server, runs at once."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(19)


def _end_with_whoever_asked() -> None:
    """Wait until nobody waits: as the one who asked has ended, by whatever signal, or has given up."""
    # Not through sys.stdin, whose lock a thread that waits would hold when Python ends.
    while os.read(0, 1):
        pass
    os._exit(LEFT_ALONE)  # at once, wherever the other thread is


if __name__ == "__main__":
    asked = sys.stdin.readline()
    Thread(target=_end_with_whoever_asked, daemon=True).start()
    main(json.loads(asked))
