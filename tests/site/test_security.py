"""What every answer carries, and what production asks of the settings."""

import gzip
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from survey import flow
from survey.models import Participant
from tests import factories

ROOT = Path(__file__).parents[2]
EXPORT = "/researcher/tiny/export/participants.csv"


def _csp(response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/join/tiny/", "/explore/", "/researcher/login/", "/nowhere/", "/study/tiny/", "/runs/v0.1/x"]
)
def test_every_answer_is_closed_to_others(client, path):
    """Pages, refusals and redirects alike: own origin only, no script or style within, no frame, no referrer."""
    factories.study()
    _closed_to_others(client.get(path))


def _closed_to_others(response):
    policy = _csp(response)
    assert policy["default-src"] == "'self'" and "unsafe" not in response["Content-Security-Policy"]
    assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 3
    assert policy["form-action"] == "'self'"
    assert "camera=()" in response["Permissions-Policy"] and "microphone=()" in response["Permissions-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/resume/%00/", "/join/tiny/?invitation=%00", "/join/tiny/?%00=1"])
def test_an_address_with_a_character_that_no_text_has_leads_nowhere(address):
    factories.study()
    assert Client().get("/join/tiny/?invitation=0").status_code == 404
    assert Client().get("/join/tiny/?language=00").status_code == 200
    assert Client().get(address).status_code == 404


@pytest.mark.django_db
def test_a_cookie_with_such_a_character_opens_nothing():
    factories.study()
    client = Client()
    client.cookies["sessionid"] = "a\0b"
    assert client.get("/researcher/").status_code == 404
    assert client.get("/join/tiny/").status_code == 404


@pytest.mark.django_db
def test_what_goes_wrong_is_closed_to_others_too(monkeypatch, settings):
    """A failed page, a database that is away, a forged form, one request too many, and a form that is too long."""
    study = factories.study()
    client = Client(raise_request_exception=False)

    def status(response) -> int:
        _closed_to_others(response)
        return response.status_code

    assert status(Client(enforce_csrf_checks=True).post("/join/tiny/", {})) == 403
    assert status(client.post("/join/tiny/", {"consent": "x" * 1_100_000})) == 400
    settings.RATE_JOIN = "1 per minute"
    form = factories.consent_form(study)
    assert [status(Client().post("/join/tiny/", form)) for _ in range(2)] == [302, 429]

    def raising(error: Exception):
        def view(*_):
            raise error

        monkeypatch.setattr(flow, "current", view)
        factories.participant(study)
        return Client(raise_request_exception=False).get(f"/resume/{Participant.objects.last().token}/")

    assert status(raising(ValueError())) == 500
    assert status(raising(OperationalError())) == 503


@pytest.mark.django_db
def test_cookies_are_for_this_site_alone_and_no_script_reads_who_takes_part(settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    study = factories.study()
    client = Client()
    client.get("/join/tiny/")
    client.post("/join/tiny/", factories.consent_form(study))
    cookies = {name: cookie for name, cookie in client.cookies.items() if cookie.value}
    assert len(cookies) >= 2, "the form's and the participant's"
    for name, cookie in cookies.items():
        assert cookie["secure"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["httponly"] or name == settings.CSRF_COOKIE_NAME, name


@pytest.mark.django_db
def test_a_body_that_is_too_long_is_refused(client):
    factories.study()
    response = client.post("/join/tiny/", {"consent": "x" * 1_100_000})
    assert response.status_code in (400, 413)


@pytest.mark.django_db
def test_a_packed_body_is_not_unpacked():
    """A body that calls itself gzip is taken as the bytes that it has: a form without fields, a JSON that is none."""
    study = factories.study()
    packed = {"headers": {"content-encoding": "gzip"}}
    form = gzip.compress(urlencode(factories.consent_form(study)).encode())
    refused = Client().post("/join/tiny/", form, content_type="application/x-www-form-urlencoded", **packed)
    assert refused["Location"] == "/join/tiny/?refused=1" and not Participant.objects.exists()
    bomb = gzip.compress(b" " * 50_000_000)
    browser = factories.browser(factories.learning(study))
    tracemalloc.start()
    try:
        response = browser.post("/events/tiny/", bomb, content_type="application/json", **packed)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert response.status_code == 400


@pytest.mark.django_db
def test_a_researchers_cookie_is_read_by_no_script(settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    account = factories.user("somebody")
    account.set_password(password := "a password of this test")
    account.save()
    client = Client()
    client.post("/researcher/login/", {"username": "somebody", "password": password})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"


@pytest.mark.django_db
def test_files_and_health_are_closed_to_others_and_all_asks_for_tls(settings, tmp_path):
    factories.unblinded(study := factories.study())
    factories.finished(study)
    owner = factories.researcher()
    (tmp_path / "picture.svg").write_text("<svg/>")
    settings.SECURE_HSTS_SECONDS, settings.STATIC_ROOT, settings.SECURE_SSL_REDIRECT = 31536000, tmp_path, True
    owner.handler.load_middleware()  # which reads its settings once
    _closed_to_others(owner.get("/livez"))  # a redirect
    paths = [
        "/static/picture.svg",
        "/static/none.svg",
        "/livez",
        "/readyz",
        "/healthz",
        "/metrics",
        "/favicon.ico",
        "/nowhere/",
        "/resume/nobody/",
    ]
    well = {"/static/picture.svg", "/livez", "/readyz", "/healthz", EXPORT}
    for path in [*paths, EXPORT, "/data/tiny/participants.csv?token=x.y"]:
        response = owner.get(path, secure=True)
        _closed_to_others(response)
        assert response["Strict-Transport-Security"] == "max-age=31536000", path
        assert (response.status_code == 200) == (path in well), path
        response.close()


def test_a_study_folder_reaches_nothing_outside(tmp_path):
    from survey.protocol import StudyError, read_folder

    secret = tmp_path / "secret.md"
    secret.write_text("a secret")
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.toml").write_text("")
    (folder / "information.md").symlink_to(secret)
    with pytest.raises(StudyError, match="leads out of the study folder"):
        read_folder(folder)


def test_django_finds_nothing_missing_under_tls(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    environment |= {"HTTPS": "1", "ALLOWED_HOSTS": "study.example.org", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "explornn_site.settings", "DATABASE_URL": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
