"""The cast of the tests: plain functions that make a study, its participants and their browsers.

Everybody walks the study's real way, by `flow` alone, at times that are given and never read from a clock.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.signing import get_cookie_signer
from django.test import Client
from django.utils import timezone

from survey import entry, flow
from survey.models import DataLink, InteractionEvent, Participant, Role, StageVisit, Study, StudyVersion, Unblinding
from survey.protocol import digest, parse, protocol_of, read_folder
from survey.study_file import Protocol

TINY = Path(__file__).parent / "studies" / "tiny"
TINY_GERMAN = Path(__file__).parent / "studies" / "tiny_german"
WINDING = Path(__file__).parent / "studies" / "winding"
REPLICATION = Path(__file__).parent.parent / "survey" / "studies" / "replication"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE_SECONDS = 30
SEED = "0123456789abcdef0123456789abcdef"


def files(folder: Path = TINY, **edits: str) -> dict[str, str]:
    """Return a study folder's files; an edit `ratings="..."` gives the new text of the file of that name.

    A file is named without language and ending: `study`, `titles`, `ratings`, `information`.
    """
    texts = read_folder(folder)
    paths = {Path(path).stem: path for path in texts}
    return texts | {paths[name]: text for name, text in edits.items()}


def bilingual_files() -> dict[str, str]:
    """Return the files of the tiny study in English and German."""
    texts = files()
    german = {f"de/{path.relative_to(TINY_GERMAN / 'de')}": path.read_text() for path in TINY_GERMAN.rglob("de/**/*.*")}
    return texts | german | {"study.toml": texts["study.toml"].replace('["en"]', '["en", "de"]', 1)}


def study(folder: Path = TINY, **fields: Any) -> Study:
    """Return a loaded study without participants; the same one when its name is taken already."""
    texts = fields.pop("files", None) or files(folder)
    name = fields.pop("name", folder.name)
    found, created = Study.objects.get_or_create(
        name=name, defaults={"allocation_seed": SEED, "created_at": START, "state": "open", **fields}
    )
    if created:
        version(found, texts)
    return found


def protocol(folder: Path = TINY) -> Protocol:
    """Return a study folder's checked protocol, without the database."""
    return parse(read_folder(folder))


def version(study: Study, texts: dict[str, str]) -> StudyVersion:
    """Return the study's next version, made of these files."""
    return StudyVersion.objects.create(
        study=study, number=study.versions.count() + 1, sha256=digest(texts), files=texts, loaded_at=START
    )


def participant(in_study: Study | None = None, at: datetime = START, **fields: Any) -> Participant:
    """Return a participant who stands on the very first page and has done nothing yet."""
    in_study = in_study or study()
    return Participant.objects.create(
        **{
            "study": in_study,
            "version": in_study.current_version,
            "join_key": uuid.uuid4(),
            "consented_at": at,
            **fields,
        }
    )


def consent_form(in_study: Study, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends that agrees to the study's consent as it is now."""
    protocol = protocol_of(in_study.current_version)
    read = entry.consent_sha256(protocol, changes.get("language", protocol.study.languages[0]))
    return {"join_key": str(uuid.uuid4()), "read": read, "consent": "on", **changes}


def walk(
    walker: Participant,
    until: str = "debriefing",
    answers: Mapping[str, Any] | None = None,
    page: int = 1,
    page_seconds: float = PAGE_SECONDS,
) -> Participant:
    """Let somebody go on, page after page, to the page `until`, and enter it; return them as stored.

    `answers` replaces the usual answer of the items that it names.
    """
    done = walker.visits.order_by("-completed_at").first()
    now = (done and done.completed_at) or walker.consented_at
    while True:
        position = flow.current(walker, now)
        if position.stage.kind in flow.ENDS:
            break
        visit = flow.enter(walker, position, now)
        if (position.stage.id, position.page) == (until, page):
            break
        seconds = 0 if position.stage.kind == "consent" else page_seconds
        now = visit.entered_at + timedelta(seconds=seconds)
        given = page_answers(walker, visit, answers)
        flow.complete(walker, position, StageVisit.EndedBy.SUBMITTED, now, given)
    return Participant.objects.get(pk=walker.pk)


def page_answers(walker: Participant, visit: StageVisit, answers: Mapping[str, Any] | None = None) -> dict:
    """Return {item: answer} for what this visit shows."""
    items = protocol_of(walker.version).items()
    return {entry["item"]: usual_answer(items[entry["item"]]) for entry in visit.shown} | {
        entry["item"]: answers[entry["item"]] for entry in visit.shown if entry["item"] in (answers or {})
    }


def usual_answer(item: Any) -> Any:
    """Return a valid answer: the right one where there is one, else the first, the middle or the least possible."""
    if item.expected is not None:
        return item.expected
    match item.type:
        case "single_choice":
            return item.key or item.values[0]
        case "multiple_choice":
            return list(item.key or item.values[:1])
        case "likert":
            return (item.points + 1) // 2
        case "number":
            return int(item.minimum) if item.is_whole else item.minimum
    return "An answer."


def consented(in_study: Study | None = None, **fields: Any) -> Participant:
    """Return a participant who has consented and stands on the page after it."""
    walker = participant(in_study, **fields)
    stages = protocol_of(walker.version).study.stages
    return walk(walker, until=stages[1].id)


def learning(in_study: Study | None = None, answers: Mapping[str, Any] | None = None, **fields: Any) -> Participant:
    """Return a participant who has been allocated and has entered the learning phase."""
    walker = participant(in_study, **fields)
    stage = next(stage for stage in protocol_of(walker.version).study.stages if stage.kind == "learning")
    return walk(walker, until=stage.id, answers=answers)


def finished(in_study: Study | None = None, answers: Mapping[str, Any] | None = None, **fields: Any) -> Participant:
    """Return a participant who has answered everything and stands on the debriefing."""
    return walk(participant(in_study, **fields), answers=answers)


def withdrawn(in_study: Study | None = None, **fields: Any) -> Participant:
    """Return a participant who began to learn and then withdrew."""
    walker = learning(in_study, **fields)
    walker.withdrawn_at = walker.consented_at + timedelta(hours=1)
    walker.save(update_fields=["withdrawn_at"])
    return walker


def event(learner: Participant, kind: str = "epoch_stepped", sequence: int = 1, **fields: Any) -> InteractionEvent:
    """Return a stored interaction event of somebody who learns."""
    at = learner.consented_at + timedelta(minutes=5, seconds=sequence)
    return InteractionEvent.objects.create(
        **{
            "participant": learner,
            "stage": "learning",
            "event_id": uuid.uuid4(),
            "sequence": sequence,
            "kind": kind,
            "data": {"epoch": 3},
            "occurred_at": at,
            "received_at": at + timedelta(milliseconds=250),
            **fields,
        }
    )


def browser(of: Participant) -> Client:
    """Return a browser that takes part as this participant."""
    client = Client()
    name = f"participant_{of.study.name}"
    client.cookies[name] = get_cookie_signer(salt=name + "participant").sign(of.token)
    return client


def uninvited() -> Client:
    """Return the browser of somebody who takes part in nothing and is logged in nowhere."""
    return Client()


def data_link(in_study: Study, account: User, **fields: Any) -> tuple[DataLink, str]:
    """Return a link that reads the wide table for an hour, and its token."""
    now = timezone.now()
    usual = {"name": "R", "files": ["participants.csv"], "made_at": now, "expires_at": now + timedelta(hours=1)}
    return DataLink.make(**{"study": in_study, "user": account, **usual, **fields})


def unblinded(in_study: Study) -> Study:
    """Return the study, unblinded: its data may be downloaded."""
    Unblinding.objects.get_or_create(
        study=in_study, defaults={"reason": "A test.", "unblinded_by": user("unblinder"), "unblinded_at": START}
    )
    return in_study


def user(name: str, **fields: Any) -> User:
    """Return an account; the same one when its name is taken already."""
    return User.objects.get_or_create(username=name, defaults=fields)[0]


def logged_in(account: User) -> Client:
    """Return a browser that is logged in with this account."""
    client = Client()
    client.force_login(account)
    return client


def researcher() -> Client:
    """Return the browser of the site's administrator, who is an owner of every study."""
    return logged_in(user("researcher", is_superuser=True))


def colleague(role: str, in_study: Study | None = None) -> Client:
    """Return the browser of somebody who has one role in one study, and is named after it."""
    account = user(role)
    Role.objects.get_or_create(user=account, study=in_study or study(), name=role, taken_at=None)
    return logged_in(account)
