"""Lets many people take part at once, in a process of its own; prints what they met as one line of JSON.

python -m benchmarks.load.driver '{"port": 8000, "study": "equal", "kind": "closed", "people": 50, "seconds": 60}'

`closed`: so many browsers, each the next person as soon as one has finished, without a pause (throughput).
`class`: so many open the study in the same second, and each asks for the consent page only.
`thinking`: so many are in the study at any time, each with times to read and to think; what they type is saved as the
browser saves it, and while they learn their events are sent. Measured once all have arrived.
"""

import asyncio
import json
import re
import sys
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles
from typing import Any

from benchmarks.load import forms
from benchmarks.load.connection import Answer, BrokenError, Browser

# In seconds, each person's within half and one and a half times as long. A study of 45 minutes takes some five here.
READING, ITEM, LEARNING = 10.0, 4.0, 60.0
BETWEEN_EVENTS, BETWEEN_CHUNKS = 4.0, 10.0  # as the browser sends and asks
ENDS = re.compile(r"/complete/|OutOfRange|data-end")
PAGE_OF_OTREE = re.compile(r"/p/[^/]+/[^/]+/([^/]+)/\d+")


@dataclass
class Met:
    """What all of them met since measuring began."""

    begun: float = 0.0
    completed: int = 0
    pages: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def restart(self) -> None:
        """Forget all so far; errors stay, wherever they happened."""
        self.begun, self.completed = time.perf_counter(), 0
        self.pages.clear()
        self.requests.clear()


class Person:
    """Goes through a study from its link to its end."""

    def __init__(self, met: Met, port: int, start: str, number: int, thinks: bool):
        self.met, self.start, self.thinks = met, start, thinks
        self.browser = Browser("127.0.0.1", port)
        self.chance = Random(number)  # noqa: S311 - people, not secrets

    async def takes_part(self) -> bool:
        """Tell whether they came to the end."""
        try:
            page = await self._page("GET", self.start)
            while page and not ENDS.search(page.path):
                text = page.text
                form = forms.filled(text, self.chance)
                if form is None:
                    if ENDS.search(text):
                        break
                    raise BrokenError(f"{page.path}: no form that leads on")
                if self.thinks:
                    await self._spends_time(page, text, form)
                page = await self._page("POST", form.action or page.path, form.encoded())
            self.met.completed += page is not None
            return page is not None
        except BrokenError as error:
            self.met.errors[re.sub(r"/[\w-]{8,}", "/…", str(error))] += 1
            return False
        finally:
            self._note()
            self.browser.close()

    async def _page(self, method: str, path: str, body: bytes = b"") -> Answer | None:
        """Return the next page; note how long it took from the click until it was there, redirects included."""
        begun = time.perf_counter()
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        answer = await self.browser.open(method, path, body, headers)
        self.met.pages[_label(answer.path)].append(time.perf_counter() - begun)
        self._note()
        if answer.status != 200 or "refused" in answer.path:
            raise BrokenError(f"{method} {path}: {answer.status} {answer.path}")
        return answer

    def _note(self) -> None:
        for _, seconds, status in self.browser.requests:
            self.met.requests.append(seconds)
            self.met.statuses[status] += 1
        self.browser.requests.clear()

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.chance.uniform(0.5, 1.5))

    async def _spends_time(self, page: Answer, text: str, form: forms.Form) -> None:
        if form.learning:
            await self._learns(text, form)
            return
        await self._wait(READING if "data-draft" not in text else 1.0)
        draft = re.search(r'data-draft="([^"]+)"', text)
        typed: dict[str, Any] = {}
        for name, value in form.answers.items():
            await self._wait(ITEM)
            typed[name] = value
            if draft:
                await self._json(draft[1], {"values": typed}, form)

    async def _learns(self, text: str, form: forms.Form) -> None:
        """Send the events of a learning phase, and ask for the chunks of a run where the page shows one."""
        end = time.perf_counter() + LEARNING * self.chance.uniform(0.5, 1.5)
        events = re.search(r'data-events-url="([^"]+)"', text)
        chunk = re.search(r'data-chunk-url="([^"]+)"', text)
        run = re.search(r'data-default-run="([^"]+)"', text)
        chunks = [(0, 1), (2, 9), *((first, first + 9) for first in range(10, 100, 10))]
        sequence, next_chunk = 0, time.perf_counter()
        while time.perf_counter() < end:
            if chunk and run and chunks and time.perf_counter() >= next_chunk:
                first, last = chunks.pop(0)
                address = chunk[1].replace("SPEC", run[1]).replace("FIRST", str(first)).replace("LAST", str(last))
                answer = await self.browser.ask("GET", address)
                self.met.pages["(chunk)"].append(self.browser.requests[-1][1])
                if answer.status not in (200, 503):
                    raise BrokenError(f"GET {address}: {answer.status}")
                next_chunk += BETWEEN_CHUNKS
            if events:
                batch = [
                    {
                        "id": str(uuid.UUID(int=self.chance.getrandbits(128))),
                        "sequence": sequence + count,
                        "kind": "epoch_shown",
                        "at": int(1000 * time.time()),
                        "data": {"epoch": sequence + count},
                    }
                    for count in range(4)
                ]
                sequence += 4
                await self._json(events[1], {"events": batch}, form)
            await asyncio.sleep(BETWEEN_EVENTS)

    async def _json(self, path: str, value: Any, form: forms.Form) -> None:
        headers = {"Content-Type": "application/json", "X-CSRFToken": form.hidden["csrfmiddlewaretoken"]}
        answer = await self.browser.ask("POST", path, json.dumps(value).encode(), headers)
        self.met.pages["(saved while typing)" if "draft" in path else "(events)"].append(self.browser.requests[-1][1])
        if answer.status != 200:
            raise BrokenError(f"POST {path}: {answer.status}")


def _asked(page: Answer) -> set[str]:
    form = forms.filled(page.text, Random(0))  # noqa: S311 - people, not secrets
    return set(form.answers) if form else set()


def _label(path: str) -> str:
    path = path.partition("?")[0]
    if page := PAGE_OF_OTREE.search(path):
        return page[1]
    parts = [part for part in path.split("/") if part]
    return "/".join(parts[2:]) or parts[0] if parts and parts[0] == "study" else parts[0] if parts else "/"


async def closed(met: Met, port: int, starts: list[str], people: int, seconds: float) -> None:
    """Browsers that each are the next person as soon as one has finished."""
    end = time.perf_counter() + seconds
    met.restart()

    async def one(browser: int) -> None:
        for number in range(browser, len(starts), people):
            if time.perf_counter() > end:
                break
            await Person(met, port, starts[number], number, thinks=False).takes_part()

    await asyncio.gather(*(one(browser) for browser in range(people)))


async def opens_at_once(met: Met, port: int, starts: list[str], people: int) -> None:
    """A class whose browsers ask for the first page within the same second."""
    met.restart()

    async def one(number: int) -> None:
        await asyncio.sleep(number / people)
        person = Person(met, port, starts[number], number, thinks=False)
        try:
            page = await person._page("GET", starts[number])
            if page and "consent" not in _asked(page):
                raise BrokenError(f"GET {page.path}: not the page that asks for consent")
        except BrokenError as error:
            met.errors[str(error)] += 1
        finally:
            person.browser.close()

    await asyncio.gather(*(one(number) for number in range(people)))


async def thinking(met: Met, port: int, starts: list[str], people: int, seconds: float, arriving: float) -> None:
    """People who take their time; whoever finishes is followed by the next one."""
    numbers = iter(range(len(starts)))

    async def one(place: int) -> None:
        await asyncio.sleep(arriving * place / people)
        while True:
            number = next(numbers)
            await Person(met, port, starts[number], number, thinks=True).takes_part()

    tasks = [asyncio.create_task(one(place)) for place in range(people)]
    await asyncio.sleep(arriving)
    met.restart()
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def summary(met: Met, processor: float) -> dict[str, Any]:
    """Return what is printed: times in milliseconds."""
    seconds = time.perf_counter() - met.begun

    def figures(taken: list[float]) -> dict[str, float]:
        cuts = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
        return {"n": len(taken)} | {f"p{cut}": round(1000 * cuts[cut - 1], 1) for cut in (50, 95, 99)}

    return {
        "seconds": round(seconds, 1),
        "completed": met.completed,
        "completed_per_minute": round(60 * met.completed / seconds, 1),
        "requests_per_second": round(len(met.requests) / seconds, 1),
        "errors": sum(met.errors.values()),
        "first_errors": dict(met.errors.most_common(5)),
        "client_cores": round(processor / seconds, 2),
        "all": figures([each for taken in met.pages.values() for each in taken]),
        "pages": {name: figures(taken) for name, taken in met.pages.items() if taken},
    }


def main(order: dict[str, Any]) -> None:
    met = Met()
    before = time.process_time()
    common = (met, order["port"], order["starts"], order["people"])
    if order["kind"] == "closed":
        asyncio.run(closed(*common, order["seconds"]))
    elif order["kind"] == "class":
        asyncio.run(opens_at_once(*common))
    else:
        asyncio.run(thinking(*common, order["seconds"], order["arriving"]))
    print(json.dumps(summary(met, time.process_time() - before)))


if __name__ == "__main__":
    main(json.load(sys.stdin))
