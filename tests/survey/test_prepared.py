"""Prepared queries against the same ones as Django asks them, with all that a row can hold."""

import pytest
from django.db import connection, models, transaction
from django.db.models.query import QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from survey import participation, way, withdrawal
from survey.models import InteractionEvent, Participant
from survey.prepared import prepared
from tests import factories


def _values(found: models.Model) -> dict:
    return {field.attname: getattr(found, field.attname) for field in found._meta.concrete_fields}


@pytest.mark.django_db
def test_the_rows_are_those_that_django_finds():
    somebody, other = factories.finished(), factories.finished()
    for query, arguments in [
        (way._visits, (somebody.pk,)),
        (way._responses, (somebody.pk, "posttest")),
        (withdrawal._locked, (somebody.pk,)),
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
        withdrawal._locked(somebody.pk)
    with pytest.raises(TransactionManagementError):
        withdrawal._locked(somebody.pk)


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
    with pytest.raises(TypeError):
        way._visits()
    assert not Participant.objects.exists()
