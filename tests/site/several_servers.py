"""Two servers behind nginx with TLS, sharing PostgreSQL and Redis; fifty people walk, each request to the other server.

`python -m tests.site.several_servers`; nginx, redis-server and openssl have to be there. Prints what came of it, and
ends with 1 when something was lost. Uses deploy/nginx.conf with the names and ports of this machine.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from dataclasses import replace  # noqa: E402

from django.urls import reverse  # noqa: E402

from tests import postgresql  # noqa: E402
from visual.runspec import DEFAULT  # noqa: E402

ROOT = Path(__file__).parents[2]
PEOPLE = 50
COUNT = """
import json
from survey.allocation.verify import verify
from survey.models import *
s = Study.objects.get(name="replication"); p = s.participants.filter(kind="simulated")
v = StageVisit.objects.filter(participant__in=p)
asked = {(x.participant_id, x.stage, e["item"]) for x in v.filter(completed_at__isnull=False) for e in x.shown}
r = list(ItemResponse.objects.filter(participant__in=p).values_list("participant_id", "stage", "item"))
d = sorted(Allocation.objects.filter(participant__in=p).values_list("sequence", flat=True))
print(json.dumps({"people": p.count(), "finished": p.filter(finished_at__isnull=False).count(), "answers": len(r),
    "lost_or_double": len(set(r) ^ asked) + len(r) - len(set(r)), "open_pages": v.filter(completed_at=None).exclude(
    stage="debriefing").count(), "drawn": d == list(range(1, len(d) + 1)) and len(d), "verified":
    verify(s).verified["simulated"]}))
"""


@contextmanager
def running(name, command, log, environment=None, ready=None):
    """Run a program until the end of this block, and wait until its port or its log says that it is ready."""
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        end = time.monotonic() + 120
        while not ready():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    ports = {name: _free_port() for name in ("http", "https", "redis", "first", "second")}
    with tempfile.TemporaryDirectory(prefix="several-") as name, ExitStack() as stack:
        folder = Path(name)
        database = stack.enter_context(postgresql.running())
        redis = ["redis-server", "--port", str(ports["redis"]), "--save", "", "--dir", name]
        stack.enter_context(running("redis", redis, folder / "redis.log", ready=lambda: _answers(ports["redis"])))
        site, token = f"https://127.0.0.1:{ports['https']}", secrets.token_hex(16)
        common = os.environ | {
            "DJANGO_SETTINGS_MODULE": "explornn_site.settings",
            "DATABASE_URL": postgresql.url_of(database),
            "CACHE_URL": f"redis://127.0.0.1:{ports['redis']}/0",
            "SECRET_KEY": secrets.token_hex(32),
            "HTTPS": "1",
            "ALLOWED_HOSTS": "127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": site,
            "METRICS_TOKEN": token,
            "LOG_FORMAT": "json",
            "WARM_RUNS": "0",
            "WEB_CONCURRENCY": "2",
            "SSL_CERT_FILE": str(folder / "certificate.pem"),
        }
        for server in ("first", "second"):
            log = folder / f"{server}.log"
            environment = common | {"DATA_DIR": str(folder / server), "PORT": str(ports[server])}
            command = [sys.executable, "manage.py", "serve"]
            ready = lambda log=log: "READY" in log.read_text()  # noqa: E731
            stack.enter_context(running(server, command, log, environment, ready))
        _certificate(folder)
        (folder / "nginx.conf").write_text(_nginx(folder, ports))
        subprocess.run(["nginx", "-t", "-q", "-c", folder / "nginx.conf"], check=True)
        nginx = ["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        stack.enter_context(running("nginx", nginx, folder / "nginx.log", ready=lambda: _answers(ports["https"])))

        environment = common | {"DATA_DIR": str(folder / "first")}
        begun = time.monotonic()
        simulate = [
            "simulate_participants",
            "replication",
            "--n",
            str(PEOPLE),
            "--url",
            site,
            "--threads",
            "8",
            "--minutes",
            "0",
        ]
        done = subprocess.run([sys.executable, "manage.py", *simulate], cwd=ROOT, env=environment)
        took = time.monotonic() - begun
        if done.returncode:
            logs = "".join((folder / f"{server}.log").read_text() for server in ("first", "second"))
            raise SystemExit("\n".join(line for line in logs.splitlines() if '"ERROR"' in line))
        count = [sys.executable, "manage.py", "shell", "-v0", "-c", COUNT]
        done = subprocess.run(count, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)

        spec = str(replace(DEFAULT, layers=1, units=4))
        address = reverse("visual:epochs", kwargs={"spec": spec, "first": 0, "last": 1})
        bodies = {_get(f"http://127.0.0.1:{ports[server]}{address}") for server in ("first", "second")}
        told = {}
        for server in ("first", "second"):
            text = _get(f"http://127.0.0.1:{ports[server]}/metrics", token).decode()
            told[server] = {
                "pages": _sum(text, r'explornn_requests_total\{[^}]*route="/(?:join|study)[^}]*\}'),
                "errors": _sum(text, r'explornn_requests_total\{[^}]*status="5\d\d"\}'),
                "chunks_computed": _sum(text, "explornn_chunks_computed_total"),
            }
        found |= {"seconds": round(took), "servers": told, "same_run": len(bodies) == 1}
    print(json.dumps(found, indent=1))
    expected = {"people": PEOPLE, "finished": PEOPLE, "lost_or_double": 0, "open_pages": 0, "drawn": PEOPLE}
    expected |= {"verified": PEOPLE, "same_run": True}
    first, second = told.values()
    balanced = min(first["pages"], second["pages"]) > 0.4 * (first["pages"] + second["pages"])
    once = sorted([first["chunks_computed"], second["chunks_computed"]]) == [0, 1]
    well = first["errors"] + second["errors"] == 0 and balanced and once
    raise SystemExit(0 if well and expected.items() <= found.items() else 1)


def _certificate(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command, *files, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)


def _nginx(folder: Path, ports: dict[str, int]) -> str:
    """Return deploy/nginx.conf with this machine's names, ports and certificate, as a whole configuration."""
    site = (ROOT / "deploy" / "nginx.conf").read_text()
    for given, here in {
        "127.0.0.1:8000": f"127.0.0.1:{ports['first']}",
        "127.0.0.1:8001": f"127.0.0.1:{ports['second']}",
        "listen 80;": f"listen 127.0.0.1:{ports['http']};",
        "listen 443": f"listen 127.0.0.1:{ports['https']}",
        "study.example.org": "127.0.0.1",
        "/etc/ssl/explornn/": f"{folder}/",
    }.items():
        assert given in site, given
        site = site.replace(given, here)
    return f"pid {folder}/nginx.pid;\nevents {{}}\nhttp {{\n{site}}}\n"


def _get(address: str, token: str = "") -> bytes:
    headers = {"X-Forwarded-Proto": "https", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
        return answer.read()


def _sum(text: str, series: str) -> float:
    return sum(float(value) for value in re.findall(rf"^{series} ([\d.e+]+)$", text, re.MULTILINE))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
