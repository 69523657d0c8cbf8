"""What one participant did, moment by moment."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from survey.events import KINDS
from survey.models import Participant, StageVisit
from survey.protocol import protocol_of

MOST_EVENTS = 500


@dataclass(frozen=True)
class Moment:
    at: datetime
    what: str
    more: str = ""
    is_event: bool = False


def timeline(participant: Participant, with_arm: bool) -> list[Moment]:
    """Return the moments in their order, without the content of any answer; events by the server's clock."""
    editions = protocol_of(participant.version).editions
    # Whose data are erased has no language any more.
    titles = editions.get(participant.language, next(iter(editions.values()))).titles.stages
    found = [Moment(participant.consented_at, _("Consented"))]
    allocation = getattr(participant, "allocation", None)
    if allocation:
        arm = allocation.arm if with_arm else _("the arm is not shown to your role")
        found.append(Moment(allocation.allocated_at, _("Was allocated"), arm))
        if allocation.released_at:
            found.append(Moment(allocation.released_at, _("Did not come back in time: the place was given free")))
    for visit in participant.visits.all():
        title = titles.get(visit.stage, visit.stage)
        page = _(", page %(page)d") % {"page": visit.page} if visit.page > 1 else ""
        found.append(Moment(visit.entered_at, f"{title}{page}", _until(visit)))
    for at, what in [
        (participant.no_place_at, _("Found no place left")),
        (participant.screened_out_at, _("Screened out")),
        (participant.finished_at, _("Finished")),
        (participant.withdrawn_at, _("Withdrew")),
        (participant.erased_at, _("Had all data erased")),
    ]:
        if at:
            found.append(Moment(at, what))
    return sorted(found + _events(participant), key=lambda moment: moment.at)


def _until(visit: StageVisit) -> str:
    """Return how long somebody was on a page, how they left it, and how many items it showed them."""
    items = " · " + ngettext("%d item", "%d items", len(visit.shown)) % len(visit.shown) if visit.shown else ""
    if not visit.completed_at:
        return _("not left") + items
    seconds = (visit.completed_at - visit.entered_at).total_seconds()
    how = _("until the time was up") if visit.ended_by == StageVisit.EndedBy.TIME_OUT else _("until it was sent")
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min {how}{items}"


def _events(participant: Participant) -> list[Moment]:
    events = participant.events.order_by("received_at", "sequence")[:MOST_EVENTS]
    return [Moment(event.received_at, _words(event.kind), _particulars(event.data), True) for event in events]


def _words(kind: str) -> str:
    """Return what the event's schema says first of it, where it says anything; else its name, in words."""
    said = (KINDS[kind].__doc__ or "") if kind in KINDS else ""
    first = re.split(r"[;:,.]\s", said, maxsplit=1)[0].removesuffix(".")
    return first if first and "(" not in first else kind.replace("_", " ").capitalize()


def _particulars(data: dict[str, Any]) -> str:
    told = {name.replace("_", " "): _short(value) for name, value in data.items() if value != ""}
    return " · ".join(f"{name} {value}" for name, value in told.items())


def _short(value: Any) -> Any:
    return f"{value:.3g}" if isinstance(value, float) else value
