"""What bad inputs are sent to: a study under way and everybody's browsers; and what tells whether one wrote."""

import re
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st

from survey import flow, links
from survey.models import Identifier, ItemResponse, Kind, Participant, StageVisit, Study
from tests import factories
from visual import runspec

WRITES = re.compile(r'^(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM) "(\w+)"')
SMALL = str(replace(runspec.DEFAULT, layers=2, units=4))


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def encoded(fields: dict[str, Any]) -> str:
    """Return fields as a form or a query sends them, whatever they hold."""
    parts = [(name, part) for name, given in fields.items() for part in (given if isinstance(given, list) else [given])]
    return "&".join(f"{quoted(name)}={quoted(str(part))}" for name, part in parts)


def posted(client: Client, address: str, fields: dict[str, Any]):
    return client.post(address, encoded(fields), content_type="application/x-www-form-urlencoded")


FOLLOW_UP = """
[[stages]]
id = "delayed"
kind = "follow_up"
opens_after_days = 7
closes_after_days = 10

[[stages]]
id = "recall"
kind = "text"
text = "instruction"
"""
PLATFORMS = """
[prolific]
completed = "ABC"
[sona]
site = "https://school.sona-systems.com"
experiment_id = 1
credit_token = "abc"
"""
# On which pages somebody stands whose form is sent: (study, stage, page, answers on the way there).
STANDS = (
    ("tiny", "about", 1, {}),
    ("tiny", "pretest", 1, {}),
    ("tiny", "instruction", 1, {}),
    ("tiny", "learning", 1, {}),
    ("tiny", "ratings", 1, {}),
    ("tiny", "usability", 1, {}),
    ("tiny", "posttest", 1, {}),
    ("tiny", "posttest", 2, {}),
    ("winding", "experts", 1, {"experience": "some"}),
    ("winding", "pretest", 1, {}),
    ("winding", "check", 1, {}),
    ("winding", "posttest", 1, {}),
)


@dataclass(frozen=True)
class Standing:
    """Somebody on a page, and what a browser sends of it that is as it should be."""

    walker: Participant
    visit: StageVisit
    form: dict[str, Any]


class World:
    """Studies under way, and everybody's browsers."""

    def __init__(self) -> None:
        now = timezone.now()
        self.study = factories.study()
        self.winding = factories.study(factories.WINDING)
        files = factories.files()
        paid = files["study.toml"].replace('name = "tiny"', 'name = "paid"') + PLATFORMS
        paid = paid.replace("\n[[arms]]", f"{FOLLOW_UP}\n[[arms]]", 1)
        titles = files["en/titles.toml"] + '\ndelayed = "One week later"\nrecall = "What it was about"\n'
        self.paid = factories.study(name="paid", files=files | {"study.toml": paid, "en/titles.toml": titles})
        self.bilingual = factories.study(name="bilingual", files=_named("bilingual", factories.bilingual_files()))
        self.shut = factories.study(name="shut", files=_named("shut", files))
        factories.unblinded(self.study)
        self.answerer = factories.consented(self.study, at=now)
        self.answering = factories.browser(self.answerer)
        self.learner = factories.learning(self.study, at=now)
        self.learning = factories.browser(self.learner)
        self.finished = factories.finished(self.study)
        self.waiting = factories.finished(self.paid, at=now - timedelta(hours=1))  # for the follow-up
        Identifier.objects.create(
            study=self.paid, participant=self.waiting, platform="prolific", value="known", received_at=now
        )
        self.people = {
            "answerer": self.answerer,
            "learner": self.learner,
            "finished": self.finished,
            "waiting": self.waiting,
            "tester": factories.finished(self.paid, at=now - timedelta(hours=1), kind=Kind.TEST),
            "withdrawn": factories.withdrawn(self.study),
            "screened_out": self._ended(factories.participant(self.winding), {"experience": "much"}),
            "without_place": self._ended(factories.participant(self.study, no_place_at=now)),
            "shut_out": factories.consented(self.shut),
        }
        Study.objects.filter(pk=self.shut.pk).update(state="closed")
        self.owner = factories.researcher()
        self.rater = factories.colleague("rater", self.study)
        self.nobody = Client()

    @staticmethod
    def _ended(walker: Participant, answers: dict[str, Any] | None = None) -> Participant:
        return factories.walk(walker, answers=answers)

    def browser(self, name: str) -> Client:
        """Return a new browser of one of the `people`, or of nobody."""
        return factories.browser(self.people[name]) if name in self.people else Client()

    @cached_property
    def standing(self) -> dict[str, Standing]:
        """Return {study/stage/page: who stands there}."""
        now, found = timezone.now(), {}
        for name, stage, page, answers in STANDS:
            study = self.study if name == "tiny" else self.winding
            walker = factories.participant(study, at=now - timedelta(minutes=10))
            walker = factories.walk(walker, until=stage, page=page, answers=answers)
            visit = walker.visits.get(stage=stage, page=page)
            found[f"{name}/{stage}/{page}"] = _standing(walker, visit)
        return found

    @cached_property
    def late(self) -> Standing:
        """Return somebody whose time for a page is over, and who may still send it for as long as a hunt takes."""
        files = _named("timed", factories.files())
        files["study.toml"] = files["study.toml"].replace('id = "about"\n', 'id = "about"\nmaximum_minutes = 1\n', 1)
        now = timezone.now()
        walker = factories.consented(factories.study(name="timed", files=files), at=now - timedelta(minutes=2))
        flow.current(walker, now)
        StageVisit.objects.filter(participant=walker, stage="about").update(completed_at=now + timedelta(days=1))
        visit = walker.visits.get(stage="about")
        factories.walk(walker, until="pretest")
        return _standing(walker, visit)

    @cached_property
    def answers(self) -> dict[str, Any]:
        """Return a valid answer to each item of the page on which `answering` stands, as a form sends it."""
        return _standing(self.answerer, self.answerer.visits.get(stage="about")).form

    @cached_property
    def invitations(self) -> list[str]:
        """Return the keys of a link made for one person, and of one by which somebody has come."""
        free, used = links.make(self.study, 2, Kind.REAL, timezone.now(), factories.user("researcher"))
        factories.consented(self.study, join_key=used.key)
        return [str(free.key), str(used.key)]

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


def _standing(walker: Participant, visit: StageVisit) -> Standing:
    answers = factories.page_answers(walker, visit) if visit.shown else {}
    form = {item: value if isinstance(value, list) else str(value) for item, value in answers.items()}
    return Standing(walker, visit, {**form, "_attempt": "1"})


def _named(name: str, files: dict[str, str]) -> dict[str, str]:
    return files | {"study.toml": files["study.toml"].replace('name = "tiny"', f'name = "{name}"')}


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


def answered(response, *statuses: int) -> int:
    assert response.status_code in statuses, response.status_code
    return response.status_code
