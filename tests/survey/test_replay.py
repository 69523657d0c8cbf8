"""Any second of a learning phase can be shown again from the events alone."""

import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from survey.models import InteractionEvent
from survey.replay import Screen, screen_at, screens
from tests import factories

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
MOMENT = {"view": "cell", "layer": 2, "unit": 5, "cell_step": 0, "epoch": 7, "phase": "forward", "step": 3}
VISUAL = [
    (0, "page_shown", {"path": "/visual/tiny/"}),
    (0.1, "run_started", {"spec": "data=sine;cell=lstm"}),
    (2, "playback_started", {"epoch": 0}),
    (3, "moment_shown", MOMENT),
    (4, "playback_paused", {"epoch": 7}),
    (5, "concept_opened", {"concept": "loss"}),
    (5.6, "deeper_opened", {"concept": "noise"}),
    (5.7, "deeper_opened", {"concept": "batch"}),
    (6, "page_hidden", {}),
    (8, "page_visible", {"hidden_ms": 2000}),
    (8.8, "deeper_closed", {"concept": "noise"}),
    (9, "concept_closed", {"concept": "loss"}),
    (10, "tutorial_step_shown", {"step": "look"}),
    (11, "tutorial_closed", {"step": "look"}),
    (12, "experiment_opened", {"experiment": "nudge"}),
    (13, "experiment_changed", {"experiment": "nudge", "change": "by=0.1", "epoch": 7}),
    (14, "experiment_closed", {"experiment": "nudge"}),
    (15, "prompt_shown", {"prompt": "wave"}),
    (16, "moment_shown", MOMENT | {"phase": "backward"}),
]
TEXT = [
    (0, "page_shown", {"path": "/text/tiny/"}),
    (4, "chapter_opened", {"chapter": "the_cell"}),
    (9, "scrolled", {"chapter": "the_cell", "position": 0.4}),
]


def _events(log) -> list[InteractionEvent]:
    return [
        InteractionEvent(kind=kind, data=data, occurred_at=START + timedelta(seconds=second), sequence=number)
        for number, (second, kind, data) in enumerate(log)
    ]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (1, {"spec": "data=sine;cell=lstm", "view": "", "playing": False}),
        (2.5, {"playing": True}),
        (3.5, MOMENT | {"playing": True}),
        (4.5, MOMENT | {"playing": False}),
        (5.5, {"concept": "loss", "hidden": False}),
        (7, {"concept": "loss", "deeper": "noise batch", "hidden": True}),
        (8.9, {"concept": "loss", "deeper": "batch"}),
        (8.5, {"hidden": False}),
        (9.5, {"concept": ""}),
        (10.5, {"tutorial_step": "look"}),
        (11.5, {"tutorial_step": ""}),
        (12.5, {"experiment": "nudge", "change": ""}),
        (13.5, {"experiment": "nudge", "change": "by=0.1"}),
        (14.5, {"experiment": "", "change": ""}),
        (99, {"prompt": "wave", "phase": "backward"}),
    ],
)
def test_each_second_shows_what_was_there_then(second, expected):
    screen = screen_at(_events(VISUAL), second)
    assert {name: getattr(screen, name) for name in expected} == expected


def test_the_address_shows_the_same_in_the_visualization():
    assert screen_at(_events(VISUAL), 1).address == "", "nothing was drawn yet"
    assert screen_at(_events(VISUAL), 13).address == (
        "?run=data=sine;cell=lstm&epoch=7&step=3&view=cell&layer=2&unit=5&cell_step=0&experiment=nudge&change=by=0.1"
    )
    assert "&phase=backward" in screen_at(_events(VISUAL), 99).address
    compared = [*VISUAL, (50, "moment_shown", MOMENT | {"view": "time", "beside": "rnn"})]
    assert screen_at(_events(compared), 50).address.endswith("&view=time&beside=rnn")


def test_a_reader_has_a_chapter_and_a_place_in_it():
    assert "chapter   the_cell, 40% of it" in screen_at(_events(TEXT), 10).lines()
    assert screen_at(_events(TEXT), 5).position == 0
    assert screen_at(_events(TEXT), 10).address == ""


def test_a_reload_begins_with_an_empty_screen_and_before_the_first_event_there_is_none():
    reloaded = [*VISUAL, (20, "page_shown", {"path": "/visual/tiny/"})]
    assert screen_at(_events(reloaded), 21) == Screen(path="/visual/tiny/")
    assert screen_at([], 5) == Screen()


def test_a_clock_that_is_set_back_does_not_turn_the_order_around():
    log = [
        (0, "page_shown", {"path": "/"}),
        (60, "chapter_opened", {"chapter": "a"}),
        (30, "chapter_opened", {"chapter": "b"}),
    ]
    assert [(seconds, screen.chapter) for seconds, _, screen in screens(_events(log))] == [
        (0, ""),
        (60, "a"),
        (60, "b"),
    ]


@pytest.mark.django_db
def test_the_command_prints_a_moment_or_everything():
    learner = factories.learning()
    for event in _events(VISUAL):
        event.participant, event.stage, event.event_id, event.received_at = learner, "learning", uuid.uuid4(), START
        event.save()
    moment, everything = StringIO(), StringIO()
    call_command("replay_participant", learner.code, at="0:03", stdout=moment)
    assert "view      cell, layer 2, unit 5" in moment.getvalue()
    assert "moment    epoch 7, forward, time step 3, playing" in moment.getvalue()
    call_command("replay_participant", learner.code, stdout=everything)
    assert "  0:13.0  experiment_changed\n           address" in everything.getvalue()
    assert f"{learner.code}: {len(VISUAL)} events." in everything.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "at", "error"), [("NOBODY", None, "'NOBODY'"), (None, "3", "--at 3"), (None, "0:00", "yet")]
)
def test_what_cannot_be_shown_is_said(code, at, error):
    with pytest.raises(CommandError, match=error):
        call_command("replay_participant", code or factories.learning().code, at=at)
