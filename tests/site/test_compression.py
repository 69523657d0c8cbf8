"""Pages on the wire: packed for who unpacks, the same page for everybody."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from explornn_site.compression import LEAST, CompressionMiddleware
from tests import factories

GZIP = {"accept-encoding": "br;q=0.5, gzip"}


def _sent(response, **headers: str):
    request = RequestFactory(headers=headers).get("/")
    return CompressionMiddleware(lambda _: response)(request)


@pytest.mark.django_db
def test_a_page_is_packed_for_whoever_unpacks_it():
    factories.study()
    plain, packed = (Client(headers=headers).get("/join/tiny/") for headers in ({}, GZIP))
    assert packed["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain
    assert len(packed.content) == int(packed["Content-Length"]) < 0.7 * len(plain.content)
    assert "I have read the information" in gzip.decompress(packed.content).decode()
    assert all("Accept-Encoding" in each["Vary"] for each in (plain, packed))


def test_the_length_of_a_packed_page_tells_nothing():
    lengths = {len(_sent(HttpResponse(b"the same page " * 50), **GZIP).content) for _ in range(50)}
    assert len(lengths) > 10


def test_a_page_is_sent_as_it_is_where_packing_it_gains_nothing():
    noise = bytes((37 * place * place + 11 * place) % 251 for place in range(LEAST))
    for content in (b"short", noise):
        response = _sent(HttpResponse(content), **GZIP)
        assert response.content == content and "Content-Encoding" not in response
    packed = HttpResponse(b"packed already " * 50, headers={"Content-Encoding": "br"})
    assert _sent(packed, **GZIP).content == b"packed already " * 50


def test_the_name_of_a_packed_version_is_a_weak_one():
    response = _sent(HttpResponse(b"page " * 100, headers={"ETag": '"abc"'}), **GZIP)
    assert response["ETag"] == 'W/"abc"'


def test_what_is_streamed_is_packed_part_by_part():
    response = _sent(StreamingHttpResponse(iter([b"first ", b"second"])), **GZIP)
    assert gzip.decompress(b"".join(response)) == b"first second" and response["Content-Encoding"] == "gzip"
