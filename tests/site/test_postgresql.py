"""PostgreSQL as the site uses it: a connection that was cut is noticed, and times are read as Django reads them."""

import select
from datetime import UTC, datetime, timedelta, timezone

import dj_database_url
import pytest
from django.conf import settings
from django.db import ConnectionHandler, DataError


@pytest.fixture
def connect(postgresql_url, django_db_blocker):
    """Return a function that makes a new connection, of the given engine."""
    made = []

    def connect(engine: str = "explornn_site.postgresql", **more):
        told = dj_database_url.parse(postgresql_url, engine=engine, conn_max_age=60, conn_health_checks=True)
        made.append(ConnectionHandler({"default": told | more})["default"])
        return made[-1]

    with django_db_blocker.unblock():
        yield connect
        for connection in made:
            connection.close()


def ask(connection, sql: str, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def begins_request(connection) -> None:
    connection.health_check_done = False
    connection.close_if_unusable_or_obsolete()


def test_an_idle_connection_is_usable_without_a_word_to_the_server(connect):
    connection, other = connect(), connect()
    assert not connection.is_usable()  # there is none yet
    process = ask(connection, "SELECT pg_backend_pid()")
    heard = "SELECT query FROM pg_stat_activity WHERE pid = %s"
    assert connection.is_usable()
    assert ask(other, heard, process) == "SELECT pg_backend_pid()"


def test_a_connection_that_was_cut_is_made_anew_by_the_next_request(connect):
    connection, other = connect(), connect()
    process = ask(connection, "SELECT pg_backend_pid()")
    assert ask(other, "SELECT pg_terminate_backend(%s, 5000)", process)
    assert not connection.is_usable()
    begins_request(connection)
    assert ask(connection, "SELECT pg_backend_pid()") != process


def test_a_connection_that_the_server_has_spoken_to_is_kept(connect):
    connection, other = connect(), connect()
    process = ask(connection, "SELECT pg_backend_pid()")
    with connection.cursor() as cursor:
        cursor.execute("LISTEN news")
    with other.cursor() as cursor:
        cursor.execute("NOTIFY news")
    assert select.select([connection.connection], [], [], 10)[0]
    begins_request(connection)
    assert ask(connection, "SELECT pg_backend_pid()") == process


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 29, 0, 59, 59, 999999, UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        datetime(1890, 1, 1, 12, 0, 0, 10, UTC),  # Berlin's clock was 53 minutes and 28 seconds ahead
        datetime(2, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 30, 1, 2, 3, 400000, UTC),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-11))),
    ],
)
def test_a_time_is_read_as_django_reads_it(connect, at, zone):
    ours, djangos = connect(TIME_ZONE=zone), connect("django.db.backends.postgresql", TIME_ZONE=zone)
    read, expected = (ask(each, "SELECT %s::timestamptz", at) for each in (ours, djangos))
    assert read.astimezone(UTC) == at
    assert (read.replace(tzinfo=None), read.utcoffset()) == (expected.replace(tzinfo=None), expected.utcoffset())


@pytest.mark.parametrize("odd", ["infinity", "10000-01-01 00:00:00+00", "0044-03-15 12:00:00+00 BC"])
def test_a_time_that_python_does_not_know_is_an_error(connect, odd):
    with pytest.raises(DataError):
        ask(connect(), "SELECT %s::timestamptz", odd)


def test_the_site_uses_it():
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite"):
        pytest.skip("the tests run on SQLite")
    assert settings.DATABASES["default"]["ENGINE"] == "explornn_site.postgresql"
