"""Whoever changes the log, the seed or an answer is found out, at the first draw that no longer fits."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from survey.allocation.verify import verify
from survey.models import Allocation, ItemResponse, Study
from tests import factories

pytestmark = pytest.mark.django_db
REPLACING = "replace_after_minutes = 60\n"
SCORE = '[[allocation.strata]]\nscale = "pre_total"\ncuts = [50]\n'
HOUR = timedelta(hours=1)


@pytest.fixture
def study() -> Study:
    """Ten draws in two strata; the fourth has taken the place of the first, who had left."""
    texts = factories.files()
    texts["study.toml"] += REPLACING + SCORE
    study = factories.study(files=texts)
    for index in range(10):
        at = factories.START + (2 * HOUR if index >= 3 else timedelta())
        factories.learning(study, at=at, answers={"pre_1": "keeps" if index % 3 == 0 else "forgets"})
    assert study.allocations.get(sequence=4).replaces == 1
    return study


def _changed(study: Study, sequence: int, **fields) -> str:
    study.allocations.filter(sequence=sequence).update(**fields)
    return str(verify(study).difference)


def test_an_untouched_log_is_drawn_again(study, capsys):
    assert (verify(study).verified["real"], verify(study).difference) == (10, None)
    call_command("verify_allocation", "tiny")
    assert capsys.readouterr().out == "tiny: every draw is as drawn: 10 real, 0 pilot, 0 test, 0 simulated.\n"


def test_an_arm_that_was_changed_is_found_with_what_it_was(study):
    drawn = study.allocations.get(sequence=6)
    other = {"visual": "text", "text": "visual"}[drawn.arm]
    assert _changed(study, 6, arm=other) == f"real draw 6: arm: expected {drawn.arm!r}, found {other!r}"
    assert verify(study).verified["real"] == 5
    with pytest.raises(CommandError, match=r"tiny: real draw 6: arm: expected .*as drawn: 5 real"):
        call_command("verify_allocation", "tiny")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"method": "simple"}, "method: expected 'permuted_blocks', found 'simple'"),
        ({"stratum": "pre_total=.."}, "stratum: expected 'pre_total=..50', found 'pre_total=..'"),
        ({"block": 9}, "block: expected"),
        ({"block_size": 6}, "block_size: expected"),
        ({"place": 9}, "place: expected"),
        ({"list_sha256": "0" * 64}, "list_sha256: expected"),
        ({"replaces": 9}, "replaces: expected 2, found 9"),
    ],
)
def test_any_other_field_too(study, fields, expected):
    assert f"real draw 5: {expected}" in _changed(study, 5, **fields)


def test_a_draw_that_was_taken_out_is_missed(study):
    study.allocations.get(sequence=7).participant.delete()
    assert str(verify(study).difference) == "real draw 7: draw: expected 'in the log', found 'next is draw 8'"


def test_another_seed_does_not_give_these_draws(study):
    study.allocation_seed = "another"
    assert verify(study).difference is not None


def test_an_answer_that_was_changed_behind_the_log_is_found(study):
    ItemResponse.objects.filter(participant=study.allocations.get(sequence=2).participant, item="pre_1").update(
        value="keeps"
    )
    assert "real draw 2: stratum: expected 'pre_total=50..', found 'pre_total=..50'" in str(verify(study).difference)


def test_a_revision_after_the_draw_changes_no_stratum(study):
    first = ItemResponse.objects.get(participant=study.allocations.get(sequence=2).participant, item="pre_1")
    later = first.answered_at + HOUR
    ItemResponse.objects.create(
        participant=first.participant,
        stage=first.stage,
        instrument=first.instrument,
        item="pre_1",
        revision=2,
        value="keeps",
        answered_at=later,
    )
    assert verify(study).difference is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"released_before": None}, "real draw 4: "),
        ({"released_before": 2}, "real draw 1: release: expected 'no sooner than 60 minutes after it was drawn'"),
        ({"released_before": 1}, "real draw 1: release: expected 'after its own draw'"),
    ],
)
def test_a_release_that_was_not_due_is_found(study, fields, expected):
    assert expected in _changed(study, 1, **fields)


def test_a_release_in_a_study_that_replaces_nobody_is_found():
    study = factories.study()
    for _ in range(3):
        factories.learning(study)
    assert "'never, as the study replaces nobody'" in _changed(study, 1, released_before=3)


def test_a_draw_beyond_the_cap_is_found(study):
    capped = factories.files()
    capped["study.toml"] += "maximum = 1\n"
    small = factories.study(name="small", files=capped)
    factories.learning(small)
    stranger = Allocation.objects.get(study=study, sequence=10)
    stranger.study, stranger.sequence = small, 2
    stranger.participant.version = small.current_version
    stranger.participant.save()
    stranger.save()
    assert "real draw 2: draw: expected 'no place left'" in str(verify(small).difference)


def test_an_unknown_study_is_refused():
    with pytest.raises(CommandError, match="There is no study 'nothing'"):
        call_command("verify_allocation", "nothing")
