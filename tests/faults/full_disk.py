"""A server whose disk is full, on a file system of its own; prints what people met, and what is stored.

Run in a mount namespace of its own: `unshare --mount --map-root-user python -m tests.faults.full_disk`.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.browser.conftest import start, stop
from tests.faults.conftest import people, send

MEGABYTES = 80
RUN = (
    "/runs/data=sine;cell=lstm;layers=1;units=4;optimizer=rmsprop;learning_rate=0.025;batch_size=25;noise=0;seed=77/"
    "epochs/0-1"
)


def _fill(path: Path) -> None:
    """Write until nothing more goes in."""
    with path.open("wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="full-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder], check=True)
    process, server = start(folder)
    try:
        everybody = people(server, "make", "20")
        early, late = everybody[:5], everybody[5:]
        before = {code: status for code, (status, _) in send(server, early).items()}
        _fill(folder / "filler")
        full = send(server, late)
        met = {
            "early": sorted(set(before.values())),
            "full": sorted({status for status, _ in full.values()}),
            "typed_is_kept": all(
                person["answers"]["field"] in full[person["code"]][1]
                and person["answers"]["remarks"] in full[person["code"]][1]
                for person in late
                if full[person["code"]][0] == 503
            ),
            "refused": sum(status == 503 for status, _ in full.values()),
            "page": _status(server.url + "/join/tiny/"),
            "run": _status(server.url + RUN),
            "stored_while_full": sum(each["completed"] for each in people(server, "tell").values()),
        }
        (folder / "filler").unlink()
        met["again"] = sorted({status for status, _ in send(server, everybody).values()})
        met["run_again"] = _status(server.url + RUN)
        told = people(server, "tell")
        with sqlite3.connect(folder / "study.sqlite3") as database:
            met["integrity"] = database.execute("PRAGMA integrity_check").fetchone()[0]
        print(json.dumps({"met": met, "told": told, "everybody": everybody}))
    finally:
        stop(process)
        os.chdir("/")
        subprocess.run(["umount", "--lazy", folder], check=False)


if __name__ == "__main__":
    sys.exit(main())
