"""A participant's pages: one truth about where they stand, whatever the browser does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from survey import flow
from survey.models import Draft, ItemResponse, Participant, StageVisit
from survey.protocol import protocol_of
from tests import factories

pytestmark = pytest.mark.django_db


def _addresses() -> list[str]:
    """Return the address of every page of the tiny study's way, for somebody who is in the visual arm."""
    learner = factories.learning()
    return [flow.address(learner, position) for position in flow.way(protocol_of(learner.version))[1:]]


def _at(stage: str, page: int = 1) -> Participant:
    return factories.walk(factories.participant(), until=stage, page=page)


def _payload(walker: Participant, stage: str, page: int = 1, **changes) -> dict:
    visit = walker.visits.get(stage=stage, page=page)
    return factories.page_answers(walker, visit) | changes


def _likert(walker: Participant, number: int = 0) -> str:
    """Return the name of a rating item that must be answered."""
    items = protocol_of(walker.version).items()
    return [item.id for item in items.values() if item.type == "likert" and item.required][number]


def test_a_whole_participation_leads_through_every_page_once():
    walker = _at("about")
    browser = factories.browser(walker)
    seen = []
    url = "/study/tiny/"
    while not url.endswith("/complete/"):
        url = browser.get(url).headers.get("Location") or url
        if url.endswith("/complete/"):
            break
        assert browser.get(url).status_code == 200
        seen.append(url)
        position = flow.current(walker, timezone.now())
        payload = _payload(walker, position.stage.id, position.page) if position.stage.kind == "instrument" else {}
        url = browser.post(flow.stage_address(walker, position), payload).headers["Location"]
        walker = Participant.objects.get(pk=walker.pk)
    way = flow.way(protocol_of(walker.version))
    assert seen == [flow.address(walker, position) for position in way[1:-1]]
    assert walker.status == "finished"
    page = browser.get(url).content.decode()
    assert walker.completion_code in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]


def test_answers_are_stored_as_given():
    walker = _at("about")
    items = {item.id: item for item in protocol_of(walker.version).instruments()[0][1].items}
    payload = _payload(walker, "about")
    text = next(name for name in payload if items[name].type in ("short_text", "long_text"))
    payload[text] = '  Ünïcode, "quotes"; and\r\na new line =1+1 <b>  '
    factories.browser(walker).post("/study/tiny/about/1/", payload)
    stored = {row.item: row.value for row in walker.responses.filter(stage="about")}
    assert stored[text] == payload[text].strip()
    for name, value in payload.items():
        if name != text:
            assert stored[name] == value, name


def test_no_address_leads_past_the_place_or_back():
    walker = _at("ratings")
    browser = factories.browser(walker)
    for address in _addresses():
        if not address.endswith("/ratings/1/"):
            assert browser.get(address).headers["Location"] == "/study/tiny/ratings/1/", address


def test_nobody_posts_past_the_place():
    walker = _at("about")
    response = factories.browser(walker).post("/study/tiny/posttest/1/", {"anything": "b"})
    assert response.headers["Location"] == "/study/tiny/about/1/"
    assert not walker.visits.filter(stage="posttest").exists()


def test_who_takes_no_part_is_led_to_the_consent():
    factories.study()
    for address in _addresses():
        response = factories.uninvited().get(address)
        assert response.headers["Location"] == "/join/tiny/", address


def test_a_missing_answer_is_marked_beside_its_item_and_nothing_is_stored():
    walker = _at("ratings")
    payload = _payload(walker, "ratings")
    left_out, kept = _likert(walker), _likert(walker, 1)
    page = factories.browser(walker).post("/study/tiny/ratings/1/", {kept: payload[kept]}, follow=True).content.decode()
    assert f'id="error-{left_out}"' in page
    assert 'aria-invalid="true"' in page
    assert f'value="{payload[kept]}" ' in page
    assert "checked" in page
    assert not walker.responses.filter(stage="ratings").exists()


@pytest.mark.parametrize("value", ["0", "8", "3.5", "many", "²", "99999999999999999999", "<script>"])
def test_an_impossible_answer_is_refused(value):
    walker = _at("ratings")
    payload = _payload(walker, "ratings") | {_likert(walker): value}
    response = factories.browser(walker).post("/study/tiny/ratings/1/", payload)
    assert response.headers["Location"] == "/study/tiny/ratings/1/?refused=1"
    assert not walker.responses.filter(stage="ratings").exists()


def test_sending_a_page_twice_stores_it_once_and_says_so():
    walker = _at("ratings")
    browser = factories.browser(walker)
    payload = _payload(walker, "ratings")
    browser.post("/study/tiny/ratings/1/", payload)
    changed = payload | {_likert(walker): "1"}
    response = browser.post("/study/tiny/ratings/1/", changed, follow=True)
    assert "those answers count" in response.content.decode()
    stored = {row.item: row.value for row in walker.responses.filter(stage="ratings")}
    assert stored == {name: int(value) for name, value in payload.items()}


def test_who_is_second_with_a_page_knows_of_the_draw_to_which_the_first_led():
    walker = _at("pretest")
    first, second = (Participant.objects.with_study().get(pk=walker.pk) for _ in range(2))
    position = flow.current(second, factories.START)
    visit = walker.visits.get(stage="pretest")
    page = {"ended_by": "submitted", "at": visit.entered_at, "answers": factories.page_answers(walker, visit)}
    assert flow.complete(first, position, **page).stage.kind == "text"
    assert first.allocation.participant_id == walker.pk
    assert flow.complete(second, position, **page) is None
    assert second.allocation == first.allocation


@pytest.mark.parametrize("age", ["9" * 400, "-" + "9" * 400, "9" * 4400])
def test_a_number_that_no_machine_number_holds_is_refused_like_any_out_of_bounds(age):
    """Django's own check of a number's steps fails at it."""
    walker = _at("about")
    browser = factories.browser(walker)
    response = browser.post("/study/tiny/about/1/", _payload(walker, "about", age=age))
    assert response.headers["Location"] == "/study/tiny/about/1/?refused=1"
    assert browser.get(response.headers["Location"]).status_code == 200
    assert not ItemResponse.objects.filter(participant=walker, stage="about").exists()


def test_a_page_shows_the_same_order_after_a_reload_and_orders_differ_between_participants():
    orders = set()
    for _ in range(8):
        walker = _at("posttest")
        first = walker.visits.get(stage="posttest", page=1).shown
        factories.browser(walker).get("/study/tiny/posttest/1/")
        assert walker.visits.get(stage="posttest", page=1).shown == first
        orders.add(str([entry.get("options") for entry in first]))
    assert len(orders) > 1


def test_drafts_fill_the_form_again_and_are_no_answers():
    walker = _at("ratings")
    browser = factories.browser(walker)
    first = _likert(walker)
    saved = browser.post(
        "/study/tiny/ratings/1/draft/", {"values": {first: "6", "not_an_item": "1"}}, content_type="application/json"
    )
    assert saved.json() == {"saved": True}
    assert Draft.objects.get().values == {first: "6"}
    page = browser.get("/study/tiny/ratings/1/").content.decode()
    assert 'value="6" ' in page and page.count("checked") == 1
    assert not ItemResponse.objects.filter(stage="ratings").exists()
    browser.post("/study/tiny/ratings/1/", _payload(walker, "ratings"))
    assert not Draft.objects.exists()


def test_a_character_that_no_database_takes_costs_nothing_of_what_was_typed():
    walker = _at("about")
    browser = factories.browser(walker)
    browser.post("/study/tiny/about/1/", _payload(walker, "about", age="1\0", tools=["py\0thon", "r"]))
    assert (Draft.objects.get().values["age"], Draft.objects.get().values["tools"]) == ("1", ["python", "r"])
    browser.post(
        "/study/tiny/about/1/draft/", {"values": {"field": "bio\0logy \\u0000"}}, content_type="application/json"
    )
    assert Draft.objects.get().values == {"field": "biology \\u0000"}


@pytest.mark.parametrize(
    "body", ["", "[]", '{"values": []}', '{"values": {"a": 1}}', '{"values": {"a": [1]}}', '{"values": "x"}', "{"]
)
def test_a_draft_of_another_form_is_refused(body):
    walker = _at("ratings")
    response = factories.browser(walker).post("/study/tiny/ratings/1/draft/", body, content_type="application/json")
    assert response.status_code == 400
    assert not Draft.objects.exists()


def test_a_draft_of_a_page_that_was_sent_is_not_kept():
    walker = _at("usability")
    response = factories.browser(walker).post(
        "/study/tiny/ratings/1/draft/", {"values": {}}, content_type="application/json"
    )
    assert response.status_code == 409
    assert response.json()["here"] == "/study/tiny/usability/1/"
    assert factories.uninvited().post("/study/tiny/ratings/1/draft/", {}).status_code == 404


def test_the_learning_phase_ends_when_the_participant_says_so():
    learner = factories.learning(at=timezone.now())
    response = factories.browser(learner).post("/study/tiny/learning/1/")
    assert response.headers["Location"] == "/study/tiny/ratings/1/"
    assert learner.visits.get(stage="learning").ended_by == StageVisit.EndedBy.SUBMITTED


def test_the_learning_phase_ends_when_the_time_is_up():
    learner = factories.learning(at=timezone.now() - timedelta(hours=2))
    visit = learner.visits.get(stage="learning")
    assert visit.due_at - visit.entered_at == timedelta(minutes=30)
    response = factories.browser(learner).post("/study/tiny/learning/1/", follow=True)
    assert "The time for that page was over" in response.content.decode()
    visit.refresh_from_db()
    assert (visit.ended_by, visit.completed_at) == (StageVisit.EndedBy.TIME_OUT, visit.due_at)


def test_the_time_does_not_begin_anew_with_a_reload():
    learner = factories.learning(at=timezone.now())
    due = learner.visits.get(stage="learning").due_at
    browser = factories.browser(learner)
    browser.get(flow.address(learner, flow.current(learner, timezone.now())))
    browser.get("/study/tiny/")
    assert learner.visits.get(stage="learning").due_at == due


def test_the_other_arm_s_page_leads_to_the_own():
    learner = factories.learning(at=timezone.now())
    own = flow.address(learner, flow.current(learner, timezone.now()))
    other = {"/visual/tiny/": "/text/tiny/", "/text/tiny/": "/visual/tiny/"}[own]
    assert factories.browser(learner).get(other).headers["Location"] == own


def test_pages_are_never_kept_by_a_cache():
    walker = _at("about")
    assert "no-store" in factories.browser(walker).get("/study/tiny/about/1/").headers["Cache-Control"]


def test_a_forged_cookie_is_nobody(client):
    walker = _at("about")
    client.cookies["participant_tiny"] = f"{walker.token}:forged:signature"
    assert client.get("/study/tiny/about/1/").headers["Location"] == "/join/tiny/"
