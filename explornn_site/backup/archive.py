"""The file of a backup: a ZIP with one file of JSON lines per table, and a manifest that is written last."""

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explornn_site.backup import tables
from explornn_site.backup.tables import BackupError, Checksum, Migrations
from survey.export.snapshot import snapshot

FORMAT = 1
MANIFEST = "manifest.json"
ROOM = 1_000_000  # bytes that a table may have however tightly it is packed
MOST_TIMES = 200  # how many times smaller than that a larger one may be packed; of ours, at most 20 times were seen
DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError)


@dataclass(frozen=True)
class Manifest:
    taken_at: datetime  # all that was stored before is in it
    migrations: Migrations
    tables: dict[str, dict[str, Any]]  # {label: {"columns": [...], "rows": n, "sha256": ...}}

    @property
    def rows(self) -> int:
        return sum(table["rows"] for table in self.tables.values())

    def told(self, label: str) -> dict[str, Any]:
        """Return how many rows a table had, and their checksum."""
        return {name: self.tables[label][name] for name in ("rows", "sha256")}


def write(path: Path, overwrite: bool = False) -> Manifest:
    """Back the database up into `path` and return what is in it; raises BackupError.

    Written under another name, checked by reading it again, and named at the end: there is never half a backup.
    Only its owner may read it, as it holds personal links and the hashes of passwords.
    """
    _check_free(path, overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            written = _write(file)
            file.flush()
            os.fsync(file.fileno())
        check(fresh)
        _check_free(path, overwrite)
        fresh.replace(path)
        _keep_name(path.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return written


def _check_free(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise BackupError(f"{path} is a folder; name the file to write.")
    if path.exists() and not overwrite:
        raise BackupError(f"{path} is there already; it was left as it is. Name another file, or add --overwrite.")


def _keep_name(folder: Path) -> None:
    """Write to the disk that the folder has a new file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(file: Any) -> Manifest:
    found = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive, snapshot():
        taken_at = datetime.now(UTC)
        migrations = tables.applied_migrations()
        for label, model in tables.models_at(migrations).items():
            sum_of = Checksum()
            with archive.open(f"{label}.jsonl", "w", force_zip64=True) as stream:
                for row in tables.rows(model):
                    sum_of.add(row)
                    stream.write(json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
            found[label] = {"columns": tables.columns(model), **sum_of.told()}
        told = {"format": FORMAT, "taken_at": taken_at.isoformat(), "migrations": migrations, "tables": found}
        archive.writestr(MANIFEST, json.dumps(told, indent=1))
    return Manifest(taken_at, migrations, found)


def check(path: Path) -> Manifest:
    """Read a backup to its end and return its manifest; raises BackupError unless every row is there as written."""
    with opened(path) as (manifest, archive):
        for label in manifest.tables:
            found = Checksum()
            try:
                for row in rows(archive, label):
                    found.add(row)
            except DAMAGED as error:
                raise _damaged(path, error) from error
            if found.told() != manifest.told(label):
                raise BackupError(f"{path}: {label} is not what was backed up. Use another backup.")
    return manifest


@contextmanager
def opened(path: Path) -> Iterator[tuple[Manifest, zipfile.ZipFile]]:
    """Yield a backup's manifest and its open file; raises BackupError when it has none."""
    if not path.is_file():
        raise BackupError(f"{path}: there is no such file.")
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            for entry in archive.infolist():  # zipfile itself reads no more than an entry says that it holds
                if entry.file_size > ROOM + MOST_TIMES * entry.compress_size:
                    raise BackupError(
                        f"{path}: {entry.filename} would unpack to {entry.file_size:,} bytes from "
                        f"{entry.compress_size:,}: no backup of ours is packed so tightly; nothing was changed."
                    )
            told = json.loads(archive.read(MANIFEST))
            if told["format"] != FORMAT:
                raise BackupError(f"{path} has format {told['format']}; this release reads {FORMAT}.")
            migrations = [(app, name) for app, name in told["migrations"]]
            manifest = Manifest(datetime.fromisoformat(told["taken_at"]), migrations, told["tables"])
        except DAMAGED as error:
            raise _damaged(path, error) from error
        yield manifest, archive


def rows(archive: zipfile.ZipFile, label: str) -> Iterator[list[Any]]:
    with archive.open(f"{label}.jsonl") as lines:
        for line in lines:
            yield json.loads(line)


def _damaged(path: Path, error: Exception) -> BackupError:
    return BackupError(f"{path} is no whole backup ({error}); nothing was changed. Use another one.")
