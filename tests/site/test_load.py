"""The load benchmark measures what it says: the equal study, filled in as the site asks for it."""

from random import Random

import pytest

from benchmarks.load import equal, forms
from benchmarks.load.driver import Met, _label, summary
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
