"""A real server (gunicorn, as `make run` starts it) and a real Chromium; nothing here touches the database."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests import commands, postgresql

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
TIMEOUT = 30_000  # milliseconds; a busy machine takes its time
MODULES = ROOT / "visual" / "static" / "visual"
ORIGIN = "http://modules.test"
expect.set_options(timeout=TIMEOUT)


@dataclass
class Server:
    """A running site with a data folder of its own."""

    url: str
    data_dir: Path
    environment: dict[str, str] = field(repr=False)

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the server, as a researcher would; return what it prints."""
        done = commands.manage(self.environment, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def _static_files(data_dir: Path) -> Iterator[None]:
    """Let the first site of a run collect the static files while it starts, seconds of work; the others have a copy."""
    if "SHARED_BY_TESTS" not in os.environ:  # run by hand
        yield
        return
    shared = Path(os.environ["SHARED_BY_TESTS"]) / "static"
    with shared.with_name("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            yield
            shutil.copytree(data_dir / "static", shared)
            return
    if not (data_dir / "static").exists():
        shutil.copytree(shared, data_dir / "static")
    yield


def start(data_dir: Path, port: int = 0, **settings: str) -> tuple[subprocess.Popen, Server]:
    """Start the server as `make run` does, on a free port unless one is given, and wait until it says READY."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DATA_DIR": str(data_dir), "PORT": str(port), "DEBUG": "0"}
    environment |= {"DJANGO_SETTINGS_MODULE": "explornn_site.settings", "WARM_RUNS": "0"}
    environment["DATABASE_URL"] = settings.get("DATABASE_URL") or postgresql.database_of(data_dir)
    environment |= settings
    log = data_dir / "server.log"
    with _static_files(data_dir), log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = time.monotonic() + START_SECONDS
        while "READY " not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                stop(process)
                raise AssertionError("the server did not start:\n" + log.read_text())
            time.sleep(0.1)
    return process, Server(f"http://127.0.0.1:{port}", data_dir, environment)


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Server]:
    """Run a site with a data folder of its own, and stop it whatever happens."""
    process, server = start(data_dir, **settings)
    try:
        yield server
    finally:
        stop(process)


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("site")) as server:
        yield server


def go_on(button: Locator) -> None:
    """Press the button that sends a page and wait for the next one: the page first asks whether the server is there."""
    with button.page.expect_navigation():
        button.click()


def painted(page: Page) -> None:
    """Wait until what was done is on the screen: whatever came of it before the next frame, and was drawn with it."""
    page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")


# What the page waits for: each frame and timer that it has asked for, each request whose answer is not read.
COUNT_WAITS = """(() => {
    const waits = window.waits = new Set()
    for (const [begin, end] of [["requestAnimationFrame", "cancelAnimationFrame"], ["setTimeout", "clearTimeout"]]) {
        const [native, cancel] = [window[begin].bind(window), window[end].bind(window)]
        const called = (id) => `${begin} ${id}`
        window[begin] = (act, ...more) => {
            const id = native((...given) => { waits.delete(called(id)); act(...given) }, ...more)
            waits.add(called(id))
            return id
        }
        window[end] = (id) => { waits.delete(called(id)); cancel(id) }
    }
    const interval = window.setInterval.bind(window)
    window.setInterval = (...given) => { const id = interval(...given); waits.add(`setInterval ${id}`); return id }
    const asked = window.fetch.bind(window)
    let requests = 0
    window.fetch = (...given) => {
        const wait = `fetch ${requests += 1} ${given[0]?.url ?? given[0]}`
        waits.add(wait)
        const read = (answer) => answer.clone().arrayBuffer()
        const answer = asked(...given)
        // The page reads its own copy first, and then asks for the frame that shows it.
        answer.then(read).catch(() => {}).then(() => requestAnimationFrame(() => waits.delete(wait)))
        return answer
    }
})()"""


def count_waits(page: Page) -> None:
    """Let pages that `page` opens from now on count what they wait for; then `at_rest` tells."""
    page.add_init_script(COUNT_WAITS)


def at_rest(page: Page) -> None:
    """Wait until the page waits for nothing but its user: no frame, timer or answer can change it any more."""
    end = time.monotonic() + TIMEOUT / 1000
    while waits := page.evaluate("() => [...window.waits]"):
        assert time.monotonic() < end, f"still waits for {waits}"
        page.wait_for_timeout(50)


@dataclass
class Watch:
    """What went wrong in a page while a test used it."""

    errors: list[str] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)

    def assert_clean(self) -> None:
        assert self.errors == []
        assert self.foreign == set()


def watch(page: Page, origin: str) -> Watch:
    """Collect console errors, uncaught exceptions and requests to other hosts."""
    found = Watch()
    page.on("console", lambda message: message.type == "error" and found.errors.append(message.text))
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on(
        "request", lambda request: request.url.startswith((origin, "data:", "blob:")) or found.foreign.add(request.url)
    )
    return found


@pytest.fixture(scope="module")
def one_profile(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser profile in which tabs cost half: one stays open, whose process and cache the others share."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=server.url)
    context.set_default_timeout(TIMEOUT)
    context.new_page().goto("/livez")
    yield context
    context.close()


@pytest.fixture
def page(one_profile: BrowserContext, server: Server) -> Iterator[Page]:
    """A tab at 1440×900 of a browser that has been nowhere; it fails on console errors and requests to other hosts."""
    first = one_profile.pages[0]
    page = one_profile.new_page()
    found = watch(page, server.url)
    yield page
    for each in one_profile.pages:
        if each is not first:
            each.close()
    one_profile.set_offline(False)
    one_profile.clear_cookies()
    first.evaluate("localStorage.clear()")
    found.assert_clean()


def _answer(route: Route) -> None:
    path = MODULES / route.request.url.removeprefix(f"{ORIGIN}/")
    if path.suffix == ".js":
        route.fulfill(body=path.read_text(encoding="utf-8"), content_type="text/javascript")
    else:
        route.fulfill(body='<!doctype html><html lang="en"><body></body></html>', content_type="text/html")


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """A blank page that can import our modules straight from their folder; no server runs."""
    page = browser.new_page()
    page.route("**/*", _answer)
    page.goto(f"{ORIGIN}/")
    yield page
    page.close()


@pytest.fixture
def run(blank):
    """Return a function that imports `module` and evaluates `expression` of its names and `argument`."""

    def evaluate(module: str, expression: str, argument=None):
        return blank.evaluate(
            """async ([path, expression, argument]) => {
            const module = await import(path)
            const names = Object.keys(module)
            const body = new Function(...names, "argument", `return (${expression})`)
            return body(...names.map(name => module[name]), argument)
        }""",
            [f"./{module}", expression, argument],
        )

    return evaluate
