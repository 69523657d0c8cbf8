"""Fills a database with finished participants of the replication study and their events, in bulk.

python -m benchmarks.export_fill --participants 10000 --events 500

A few participants go the whole way through the study's own rules, with answers by chance; the database then copies
their pages, answers and events for all the others.
"""

import argparse
import os
import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explornn_site.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from survey import entry, flow  # noqa: E402
from survey.models import (  # noqa: E402
    Allocation,
    Consent,
    DataLink,
    InteractionEvent,
    ItemResponse,
    Participant,
    StageVisit,
    Study,
    Unblinding,
)
from survey.protocol import protocol_of  # noqa: E402

STUDY = "replication"
WALKERS = 20
BATCH = 2000


def fill(participants: int, events: int) -> tuple[str, str]:
    """Fill the database that the settings name; return a token that reads the study's tables, and a session."""
    call_command("migrate", verbosity=0)
    call_command("load_study", f"survey/studies/{STUDY}")
    study = Study.objects.get(name=STUDY)
    Study.objects.filter(pk=study.pk).update(state="open")
    study.refresh_from_db()
    account = get_user_model().objects.create(username="bench", is_superuser=True)
    now = timezone.now()
    Unblinding.objects.create(study=study, reason="benchmark", unblinded_by=account, unblinded_at=now)
    chance = random.Random(1)  # noqa: S311 - answers, not secrets
    walkers = [_walker(study, chance, now - timedelta(days=1), events) for _ in range(WALKERS)]
    _copy(study, walkers, participants - WALKERS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    names = ("participants", "responses", "events")
    made = {"made_at": now, "expires_at": now + timedelta(days=1), "files": [f"{name}.csv" for name in names]}
    client = Client()
    client.force_login(account)
    return DataLink.make(study=study, user=account, name="benchmark", **made)[1], client.cookies["sessionid"].value


def _walker(study: Study, chance: random.Random, at: datetime, events: int) -> Participant:
    """Return somebody who has gone the whole way, and left events on it."""
    walker = Participant.objects.create(
        study=study, version=study.current_version, join_key=uuid.uuid4(), consented_at=at
    )
    protocol = protocol_of(walker.version)
    read = entry.consent_sha256(protocol, "en")
    Consent.objects.create(participant=walker, version=walker.version, language="en", sha256=read, given_at=at)
    items, now = protocol.items(), at
    while (position := flow.current(walker, now)).stage.kind not in flow.ENDS:
        visit = flow.enter(walker, position, now)
        now += timedelta(seconds=20 + 60 * chance.random())
        given = {shown["item"]: _answer(items[shown["item"]], chance) for shown in visit.shown}
        flow.complete(walker, position, StageVisit.EndedBy.SUBMITTED, now, given)
        walker.refresh_from_db()
    InteractionEvent.objects.bulk_create(_events(walker, chance, at, events))
    return walker


def _answer(item: Any, chance: random.Random) -> Any:
    match item.type:
        case "single_choice":
            return chance.choice(item.values)
        case "multiple_choice":
            return chance.sample(item.values, chance.randint(1, len(item.values)))
        case "likert":
            return chance.randint(1, item.points)
        case "number":
            return chance.randint(int(item.minimum), int(item.maximum))
        case "short_text":
            return "something in a few words"
    return "Several sentences about what the gates do at each time step, and why. " * chance.randint(1, 6)


def _events(walker: Participant, chance: random.Random, at: datetime, count: int) -> Iterator[InteractionEvent]:
    for sequence in range(count):
        kind, data = chance.choice(
            [
                ("epoch_shown", {"epoch": sequence}),
                ("setting_changed", {"name": "learning_rate", "value": "0.025", "epoch": sequence}),
                ("scrolled", {"chapter": "gates", "position": chance.random(), "concept": "forget_gate"}),
                (
                    "moment_shown",
                    {"view": "cell", "layer": 2, "unit": 7, "cell_step": 3, "epoch": sequence, "phase": "forward",
                     "step": 9, "beside": ""},
                ),
            ]
        )  # fmt: skip
        occurred = at + timedelta(seconds=3 * sequence + chance.random())
        yield InteractionEvent(
            participant=walker,
            stage="learning",
            event_id=uuid.UUID(int=chance.getrandbits(128), version=4),
            sequence=sequence,
            kind=kind,
            data=data,
            occurred_at=occurred,
            received_at=occurred + timedelta(milliseconds=250),
        )


def _copy(study: Study, walkers: list[Participant], count: int) -> None:
    """Add as many participants, each with the pages, answers and events of one of the walkers."""
    drawn = {walker.pk: Allocation.objects.get(participant=walker) for walker in walkers}
    consents = {walker.pk: Consent.objects.get(participant=walker) for walker in walkers}
    last = max(walker.pk for walker in walkers)
    for start in range(0, count, BATCH):
        with transaction.atomic():
            models = [walkers[number % WALKERS] for number in range(start, min(start + BATCH, count))]
            made = Participant.objects.bulk_create(
                Participant(
                    study=study,
                    version=model.version,
                    join_key=uuid.uuid4(),
                    consented_at=model.consented_at,
                    finished_at=model.finished_at,
                )
                for model in models
            )
            pairs = list(zip(made, models, strict=True))
            Consent.objects.bulk_create(
                Consent(
                    participant=new,
                    version=new.version,
                    language="en",
                    sha256=consents[model.pk].sha256,
                    given_at=new.consented_at,
                )
                for new, model in pairs
            )
            Allocation.objects.bulk_create(
                Allocation(
                    study=study,
                    participant=new,
                    sequence=WALKERS + start + number + 1,
                    arm=drawn[model.pk].arm,
                    method="permuted_blocks",
                    block=1000 + (start + number) // 4,
                    block_size=4,
                    place=1 + (start + number) % 4,
                    list_sha256=drawn[model.pk].list_sha256,
                    allocated_at=drawn[model.pk].allocated_at,
                )
                for number, (new, model) in enumerate(pairs)
            )
    first = Participant.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[0]
    for model in (StageVisit, ItemResponse, InteractionEvent):
        table, fields = model._meta.db_table, [field.column for field in model._meta.concrete_fields[1:]]
        others = ", ".join(f'"{name}"' for name in fields if name != "participant_id")
        taken = ", ".join(f'model."{name}"' for name in fields if name != "participant_id")
        for number, walker in enumerate(walkers):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f'INSERT INTO "{table}" ("participant_id", {others}) SELECT new.id, {taken} '  # noqa: S608
                    f'FROM survey_participant new JOIN "{table}" model ON model.participant_id = {walker.pk} '
                    f"WHERE new.id >= {first} AND (new.id - {first}) % {WALKERS} = {number} ORDER BY new.id, model.id"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=500)
    options = parser.parse_args()
    token, session = fill(options.participants, options.events)
    print(f"TOKEN {token}\nSESSION {session}")
