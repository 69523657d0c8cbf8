"""Times of a stage, kept by the server: when it is up, and from when on it may be left."""

import math
from datetime import datetime, timedelta
from typing import Any

from survey.models import Kind, Participant

# So long after the time was up, what was typed is still taken when it arrives: a slow or lost connection.
LATE = timedelta(minutes=5)


def due_at(stage: Any, begun_at: datetime) -> datetime | None:
    """Return when the time of a stage is up that was begun then; None without a limit."""
    minutes = getattr(stage, "maximum_minutes", None)
    return begun_at + timedelta(minutes=minutes) if minutes else None


def seconds_to_wait(stage: Any, participant: Participant, begun_at: datetime, at: datetime) -> float:
    """Return how long it takes until the stage may be left; simulated people, who read nothing, need not wait."""
    least = getattr(stage, "minimum_seconds", None)
    if not least or participant.kind == Kind.SIMULATED:
        return 0
    return _rest(least, begun_at, at)


def _rest(least: float, begun_at: datetime, at: datetime) -> float:
    """Return how much of the least time is left; none where the clock was set back, for then nobody can tell."""
    return max(0.0, least - (at - begun_at).total_seconds()) if at >= begun_at else 0.0


def seconds_left(stage: Any, due_at: datetime, at: datetime) -> float:
    """Return how much time is left; never more than the stage has, even where the clock was set back."""
    return min(max(0.0, (due_at - at).total_seconds()), stage.maximum_minutes * 60)


def seconds_to_learn(stage: Any, due_at: datetime, at: datetime) -> int:
    """Return how long it takes until a learning phase may be ended that is up at `due_at`, in whole seconds."""
    begun_at = due_at - timedelta(minutes=stage.maximum_minutes)
    least = stage.minimum_seconds or 0
    return math.ceil(_rest(least, begun_at, at)) if least else 0
