"""One view of the data for all files of an export, while participants go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Not transaction.atomic(): on SQLite it is IMMEDIATE here and takes the one write lock, and on PostgreSQL it
# sees what others commit meanwhile.
BEGIN = {
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything inside as it is now; hold up nobody who writes.

    Inside a transaction of the caller, that transaction decides what is seen.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(BEGIN[connection.vendor])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
