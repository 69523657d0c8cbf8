"""While the database does not take part, a page says so, keeps what was sent, and sends it again."""

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from explornn_site.busy import BusyMiddleware

busy = BusyMiddleware(lambda request: HttpResponse())


def _answer(request, error: Exception | None = None):
    return busy.process_exception(request, error or OperationalError("database is locked"))


@pytest.mark.parametrize("error", [OperationalError("database or disk is full"), InterfaceError("closed")])
def test_what_was_sent_is_on_the_page_and_can_be_sent_again(error):
    sent = {"field": 'a "quoted" <b>', "tools": ["r", "python"], "csrfmiddlewaretoken": "abc", "empty": ""}
    answer = _answer(RequestFactory().post("/study/tiny/about/1/", sent), error)
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert 'name="field" value="a &quot;quoted&quot; &lt;b&gt;"' in page
    assert page.count('name="tools"') == 2 and 'name="csrfmiddlewaretoken" value="abc"' in page
    assert 'method="post"' in page and "what you have entered is kept" in page


def test_a_page_that_was_asked_for_is_asked_for_again_by_the_same_address():
    page = _answer(RequestFactory().get("/join/tiny/?invitation=key")).content.decode()
    assert 'method="get"' in page and 'name="invitation" value="key"' in page
    assert "what you have sent before is saved" in page


def test_a_program_is_told_in_its_own_language():
    answer = _answer(RequestFactory().post("/study/tiny/about/1/draft/", "{}", content_type="application/json"))
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/json")


def test_the_page_speaks_the_browser_s_language():
    page = _answer(RequestFactory().get("/", headers={"Accept-Language": "de-AT"})).content.decode()
    assert "Einen Moment, bitte" in page and '<html lang="de">' in page


@pytest.mark.parametrize("error", [ValueError("a fault of ours"), DatabaseError("the file is no database")])
def test_any_other_fault_is_no_business_of_this_page(error):
    assert _answer(RequestFactory().get("/"), error) is None
