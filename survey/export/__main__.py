"""`python -m survey.export`: the process that `apart` starts. It reads what is wanted, as JSON, and writes the file."""

import gc
import json
import os
import sys

import django


def main() -> None:
    django.setup()
    from survey.export.apart import GIVE_WAY, write
    from survey.export.choice import choose
    from survey.export.codebook import participants_columns
    from survey.models import Study

    os.nice(GIVE_WAY)
    # Rows make no cycles. Looking for some after every 700 of them costs a third of the time.
    gc.freeze()
    gc.set_threshold(100_000)
    wanted = json.load(sys.stdin)
    study = Study.objects.get(name=wanted["study"])
    choice = choose(study, wanted["asked"], lambda choice: participants_columns(study, choice))
    write(study, wanted["file"], choice, sys.stdout.buffer)


if __name__ == "__main__":
    main()
