"""Writes the files of an export: into a folder, as one ZIP, or one of them alone."""

import csv
import io
import re
import shutil
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any

from survey.export import codebook, package
from survey.export.cells import cell
from survey.export.choice import ALL, Choice
from survey.export.columns import Column
from survey.export.fixed import CODEBOOK, FILES, PARTICIPANTS
from survey.export.materials import FOLDER, materials
from survey.export.readme import CHANGES, README
from survey.export.rows import SOURCES, Row
from survey.export.sav import write_sav
from survey.export.scripts import FOLDER as ANALYSIS
from survey.export.scripts import RESULTS, is_own, scripts
from survey.export.snapshot import snapshot
from survey.models import Study

SCRIPTED = (ANALYSIS, RESULTS)
Write = Callable[[IO[bytes]], int | None]  # of a file of data it returns the number of rows


# The writer itself makes nothing of None, and digits of a whole number.
_WRITTEN = frozenset({type(None), int})
_often = lru_cache(maxsize=4096, typed=True)(cell)
# Most texts and numbers are a few that come again and again, such as codes and scores.
_texts: defaultdict[type, Callable[[Any], str]] = defaultdict(lambda: cell, {str: _often, float: _often})


class ExportError(Exception):
    """An export that cannot be written; the message says what to do."""


def write_folder(study: Study, out: Path, choice: Choice = ALL) -> dict[str, int]:
    """Write the export into the folder `out` and return {file of data: number of rows}.

    `out` may be missing, empty, or a former export, which is replaced. All files are written beside it first:
    `out` has either the former files or the new ones, never half of one.
    """
    _check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    counts = {}
    try:
        with snapshot():
            for path, write in contents(study, choice):
                (fresh / path).parent.mkdir(parents=True, exist_ok=True)
                with (fresh / path).open("wb") as stream:
                    count = write(stream)
                if count is not None:
                    counts[path] = count
        fresh.chmod(0o755)  # mkdtemp makes it private
        _replace(out, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return counts


def write_zip_file(study: Study, out: Path, choice: Choice = ALL) -> dict[str, int]:
    """Write the export as the ZIP `out` and return {file of data: number of rows}; replace a former file at the end."""
    if out.is_dir():
        raise ExportError(f"{out} is a folder; name a file that ends in .zip, or a folder that does not.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}-", delete=False) as fresh:
        try:
            counts = write_zip(study, fresh, choice)
            Path(fresh.name).chmod(0o644)  # as it is made it is private
            Path(fresh.name).replace(out)
        except BaseException:
            Path(fresh.name).unlink()
            raise
    return counts


def write_zip(study: Study, file: IO[bytes], choice: Choice = ALL) -> dict[str, int]:
    """Write the export into `file` as a ZIP of one folder and return {file of data: number of rows}.

    The same data give the same bytes.
    """
    counts = {}
    with snapshot(), zipfile.ZipFile(file, "w") as archive:
        for path, write in contents(study, choice):
            with archive.open(_entry(study, path), "w", force_zip64=True) as stream:
                count = write(stream)
            if count is not None:
                counts[path] = count
    return counts


def write_alone(study: Study, name: str, file: IO[bytes], choice: Choice = ALL) -> None:
    """Write one file of the export into `file`: a table by its name, or `participants.sav`."""
    with snapshot():
        files = codebook.columns(study, choice)
        _tables(study, choice, files)[name](file)


def alone(choice: Choice) -> list[str]:
    """Return the names of the files that can be had alone."""
    return [package.SAV, CODEBOOK, PARTICIPANTS, *(f"{table}.csv" for table in choice.tables)]


def contents(study: Study, choice: Choice) -> Iterator[tuple[str, Write]]:
    """Yield (path, what writes it) of every file of the export, the codebook first."""
    files = codebook.columns(study, choice)
    tables = _tables(study, choice, files)
    yield package.path_of(study, CODEBOOK, choice.psych_ds), tables.pop(CODEBOOK)
    for name, text in package.documents(study, choice, files).items():
        yield name, partial(_text, text)
    for name, write in tables.items():
        yield (name if name == package.SAV else package.path_of(study, name, choice.psych_ds)), write
    for path, text in (*scripts(choice), *materials(study, choice)):
        yield path, partial(_text, text)


def _tables(study: Study, choice: Choice, files: package.Files) -> dict[str, Write]:
    """Return {file: what writes it} of the codebook, the tables and the SPSS file."""
    found: dict[str, Write] = {}
    for name, columns in files.items():
        rows = partial(codebook.rows, files) if name == CODEBOOK else partial(SOURCES[name], study, choice)
        found[name] = partial(_csv, columns, rows)
        if name == PARTICIPANTS:
            found[package.SAV] = partial(write_sav, study, choice, columns)
    return found


def _text(text: str, file: IO[bytes]) -> None:
    file.write(text.encode())


def _csv(columns: list[Column], rows: Callable[[], Iterator[Row]], file: IO[bytes]) -> int:
    """Write one CSV file as RFC 4180 has it and return its number of rows, the header not counted."""
    stream = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(stream)
    writer.writerow([column.name for column in columns])
    roles = [column.role for column in columns]
    count = 0
    for row in rows():
        values = [row.get(role) for role in roles]
        writer.writerow([value if type(value) in _WRITTEN else _texts[type(value)](value) for value in values])
        count += 1
    stream.flush()
    stream.detach()  # the file is closed by whoever opened it
    return count


def _entry(study: Study, name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{study.name}/{name}")  # of 1980: a ZIP has no date of its own
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def _check_replaceable(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ExportError(f"{out} is not a folder; name a new folder, or a former export to replace.")
    there = {path.name for path in out.iterdir()} if out.exists() else set()
    # Of these names other folders have files, too.
    anybodys = set() if package.DATA_PACKAGE in there else {README, CHANGES, FOLDER, *SCRIPTED}
    strange = sorted(name for name in there if name in anybodys or not _of_an_export(out / name))
    if strange:
        raise ExportError(
            f"{out} holds files that are no export, such as {strange[0]!r}; nothing was "
            "written. Name a new folder, an empty one, or a former export to replace."
        )


def _of_an_export(path: Path) -> bool:
    if path.name == package.DATA and path.is_dir() and not path.is_symlink():
        return all(package.PSYCH_DS_FILE.fullmatch(file.name) for file in path.iterdir())
    if path.name == FOLDER and path.is_dir() and not path.is_symlink():
        return all(re.fullmatch(r"version-\d+", folder.name) for folder in path.iterdir())
    if path.name in SCRIPTED:
        return is_own(path)
    described = (package.DATA_PACKAGE, package.DESCRIPTION, package.IGNORE, README, CHANGES)
    return path.name in (*FILES, package.SAV, *described)


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
