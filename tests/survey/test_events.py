"""Interaction events: each kind has a schema, each event is stored once."""

import uuid
from pathlib import Path

import pytest

from survey import events
from survey.models import InteractionEvent
from tests import factories

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"
URL = "/events/tiny/"
OUTCOME = {"experiment": "nudge_weight", "change": "", "epoch": 3, "numbers": {"loss": 0.1, "steps": 2}}


def _payload(**changes) -> dict:
    return {
        "id": str(uuid.uuid4()),
        "sequence": 1,
        "kind": "epoch_stepped",
        "at": 1_790_000_000_000,
        "data": {"epoch": 3},
        **changes,
    }


def _send(browser, *batch):
    return browser.post(URL, {"events": list(batch)}, content_type="application/json")


@pytest.mark.django_db
def test_a_batch_is_stored_with_its_particulars():
    learner = factories.learning()
    event = _payload()
    assert _send(factories.browser(learner), event).json() == {"accepted": 1, "refused": []}
    stored = InteractionEvent.objects.get()
    assert (str(stored.event_id), stored.kind, stored.data, stored.stage, stored.participant) == (
        event["id"],
        "epoch_stepped",
        {"epoch": 3},
        "learning",
        learner,
    )
    assert stored.occurred_at.timestamp() == 1_790_000_000


@pytest.mark.django_db
def test_a_batch_that_arrives_twice_is_stored_once():
    browser = factories.browser(factories.learning())
    batch = [_payload(), _payload(sequence=2)]
    _send(browser, *batch)
    _send(browser, *batch, _payload(sequence=3))
    assert InteractionEvent.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"id": "no uuid"},
        {"id": 7},
        {"sequence": -1},
        {"sequence": "1"},
        {"sequence": 2**40},
        {"kind": "unknown"},
        {"kind": ["x"]},
        {"at": "now"},
        {"at": 1e30},
        {"data": {}},
        {"data": {"epoch": "3"}},
        {"data": {"epoch": True}},
        {"data": {"epoch": 3, "more": 1}},
        {"data": None},
        {"kind": "run_started", "data": {"spec": "x" * 501}},
        {"kind": "experiment_outcome", "data": {**OUTCOME, "numbers": {"loss": "0.1"}}},
        {"kind": "experiment_outcome", "data": {**OUTCOME, "numbers": {"loss": True}}},
        {"kind": "experiment_outcome", "data": {**OUTCOME, "numbers": [0.1]}},
        {"kind": "experiment_outcome", "data": {**OUTCOME, "numbers": {str(each): 0.1 for each in range(21)}}},
    ],
)
def test_what_does_not_fit_is_refused_and_the_rest_is_stored(change):
    answer = _send(factories.browser(factories.learning()), _payload(**change), _payload(sequence=2)).json()
    assert answer["accepted"] == 1
    assert [refused["event"] for refused in answer["refused"]] == [1]
    assert InteractionEvent.objects.count() == 1


@pytest.mark.django_db
def test_an_outcome_keeps_its_numbers_by_name():
    event = _payload(kind="experiment_outcome", data=OUTCOME)
    assert _send(factories.browser(factories.learning()), event).json()["accepted"] == 1
    assert InteractionEvent.objects.get().data == OUTCOME


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["", "{}", "[]", '{"events": {}}', "\\", '{"events": ' + str([1] * 501) + "}"])
def test_what_is_no_batch_is_refused(body):
    browser = factories.browser(factories.learning())
    assert browser.post(URL, body, content_type="application/json").status_code == 400


@pytest.mark.django_db
def test_only_who_learns_is_logged():
    factories.study()
    assert _send(factories.uninvited(), _payload()).status_code == 403
    assert _send(factories.browser(factories.consented()), _payload()).status_code == 409
    assert factories.uninvited().get(URL).status_code == 405
    assert not InteractionEvent.objects.exists()


@pytest.mark.django_db
def test_events_that_arrive_after_the_phase_are_kept():
    assert _send(factories.browser(factories.finished()), _payload()).json()["accepted"] == 1


def test_every_kind_is_documented_with_its_fields():
    text = DOCUMENT.read_text()
    documented = {line.split("|")[1].strip(" `"): line for line in text.splitlines() if line.startswith("| `")}
    assert set(documented) == set(events.KINDS)
    for kind, event_class in events.KINDS.items():
        for name in event_class.__dataclass_fields__:
            assert f"`{name}`" in documented[kind], f"{kind}: {name}"
