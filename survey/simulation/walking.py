"""A simulated person's way through the study's pages, from the invitation to the end or to where they leave."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from survey.simulation.browsing import Browser, SimulationError
from survey.simulation.people import Person

MOST_PAGES = 1000
OPENS = "data-open-follow-up"  # on the page that opens a follow-up for whoever need not wait
ENDED = {"complete": "finished", "full": "no_place", "ended": "screened_out"}


@dataclass(frozen=True)
class Walk:
    ended: str  # finished, screened_out, left, no_place or failed
    pages: int  # sent, the consent not counted
    seconds: list[float]  # of each request
    error: str = ""


def walk(url: str, study: str, key: UUID, person: Person, arm_of: Callable[[], str | None]) -> Walk:
    """Return how a person fared; `arm_of` tells the arm that was drawn for them, None before the draw."""
    browser, pages = Browser(url), 0
    try:
        page = browser.get(f"/join/{study}/?invitation={key}")
        # A site that does not know the invitation would take the person for a real one.
        if page.form.hidden.get("join_key") != str(key):
            raise SimulationError(f"{page.path}: the site does not know the invitation; nothing was sent")
        page = browser.send(page, dict.fromkeys(page.form.boxes, "on"))
        while True:
            end = re.fullmatch(rf"/study/{study}/(complete|full|ended)/", page.path)
            if end and OPENS not in page.html:
                return Walk(ENDED[end[1]], pages, browser.seconds)
            if person.leaves_after is not None and pages >= person.leaves_after:
                return Walk("left", pages, browser.seconds)
            if page.was_refused or pages >= MOST_PAGES:
                raise SimulationError(f"{page.path}: what was sent was refused")
            form = page.form
            values: dict[str, str | list[str] | None] = {}
            if not form.learning_phase and not end:
                stage = page.path.split("/")[3]
                arm = arm_of() if form.names else None
                values = {name: person.answer(stage, name, arm) for name in form.names}
            page = browser.send(page, values)
            pages += not end
    except SimulationError as error:
        return Walk("failed", pages, browser.seconds, str(error))
