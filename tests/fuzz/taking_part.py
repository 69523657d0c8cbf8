"""Bad inputs of those who take part: on their pages, in their events, on their way in and out."""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from hypothesis import strategies as st

from survey.models import Draft, Identifier, InteractionEvent, ItemResponse, Participant, StageVisit, Study
from survey.protocol import protocol_of
from tests import factories
from tests.fuzz.inputs import altered, anything, forms, json_values
from tests.fuzz.world import SMALL, STANDS, Target, World, answered, encoded, posted, written

# Events and drafts: bodies of JSON

EVENTS = {
    "events": [
        {"id": f"3f2504e0-4f89-41d3-9a0c-0305e82c33{number:02}", "sequence": number, "at": 1_790_000_000_000, **event}
        for number, event in enumerate(
            [
                {"kind": "epoch_stepped", "data": {"epoch": 3}},
                {"kind": "run_started", "data": {"spec": SMALL}},
                {"kind": "scrolled", "data": {"chapter": "a", "position": 0.5, "concept": "epoch"}},
                {"kind": "page_hidden", "data": {}},
                {
                    "kind": "experiment_outcome",
                    "data": {"experiment": "cut", "change": "", "epoch": 3, "numbers": {"loss": 0.1}},
                },
            ]
        )
    ]
}


def _body(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def _events(world: World, value: Any) -> bool:
    with written() as tables:
        response = world.learning.post("/events/tiny/", _body(value), content_type="application/json")
        status = answered(response, 200, 400, 413)
        stored = InteractionEvent.objects.filter(participant=world.learner).count()
        accepted = response.json()["accepted"] if status == 200 else 0
        assert stored <= accepted and (stored or not accepted), (stored, accepted)
        assert tables <= ({"survey_interactionevent"} if accepted else set())
        return status == 400 or bool(response.json()["refused"])


def _draft(world: World, value: Any) -> bool:
    with written() as tables:
        response = world.answering.post("/study/tiny/about/1/draft/", _body(value), content_type="application/json")
        status = answered(response, 200, 400, 409, 413)
        assert tables <= ({"survey_draft"} if status == 200 else set())
        assert Draft.objects.exists() == (status == 200)
        return status != 200


# Forms


def _page(world: World, value: tuple[str, dict]) -> bool:
    """Send the form of a page on which somebody stands, from the first to the last one."""
    place, form = value
    stands = world.standing[place]
    stage = place.split("/")[1]
    address, browser = f"/study/{place}/", factories.browser(stands.walker)
    with written() as tables:
        response = posted(browser, address, form)
        answered(response, 302)
        _is_within(response["Location"])
        completed = StageVisit.objects.get(pk=stands.visit.pk).completed_at
        if completed is None:
            assert tables <= {"survey_draft"}
            shown = browser.get(response["Location"])
            answered(shown, 200)
            assert "refused" not in response["Location"] or b"item__error" in shown.content
            return True
        # A page that was taken is there as a whole, once, with answers that its items allow.
        stored = ItemResponse.objects.filter(participant=stands.walker, stage=stage)
        items = {entry["item"] for entry in stands.visit.shown or ()}
        stored = stored.filter(item__in=items)
        assert sorted(each.item for each in stored) == sorted(items), form
        _assert_answers(stands.walker, stored)
        return False


def _assert_answers(walker: Participant, responses: Iterable[ItemResponse]) -> None:
    """Hold stored answers against what their items declare, not against the form that let them through."""
    declared = protocol_of(walker.version).items()
    for response in responses:
        assert _fits(declared[response.item], response.value), (response.item, response.value)


def _fits(item: Any, value: Any) -> bool:
    if value is None:
        return not item.required
    match item.type:
        case "single_choice":
            return value in item.values
        case "multiple_choice":
            return isinstance(value, list) and bool(value) and set(value) <= set(item.values)
        case "likert":
            return isinstance(value, int) and 1 <= value <= item.points
        case "number":
            return isinstance(value, int if item.is_whole else int | float) and item.minimum <= value <= item.maximum
    return isinstance(value, str) and 0 < len(value) <= item.maximum_length and "\0" not in value


def _is_within(location: str) -> None:
    """Hold that an answer leads to a page of a participant on this site, and to no other."""
    assert location.startswith(("/study/", "/join/", "/visual/", "/text/")), location


STAGES = ("about", "pretest", "allocation", "learning", "posttest", "debriefing", "consent", "nothing", "delayed")
ELSEWHERE = ("answerer", "learner", "finished", "waiting", "screened_out", "without_place", "late")
PAGES = ("0", "1", "2", "3", "99", "-1", "2147483648", "9223372036854775808", "9" * 30, "9" * 5000)


def _elsewhere(world: World, value: tuple[str, str, str, bool, dict]) -> bool:
    """Send a page, or what is typed on it, on which one does not stand, or not any more."""
    name, stage, page, drafts, form = value
    walker = world.late.walker if name == "late" else world.people[name]
    study, browser = walker.study.name, factories.browser(walker)
    if (name, stage, page) in (("answerer", "about", "1"), ("learner", "learning", "1"), ("late", "pretest", "1")):
        return False
    with written() as tables:
        if drafts:
            address = f"/study/{study}/{stage}/{page}/draft/"
            response = browser.post(address, json.dumps({"values": form}), content_type="application/json")
            answered(response, 400, 404, 409)
        else:
            response = posted(browser, f"/study/{study}/{stage}/{page}/", form)
            if answered(response, 302, 404) == 302:
                _is_within(response["Location"])
                answered(browser.get(response["Location"], follow=True), 200)
        if (name, stage, page) == ("late", "about", "1"):
            assert tables <= {"survey_itemresponse"}
            _assert_answers(walker, ItemResponse.objects.filter(participant=walker))
        else:
            assert not tables, tables
    return True


# The ways in


def _consent(world: World, value: tuple[str, str, dict, dict | None]) -> bool:
    """Come to a study, by its open link, a link for one person or a platform's; look, or send the consent."""
    who, study, query, form = value
    client, address = world.browser(who), f"/join/{study}/"
    before = Participant.objects.count()
    with written() as tables:
        to = f"{address}?{encoded(query)}"
        response = client.get(to) if form is None else posted(client, to, form)
        status = answered(response, 200, 302, 400, 404)
        if status == 302:
            _is_within(response["Location"])
        if form is not None and "decline" in form and tables:
            assert tables == {"survey_study"} and "/declined/" in response["Location"]
            return False
        if tables:
            _assert_joined(before, response, query)
            return False
        assert Participant.objects.count() == before
        if status == 302:  # what is wrong is said where it leads to
            shown = client.get(response["Location"], follow=True)
            answered(shown, 200, 400, 404)
            if "refused=1" in response["Location"] and shown.status_code == 200:
                assert b"item__error" in shown.content
        assert not tables
        return form is not None or status != 200


def _assert_joined(before: int, response: HttpResponse, query: dict) -> None:
    """Hold that one person is new, with what their link says of them and nothing else."""
    assert Participant.objects.count() == before + 1
    assert response["Location"].startswith("/study/")
    participant = Participant.objects.latest("pk")
    found = Identifier.objects.filter(participant=participant).first()
    if found:
        sent = query["PROLIFIC_PID" if found.platform == "prolific" else "survey_code"]
        assert found.value == (sent[-1] if isinstance(sent, list) else sent)
        told = (found.value, found.platform_study or "-", found.platform_session or "-")
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", each) for each in told), told


# Pages that are no form of answers: the ends, the pause, the conditions

NO_FORM = (
    "/study/{}/", "/study/{}/complete/", "/study/{}/full/", "/study/{}/ended/", "/study/{}/pause/",
    "/study/{}/withdrawn/", "/study/{}/erased/", "/study/{}/closed/", "/join/{}/declined/",
    "/visual/{}/", "/text/{}/",
)  # fmt: skip
STUDIES = ("tiny", "paid", "winding", "bilingual", "shut", "nothing")
CONTENT = (
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data", "multipart/form-data; boundary=x",
    "text/plain; charset=nothing", "",
)  # fmt: skip
# Where each of the people stands.
LED_TO = {
    "answerer": "/study/tiny/about/1/",
    "finished": "/study/tiny/complete/",
    "waiting": "/study/paid/complete/",
    "tester": "/study/paid/complete/",
    "screened_out": "/study/winding/ended/",
    "without_place": "/study/tiny/full/",
}


def _visit(world: World, value: tuple[str, str, str, str, dict, str, bytes]) -> bool:
    """Come to a page by any method, with any query and body, as anybody."""
    who, place, study, method, query, content, body = value
    client, address = world.browser(who), place.format(study)
    with written() as tables:
        response = client.generic(method, f"{address}?{encoded(query)}", body, content_type=content)
        status = answered(response, 200, 302, 400, 404, 405)
        begins = (who, address, method) == ("tester", "/study/paid/complete/", "POST") and status == 302
        # Who only tries the study need not wait for the follow-up: the button begins it.
        assert tables == ({"survey_stagevisit"} if begins else set()), tables
        if status == 302:
            _is_within(response["Location"])
            # Whoever is led somewhere arrives, and stays there.
            answered(client.get(response["Location"], follow=True), 200, 404)
        leaves = place.endswith("/pause/") and method == "POST" and status == 302
        if who in LED_TO and not begins and not leaves:
            at = client.get(f"/study/{LED_TO[who].split('/')[2]}/")
            assert at["Location"] == LED_TO[who]
    return status != 200 or bool(query) or bool(body)


def _withdrawal(world: World, form: dict) -> bool:
    """Never the choice to erase: that is noted in a file too, which stays."""
    with written() as tables:
        response = posted(factories.browser(world.learner), "/study/tiny/withdraw/", form)
        kept = Participant.objects.get(pk=world.learner.pk).withdrawn_at
    answered(response, 302 if kept else 200)
    assert kept or not tables
    return not kept


VALUES = st.one_of(anything, st.sampled_from(["known", "5f0c9a1b2d3e4f5061728394", "de", "en", "1"]))
PARAMETERS = ["invitation", "PROLIFIC_PID", "STUDY_ID", "SESSION_ID", "survey_code", "language", "refused", "changed"]


def _queries(world: World) -> st.SearchStrategy[dict[str, Any]]:
    """Return queries of those who come, with parameters of a platform or without."""
    value = st.one_of(VALUES, st.sampled_from(world.invitations), st.lists(VALUES, max_size=2))
    return st.dictionaries(st.sampled_from(PARAMETERS), value, max_size=4)


def _consents(study: Study) -> st.SearchStrategy[dict | None]:
    """Return consents as they should be, or not, or None for a look: what a link says counts with a good form only."""
    form = factories.consent_form(study)
    return st.one_of(st.none(), st.just(form), forms(form), st.just(form | {"decline": "1"}))


def _consent_forms(world: World) -> st.SearchStrategy[tuple[str, dict | None]]:
    """Return (study, form or None for a look)."""
    of = {each.name: each for each in (world.study, world.paid, world.bilingual, world.shut)}
    return st.sampled_from(sorted(of)).flatmap(lambda name: st.tuples(st.just(name), _consents(of[name])))


TARGETS = {
    "events": Target(
        14,
        lambda world: st.one_of(
            altered(EVENTS),
            altered(*({"events": [each]} for each in EVENTS["events"])),
            json_values,
            st.binary(max_size=60),
        ),
        _events,
    ),
    "drafts": Target(
        7,
        lambda world: st.one_of(altered({"values": world.answers}), json_values, st.binary(max_size=60)),
        _draft,
    ),
    "pages": Target(
        7,
        lambda world: st.sampled_from([f"{study}/{stage}/{page}" for study, stage, page, _ in STANDS]).flatmap(
            lambda place: st.tuples(st.just(place), forms(world.standing[place].form))
        ),
        _page,
    ),
    "elsewhere": Target(
        4,
        lambda world: st.tuples(
            st.one_of(
                st.tuples(st.sampled_from(ELSEWHERE), st.sampled_from(STAGES), st.sampled_from(PAGES)),
                st.just(("late", "about", "1")),
            ),
            st.booleans(),
            forms(world.late.form),
            json_values,
        ).map(lambda value: (*value[0], value[1], value[3] if value[1] and len(value[2]) < 2 else value[2])),
        _elsewhere,
    ),
    "consents": Target(
        7,
        lambda world: st.tuples(
            st.sampled_from(["nobody", "learner", "finished", "waiting", "withdrawn", "shut_out"]),
            _consent_forms(world),
            _queries(world),
        ).map(lambda value: (value[0], value[1][0], value[2], value[1][1])),
        _consent,
    ),
    "visits": Target(
        5,
        lambda world: st.sampled_from(["nobody", *sorted(world.people)]).flatmap(
            lambda who: st.tuples(
                st.just(who),
                st.one_of(st.sampled_from(NO_FORM), st.just("/study/{}/complete/")),
                st.one_of(st.just(world.people.get(who, world.learner).study.name), st.sampled_from(STUDIES)),
                st.sampled_from(["GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"]),
                st.dictionaries(st.sampled_from([*PARAMETERS, "run", "epoch", "view", "platform", "next"]), VALUES),
                st.sampled_from(CONTENT),
                st.one_of(st.just(b""), st.binary(max_size=60), forms({"to": "1"}).map(encoded).map(str.encode)),
            )
        ),
        _visit,
    ),
    "withdrawals": Target(1, lambda world: forms({"choice": "keep"}), _withdrawal),
}
