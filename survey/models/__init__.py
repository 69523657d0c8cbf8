"""The whole data model: the study (`study`), how people came into it (`entry`), who works on it (`staff`),
the points that raters give (`rating`), and links to the data (`data_link`).

Append-only: answers, visits, allocations and events are added, never changed; a visit's end is written once.
Scores are not stored: export computes them from the answers.
"""

from survey.models.data_link import DataLink
from survey.models.entry import Consent, Identifier
from survey.models.rating import Rating, Settlement
from survey.models.staff import AuditEntry, Exclusion, Note, Role, Unblinding
from survey.models.study import (
    Allocation,
    Draft,
    InteractionEvent,
    Invitation,
    ItemResponse,
    Kind,
    Participant,
    StageVisit,
    State,
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
    "Consent",
    "DataLink",
    "Draft",
    "Exclusion",
    "Identifier",
    "InteractionEvent",
    "Invitation",
    "ItemResponse",
    "Kind",
    "Note",
    "Participant",
    "Rating",
    "Role",
    "Settlement",
    "StageVisit",
    "State",
    "Study",
    "StudyVersion",
    "Unblinding",
    "new_code",
    "new_completion_code",
    "new_seed",
    "new_token",
]
