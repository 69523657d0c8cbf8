"""The audit log: whoever changes or reveals something is written down, in the transaction that does it."""

from typing import Any

from survey.models import AuditEntry, Study

COMMAND = "command line"


def record(action: str, user: Any = None, study: Study | None = None, participant: str = "", **details: Any) -> None:
    """Add an entry; without a user it was a command, of which the machine knows no name."""
    AuditEntry.objects.create(
        action=action,
        user=user,
        who=user.get_username() if user else COMMAND,
        study=study,
        participant=participant,
        details=details,
    )
