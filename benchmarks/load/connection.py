"""One participant's browser as cheap as it can be: client and server share the processors that are measured."""

import asyncio
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60


class BrokenError(Exception):
    """A request that got no answer."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # the names in lower case
    body: bytes
    path: str

    @property
    def text(self) -> str:
        return (zlib.decompress(self.body, 31) if "content-encoding" in self.headers else self.body).decode()


@dataclass
class Browser:
    """Keeps cookies and one connection, and follows redirects."""

    host: str
    port: int
    requests: list[tuple[str, float, int]] = field(default_factory=list)  # method and path, seconds, status
    cookies: dict[str, str] = field(default_factory=dict)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Return the page that comes of it in the end."""
        answer = await self.ask(method, path, body, headers or {})
        while answer.status in (301, 302, 303, 307):
            parts = urlsplit(answer.headers["location"])
            answer = await self.ask("GET", parts.path + ("?" + parts.query if parts.query else ""))
        return answer

    async def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to one request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", "Accept-Encoding: gzip"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join([*lines, "", ""]).encode() + body
        begun = time.perf_counter()
        try:
            # Not wait_for: up to Python 3.11 it hides that the person was told to stop just when the answer came, and
            # then they would go on for ever.
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._exchange(data, path)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.close()
            self.requests.append((f"{method} {path}", time.perf_counter() - begun, 0))
            raise BrokenError(f"{method} {path}: {type(error).__name__} {error}") from error
        self.requests.append((f"{method} {path}", time.perf_counter() - begun, answer.status))
        return answer

    async def _exchange(self, data: bytes, path: str) -> Answer:
        if self._streams:
            try:
                return await self._send(self._streams, data, path)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                self.close()
                if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                    raise
                # The server has closed a connection that was idle: connect again, as a browser does.
        self._streams = await asyncio.open_connection(self.host, self.port, limit=2**20)
        return await self._send(self._streams, data, path)

    async def _send(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], data: bytes, path: str) -> Answer:
        reader, writer = streams
        writer.write(data)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(": ")
            if name.lower() == "set-cookie":
                self._keep(value)
            elif colon:
                headers[name.lower()] = value
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        else:
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(first.split()[1]), headers, body, path)

    def _keep(self, cookie: str) -> None:
        pair, _, attributes = cookie.partition(";")
        name, _, value = pair.partition("=")
        if "max-age=0" in attributes.lower():
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None
