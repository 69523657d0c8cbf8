"""The server's clock jumps while people are under way: forward, as after a repaired time server, or back.

What is set is the clock of the whole process, as Python and its libraries see it: cookies, deadlines, answers.
"""

from datetime import timedelta

import pytest
import time_machine

from survey.models import Draft, Participant, StageVisit
from tests import factories
from tests.survey.test_times import _study

pytestmark = pytest.mark.django_db
PAGE = "/study/tiny/ratings/1/"
HOUR = timedelta(hours=1)


def _answering(rule: str) -> Participant:
    """Return somebody who has just opened a page with this rule, at START."""
    walker = factories.participant(_study("ratings", rule), at=factories.START - timedelta(minutes=10))
    return factories.walk(walker, until="ratings")


def _sent(walker: Participant) -> dict:
    return factories.page_answers(walker, walker.visits.get(stage="ratings"))


def _entered(walker: Participant):
    return walker.visits.get(stage="ratings").entered_at


def test_a_clock_that_jumps_forward_ends_a_timed_page_and_keeps_what_was_typed():
    walker = _answering("maximum_minutes = 5")
    with time_machine.travel(_entered(walker) + timedelta(minutes=1), tick=False) as clock:
        browser = factories.browser(walker)
        assert 'data-seconds-left="240"' in browser.get(PAGE).content.decode()
        values = {"joy_1": "7"}
        Draft.objects.create(participant=walker, stage="ratings", page=1, values=values, saved_at=factories.START)
        clock.shift(HOUR)
        landed = browser.post(PAGE, _sent(walker), follow=True)
    assert landed.status_code == 200 and landed.redirect_chain[-1][0] == "/study/tiny/usability/1/"
    visit = walker.visits.get(stage="ratings")
    assert (visit.ended_by, visit.completed_at) == (StageVisit.EndedBy.TIME_OUT, visit.due_at)
    [kept] = walker.responses.filter(item="joy_1", revision=1)
    assert (kept.value, kept.late) == (7, True)


def test_a_clock_that_is_set_back_shuts_nobody_out_and_shows_no_more_time_than_there_is():
    walker = _answering("maximum_minutes = 5")
    with time_machine.travel(_entered(walker) + timedelta(minutes=1), tick=False) as clock:
        browser = factories.browser(walker)
        browser.get(PAGE)
        clock.shift(-HOUR)
        assert 'data-seconds-left="300"' in browser.get(PAGE).content.decode()
        sent = browser.post(PAGE, _sent(walker))
        assert sent.headers["Location"] == "/study/tiny/usability/1/"
        assert browser.get("/study/tiny/usability/1/").status_code == 200
    visit = walker.visits.get(stage="ratings")
    assert visit.completed_at >= visit.entered_at
    assert walker.responses.filter(stage="ratings").count() == len(visit.shown)


def test_a_clock_that_is_set_back_holds_nobody_on_a_page_with_a_least_time():
    walker = _answering("minimum_seconds = 60")
    with time_machine.travel(_entered(walker) + timedelta(seconds=30), tick=False) as clock:
        browser = factories.browser(walker)
        assert 'data-wait="30"' in browser.get(PAGE).content.decode()
        clock.shift(-HOUR)
        assert browser.post(PAGE, _sent(walker)).headers["Location"] == "/study/tiny/usability/1/"


def test_a_clock_that_jumps_for_ever_leaves_the_personal_link():
    """The cookie is older than it may be then; the link leads back to the place."""
    walker = _answering("maximum_minutes = 5")
    with time_machine.travel(_entered(walker) + timedelta(days=400), tick=False):
        assert factories.browser(walker).get(f"/resume/{walker.token}/").headers["Location"].startswith("/study/tiny/")
