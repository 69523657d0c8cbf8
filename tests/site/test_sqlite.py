"""Our SQLite: writers queue, and what is committed is on the disk although the lock was given back before."""

import os
import sqlite3
import threading
from pathlib import Path

import pytest
from django.db import OperationalError, transaction
from django.db.utils import ConnectionHandler

from explornn_site.sqlite import base

pytestmark = pytest.mark.django_db  # it lets no test ask a database otherwise
INIT = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "study.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE counted (number INTEGER)")
        database.execute("INSERT INTO counted VALUES (0)")
    database.close()
    return file


def _connection(path: Path, timeout: float = 10):
    options = {"transaction_mode": "IMMEDIATE", "timeout": timeout, "init_command": INIT}
    handler = ConnectionHandler({"default": {"ENGINE": "explornn_site.sqlite", "NAME": path, "OPTIONS": options}})
    return handler["default"]


class _Transaction:
    """`transaction.atomic` for a connection that Django's settings do not know."""

    def __init__(self, connection):
        self.connection = connection

    def __enter__(self):
        self.connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        return self.connection.cursor()

    def __exit__(self, kind, *rest):
        (self.connection.rollback if kind else self.connection.commit)()
        self.connection.set_autocommit(True)


def _pragma(connection, name: str) -> int:
    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


def test_nothing_is_lost_between_many_who_write_at_once(path):
    def count() -> None:
        connection = _connection(path)
        for _ in range(25):
            with _Transaction(connection) as cursor:
                [number] = cursor.execute("SELECT number FROM counted").fetchone()
                cursor.execute("UPDATE counted SET number = %s", [number + 1])
        connection.close()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection = _connection(path)
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT number FROM counted").fetchone() == (200,)
    connection.close()


def test_the_log_is_written_to_the_disk_before_a_commit_returns_and_others_write_meanwhile(path, monkeypatch):
    seen = []

    def disk(file: int) -> None:
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # raises if the lock were still held
        seen.append((Path(f"/proc/self/fd/{file}").resolve().name, other.execute("SELECT * FROM counted").fetchone()))
        other.rollback()
        other.close()

    monkeypatch.setattr(base, "_written_to_disk", disk)
    connection = _connection(path)
    with _Transaction(connection) as cursor:
        cursor.execute("UPDATE counted SET number = 7")
    assert seen == [("study.sqlite3-wal", (7,))]
    assert (_pragma(connection, "synchronous"), _pragma(connection, "busy_timeout")) == (2, 10_000)
    connection.close()


def test_a_disk_that_does_not_take_it_is_an_error_and_the_turn_goes_on(path, monkeypatch):
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    connection, other = _connection(path), _connection(path)
    monkeypatch.setattr(base, "_written_to_disk", full)
    with pytest.raises(OperationalError, match="No space left"), _Transaction(connection) as cursor:
        cursor.execute("UPDATE counted SET number = 7")
    monkeypatch.undo()
    with _Transaction(other) as cursor:
        cursor.execute("UPDATE counted SET number = 8")
    for each in (connection, other):
        each.close()


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_whoever_ends_a_transaction_gives_the_turn_on(path, end):
    first, second = _connection(path), _connection(path, timeout=0.2)
    first.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with pytest.raises(OperationalError, match="locked"):
        second.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    getattr(first, end)()
    second.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    second.rollback()
    for each in (first, second):
        each.close()


def test_a_lock_of_another_program_is_waited_for_and_then_told(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    connection = _connection(path, timeout=0.2)
    with pytest.raises(OperationalError, match="locked"), _Transaction(connection):
        pass
    other.close()
    with _Transaction(connection) as cursor:
        cursor.execute("UPDATE counted SET number = 1")
    connection.close()


@pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="the tests run on PostgreSQL")
def test_the_site_uses_it(settings):
    assert settings.DATABASES["default"]["ENGINE"] == "explornn_site.sqlite"
    assert transaction.get_connection().vendor == "sqlite"
