"""The whole data model: the study and who takes part in it (`study`), who works on it (`staff`),
and the points that raters give (`rating`).

Append-only: answers, visits, allocations and events are added, never changed; a visit's end is written once.
Scores are not stored: export computes them from the answers.
"""

from survey.models.rating import Rating, Settlement
from survey.models.staff import AuditEntry, Role
from survey.models.study import (
    Allocation,
    Draft,
    InteractionEvent,
    Invitation,
    ItemResponse,
    Kind,
    Participant,
    StageVisit,
    Study,
    StudyVersion,
    new_code,
    new_completion_code,
    new_seed,
    new_token,
)

__all__ = [
    "Allocation",
    "AuditEntry",
    "Draft",
    "InteractionEvent",
    "Invitation",
    "ItemResponse",
    "Kind",
    "Participant",
    "Rating",
    "Role",
    "Settlement",
    "StageVisit",
    "Study",
    "StudyVersion",
    "new_code",
    "new_completion_code",
    "new_seed",
    "new_token",
]
