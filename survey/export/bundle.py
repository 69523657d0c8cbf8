"""Writes the files of an export: into a folder, or as one ZIP."""

import csv
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from survey.export import codebook, package
from survey.export.cells import cell
from survey.export.columns import Column
from survey.export.fixed import CODEBOOK, FILES
from survey.export.rows import REAL, SOURCES, Kinds, Row
from survey.export.snapshot import snapshot
from survey.models import Study


class ExportError(Exception):
    """An export that cannot be written; the message says what to do."""


def write_folder(study: Study, out: Path, kinds: Kinds = REAL, psych_ds: bool = False) -> dict[str, int]:
    """Write the export into the folder `out` and return {file of data: number of rows}.

    With `psych_ds` the files lie and are named as a Psych-DS dataset has them.
    `out` may be missing, empty, or a former export, which is replaced. All files are written beside it first:
    `out` has either the former files or the new ones, never half of one.
    """
    _check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        with snapshot():
            counts = {}
            files = codebook.columns(study, kinds)
            for name, text in package.documents(study, files, psych_ds).items():
                (fresh / name).write_text(text, encoding="utf-8", newline="")
            for name, columns, rows in _tables(study, kinds, files):
                path = package.path_of(study, name, psych_ds)
                (fresh / path).parent.mkdir(exist_ok=True)
                with (fresh / path).open("w", encoding="utf-8", newline="") as stream:
                    counts[path] = _write(stream, columns, rows)
        fresh.chmod(0o755)  # mkdtemp makes it private
        _replace(out, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return counts


def write_zip(study: Study, file: IO[bytes], kinds: Kinds = REAL) -> None:
    """Write the export into `file` as a ZIP of one folder; the same data give the same bytes."""
    with snapshot(), zipfile.ZipFile(file, "w") as archive:
        files = codebook.columns(study, kinds)
        for name, text in package.documents(study, files, psych_ds=False).items():
            archive.writestr(_entry(study, name), text)
        for name, columns, rows in _tables(study, kinds, files):
            with (
                archive.open(_entry(study, name), "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, encoding="utf-8", newline="") as stream,
            ):
                _write(stream, columns, rows)


def _entry(study: Study, name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{study.name}/{name}")  # of 1980: a ZIP has no date of its own
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def _tables(study: Study, kinds: Kinds, files: package.Files) -> Iterator[tuple[str, list[Column], Iterator[Row]]]:
    """Yield (file, columns, rows) of every file of the export."""
    for name, columns in files.items():
        yield name, columns, codebook.rows(files) if name == CODEBOOK else SOURCES[name](study, kinds)


def _write(stream: Any, columns: list[Column], rows: Iterator[Row]) -> int:
    """Write one CSV file as RFC 4180 has it and return its number of rows, the header not counted."""
    writer = csv.writer(stream)
    writer.writerow([column.name for column in columns])
    count = 0
    for row in rows:
        writer.writerow([cell(row.get(column.role)) for column in columns])
        count += 1
    return count


def _check_replaceable(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ExportError(f"{out} is not a folder; name a new folder, or a former export to replace.")
    strange = sorted(path.name for path in out.iterdir() if not _of_an_export(path)) if out.exists() else []
    if strange:
        raise ExportError(
            f"{out} holds files that are no export, such as {strange[0]!r}; nothing was "
            "written. Name a new folder, an empty one, or a former export to replace."
        )


def _of_an_export(path: Path) -> bool:
    if path.name == package.DATA and path.is_dir() and not path.is_symlink():
        return all(package.PSYCH_DS_FILE.fullmatch(file.name) for file in path.iterdir())
    return path.name in (*FILES, package.DATA_PACKAGE, package.DESCRIPTION)


def _replace(out: Path, fresh: Path) -> None:
    """Put the folder `fresh` in the place of `out`."""
    former = fresh.with_name(f"{fresh.name}-former")
    try:
        if out.exists():
            out.rename(former)
        fresh.rename(out)
    except OSError as error:
        if former.exists():
            former.rename(out)
        raise ExportError(f"{out} cannot be replaced ({error.strerror}); name a folder inside it.") from error
    shutil.rmtree(former, ignore_errors=True)
