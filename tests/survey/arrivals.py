"""Let participants arrive at the draw truly at once, each by a database connection of its own; print what came of it.

Run as a process of its own, with DATABASE_URL and DATA_DIR in the environment:
`python -m tests.survey.arrivals NUMBER RULE`; the rule is a key of RULES.
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
from survey.allocation.verify import verify  # noqa: E402
from survey.models import Participant, StageVisit  # noqa: E402
from survey.protocol import protocol_of  # noqa: E402
from tests import factories  # noqa: E402

RULES = {
    "stratified": '[[allocation.strata]]\nscale = "pre_total"\ncuts = [50]\n',
    "capped": "maximum = 20\n",
}


def main(number: int, rule: str) -> None:
    call_command("migrate", verbosity=0)
    texts = factories.files()
    texts["study.toml"] += RULES[rule]
    # A name of its own: on PostgreSQL, other tests use the same database.
    study = factories.study(name=f"arrivals-{rule}", files=texts)
    walkers = [factories.walk(factories.participant(study), until="pretest") for _ in range(number)]
    # Most click twice, in two tabs, in the same moment; 80 connections are what PostgreSQL allows beside its own.
    clicks = (walkers + walkers)[:80]
    together = threading.Barrier(len(clicks), timeout=30)
    completed, failures = [], []

    def arrive(walker: Participant) -> None:
        try:
            position = flow.current(walker, factories.START)
            visit = StageVisit.objects.get(participant=walker, stage="pretest")
            right = "keeps" if walker.pk % 3 else "forgets"
            answers = factories.page_answers(walker, visit, {"pre_1": right})
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
    drawn = list(study.allocations.order_by("sequence"))
    listed = {
        stratum: allocation.places(protocol.study, study.allocation_seed, stratum)
        for stratum in {draw.stratum for draw in drawn}
    }
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
                "sequences": [draw.sequence for draw in drawn],
                "arms_as_listed": [draw.arm for draw in drawn] == [next(listed[draw.stratum]).arm for draw in drawn],
                "strata": len(listed),
                "without_place": study.participants.filter(no_place_at__isnull=False).count(),
                "verified": verify(study).verified["real"],
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
