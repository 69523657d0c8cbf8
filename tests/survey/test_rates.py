"""How often one may ask: nobody is kept out who belongs here, and who asks too often is told when to come again."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from django.urls import reverse

from survey import rates
from survey.models import AuditEntry, Participant, Study
from tests import factories
from visual.runspec import DEFAULT

LOGIN, JOIN = "/researcher/login/", "/join/tiny/"
PASSWORD = "twelve candles"


def _log_in(client, password, name="rina", **headers):
    return client.post(LOGIN, {"username": name, "password": password}, **headers)


def granted(rate: str, asked: int) -> int:
    """Ask so many times as the same person; return how often that was granted."""
    passed = 0
    for _ in range(asked):
        with suppress(rates.SpentError):
            rates.spend(rate, "somebody")
            passed += 1
    return passed


@pytest.fixture
def rina(db):
    account = factories.user("rina")
    account.set_password(PASSWORD)
    account.save()
    return account


# Log-in


def test_the_eleventh_attempt_is_refused_even_with_the_right_password(client, rina):
    for _ in range(10):
        assert _log_in(client, "wrong").status_code == 200
    refused = _log_in(client, PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 900
    page = refused.content.decode()
    assert "Please try again in 15 minutes" in page and 'value="rina"' in page
    assert "_auth_user_id" not in client.session and not AuditEntry.objects.exists()


def test_nobody_is_locked_out_from_elsewhere(client, rina):
    for _ in range(11):
        _log_in(client, "wrong", REMOTE_ADDR="203.0.113.7")
    assert _log_in(client, PASSWORD, REMOTE_ADDR="203.0.113.8").status_code == 302


def test_the_right_password_begins_anew(client, rina):
    for _ in range(3):
        for _ in range(9):
            _log_in(client, "wrong")
        assert _log_in(client, PASSWORD).status_code == 302
        client.post("/researcher/logout/")


def test_one_password_tried_on_many_accounts_is_refused_too(client, rina, settings):
    settings.RATE_LOGINS = "20 per hour"
    answers = [_log_in(client, "wrong", name=f"name{number}").status_code for number in range(21)]
    assert answers == [200] * 20 + [429]


def test_attempts_at_once_are_counted_one_by_one(settings):
    settings.RATE_LOGIN = "50 per minute"
    start = threading.Barrier(8)

    def attempt(_):
        start.wait()
        return granted("RATE_LOGIN", 25)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 50


# Consent


@pytest.mark.django_db
def test_a_lecture_hall_comes_in_by_one_address(settings):
    study = factories.study()
    for _ in range(200):
        assert factories.uninvited().post(JOIN, {"decline": "1"}).status_code == 302
    assert Study.objects.get(pk=study.pk).declined == 200


@pytest.mark.django_db
def test_whom_the_limit_keeps_waiting_sends_the_same_again(client, settings):
    settings.RATE_JOIN = "1 per minute"
    study = factories.study()
    first, second = factories.consent_form(study), factories.consent_form(study, language="en")
    client.post(JOIN, first)
    other = factories.uninvited()
    refused = other.post(JOIN, second)
    assert (refused.status_code, Participant.objects.count()) == (429, 1)
    page = refused.content.decode()
    assert f'data-wait="{refused["Retry-After"]}"' in page and "no-store" in refused["Cache-Control"]
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert {name: kept[name] for name in second} == second
    settings.RATE_JOIN = "2 per minute"
    assert other.post(JOIN, kept).status_code == 302
    assert {str(each.join_key) for each in Participant.objects.all()} == {first["join_key"], second["join_key"]}


@pytest.mark.django_db
def test_reading_the_information_is_never_limited(client, settings):
    settings.RATE_JOIN = "1 per minute"
    factories.study()
    assert [client.get(JOIN).status_code for _ in range(3)] == [200] * 3


# Training runs


@pytest.fixture
def runs_cost(settings):
    """Let nobody use more than a second of computing."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "rates"}}
    settings.RATE_RUNS = "1 per hour"
    cache.clear()
    yield
    cache.clear()


def _run(seed):
    spec = str(DEFAULT).replace("layers=3;units=16", "layers=1;units=4").replace("seed=1", f"seed={seed}")
    return reverse("visual:epochs", kwargs={"spec": spec, "first": 0, "last": 1})


def test_who_has_used_up_their_time_is_told_when_there_is_more(client, runs_cost):
    assert client.get(_run(1)).status_code == 200
    with rates.computing("RATE_RUNS", "127.0.0.1"):
        _use_processor(1.01)
    refused = client.get(_run(2))
    assert refused.status_code == 429
    assert 3000 < int(refused["Retry-After"]) <= 3600
    assert refused["Cache-Control"] == "no-store" and "ask again" in refused.json()["error"]
    assert client.get(_run(2), REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.django_db
def test_participants_behind_one_address_count_each_for_themselves(runs_cost):
    with rates.computing("RATE_RUNS", "127.0.0.1"):
        _use_processor(1.01)
    learner = factories.browser(factories.consented())
    assert factories.uninvited().get(_run(3)).status_code == 429
    assert learner.get(_run(3)).status_code == 200
    learner.cookies["participant_tiny"] = "made:up"
    assert learner.get(_run(4)).status_code == 429


def test_what_is_kept_costs_next_to_nothing(client, runs_cost):
    client.get(_run(5))
    assert [client.get(_run(5)).status_code for _ in range(50)] == [200] * 50


def _use_processor(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


# Addresses


@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        (0, "198.51.100.1", "203.0.113.5"),  # anyone can write it
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.9.9.9, 198.51.100.1", "198.51.100.1"),  # what stands before the proxy's own entry is made up
        (2, "10.9.9.9, 198.51.100.1, 192.0.2.2", "198.51.100.1"),
        (1, "", "203.0.113.5"),
        (1, "no address", "no address"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_where_a_request_comes_from(settings, trusted, forwarded, seen):
    settings.TRUSTED_PROXIES = trusted
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert rates.address(RequestFactory(headers=headers).get("/", REMOTE_ADDR="203.0.113.5")) == seen


def test_no_address_is_kept():
    rates.spend("RATE_JOIN", "203.0.113.5")
    counted = rates.limiter().storage.storage
    assert len(counted) == 1 and "203.0.113.5" not in str(counted)


def test_a_store_that_is_gone_keeps_nobody_out(settings, caplog):
    settings.CACHE_URL = "redis://127.0.0.1:9/0"  # where nothing listens
    rates.limiter.cache_clear()
    try:
        rates.spend("RATE_JOIN", "203.0.113.5")
    finally:
        rates.limiter.cache_clear()
    assert "does not answer" in caplog.text


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs Debian's redis-server")
def test_two_processes_count_together_in_redis(tmp_path):
    """Each asks forty times at once, of fifty that both have."""
    address = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(address), "--save", "", "--dir", str(tmp_path)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "explornn_site.settings", "DATA_DIR": str(tmp_path)}
    environment |= {"SECRET_KEY": "both know it", "RATE_JOIN": "50 per hour"}
    ask = "import django; django.setup(); from tests.survey.test_rates import granted; print(granted('RATE_JOIN', 40))"
    environment["CACHE_URL"] = f"redis+unix://{address}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            while not address.exists():
                assert server.poll() is None
                time.sleep(0.01)
            both = [
                subprocess.Popen([sys.executable, "-c", ask], env=environment, stdout=subprocess.PIPE) for _ in range(2)
            ]
            allowed = [int(each.communicate(timeout=120)[0]) for each in both]
            assert sum(allowed) == 50 and max(allowed) <= 40
        finally:
            server.terminate()
