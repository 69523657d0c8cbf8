"""Let people come in truly at once, each in several browsers with a connection of its own; print what came of it.

Run as a process of its own, with DATABASE_URL and DATA_DIR in the environment:
`python -m tests.survey.entrances PEOPLE BROWSERS`; half of the people come from Prolific, half by single-use links.
"""

import json
import os
import sys
import threading
import uuid
from collections import Counter

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "explornn_site.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from survey import entry, links  # noqa: E402
from survey.models import Consent, Identifier, Kind, Participant, StageVisit  # noqa: E402
from survey.protocol import protocol_of  # noqa: E402
from tests import factories  # noqa: E402

NAME = "entrances"


def main(people: int, browsers: int) -> None:
    call_command("migrate", verbosity=0)
    texts = factories.files()
    # A name of its own: on PostgreSQL, other tests use the same database.
    texts["study.toml"] = texts["study.toml"].replace('"tiny"', f'"{NAME}"', 1) + '\n[prolific]\ncompleted = "C"\n'
    study = factories.study(name=NAME, files=texts)
    read = entry.consent_sha256(protocol_of(study.current_version), "en")
    made = links.make(study, people // 2, Kind.REAL, timezone.now())
    ways = [(f"?invitation={link.key}", link.key) for link in made]
    ways += [(f"?PROLIFIC_PID=person{number}", None) for number in range(people - len(ways))]
    together = threading.Barrier(people * browsers, timeout=60)
    answers: Counter[str] = Counter()
    seen: dict[str, set[str]] = {query: set() for query, _ in ways}
    failures: list[str] = []

    def come(query: str, key: uuid.UUID | None) -> None:
        try:
            browser = Client(SERVER_NAME="localhost")
            payload = {"join_key": key or uuid.uuid4(), "read": read, "consent": "on"}
            together.wait()
            response = browser.post(f"/join/{NAME}/{query}", payload)
            answers[f"{response.status_code} {response.headers.get('Location')}"] += 1
            seen[query].add(browser.cookies[f"participant_{NAME}"].value)
        except Exception as error:
            failures.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=way) for way in ways for _ in range(browsers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    of_study = {"participant__study": study}
    print(
        json.dumps(
            {
                "database": connection.vendor,
                "failures": failures,
                "answers": answers,
                "participants": Participant.objects.filter(study=study).count(),
                "identifiers": Identifier.objects.filter(study=study).count(),
                "consents": Consent.objects.filter(**of_study).count(),
                "visits": StageVisit.objects.filter(**of_study).count(),
                # A signed cookie begins with the secret of the personal link.
                "each_browser_knows_its_own": all(
                    len({cookie.split(":")[0] for cookie in cookies}) == 1 for cookies in seen.values()
                ),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
