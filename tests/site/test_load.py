"""The load benchmark measures what it says: the equal study, filled in as the site asks for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from benchmarks.load import equal, forms
from benchmarks.load.connection import Browser
from benchmarks.load.driver import Met, _label, opens_at_once, summary
from survey.protocol import parse
from tests import factories


def test_the_equal_study_has_the_items_that_are_compared_each_stage_on_one_page():
    protocol = parse(equal.files())
    assert {stage.id: len(held.items) for stage, held in protocol.instruments()} == equal.ITEMS
    assert {held.pages for _, held in protocol.instruments()} == {1}


@pytest.mark.django_db
def test_what_is_filled_in_is_taken_from_the_consent_to_the_end(client):
    study = factories.study(name="equal", files=equal.files())
    page, pages = client.get("/join/equal/"), []
    while form := forms.filled(page.content.decode(), Random(len(pages))):
        pages.append(form.learning or len(form.answers))
        address = form.action or page.request["PATH_INFO"]
        page = client.post(address, form.encoded(), "application/x-www-form-urlencoded", follow=True)
        assert "refused" not in page.request["QUERY_STRING"]
    assert pages == [1, 5, 8, True, 8, 20]  # True: the condition
    assert study.participants.get().status == "finished"


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/join/equal/", "join"),
        ("/study/equal/posttest/1/?refused=1", "posttest/1"),
        ("/text/equal/", "text"),
        ("/p/abc/study/pretest/3", "pretest"),
    ],
)
def test_a_page_is_named_alike_for_all_who_see_it(path, page):
    assert _label(path) == page


def test_the_figures_are_of_all_that_was_met():
    met = Met()
    met.restart()
    met.pages["join"] += [0.1] * 95 + [1.0] * 5
    met.errors["GET /join/: 500"] += 2
    told = summary(met, processor=0.5)
    assert told["pages"]["join"]["n"] == 100 and told["pages"]["join"]["p50"] == 100
    assert 100 <= told["all"]["p95"] <= 1000 and told["errors"] == 2


CONSENT = b'<form method="post"><input type="checkbox" name="consent" value="on"></form>'
ITEMS = CONSENT.replace(b"consent", b"age")


async def _serving(page, then):
    """Return what `then(port)` comes to while a server answers everything with this page."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(page), page))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        return await then(server.sockets[0].getsockname()[1])


def _run(coroutine):
    """Return what a coroutine comes to; in a thread of its own, as a browser's tests leave a loop in theirs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.mark.parametrize(("page", "errors"), [(CONSENT, 0), (ITEMS, 5), (b"<p>This study is over.</p>", 5)])
def test_of_a_class_only_the_page_that_asks_for_consent_counts(page, errors):
    met = Met()
    _run(_serving(page, lambda port: opens_at_once(met, port, ["/join/equal/"] * 5, 5)))
    assert met.errors.total() == errors


@pytest.mark.parametrize("later", range(8))
def test_whoever_is_told_to_stop_does_so_even_as_the_answer_comes(later):
    async def stopped(port):
        browser = Browser("127.0.0.1", port)
        asking = asyncio.create_task(browser.ask("GET", "/"))
        while not (browser._streams and browser._streams[0]._buffer):
            await asyncio.sleep(0)
        for _ in range(later):
            await asyncio.sleep(0)
        in_time = asking.cancel()
        [met] = await asyncio.gather(asking, return_exceptions=True)
        browser.close()
        return not in_time or isinstance(met, asyncio.CancelledError)

    assert _run(_serving(CONSENT, stopped))
