"""Whose data are not analysed."""

from survey.models import Exclusion, Study


def excluded(study: Study) -> dict[int, Exclusion]:
    """Return {participant: the exclusion that counts} of those who are excluded now."""
    last = {
        decision.participant_id: decision
        for decision in Exclusion.objects.filter(participant__study=study).order_by("decided_at", "pk")
    }
    return {participant: decision for participant, decision in last.items() if decision.is_excluded}
