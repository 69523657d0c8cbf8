"""Health, logs that tell of nobody, and metrics."""

import io
import json
import logging
import logging.config
import re

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from explornn_site import health
from explornn_site.logs import WithoutPersons, logging_settings
from survey import flow
from survey.models import DataLink, Identifier, Participant
from tests import factories

pytestmark = pytest.mark.django_db
TOKEN = "a token of this test's own"


@pytest.fixture
def lines(monkeypatch):
    """All that the server's own handler writes, as JSON, as a list that grows.

    No second handler: it would get records from which the first one has already taken out what tells of a person.
    """
    [handler] = [each for each in logging.getLogger().handlers if any(map(_is_ours, each.filters))]
    written = io.StringIO()
    formatter = logging_settings(as_json=True)["formatters"]["json"]
    # Its own stream may be closed by now, and `setStream` would write to it once more.
    monkeypatch.setattr(handler, "stream", written)
    monkeypatch.setattr(
        handler, "formatter", logging.config.DictConfigurator({"version": 1}).configure_formatter(dict(formatter))
    )
    requests = logging.getLogger("explornn_site.requests")
    before = requests.level
    requests.setLevel(logging.INFO)
    yield lambda: written.getvalue().splitlines()
    requests.setLevel(before)


def _is_ours(each) -> bool:
    return isinstance(each, WithoutPersons)


def test_no_line_tells_who_it_was(lines, monkeypatch):
    text = factories.files()["study.toml"] + '\n[prolific]\ncompleted = "C"\n'
    study = factories.study(files=factories.files(study=text))
    client = Client(REMOTE_ADDR="203.0.113.77", raise_request_exception=False, enforce_csrf_checks=False)
    client.get("/join/tiny/?PROLIFIC_PID=person77")
    client.post("/join/tiny/?PROLIFIC_PID=person77", factories.consent_form(study))
    walker = Participant.objects.get()
    assert Identifier.objects.get().value == "person77"
    client.get("/here/tiny/", follow=True)
    client.get(f"/resume/{walker.token}/")
    client.get(f"/nowhere/{walker.token}/{walker.code}/")
    factories.researcher().get(f"/researcher/tiny/participants/{walker.code}/")
    Client(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.77").post(f"/go/{walker.token}/", {})
    client.get("/", headers={"host": f"{walker.token}.example.org"})

    def fails(*_):
        raise ValueError(f"{walker.token} of {walker.code} typed: my secret")

    monkeypatch.setattr(flow, "current", fails)
    assert client.get("/study/tiny/about/1/").status_code == 500
    assert client.get(f"/resume/{walker.token}/").status_code == 500  # the secret is in the path itself
    monkeypatch.setattr(DataLink, "of_token", fails)
    assert client.get(f"/data/tiny/participants.csv?token={walker.token}").status_code == 500
    logging.getLogger("gunicorn.error").warning("Invalid request from ip=203.0.113.77: %s", f"/go/{walker.token}/")
    told = [json.loads(line) for line in lines()]
    assert len(told) >= 10
    assert {"at", "level", "name", "message", "method", "route", "status", "milliseconds"} <= set(told[0])
    assert any(line.get("error") == "ValueError" and "survey/" in " ".join(line["lines"]) for line in told)
    telling = [walker.token, walker.code, str(walker.join_key), "person77", "203.0.113", "my secret"]
    assert [line for line in lines() if re.search("|".join(map(re.escape, telling)), line)] == []


def test_no_line_holds_the_secret_of_an_address_however_it_fails(lines, monkeypatch, settings):
    """Personal, single-use, follow-up and data links: not found, refused, too often, failed, or a database away."""
    study = factories.study()
    walker = factories.finished(study)
    settings.RATE_JOIN = "1 per minute"
    secret = "Zx7-not_to-be_told"
    anybody = Client(raise_request_exception=False, REMOTE_ADDR="203.0.113.78")
    checked = Client(raise_request_exception=False, enforce_csrf_checks=True)
    form = factories.consent_form(study)
    seen = {
        anybody.get(f"/resume/{secret}/").status_code,
        anybody.get(f"/data/tiny/participants.csv?token={secret}").status_code,
        anybody.get(f"/data/{secret}?token={secret}").status_code,
        anybody.get(f"/join/tiny/?invitation={secret}").status_code,
        checked.post(f"/join/tiny/?invitation={secret}", form).status_code,
        checked.post(f"/resume/{secret}/", {}).status_code,
        *(Client().post(f"/join/tiny/?language={secret}", form).status_code for _ in range(2)),
        anybody.post(f"/join/tiny/?invitation={secret}", {"consent": "x" * 1_100_000}).status_code,
    }
    for error in (ValueError(secret), OperationalError(f"no room for {secret}"), PermissionDenied(secret)):

        def fails(*_, error=error):
            raise error

        monkeypatch.setattr(flow, "current", fails)
        seen.add(anybody.get(f"/resume/{walker.token}/?token={secret}").status_code)
    assert seen >= {400, 403, 404, 429, 500, 503}
    for logger in ("gunicorn.error", "django.security.csrf", "django.server"):
        logging.getLogger(logger).error("Error handling request %s", f"/resume/{walker.token}/?token={secret}")
    assert len(lines()) >= 14
    assert [line for line in lines() if secret in line or walker.token in line or "203.0.113" in line] == []


def test_a_well_site_is_ready_and_lives():
    answer = Client().get("/readyz")
    assert answer.content.decode() == "database ok\nmigrations ok\ncache ok\ndisk ok\n"
    assert answer["Cache-Control"].startswith("max-age=0")
    assert Client().get("/livez").content == b"ok\n"


def _fails(*_, **__):
    raise ConnectionError("redis://user:password@host")


@pytest.mark.parametrize("part", ["database", "migrations", "cache", "disk"])
def test_what_is_not_well_is_named_without_saying_why(part, monkeypatch):
    match part:
        case "database":
            monkeypatch.setitem(health.CHECKS, "database", _fails)
        case "migrations":
            MigrationRecorder.Migration.objects.filter(app="survey").latest("id").delete()
        case "cache":
            monkeypatch.setattr(cache, "set", _fails)
        case "disk":
            monkeypatch.setattr(health, "FREE_BYTES", 10**18)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    said = answer.content.decode()
    assert f"{part} failed" in said
    assert said.count("failed") == 1
    assert "password" not in said


def test_metrics_are_for_who_knows_the_token(settings):
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    factories.finished()
    factories.learning()
    factories.withdrawn()
    factories.finished(kind="test")
    Client().get("/livez")
    said = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content.decode()
    assert 'explornn_participants{stage="(finished)",study="tiny"} 1.0' in said
    assert 'explornn_participants{stage="(withdrawn)",study="tiny"} 1.0' in said
    assert 'explornn_participants{stage="learning",study="tiny"} 1.0' in said
    assert re.search(r'explornn_requests_total\{method="GET",route="/livez",status="200"\} \d', said)
    assert 'explornn_request_seconds_count{route="/livez"}' in said
    assert "explornn_chunks_computed_total" in said
    assert not re.search('visual"|textcond"|arm=', said)
