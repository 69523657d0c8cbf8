"""A fresh database beside the site's own, which takes its place in one step when it is ready.

SQLite: a new file, which SQLite copies over the old one in a single transaction, also under a server that runs.
PostgreSQL: a new schema, whose tables are moved in a single transaction. Until then nothing has changed.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.db import Error, connection

from explornn_site.backup.tables import BackupError

WAIT = 60  # seconds, for whoever uses the tables at that moment


@contextmanager
def fresh_database() -> Iterator[None]:
    """Let the connection lead to a new, empty database; take it over in the end, or forget it after an error."""
    with _fresh_file() if connection.vendor == "sqlite" else _fresh_schema():
        yield


@contextmanager
def _fresh_file() -> Iterator[None]:
    path = Path(connection.settings_dict["NAME"])
    fresh = path.with_name(f".restoring-{secrets.token_hex(4)}.sqlite3")
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _connected(NAME=str(fresh)):
            yield
        with closing(sqlite3.connect(fresh)) as source, closing(sqlite3.connect(path, timeout=WAIT)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise BackupError(f"{path} could not be replaced: {error}. It is as it was.") from error
    finally:
        for left in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
            left.unlink(missing_ok=True)


@contextmanager
def _fresh_schema() -> Iterator[None]:
    fresh = f"restoring_{secrets.token_hex(4)}"
    own = _query("SELECT current_schema()")[0]
    try:
        _execute(f"CREATE SCHEMA {fresh}")
    except Error as error:
        raise BackupError(
            f"No schema could be made beside the tables ({error}). Nothing was changed. The site's role needs the "
            "right to: GRANT CREATE ON DATABASE ... TO ..."
        ) from error
    options = connection.settings_dict["OPTIONS"]
    try:
        with _connected(OPTIONS={**options, "options": f"{options.get('options', '')} -c search_path={fresh}".strip()}):
            yield
        new = _query("SELECT tablename FROM pg_tables WHERE schemaname = %s", fresh)
        old = {*new, *connection.introspection.django_table_names(only_existing=True)}
        _execute(
            "BEGIN",
            f"SET LOCAL lock_timeout = '{WAIT}s'",
            *(f'DROP TABLE IF EXISTS "{own}"."{table}" CASCADE' for table in sorted(old)),
            *(f'ALTER TABLE {fresh}."{table}" SET SCHEMA "{own}"' for table in new),
            "COMMIT",
        )
    except Error as error:
        raise BackupError(f"The tables could not be replaced ({error}). They are as they were.") from error
    finally:
        with suppress(Error):  # of a server that is gone
            connection.close()
            _execute(f"DROP SCHEMA IF EXISTS {fresh} CASCADE")


@contextmanager
def _connected(**settings: object) -> Iterator[None]:
    """Let the connection, and all that asks it, lead elsewhere."""
    before = {name: connection.settings_dict[name] for name in settings}
    connection.close()
    connection.settings_dict.update(settings)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def _query(statement: str, *values: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return [row[0] for row in cursor.fetchall()]


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
