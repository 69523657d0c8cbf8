"""Prepared queries against the same ones as Django asks them, with all that a row can hold."""

import pytest
from django.db import connection, models, transaction
from django.db.models.query import QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from survey import flow, participation, way, withdrawal
from survey.models import Draft, InteractionEvent, ItemResponse, Participant, StageVisit
from survey.prepared import Insertion, prepared
from tests import factories


def _values(found: models.Model) -> dict:
    return {field.attname: getattr(found, field.attname) for field in found._meta.concrete_fields}


@pytest.mark.django_db
def test_the_rows_are_those_that_django_finds():
    somebody, other = factories.finished(), factories.finished()
    for query, arguments in [
        (way._visits, (somebody.pk,)),
        (way._responses, (somebody.pk, "posttest")),
        (withdrawal.locked, (somebody.pk,)),
    ]:
        with transaction.atomic():
            expected = [_values(each) for each in query.query(*arguments)]
            assert expected
            for _ in range(2):  # made, and kept
                assert [_values(each) for each in query(*arguments)] == expected
    assert {visit.participant_id for visit in way._visits(other.pk)} == {other.pk}


@pytest.mark.django_db
def test_a_participant_comes_with_all_that_a_page_asks_for():
    factories.finished()
    for somebody in (factories.finished(), factories.participant()):
        expected = _values(somebody), somebody.study.name, hasattr(somebody, "allocation")
        with CaptureQueriesContext(connection) as asked:
            found = participation._seated.first(somebody.token, somebody.study.name)
            assert (_values(found), found.study.name, hasattr(found, "allocation")) == expected
            assert found.version.number == 1
        assert len(asked) == 1
        assert found.version.get_deferred_fields() == {"files"}
    assert participation._seated.first(somebody.token, "another") is None


@pytest.mark.django_db(transaction=True)
def test_a_lock_without_a_transaction_is_refused():
    somebody = factories.participant()
    with transaction.atomic():
        withdrawal.locked(somebody.pk)
    with pytest.raises(TransactionManagementError):
        withdrawal.locked(somebody.pk)


@pytest.mark.django_db
def test_a_query_may_look_for_what_it_says_itself():
    @prepared
    def events_of(participant: int, kind: str) -> QuerySet[InteractionEvent]:
        return InteractionEvent.objects.filter(participant=participant, kind=kind, stage="learning").order_by(
            "-sequence"
        )

    somebody = factories.learning()
    for sequence, kind in enumerate(["epoch_shown", "run_started", "epoch_shown"]):
        factories.event(somebody, kind, sequence)
    assert [each.sequence for each in events_of(somebody.pk, "epoch_shown")] == [2, 0]
    assert events_of.first(somebody.pk, "unit_selected") is None
    assert events_of.__name__ == "events_of"


@pytest.mark.django_db
def test_as_many_values_as_the_query_asks_for():
    with pytest.raises(ValueError):
        way._visits()
    assert not Participant.objects.exists()


@pytest.mark.django_db
def test_what_is_written_is_what_django_writes():
    somebody, other = factories.learning(), factories.learning()
    fields = {"stage": "ratings", "instrument": "ratings", "answered_at": factories.START}
    given = [1, None, "häufig", ["a", "b"], 0.25, "'; DROP TABLE survey_draft; --"]

    def rows(who: Participant) -> list[ItemResponse]:
        return [ItemResponse(participant=who, item=f"item_{n}", value=to, **fields) for n, to in enumerate(given)]

    Insertion(*rows(somebody)).store()
    Insertion(ItemResponse(participant=somebody, item="alone", value=1, **fields)).store()
    ItemResponse.objects.bulk_create(rows(other))
    written, expected = (
        [_values(row) | {"id": 0, "participant_id": 0} for row in who.responses.filter(item__startswith="item_")]
        for who in (somebody, other)
    )
    assert written == expected
    assert [row.value for row in somebody.responses.filter(item__startswith="item_").order_by("item")] == given
    assert somebody.responses.get(item="alone").attempt == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", [[1, True, 1.0], [[1], [True], [1.0]], [None, None, None], [None, "a", None], ["a"] * 3]
)
def test_answers_that_are_equal_stay_what_they_are(given):
    somebody = factories.learning()
    fields = {"participant": somebody, "stage": "ratings", "instrument": "ratings", "answered_at": factories.START}
    Insertion(*(ItemResponse(item=f"item_{n}", value=to, **fields) for n, to in enumerate(given))).store()
    stored = somebody.responses.filter(stage="ratings").order_by("item").values_list("item", "value")
    assert repr(list(stored)) == repr([(f"item_{n}", to) for n, to in enumerate(given)])


@pytest.mark.django_db
def test_only_what_is_found_is_changed():
    somebody, other = factories.finished(), factories.finished()
    later = factories.START.replace(year=2027)
    before = [_values(visit) for visit in other.visits.order_by("pk")]
    for at in (later, None):  # made, and kept
        found = flow._visit.update(somebody.pk, "ratings", 1, 1, completed_at=at, ended_by="time_out")
        visit = somebody.visits.get(stage="ratings", page=1)
        assert (found, visit.completed_at, visit.ended_by) == (1, at, "time_out")
    assert flow._visit.update(somebody.pk, "ratings", 1, 1, stage="another") == 1
    assert flow._visit.update(somebody.pk, "ratings", 1, 1, stage="another") == 0
    assert somebody.visits.get(stage="another").ended_by == "time_out"
    assert [_values(visit) for visit in other.visits.order_by("pk")] == before


@pytest.mark.django_db
def test_only_what_is_found_is_deleted():
    somebody, other = factories.participant(), factories.participant()
    for who in (somebody, other):
        for page in (1, 2):
            Draft.objects.create(participant=who, stage="ratings", page=page, saved_at=factories.START, values={})
    assert [flow.draft_of.delete(somebody.pk, "ratings", 1) for _ in range(2)] == [1, 0]
    left = Draft.objects.order_by("pk").values_list("participant", "page")
    assert list(left) == [(somebody.pk, 2), (other.pk, 1), (other.pk, 2)]
    assert not StageVisit.objects.exists()


@pytest.mark.django_db
def test_postgresql_plans_only_once_what_is_asked_again():
    if connection.vendor != "postgresql":
        pytest.skip("the tests run on SQLite")
    somebody = factories.learning()
    with connection.cursor() as cursor:
        for _ in range(10):
            assert way._visits(somebody.pk)
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        statements = [statement for [statement] in cursor.fetchall()]
    assert sum('FROM "survey_stagevisit"' in each for each in statements) == 1
