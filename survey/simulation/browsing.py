"""A browser without a screen: follows redirects, keeps cookies, reads and sends forms; the standard library alone."""

import http.cookiejar
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

TIMEOUT_SECONDS = 60
BUSY = (429, 503)  # asked again, as the page itself does, for at most so many seconds
PATIENCE_SECONDS = 120


class SimulationError(Exception):
    """What kept a simulated participant from going on; the message says where."""


@dataclass
class Form:
    action: str = ""
    learning_phase: bool = False
    hidden: dict[str, str] = field(default_factory=dict)
    boxes: set[str] = field(default_factory=set)  # names of tick boxes with no value of their own
    names: list[str] = field(default_factory=list)  # of all else that can be filled in, in order


class _Forms(HTMLParser):
    """Collects the forms that are sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._open = Form(given.get("action", ""), "data-learning-phase" in given)
            self.forms.append(self._open)
        elif self._open and tag in ("input", "textarea", "select") and "name" in given:
            kind, name = given.get("type", "text"), given["name"]
            if tag == "input" and kind == "hidden":
                self._open.hidden[name] = given.get("value", "")
            elif tag == "input" and kind == "checkbox" and "value" not in given:
                self._open.boxes.add(name)
            elif name not in self._open.names:
                self._open.names.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


@dataclass(frozen=True)
class Page:
    url: str
    html: str

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path

    @property
    def was_refused(self) -> bool:
        return "refused" in urllib.parse.parse_qs(urllib.parse.urlsplit(self.url).query)

    @property
    def form(self) -> Form:
        """Return the form that leads on: the learning phase's where there is one, else the first."""
        parser = _Forms()
        parser.feed(self.html)
        if not parser.forms:
            raise SimulationError(f"{self.path}: no form that leads on")
        return max(parser.forms, key=lambda form: form.learning_phase)


class Browser:
    """One participant's browser; `seconds` holds how long each page took, redirects included.

    What is fetched besides pages is fetched once, as from a browser's cache; `fetched` counts it.
    """

    def __init__(self, url: str):
        self._url = url.rstrip("/")
        # Without proxies: what is simulated goes to the site that was named and nowhere else.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self.seconds: list[float] = []
        self.fetched = 0
        self._kept: set[str] = set()

    def get(self, path: str) -> Page:
        return self._open(urllib.request.Request(self._url + path))  # noqa: S310 - http(s), checked by the command

    def send(self, page: Page, values: dict[str, str | list[str] | None]) -> Page:
        """Send the page's form with these values; what is hidden in it goes along."""
        form = page.form
        filled = {name: value for name, value in values.items() if value is not None}
        data = urllib.parse.urlencode({**form.hidden, **filled}, doseq=True).encode()
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        headers = {"Referer": page.url}  # asked for where the site is served by HTTPS
        return self._open(urllib.request.Request(target, data, headers))  # noqa: S310

    def fetch(self, address: str) -> None:
        """Load what a page names and shows by script: style sheets, modules, a run's numbers."""
        if address in self._kept:
            return
        self._kept.add(address)
        self._answer(urllib.request.Request(self._target(address), headers={"Accept-Encoding": "gzip"}))  # noqa: S310

    def fetch_json(self, address: str) -> Any:
        """Load what a page asks the engine for; return it."""
        return json.loads(self._answer(urllib.request.Request(self._target(address))))  # noqa: S310

    def _target(self, address: str) -> str:
        return urllib.parse.urljoin(self._url, urllib.parse.quote(address, safe="/:?&=;,@.-_~%"))

    def post_json(self, address: str, values: Any, page: Page) -> Any:
        """Send what a page sends by script; return the answer."""
        headers = {
            "Content-Type": "application/json",
            "X-CSRFToken": page.form.hidden.get("csrfmiddlewaretoken", ""),
            "Referer": page.url,
        }
        target = urllib.parse.urljoin(self._url, address)
        return json.loads(self._answer(urllib.request.Request(target, json.dumps(values).encode(), headers)))  # noqa: S310

    def _answer(self, request: urllib.request.Request) -> bytes:
        """Return the answer to what is no page, as it was sent."""
        with self._response(request) as response:
            self.fetched += 1
            return response.read()

    def _open(self, request: urllib.request.Request) -> Page:
        begun = time.perf_counter()
        with self._response(request) as response:
            page = Page(response.geturl(), response.read().decode())
        self.seconds.append(time.perf_counter() - begun)
        return page

    @contextmanager
    def _response(self, request: urllib.request.Request) -> Iterator[Any]:
        """Send a request, again while the server is too busy for it; say where what else went wrong."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                    yield response
                return
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in BUSY or time.monotonic() > end:
                        path = urllib.parse.urlsplit(request.full_url).path
                        raise SimulationError(f"{path}: HTTP {error.code}") from error
                    time.sleep(min(float(error.headers.get("Retry-After") or 1), 5))
            except OSError as error:
                raise SimulationError(f"{request.full_url}: {error}") from error
