"""Back a study up while eight people answer, erase one of them, and restore; print what came of it.

Run as a process of its own, with DATA_DIR and, for PostgreSQL, DATABASE_URL of an empty database in the environment:
`python -m tests.site.round_trip`. The backup is restored in the place of what has become of the study meanwhile.
"""

import json
import os
import threading
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "explornn_site.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from explornn_site.backup import archive  # noqa: E402
from explornn_site.backup.restoring import restore  # noqa: E402
from survey import flow, withdrawal  # noqa: E402
from survey.allocation.verify import verify  # noqa: E402
from survey.models import AuditEntry, ItemResponse, Participant, StageVisit, Study  # noqa: E402
from tests import factories  # noqa: E402

WRITERS, PAGES_BEFORE = 8, 30
FOLDER = Path(os.environ["DATA_DIR"])


class Writers:
    """People who come one after another, each in a thread of its own with a database connection of its own."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[str, str, int]] = []  # (code, stage, page), added once it is stored
        self.failures: list[str] = []
        self.enough = threading.Event()  # pages to begin the backup
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]

    def _write(self) -> None:
        try:
            while not self.stop.is_set():
                self._take_part(factories.participant())
        except Exception as error:
            self.failures.append(repr(error))
        finally:
            connection.close()

    def _take_part(self, walker: Participant) -> None:
        while not self.stop.is_set():
            now = timezone.now()
            position = flow.current(walker, now)
            if position.stage.kind in flow.ENDS:
                return
            visit = flow.enter(walker, position, now)
            answers = factories.page_answers(walker, visit)
            flow.complete(walker, position, StageVisit.EndedBy.SUBMITTED, timezone.now(), answers)
            self.acknowledged.append((walker.code, position.stage.id, position.page))
            if len(self.acknowledged) >= PAGES_BEFORE:
                self.enough.set()


def main() -> None:
    call_command("migrate", verbosity=0)
    factories.study()
    leaver = factories.finished()
    writers = Writers()
    for thread in writers.threads:
        thread.start()
    writers.enough.wait(60)
    before = list(writers.acknowledged)
    manifest = archive.write(FOLDER / "backup.zip")
    during = len(writers.acknowledged) - len(before)
    writers.stop.set()
    for thread in writers.threads:
        thread.join(60)
    withdrawal.erase(leaver, timezone.now())
    answers_at_the_end = ItemResponse.objects.count()
    restored = restore(FOLDER / "backup.zip", keep=FOLDER / "kept.zip")
    completed = StageVisit.objects.filter(completed_at__isnull=False).select_related("participant")
    pages = {(visit.participant.code, visit.stage, visit.page): visit for visit in completed}
    stored = {(each.participant_id, each.stage, each.item) for each in ItemResponse.objects.all()}
    asked = {(visit.participant_id, visit.stage, entry["item"]) for visit in pages.values() for entry in visit.shown}
    erased = Participant.objects.get(code=leaver.code)
    print(
        json.dumps(
            {
                "database": connection.vendor,
                "failures": writers.failures[:3],
                "pages_before": len(before) >= PAGES_BEFORE,
                "went_on_meanwhile": during > 0,
                "lost": [page for page in before if page not in pages],
                "half_pages": len(stored ^ asked),
                "rows": restored.rows == manifest.rows,
                "draws": verify(Study.objects.get()).verified["real"] == Study.objects.get().allocations.count(),
                "erased_again": [restored.erased, erased.erased_at is not None, erased.responses.count()],
                "told": AuditEntry.objects.filter(participant=leaver.code).count(),
                "kept_is_later": _answers(FOLDER / "kept.zip") == answers_at_the_end,
                "writes_on": factories.finished().code != "",
                "left_behind": sorted(_left_behind()),
            }
        )
    )


def _answers(backup: Path) -> int:
    return archive.check(backup).tables["survey.itemresponse"]["rows"]


def _left_behind() -> list[str]:
    """Return what the restoring should have tidied up."""
    found = [path.name for path in FOLDER.iterdir() if path.name.startswith(".")]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'restoring%'")
            found += [row[0] for row in cursor.fetchall()]
    return found


if __name__ == "__main__":
    main()
