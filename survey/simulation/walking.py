"""A simulated person's way through the study's pages, from the invitation to the end or to where they leave."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from survey.simulation.browsing import Browser, SimulationError
from survey.simulation.learning import learn
from survey.simulation.people import Person

MOST_PAGES = 1000
OPENS = "data-open-follow-up"  # on the page that opens a follow-up for whoever need not wait
ENDED = {"complete": "finished", "full": "no_place", "ended": "screened_out"}


@dataclass(frozen=True)
class Walk:
    ended: str  # finished, screened_out, left, no_place or failed
    pages: int  # sent, the consent not counted
    seconds: list[float]  # of each page
    fetched: int = 0  # other requests: style sheets, modules, runs, events
    events: int = 0
    error: str = ""


def walk(url: str, study: str, key: UUID, person: Person, arm_of: Callable[[], str | None], minutes: float = 0) -> Walk:
    """Return how a person fared, who learns for at most these minutes.

    `arm_of` tells the arm that was drawn for them, None before the draw. A follow-up is opened before its time, and
    begun by the personal link in a browser that knows nothing of them.
    """
    browsers, pages, events = [Browser(url)], 0, 0

    def come_to(ended: str, error: str = "") -> Walk:
        seconds = [second for browser in browsers for second in browser.seconds]
        return Walk(ended, pages, seconds, sum(browser.fetched for browser in browsers), events, error)

    try:
        page = browsers[0].get(f"/join/{study}/?invitation={key}")
        # A site that does not know the invitation would take the person for a real one.
        if page.form.hidden.get("join_key") != str(key):
            raise SimulationError(f"{page.path}: the site does not know the invitation; nothing was sent")
        page = browsers[0].send(page, dict.fromkeys(page.form.boxes, "on"))
        while True:
            end = re.fullmatch(rf"/study/{study}/(complete|full|ended)/", page.path)
            if end and OPENS not in page.html:
                return come_to(ENDED[end[1]])
            if person.leaves_after is not None and pages >= person.leaves_after:
                return come_to("left")
            if page.was_refused or pages >= MOST_PAGES:
                raise SimulationError(f"{page.path}: what was sent was refused")
            if end:
                link = re.search(r"/resume/[^\"]+", page.html)
                if link is None:
                    raise SimulationError(f"{page.path}: no personal link to the follow-up")
                browsers[-1].send(page, {})
                browsers.append(Browser(url))
                page = browsers[-1].get(link[0])
                continue
            form = page.form
            values: dict[str, str | list[str] | None] = {}
            if form.learning_phase:
                events += learn(browsers[-1], page, person.learning, person.minutes_of(minutes)) if minutes else 0
            else:
                stage = page.path.split("/")[3]
                arm = arm_of() if form.names else None
                values = {name: person.answer(stage, name, arm) for name in form.names}
            page = browsers[-1].send(page, values)
            pages += 1
    except SimulationError as error:
        return come_to("failed", str(error))
