"""Links that are handed out, and who they lead to: single-use links, follow-up links, platforms' identifiers.

A single-use link that was used is a personal link: it leads to its participant's place, and so to their arm. Who may
not see that gets counts alone.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from survey import audit, platforms
from survey.export.cells import cell
from survey.follow_up import everybodys
from survey.models import AuditEntry, Identifier, Invitation, Kind, Participant, Study
from survey.study_file import Protocol

MOST = 10_000
LINK_COLUMNS = ("kind", "used", "link")
FOLLOW_UP_COLUMNS = ("participant", "follow_up", "state", "opens_at", "closes_at", "platform", "value", "link")
IDENTIFIER_COLUMNS = ("participant", "platform", "value", "platform_study", "platform_session", "received_at")
_USED = Exists(Participant.objects.filter(study=OuterRef("study"), join_key=OuterRef("key")))


@dataclass(frozen=True)
class Batch:
    """Single-use links that were made together, named by the first of them that is left."""

    first: int
    kind: str
    made_at: datetime
    number: int
    used: int

    @property
    def unused(self) -> int:
        return self.number - self.used


@transaction.atomic
def make(study: Study, count: int, kind: str, at: datetime, user: Any = None) -> list[Invitation]:
    """Return `count` new single-use links, and log that they were made."""
    audit.record(AuditEntry.Action.LINKS_MADE, user, study, count=count, kind=kind)
    return Invitation.objects.bulk_create(Invitation(study=study, kind=kind, created_at=at) for _ in range(count))


def batches(study: Study) -> list[Batch]:
    """Return the links of a study, batch by batch, the newest first."""
    made = Invitation.objects.filter(study=study).annotate(is_used=_USED).values("created_at", "kind")
    counted = made.annotate(first=Min("pk"), number=Count("pk"), used=Count("pk", filter=Q(is_used=True)))
    rows = counted.order_by("-created_at", "kind").values_list("first", "kind", "created_at", "number", "used")
    return [Batch(*row) for row in rows]


def in_batch(first: Invitation) -> QuerySet[Invitation]:
    """Return the links that were made together with this one, each with whether it was `used`."""
    together = Invitation.objects.filter(study=first.study, created_at=first.created_at, kind=first.kind)
    return together.annotate(used=_USED).select_related("study").order_by("pk")


def unused_tests(study: Study, most: int) -> list[Invitation]:
    """Return test links by which nobody has come, the newest first."""
    free = Invitation.objects.filter(study=study, kind=Kind.TEST).annotate(used=_USED).filter(used=False)
    return list(free.select_related("study").order_by("-pk")[:most])


@transaction.atomic
def revoke_unused(first: Invitation, user: Any) -> int:
    """Delete the links of a batch by which nobody has come, and log it; return how many they were.

    Locks them first: who is just coming by one either is there already, or finds it gone (see `entry.begin`).
    """
    held = {link.pk for link in Invitation.objects.select_for_update().filter(pk__in=in_batch(first).values("pk"))}
    unused = [link.pk for link in in_batch(first).exclude(_USED) if link.pk in held]
    if unused:
        Invitation.objects.filter(pk__in=unused).delete()
        audit.record(AuditEntry.Action.LINKS_REVOKED, user, first.study, count=len(unused), kind=first.kind)
    return len(unused)


def address(invitation: Invitation, site: str) -> str:
    """Return the link of an invitation on the site at this address."""
    return f"{entrance(invitation.study, site)}?{urlencode({'invitation': str(invitation.key)})}"


def entrance(study: Study, site: str) -> str:
    """Return the study's open link on the site at this address."""
    return site.rstrip("/") + reverse("survey:join", kwargs={"study": study.name})


def of_platforms(study: Study, protocol: Protocol, site: str) -> dict[str, str]:
    """Return {name of a platform: the address to enter there}, for those that the study file names."""
    door = entrance(study, site)
    return {
        name: f"{door}?{platforms.PARAMETERS[name]}"
        for name, named in (("Prolific", protocol.study.prolific), ("SONA", protocol.study.sona))
        if named
    }


def write(file: IO[str], columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> int:
    """Write a CSV file; return how many rows it has."""
    writer, count = csv.writer(file), 0
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        count += 1
    return count


def link_rows(invitations: Iterable[Invitation], site: str) -> Iterator[tuple]:
    for link in invitations:
        yield link.kind, "yes" if getattr(link, "used", False) else "no", address(link, site)


def follow_up_rows(study: Study, site: str, at: datetime) -> Iterator[tuple]:
    """Yield a row for each follow-up of who has finished the main part, with the personal link that leads to it."""
    known = {each.participant_id: each for each in Identifier.objects.filter(study=study)}
    for participant, each in everybodys(study):
        who = known.get(participant.pk)
        platform = (who.platform, who.value) if who else ("", "")
        link = site.rstrip("/") + reverse("survey:resume", args=[participant.token])
        times = (each.opens_at, each.closes_at)
        yield participant.code, each.stage.id, each.state(at), *times, *platform, link


def identifier_rows(study: Study) -> Iterator[tuple]:
    """Yield as whom platforms know the participants."""
    fields = ["participant__code" if name == "participant" else name for name in IDENTIFIER_COLUMNS]
    yield from Identifier.objects.filter(study=study).order_by("pk").values_list(*fields)
