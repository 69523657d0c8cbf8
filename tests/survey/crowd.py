"""Let fifty people walk the whole replication study in step, truly at once; print what came of it.

Run as a process of its own, with DATABASE_URL and DATA_DIR in the environment: `python -m tests.survey.crowd`.
Everybody waits for everybody before each page is opened and before each page is sent. Each request has a thread and
a database connection of its own. Every fourth person sends each page twice in the same moment: the same answers (a
double click), or, every eighth person, others from a second tab in which they opened the page, too.
"""

import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "explornn_site.settings"
django.setup()

from django.conf import settings  # noqa: E402

# Files by their plain names: only a running server has them collected.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from survey.allocation.verify import verify  # noqa: E402
from survey.models import Consent, ItemResponse, Kind, StageVisit  # noqa: E402
from survey.protocol import protocol_of  # noqa: E402
from survey.simulation.browsing import Page  # noqa: E402
from survey.simulation.people import Person  # noqa: E402
from tests import factories  # noqa: E402

NAME, PEOPLE = "crowd", 50


@dataclass
class Walker:
    """Somebody with one browser or two, of which the second has come by the same consent form."""

    minds: list[Person]  # what each tab answers
    tabs: list[Client]
    two_tabs: bool
    leads: dict[int, str] = field(default_factory=lambda: {0: f"/join/{NAME}/"})  # {tab: what it opens next}
    page: Page | None = None
    # What was sent of each page, by each tab: {(stage, page): [{item: value}, ...]}
    sent: dict[tuple[str, str], list[dict]] = field(default_factory=dict)

    def send(self, tab: int) -> None:
        """Send the page, and go to where the answer leads."""
        form, values = self.page.form, {}
        if self.page.path.startswith("/join/"):
            values = dict.fromkeys(form.boxes, "on")
        elif not form.learning_phase:
            stage, page = self.page.path.split("/")[3:5]
            values = {name: self.minds[tab].answer(stage, name, None) for name in form.names}
            self.sent.setdefault((stage, page), []).append(values)
        given = {name: value for name, value in values.items() if value is not None}
        response = self.tabs[tab].post(form.action or self.page.path, {**form.hidden, **given})
        assert response.status_code == 302, f"{self.page.path}: {response.status_code}"
        self.leads[tab] = response["Location"]

    def look(self, tab: int) -> None:
        """Open the page that comes next; the first tab's is the one that is filled in."""
        if tab and not self.two_tabs:
            return
        path = self.leads[tab]
        response = self.tabs[tab].get(path)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        if tab == 0:
            self.page = Page(path, response.content.decode())


def main() -> None:
    call_command("migrate", verbosity=0)
    texts = factories.files(factories.REPLICATION)
    # A name of its own: on PostgreSQL, other tests use the same database.
    texts["study.toml"] = texts["study.toml"].replace('"replication"', f'"{NAME}"', 1)
    # Each instrument on one page: fewer steps, the same stages and items.
    texts = {path: re.sub(r"^items_per_page.*$", "", text, flags=re.M) for path, text in texts.items()}
    study = factories.study(factories.REPLICATION, name=NAME, files=texts)
    protocol = protocol_of(study.current_version)
    walkers = []
    for number in range(PEOPLE):
        two_tabs = number % 8 == 0
        seeds = [1, 2 if two_tabs else 1] if number % 4 == 0 else [1]  # the same seed and number are the same mind
        minds = [Person(protocol, seed, number, 1, 0, 0) for seed in seeds]
        walkers.append(Walker(minds, [Client(SERVER_NAME="localhost") for _ in minds], two_tabs))
    failures: list[str] = []
    steps = 0

    with ThreadPoolExecutor(2 * PEOPLE) as pool:

        def at_once(do: Callable[[Walker, int], None]) -> None:
            """Let everybody do the same in every tab, in the same moment."""
            doing = [(walker, tab) for walker in walkers for tab in range(len(walker.tabs))]
            together = threading.Barrier(len(doing), timeout=60)

            def one(walker: Walker, tab: int) -> None:
                together.wait()
                try:
                    do(walker, tab)
                except Exception as error:
                    failures.append(repr(error))

            list(pool.map(one, *zip(*doing, strict=True)))

        for walker in walkers:
            walker.look(0)  # one form, which is then sent twice
        while not failures and not all("/complete/" in walker.page.path for walker in walkers):
            at_once(Walker.send)
            at_once(Walker.look)
            steps += 1
        pool.map(lambda _: connection.close(), range(2 * PEOPLE))
    everybody = study.participants.filter(kind=Kind.REAL)
    print(
        json.dumps(
            {
                "database": connection.vendor,
                "failures": failures[:3],
                "steps": steps,
                "statuses": Counter(each.status for each in everybody),
                "consents": Consent.objects.filter(participant__in=everybody).count(),
                "pages": StageVisit.objects.filter(participant__in=everybody, completed_at__isnull=False).count(),
                "answers_sent": sum(len(tabs[0]) for walker in walkers for tabs in walker.sent.values()),
                "answers_stored": ItemResponse.objects.filter(participant__in=everybody).count(),
                "pages_that_differ": _differing(walkers),
                "drawn": [draw.sequence for draw in study.allocations.order_by("sequence")],
                "verified": verify(study).verified["real"],
            }
        )
    )


def _differing(walkers: list[Walker]) -> list[str]:
    """Return the pages of which not exactly what one tab sent is stored."""
    found = []
    for walker in walkers:
        token = walker.tabs[0].cookies[f"participant_{NAME}"].value.split(":")[0]
        stored: dict[tuple[str, str], list[str]] = {}
        for given in ItemResponse.objects.filter(participant__token=token):
            stored.setdefault((given.stage, given.item), []).append(_text(given.value))
        for (stage, page), tabs in walker.sent.items():
            kept = {item: stored.get((stage, item)) for item in tabs[0]}
            if kept not in [{item: [_text(value)] for item, value in sent.items()} for sent in tabs]:
                found.append(f"{stage}/{page}: {kept}")
    return found


def _text(value: object) -> str:
    """Return an answer as it is sent, and an empty one as such."""
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
