"""The servers that are measured, each with a folder and a database of its own."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import equal
from tests import postgresql

ROOT = Path(__file__).parents[2]
OTREE = ROOT / "benchmarks" / ".peers" / "otree" / "bin" / "otree"
OTREE_VERSION = "6.0.15"
START_SECONDS = 120


@dataclass(frozen=True)
class Site:
    """A running platform: its port, how each person enters, and the processes whose time is its own."""

    port: int
    starts: list[str]
    processes: list[int]

    def processor_seconds(self) -> float:
        """Return what its processes and their children have used so far."""
        return processor_seconds(self.processes)


def processor_seconds(processes: Iterable[int]) -> float:
    """Return what these processes and their children have used so far; 0 where the system does not tell."""
    used, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            values = stat.read_text().rpartition(")")[2].split()
            pid = int(stat.parent.name)
            parents[pid] = int(values[1])
            used[pid] = sum(map(int, values[11:15]))  # with those of its children that have ended
    family = set(processes)
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(used.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


@contextmanager
def database(name: str) -> Iterator[tuple[str, list[int]]]:
    """Yield DATABASE_URL, empty for SQLite, and the processes that belong to it."""
    if name == "sqlite":
        yield "", []
    else:
        with postgresql.running() as server:
            process = int((server.pgdata / "postmaster.pid").read_text().split()[0])
            yield postgresql.url_of(server), [process]


def environment(folder: str, url: str = "") -> dict[str, str]:
    """Return what the platform is told to run with two workers on data of its own, at a free port."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "explornn_site.settings",
        "DATA_DIR": folder,
        "DATABASE_URL": url,
        "PORT": str(_free_port()),
        "WEB_CONCURRENCY": "2",
        "CACHE_URL": "",
        "WARM_RUNS": "0",
        "DEBUG": "0",
        "RATE_RUNS": "",  # many come from one address here
        "RATE_JOIN": "",
    }


@contextmanager
def serving(told: dict[str, str]) -> Iterator[int]:
    """Run the platform as `manage.py serve` does; yield its process."""
    command, port, folder = [sys.executable, "manage.py", "serve"], int(told["PORT"]), Path(told["DATA_DIR"])
    with _running(command, ROOT, told, port, folder) as process:
        yield process


@contextmanager
def ours(name: str, study: str, people: int) -> Iterator[Site]:
    """Run the platform with an open study."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, database(name) as (url, processes):
        told = environment(folder, url)

        def manage(*arguments: str) -> None:
            subprocess.run(  # noqa: S603
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=told,
                check=True,
                stdout=subprocess.DEVNULL,
            )

        with serving(told) as process:
            if study == "equal":
                equal.write(Path(folder) / "equal")
                manage("load_study", str(Path(folder) / "equal"))
                manage("study_state", "equal", "open", "--reason", "to measure")
            yield Site(int(told["PORT"]), [f"/join/{study}/"] * people, [process, *processes])


@contextmanager
def otree(name: str, people: int) -> Iterator[Site]:
    """Run the peer's server with a session of so many participants."""
    with tempfile.TemporaryDirectory(prefix="bench-otree-") as folder, database(name) as (url, processes):
        project = Path(folder) / "project"
        shutil.copytree(Path(__file__).parent / "otree", project)
        (project / "_static").mkdir()  # it asks for one
        equal.write_for_otree(project / "study" / "words.json")
        port, key = _free_port(), secrets.token_hex(8)
        told = os.environ | {
            "OTREE_PRODUCTION": "1",
            "OTREE_AUTH_LEVEL": "STUDY",
            "OTREE_REST_KEY": key,
            "OTREE_ADMIN_PASSWORD": key,
            "OTREE_SECRET_KEY": key,
            "PATH": f"{OTREE.parent}:{os.environ['PATH']}",
        }
        if url:
            told["DATABASE_URL"] = url
        subprocess.run(  # noqa: S603
            [OTREE, "resetdb", "--noinput"], cwd=project, env=told, check=True, capture_output=True
        )
        command = [str(OTREE), "prodserver1of2", str(port)]
        with _running(command, project, told, port, Path(folder)) as process:
            made = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/sessions",
                json.dumps({"session_config_name": "equal", "num_participants": people}).encode(),
                {"Content-Type": "application/json", "otree-rest-key": key},
            )
            with urllib.request.urlopen(made, timeout=600) as answer:  # noqa: S310
                wide = json.load(answer)["session_wide_url"]
            yield Site(port, ["/" + wide.split("/", 3)[3]] * people, [process, *processes])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _running(command: list[str], where: Path, told: dict, port: int, folder: Path) -> Iterator[int]:
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=where, env=told, stdout=output, stderr=output, start_new_session=True
        )
    end = time.monotonic() + START_SECONDS
    try:
        while True:
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.2)
        yield process.pid
    finally:
        _stop(process)


def _stop(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 15)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def install() -> None:
    """Install the peer into an environment of its own."""
    home = OTREE.parents[1]
    if not OTREE.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)  # noqa: S603
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, f"otree=={OTREE_VERSION}", "psycopg2-binary"], check=True)  # noqa: S603
