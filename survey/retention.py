"""What a study's `[retention]` says is over: what is kept to identify or contact somebody, and then all their data.

The months are counted for each participant from the last page that they sent (at least the consent), not from the
study's closing: what people were told holds for them whether or not anybody closes the study, opens it again or
forgets it, and the data themselves tell when it is over, so that a backup restored from before the closing still
does. The price: where the first period ends while the study is open, who comes again by a platform is somebody new.

The rule is that of the version to which somebody agreed; where it has none, that of the study's current one.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from django.db import transaction
from django.db.models import OuterRef, Subquery

from survey import audit, withdrawal
from survey.models import AuditEntry, Participant, StageVisit, State, Study
from survey.protocol import protocol_of

DATA: Final = "data"
IDENTIFIERS: Final = "identifiers"


@dataclass(frozen=True)
class Due:
    """What of one participant is over, by which key of the study file, since when."""

    participant: Participant
    what: Literal["data", "identifiers"]
    key: str
    since: datetime


def due(study: Study, at: datetime) -> Iterator[Due]:
    """Yield what is over of the study's participants, of whatever kind; whose data are over have no second entry."""
    current = study.current_version
    last = StageVisit.objects.filter(participant=OuterRef("pk"), completed_at__isnull=False).order_by("-completed_at")
    # Of those whose links are cut, the log is the only trace; a backup brings back the log of its own time.
    cut = set(study.audit_entries.filter(action=AuditEntry.Action.UNLINKED).values_list("participant", flat=True))
    everybody = study.participants.with_study().filter(erased_at=None)
    for each in everybody.annotate(last_sent=Subquery(last.values("completed_at")[:1])).order_by("pk"):
        rule = protocol_of(each.version).study.retention or protocol_of(current).study.retention
        if rule is None:
            continue
        sent = each.last_sent or each.consented_at
        if rule.data_months and (since := months_after(sent, rule.data_months)) <= at:
            yield Due(each, DATA, f"data_months = {rule.data_months}", since)
        elif each.code in cut or study.state == State.ARCHIVED:  # archiving has cut every link
            continue
        elif rule.identifiers_months and (since := months_after(sent, rule.identifiers_months)) <= at:
            yield Due(each, IDENTIFIERS, f"identifiers_months = {rule.identifiers_months}", since)


@transaction.atomic
def carry_out(found: Due, at: datetime) -> None:
    """Erase what is over and log it, both or none."""
    participant = found.participant
    if found.what == DATA:
        withdrawal.erase(participant, at)
        action = AuditEntry.Action.ERASED
    else:
        withdrawal.unlink(participant, at)
        action = AuditEntry.Action.UNLINKED
    reason = f"retention: {found.key}, over since {found.since:%Y-%m-%d}"
    audit.record(action, None, participant.study, participant=participant.code, reason=reason)


def months_after(start: datetime, months: int) -> datetime:
    """Return the same day and time so many months later; the month's last day where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))
