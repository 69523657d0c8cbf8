"""`python -m survey.export`: the process that `apart` starts. It reads what is wanted, as JSON, and writes the file."""

import gc
import json
import os
import signal
import sys

import django


def main() -> None:
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
    wanted = json.load(sys.stdin)
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


if __name__ == "__main__":
    main()
