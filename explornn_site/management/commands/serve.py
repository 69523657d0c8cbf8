import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from survey.models import Study

REPLICATION = Path("survey/studies/replication")


class Command(BaseCommand):
    help = "Make everything ready (database, study, researcher, static files) and start the server."

    def handle(self, **options):
        host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
        _check_free(host, port)
        self._say("Preparing the database")
        call_command("migrate", verbosity=0)
        if not Study.objects.filter(name="replication").exists():
            # Open at once, so that whoever has just installed the platform can take part and see it. A study that a
            # researcher loads begins as a draft.
            call_command("load_study", settings.BASE_DIR / REPLICATION, stdout=self.stdout)
            reason = "the study that ships, at the first start"
            call_command("study_state", "replication", "open", reason=reason, stdout=self.stdout)
        self._make_researcher()
        self._collect_static()
        self.stdout.flush()
        # Matrix products of this size are fastest on one core each, and the numbers do not depend on the machine.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ |= {"HOST": host, "PORT": port}
        # Where the worker processes put what they count, so that /metrics is their sum. Begun anew at each start.
        counted = settings.DATA_DIR / f"metrics-{port}"
        shutil.rmtree(counted, ignore_errors=True)
        counted.mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counted)
        os.chdir(settings.BASE_DIR)
        if settings.WARM_RUNS:
            subprocess.Popen(
                [sys.executable, "manage.py", "warm_runs", "--with-parent"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=lambda: os.nice(10),  # learners come first
            )
        os.execv(  # noqa: S606  our own server, fixed arguments
            Path(sys.executable).parent / "gunicorn",
            ["gunicorn", "--config", "explornn_site/gunicorn_config.py", "explornn_site.wsgi"],
        )

    def _say(self, line):
        self.stdout.write(line)
        self.stdout.flush()

    def _make_researcher(self):
        users = get_user_model()
        if users.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        users.objects.create_superuser("researcher", password=password)
        self._say(
            "A researcher's account was made. This password is shown only now:\n"
            f"  user name: researcher\n  password:  {password}\n"
            "Change it with: .venv/bin/python manage.py changepassword researcher"
        )

    def _collect_static(self):
        """Collect static files when one has changed; naming them by content takes seconds."""
        names = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list([]):
                state = Path(storage.path(path)).stat()
                names.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
        stamp = settings.STATIC_ROOT / ".collected"
        if stamp.exists() and stamp.read_text() == names.hexdigest():
            return
        self._say("Preparing the static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(names.hexdigest())


def _check_free(host: str, port: str) -> None:
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise CommandError(f"PORT={port}: expected a number from 1 to 65535")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            raise CommandError(
                f"{host}:{port} cannot be served: {error.strerror}. "
                "Is another server running? Choose another port: PORT=8001 make run"
            ) from error
