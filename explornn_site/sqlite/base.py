"""SQLite for many who write at once: they queue, and wait for the disk side by side.

As it comes, whoever finds the database locked sleeps and looks again, up to a tenth of a second later; and each
transaction holds the lock while it waits for the disk, some milliseconds, in which nobody else can write. Here the
threads of a process take turns, the one whose turn it is looks every half millisecond, and the lock is given back
before the disk is waited for. What is acknowledged is on the disk all the same: a commit returns only when the log,
with this transaction and all before it, has been written there. (Another may have read it before. What they write then
stands behind it in the same log, so it can never be there without it.)
"""

import os
import sqlite3
import threading
import time
from collections import defaultdict
from contextlib import suppress

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LOOK_AGAIN = 0.0005  # seconds

_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # {file: whose turn it is in this process}
_written_to_disk = getattr(os, "fdatasync", os.fsync)


class DatabaseWrapper(base.DatabaseWrapper):
    _turn: "threading.Lock | None" = None  # while this connection has it
    _log = -1  # file descriptor of the write-ahead log, once it is open

    def _start_transaction_under_autocommit(self):
        if not self._has_log():
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # untyped
            return
        seconds = self.settings_dict["OPTIONS"].get("timeout", 5)
        end = time.monotonic() + seconds
        turn = _turns[str(self.settings_dict["NAME"])]
        if not turn.acquire(timeout=seconds):
            raise OperationalError("database is locked: too many wait to write")
        self._turn = turn
        try:
            # The pragmas cannot be set within a transaction. All that is written without one waits for the disk itself.
            self.connection.execute("PRAGMA synchronous=NORMAL")
            self.connection.execute("PRAGMA busy_timeout=0")
            self._begin(end)
            if self._log < 0:  # there is one from the first transaction on
                self._log = os.open(f"{self.settings_dict['NAME']}-wal", os.O_RDWR)
            self.connection.execute(f"PRAGMA busy_timeout={int(1000 * seconds)}")
        except BaseException:
            with suppress(sqlite3.Error):
                self.connection.rollback()
            self._end_turn()
            raise

    def _begin(self, end: float) -> None:
        while True:
            try:
                super()._start_transaction_under_autocommit()  # type: ignore[misc]  # untyped
            except OperationalError as error:
                is_locked = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not is_locked or time.monotonic() > end:
                    raise
                time.sleep(LOOK_AGAIN)
            else:
                return

    def _commit(self):
        super()._commit()  # type: ignore[misc]  # untyped
        if self._turn:
            self._end_turn()
            try:
                _written_to_disk(self._log)
            except OSError as error:
                raise OperationalError(f"the disk did not take what was written: {error}") from error

    def _rollback(self):
        try:
            super()._rollback()  # type: ignore[misc]  # untyped
        finally:
            self._end_turn()

    def _close(self):
        try:
            super()._close()  # type: ignore[misc]  # untyped
        finally:
            self._end_turn()
            if self._log >= 0:
                os.close(self._log)
                self._log = -1

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn:
            turn.release()
            if self.connection is not None:
                with suppress(sqlite3.Error):  # already closed
                    seconds = self.settings_dict["OPTIONS"].get("timeout", 5)
                    self.connection.execute("PRAGMA synchronous=FULL")
                    self.connection.execute(f"PRAGMA busy_timeout={int(1000 * seconds)}")

    def _has_log(self) -> bool:
        """Tell whether this database has a write-ahead log; one in memory, or on a network, may have none."""
        if self._log < 0 and not self.is_in_memory_db():
            [mode] = self.connection.execute("PRAGMA journal_mode").fetchone()
            return mode == "wal"
        return self._log >= 0
