"""The server's settings; `manage.py serve` starts it."""

import gc
import os
import sys
from pathlib import Path

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from explornn_site.logs import logging_settings

# A thread that holds the database waits at each of its statements until another one gives Python's lock back: after
# 1 ms, not 5. So transactions are short although pages are drawn beside them.
sys.setswitchinterval(0.001)

host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
bind = f"{host}:{port}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
# A page waits for the database; one trains, some wait to (visual/runs.py), and the others serve. More threads serve
# fewer pages: they take the processor from each other, and the database has as many connections to keep.
threads = 8
timeout = 60  # seconds; above the longest training of one chunk
graceful_timeout = 20


class logger_class(Logger):  # noqa: N801  gunicorn's name of the setting
    """No access log: it would keep addresses of participants. So its lines need not be put together either."""

    access_log_enabled = False


logconfig_dict = logging_settings(as_json=os.environ.get("LOG_FORMAT") == "json")
control_socket_disable = True  # nobody manages the server from outside, and two sites may run side by side


def post_fork(server, worker):
    # What is counted is written into memory that is a file; where the disk has no room for it, the system would end the
    # process in the middle of a page. So the room is taken before (all that can be counted needs a third of it), and
    # without room a worker counts for itself.
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        try:
            for kind in ("counter", "histogram"):
                Path(folder, f"{kind}_{os.getpid()}.db").write_bytes(bytes(2**20))  # as prometheus_client names them
        except OSError:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def post_worker_init(worker):
    # What has been loaded by now stays for good: looked through for waste again and again, it would hold up every page
    # that is being drawn. And what pages leave behind is looked through once in some pages, not a dozen times for each.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


def child_exit(server, worker):
    from prometheus_client import multiprocess  # decides when it is loaded where it counts: in a worker after its fork

    multiprocess.mark_process_dead(worker.pid)


def when_ready(server):
    address = f"http://{'127.0.0.1' if host in ('', '0.0.0.0') else host}:{port}"  # noqa: S104  only printed
    print(
        f"\n  study link        {address}/join/replication/\n"
        f"  visualization     {address}/explore/\n"
        f"  researcher login  {address}/researcher/\n\n"
        f"READY {address}/\n",
        flush=True,
    )
