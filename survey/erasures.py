"""The list of what was erased, kept outside of the database: a backup from before brings it back, and it must go again.

A line names a participant's code or a study, and nothing else: no person can be found by it.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

PARTICIPANT = "participant"  # all data of one, by their code
UNLINKED = "unlinked"  # every link from a person to the data of one participant, by their code
IDENTIFIERS = "identifiers"  # as whom platforms know the participants of a study, by its name
LINKS = "links"  # every link from a person to the data of a study, by its name


@dataclass(frozen=True)
class Erasure:
    kind: str
    name: str
    at: datetime


def path() -> Path:
    return Path(settings.DATA_DIR) / "erased.jsonl"


def note(kind: str, name: str, at: datetime) -> None:
    """Add a line and wait until it is on the disk.

    To be called before the erasure is committed: should that fail, the list asks for what somebody wanted anyway.
    """
    line = json.dumps({**asdict(Erasure(kind, name, at)), "at": at.isoformat()}) + "\n"
    handle = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())  # one short write: lines of several processes do not mix
        os.fsync(handle)
    finally:
        os.close(handle)


def noted() -> list[Erasure]:
    """Return what this machine has erased so far."""
    return read(path()) if path().exists() else []


def read(file: Path) -> list[Erasure]:
    """Return the erasures of a list; raises ValueError, naming the line that cannot be read."""
    found = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        try:
            told = json.loads(line)
            found.append(Erasure(told["kind"], told["name"], datetime.fromisoformat(told["at"])))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file}, line {number}: no erasure ({error})") from error
    return found
