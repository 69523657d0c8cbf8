"""A study's life, draft → piloting → open → paused → closed → archived, and what each state allows.

| state | who may begin | who may go on | withdrawal |
|---|---|---|---|
| draft | the researcher's test participants, simulated ones | everybody | yes |
| piloting | these, and whoever comes, as pilot participants, who never count | everybody | yes |
| open | everybody | everybody | yes |
| paused | the researcher's test participants, simulated ones | everybody | yes |
| closed | nobody | nobody | yes |
| archived | nobody | nobody | no: nobody can be recognized any more |
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from survey import audit, withdrawal
from survey.models import AuditEntry, Kind, State, Study

NEXT: dict[str, tuple[State, ...]] = {
    State.DRAFT: (State.PILOTING, State.OPEN),
    State.PILOTING: (State.DRAFT, State.OPEN, State.CLOSED),
    State.OPEN: (State.PAUSED, State.CLOSED),
    State.PAUSED: (State.OPEN, State.CLOSED),
    State.CLOSED: (State.OPEN, State.ARCHIVED),
    State.ARCHIVED: (),
}
REHEARSING = (Kind.TEST, Kind.SIMULATED)
OVER = (State.CLOSED, State.ARCHIVED)


class LifecycleError(Exception):
    """A change of state that is not possible; the message says which ones are."""


def kind_of_newcomer(study: Study, invited_as: str = Kind.REAL) -> str | None:
    """Return as what somebody would begin now, or None when nobody of their kind can."""
    if study.state in OVER:
        return None
    if invited_as in REHEARSING:
        return invited_as
    return {State.PILOTING: Kind.PILOT, State.OPEN: Kind.REAL}.get(State(study.state))


def goes_on(study: Study) -> bool:
    """Tell whether those who have begun may go on."""
    return study.state not in OVER


def may_withdraw(study: Study) -> bool:
    """Tell whether a participant may still withdraw, or have their data erased."""
    return study.state != State.ARCHIVED


@transaction.atomic
def change(study: Study, to: str, reason: str, at: datetime, user: Any = None) -> None:
    """Bring the study into another state and log who did so, when and why; raise LifecycleError when it cannot be.

    Archiving makes the data anonymous: see `withdrawal.anonymize`.
    """
    held = Study.objects.select_for_update().get(pk=study.pk)
    if to not in NEXT[held.state]:
        possible = " or ".join(NEXT[held.state]) or "nothing else any more"
        raise LifecycleError(f"{study.name} is {held.state} and cannot become {to}; expected {possible}")
    if not reason.strip():
        raise LifecycleError("a change of state needs a reason; it is part of what a study reports")
    audit.record(
        AuditEntry.Action.STATE_CHANGED,
        user,
        study,
        before=held.state,
        after=to,
        reason=reason.strip(),
        version=held.current_version.number,
    )
    held.state = to
    held.save(update_fields=["state"])
    study.state = to
    if to == State.ARCHIVED:
        withdrawal.anonymize(study)


def changes(study: Study) -> QuerySet[AuditEntry]:
    """Return the log of the study's changes of state, in their order."""
    return study.audit_entries.filter(action=AuditEntry.Action.STATE_CHANGED).order_by("at", "pk")
