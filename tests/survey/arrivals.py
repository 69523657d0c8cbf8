"""Let participants arrive at the draw truly at once, each by a database connection of its own; print what came of it.

Run as a process of its own, with DATABASE_URL and DATA_DIR in the environment:
`python -m tests.survey.arrivals NUMBER`
"""

import json
import os
import sys
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explornn_site.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from survey import allocation, flow  # noqa: E402
from survey.models import Allocation, Participant, StageVisit  # noqa: E402
from survey.protocol import protocol_of  # noqa: E402
from tests import factories  # noqa: E402


def main(number: int) -> None:
    call_command("migrate", verbosity=0)
    study = factories.study()
    walkers = [factories.walk(factories.participant(study), until="pretest") for _ in range(number)]
    # Most click twice, in two tabs, in the same moment; 80 connections are what PostgreSQL allows beside its own.
    clicks = (walkers + walkers)[:80]
    together = threading.Barrier(len(clicks), timeout=30)
    completed, failures = [], []

    def arrive(walker: Participant) -> None:
        try:
            position = flow.current(walker, factories.START)
            visit = StageVisit.objects.get(participant=walker, stage="pretest")
            answers = factories.page_answers(walker, visit)
            together.wait()
            if flow.complete(walker, position, StageVisit.EndedBy.SUBMITTED, factories.START, answers):
                completed.append(walker.code)
        except Exception as error:
            failures.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=arrive, args=[walker]) for walker in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    protocol = protocol_of(study.current_version)
    expected = [
        place.arm
        for place, _ in zip(allocation.places(protocol.study, study.allocation_seed), range(number), strict=False)
    ]
    drawn = list(Allocation.objects.order_by("sequence").values_list("sequence", "arm"))
    print(
        json.dumps(
            {
                "database": connection.vendor,
                "failures": failures,
                "completed": len(completed),
                "responses_twice": sum(
                    walker.responses.filter(stage="pretest").count()
                    != walker.responses.filter(stage="pretest").values("item").distinct().count()
                    for walker in walkers
                ),
                "sequences": [sequence for sequence, _ in drawn],
                "arms_as_listed": [arm for _, arm in drawn] == expected,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
