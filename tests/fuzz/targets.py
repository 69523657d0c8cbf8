"""Where bad inputs are sent, and what must hold: an answer that is no failure, and nothing written."""

import json
import re
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st

from survey import links, markdown
from survey.management.arguments import checked_folder
from survey.models import Draft, InteractionEvent, ItemResponse, Kind, Participant
from survey.protocol import protocol_of, read_folder
from tests import factories
from tests.fuzz.inputs import altered, anything, forms, json_values, wounded
from visual import runs, runspec

WRITES = re.compile(r'^(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM) "(\w+)"')
SMALL = str(replace(runspec.DEFAULT, layers=2, units=4))
SPECS = (
    SMALL,
    str(runspec.DEFAULT),
    SMALL.replace("noise=0", "noise=0.2") + "@12,learning_rate=0.1@40,batch_size=5,noise=0",
    SMALL.replace("data=sine", "data=text:ab%20ba"),
    SMALL.replace("learning_rate", "clip=1;learning_rate").replace("cell=lstm", "cell=gru"),
)
QUESTIONS = (
    "clamp=forget_gate;layer=1;steps=3-5;units=0,2;value=0",
    "cut=cell_state;layer=1;steps=3-3&cut=state;layer=2;steps=4-9",
    "transplant=state;layer=2;step=10;from=4",
    "input=4;value=-0.5&inspect=2",
    "nudge=recurrent_weights;layer=1;part=forget_gate;unit=3;from=2;by=0.01",
)


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def encoded(fields: dict[str, Any]) -> str:
    """Return fields as a form or a query sends them, whatever they hold."""
    parts = [(name, part) for name, given in fields.items() for part in (given if isinstance(given, list) else [given])]
    return "&".join(f"{quoted(name)}={quoted(str(part))}" for name, part in parts)


def posted(client: Client, address: str, fields: dict[str, Any]):
    return client.post(address, encoded(fields), content_type="application/x-www-form-urlencoded")


class World:
    """A study under way, and everybody's browsers."""

    def __init__(self) -> None:
        now = timezone.now()
        self.study = factories.study()
        files = factories.files()["study.toml"]
        prolific = '\n[prolific]\ncompleted = "ABC"\n[sona]\nsite = "https://school.sona-systems.com"\n'
        prolific += 'experiment_id = 1\ncredit_token = "abc"\n'
        self.paid = factories.study(
            name="paid", files=factories.files(study=files.replace('name = "tiny"', 'name = "paid"') + prolific)
        )
        factories.unblinded(self.study)
        self.answerer = factories.consented(self.study, at=now)
        self.answering = factories.browser(self.answerer)
        self.learner = factories.learning(self.study, at=now)
        self.learning = factories.browser(self.learner)
        self.finished = factories.finished(self.study)
        self.owner = factories.researcher()
        self.rater = factories.colleague("rater", self.study)
        self.nobody = Client()

    @cached_property
    def answers(self) -> dict[str, Any]:
        """Return a valid answer to each item of the page on which `answering` stands, as a form sends it."""
        protocol = protocol_of(self.study.current_version)
        items = next(iter(protocol.editions.values())).instruments["about"].items
        return {item.id: factories.usual_answer(item) for item in items}

    @cached_property
    def rows(self) -> dict[str, Any]:
        """Return what stands for rows of tables in the addresses of a researcher's forms."""
        owner = factories.user("researcher", is_superuser=True)
        first = links.make(self.study, 2, Kind.REAL, timezone.now(), owner)[0]
        return {
            "role": self.study.roles.get(name="rater").pk,
            "batch": first.pk,
            "key": re.search(rb'/rate/([^/"]+)/', self.rater.get("/researcher/tiny/rate/").content)[1].decode(),
            "answer": ItemResponse.objects.get(participant=self.finished, item="post_open").pk,
            "link": factories.data_link(self.study, owner)[0].key,
        }

    @cached_property
    def folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        for name, text in factories.files().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder


@contextmanager
def written():
    """Yield the set of tables that are written to within; at the end all is as it was before."""
    tables: set[str] = set()

    def note(execute, sql, params, many, context):
        if found := WRITES.match(sql):
            tables.add(found[1])
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(note):
            yield tables
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Target:
    """`send` gives an input to the site and returns whether it was a bad one; it raises what does not hold."""

    share: int  # of a hundred inputs
    inputs: Callable[[World], st.SearchStrategy]
    send: Callable[[World, Any], bool]


def _answered(response, *statuses: int) -> int:
    assert response.status_code in statuses, response.status_code
    return response.status_code


# Training runs: any spec, any place in it; any question

BAD_RUN = (400, 404)


def _run(world: World, value: tuple[str, str]) -> bool:
    spec, place = value
    with written() as tables:
        response = world.nobody.get(f"/runs/v{runs.answers_version()}/{quoted(spec)}/{place}")
    assert not tables
    _answered(response, *BAD_RUN)
    return True


def _is_no_run(value: tuple[str, str]) -> bool:
    try:
        runspec.parse(value[0])
    except runspec.InvalidSpecError:
        return True
    return value[1].startswith(("epochs/9", "epochs/x", "nothing"))


PLACES = ("epochs/0-1", "epochs/2-9", "epochs/1/layers/1", "epochs/1/what-if?input=4;value=0.5")
NO_PLACES = (
    "epochs/9-0",
    "epochs/" + "9" * 5000 + "-1",
    "epochs/999/layers/1",
    "epochs/9/layers/999",
    "epochs/x",
    "nothing",
)


def _question(world: World, query: str) -> bool:
    with written() as tables:
        address = f"/runs/v{runs.answers_version()}/{quoted(SMALL)}/epochs/1/what-if"
        response = world.nobody.get(address, QUERY_STRING=quote(query.encode("utf-8", "surrogatepass"), safe="=&;,%+"))
    assert not tables
    return _answered(response, 200, 301, *BAD_RUN) in BAD_RUN


# Study folders


def _study_file(world: World, value: tuple[str, str]) -> bool:
    name, text = value
    path = world.folder / name
    before = path.read_bytes()
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        checked_folder(world.folder, "")
    except CommandError as error:
        assert str(error)
        return True
    finally:
        path.write_bytes(before)
    return False


def _text(world: World, text: str) -> bool:
    html = str(markdown.render(text))
    assert not re.search(r"<(script|style|iframe|object|embed|form|input|link|meta|base|svg)\b", html, re.IGNORECASE)
    assert not re.search(r"<[^>]*\s(on\w+|style)=", html, re.IGNORECASE)
    assert not re.search(r"(href|src)=\"(?:javascript|vbscript|data:text)", html, re.IGNORECASE)
    return True


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
        status = _answered(response, 200, 400, 413)
        stored = InteractionEvent.objects.filter(participant=world.learner).count()
        accepted = response.json()["accepted"] if status == 200 else 0
        assert stored <= accepted and (stored or not accepted), (stored, accepted)
        assert tables <= ({"survey_interactionevent"} if accepted else set())
        return status == 400 or bool(response.json()["refused"])


def _draft(world: World, value: Any) -> bool:
    with written() as tables:
        response = world.answering.post("/study/tiny/about/1/draft/", _body(value), content_type="application/json")
        status = _answered(response, 200, 400, 409, 413)
        assert tables <= ({"survey_draft"} if status == 200 else set())
        assert Draft.objects.exists() == (status == 200)
        return status != 200


# Forms


def _page(world: World, form: dict) -> bool:
    with written() as tables:
        response = posted(world.answering, "/study/tiny/about/1/", form)
        _answered(response, 302)
        if response["Location"] == "/study/tiny/about/1/?refused=1":
            assert tables <= {"survey_draft"}
            shown = world.answering.get(response["Location"])
            _answered(shown, 200)
            return True
        # A page that was taken is there as a whole, once, and is of whoever sent it.
        stored = ItemResponse.objects.filter(participant=world.answerer, stage="about")
        assert sorted(stored.values_list("item", flat=True)) == sorted(world.answers), form
        return False


def _consent(world: World, value: tuple[dict, dict]) -> bool:
    query, form = value
    before = Participant.objects.count()
    with written() as tables:
        response = posted(world.nobody, f"/join/paid/?{encoded(query)}", form)
        status = _answered(response, 302, 400, 404)
        world.nobody.cookies.clear()
        if "decline" in form or (status == 302 and response["Location"].startswith("/study/")):
            return False
        assert not tables and Participant.objects.count() == before
        return True


def _withdrawal(world: World, form: dict) -> bool:
    """Never the choice to erase: that is noted in a file too, which stays."""
    with written() as tables:
        response = posted(factories.browser(world.learner), "/study/tiny/withdraw/", form)
        kept = Participant.objects.get(pk=world.learner.pk).withdrawn_at
    _answered(response, 302 if kept else 200)
    assert kept or not tables
    return not kept


RESEARCHER = {
    "roles/": {"user": "1", "name": "rater"},
    "roles/account/": {"account": "new", "role": "assistant"},
    "roles/{role}/take/": {},
    "state/": {"to": "closed", "reason": "why", "sure": "on"},
    "links/make/": {"count": "2"},
    "links/test/": {},
    "links/{batch}/revoke/": {},
    "links/{batch}.csv": {},
    "rate/{key}/": {"points": "1", "reason": "why"},
    "ratings/{answer}/settle/": {"points": "1", "reason": "why"},
    "participants/{code}/link/": {},
    "participants/{code}/answers/": {},
    "export/links/{link}/revoke/": {},
    "unblind/": {"reason": "why", "confirm": "on"},
    "participants/{code}/note/": {"text": "note"},
    "participants/{code}/exclude/": {"reason": "why"},
    "export/links/": {"name": "mine", "reads": "participants.csv", "days": "30"},
}
LOOKS = (
    "", "participants/", "ratings/", "audit/", "export/", "export/participants.csv", "live/", "participants/{code}/",
    "links/", "planning/", "preregistration.md", "results/", "results/report.html", "rate/",
    "rate/{key}/", "roles/", "state/", "consort.svg",
)  # fmt: skip


LOGGED = ("export", "results")  # whoever looks at these is noted in the audit log


def _researcher(world: World, value: tuple[str, dict, bool]) -> bool:
    place, fields, sends = value
    address = f"/researcher/tiny/{place.format(code=world.finished.code, **world.rows)}"
    colleague = world.rater if place.startswith("rate/") else world.owner
    with written() as tables:
        response = posted(colleague, address, fields) if sends else colleague.get(address, QUERY_STRING=encoded(fields))
        response.close()
        status = _answered(response, 200, 302, 400, 403, 404)
        if status in (400, 403, 404) or (not sends and not place.startswith(LOGGED)):
            assert not tables - {"django_session"}, tables
        return status != 302


def _log_in(world: World, form: dict) -> bool:
    with written() as tables:
        response = posted(world.nobody, "/researcher/login/", form)
        world.nobody.cookies.clear()
    _answered(response, 200)
    assert not tables
    return True


# Secrets in addresses and cookies, and addresses as such


def _secret(world: World, value: tuple[str, str]) -> bool:
    place, secret = value
    client = world.nobody
    with written() as tables:
        match place:
            case "participant_tiny" | "sessionid" | "csrftoken" | "messages":
                client.cookies[place] = secret.encode("utf-8", "surrogatepass").decode("latin-1")
                response = client.get("/study/tiny/")
                other = client.get("/researcher/")
                _answered(other, 404 if "\0" in secret else 302)
            case _:
                response = client.get(place.format(quoted(secret)))
                response.close()
        client.cookies.clear()
    opens_something = place == "/{}" or "?platform" in place or "declined" in place  # the start page; any platform
    _answered(response, *([200] if opens_something else []), 301, 302, 400, 403, 404)
    assert not tables
    return response.status_code != 200


PLACES_OF_SECRETS = (
    "/resume/{}/", "/data/tiny/participants.csv?token={}", "/data/tiny/{}", "/join/tiny/?invitation={}", "/join/{}/",
    "/study/{}/", "/study/tiny/{}/1/", "/researcher/{}/", "/visual/{}/", "/{}", "/static/{}", "/runs/{}",
    "/researcher/tiny/participants/{}/", "/join/tiny/erased/?platform={}", "/join/tiny/declined/?PROLIFIC_PID={}",
    "participant_tiny", "sessionid", "csrftoken", "messages",
)  # fmt: skip

TARGETS = {
    "runs": Target(
        20,
        lambda world: st.one_of(
            st.tuples(st.one_of(wounded(*SPECS), anything), st.sampled_from(PLACES)),
            st.tuples(st.sampled_from(SPECS), st.sampled_from(NO_PLACES)),
        ).filter(_is_no_run),
        _run,
    ),
    "what_ifs": Target(14, lambda world: wounded(*QUESTIONS), _question),
    "study_files": Target(
        3,
        lambda world: st.sampled_from(sorted(read_folder(world.folder).items())).flatmap(
            lambda file: st.tuples(st.just(file[0]), wounded(file[1]))
        ),
        _study_file,
    ),
    "texts": Target(
        8,
        lambda world: st.one_of(
            wounded(*(text for name, text in factories.files(factories.REPLICATION).items() if name.endswith(".md"))),
            st.lists(anything, max_size=6).map("".join),
            anything.map(lambda text: f"$\\text{{{text}}}$"),
            anything.map(lambda text: f"${text}$"),
        ),
        _text,
    ),
    "events": Target(
        17,
        lambda world: st.one_of(
            altered(EVENTS),
            altered(*({"events": [each]} for each in EVENTS["events"])),
            json_values,
            st.binary(max_size=60),
        ),
        _events,
    ),
    "drafts": Target(
        8,
        lambda world: st.one_of(altered({"values": world.answers}), json_values, st.binary(max_size=60)),
        _draft,
    ),
    "pages": Target(6, lambda world: forms(world.answers), _page),
    "consents": Target(
        6,
        lambda world: st.tuples(
            st.dictionaries(
                st.sampled_from(["invitation", "PROLIFIC_PID", "STUDY_ID", "SESSION_ID", "survey_code", "language"]),
                anything,
                max_size=3,
            ),
            forms(factories.consent_form(world.paid)),
        ),
        _consent,
    ),
    "researchers": Target(
        4,
        lambda world: st.one_of(
            st.sampled_from(sorted(RESEARCHER)).flatmap(
                lambda place: st.tuples(st.just(place), forms(RESEARCHER[place]), st.just(True))
            ),
            st.tuples(
                st.sampled_from(LOOKS),
                st.dictionaries(st.sampled_from(["page", "status", "arm", "tables", "language", "format"]), anything),
                st.just(False),
            ),
        ),
        _researcher,
    ),
    "withdrawals": Target(1, lambda world: forms({"choice": "keep"}), _withdrawal),
    "log_ins": Target(1, lambda world: forms({"username": "researcher", "password": "x", "next": "/"}), _log_in),
    "secrets": Target(12, lambda world: st.tuples(st.sampled_from(PLACES_OF_SECRETS), anything), _secret),
}
assert sum(target.share for target in TARGETS.values()) == 100
