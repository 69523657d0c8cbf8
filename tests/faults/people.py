"""Makes people who stand on a page of items, and tells what became of them.

Run as a process of its own, beside a server, with its DATABASE_URL and DATA_DIR in the environment:
`python -m tests.faults.people make 200` or `python -m tests.faults.people tell`.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explornn_site.settings")
django.setup()

from django.core.signing import get_cookie_signer  # noqa: E402
from django.utils import timezone  # noqa: E402

from survey.models import ItemResponse, StageVisit  # noqa: E402
from tests import factories  # noqa: E402

COOKIE = "participant_tiny"
SECRET = "s" * 32


def make(number: int) -> list[dict]:
    """Return of each who they are, the cookies of their browser, and what they are about to send."""
    study = factories.study()
    people = [factories.walk(factories.participant(study, at=timezone.now()), until="about") for _ in range(number)]
    return [
        {
            "code": person.code,
            "cookies": {
                COOKIE: get_cookie_signer(salt=COOKIE + "participant").sign(person.token),
                "csrftoken": SECRET,
            },
            "answers": {
                "age": str(18 + place % 80),
                "gender": "woman",
                "field": f"person {place}",
                "remarks": "ü" * 99,
            },
        }
        for place, person in enumerate(people)
    ]


def tell() -> dict[str, dict]:
    """Return {code: what is stored}: whether the page is completed, and every answer with its revision."""
    told = {
        visit.participant.code: {"completed": bool(visit.completed_at), "answers": []}
        for visit in StageVisit.objects.filter(stage="about").select_related("participant")
    }
    for given in ItemResponse.objects.filter(stage="about").select_related("participant").order_by("pk"):
        told[given.participant.code]["answers"].append([given.item, given.value, given.revision])
    return told


if __name__ == "__main__":
    print(json.dumps(make(int(sys.argv[2])) if sys.argv[1] == "make" else tell()))
