"""When the time is over: what a study's [retention] says is erased, by whose last page, and nothing else is."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command

from explornn_site.backup import restoring
from survey import erasures, retention
from survey.models import AuditEntry, Identifier, Invitation, Participant
from survey.protocol import StudyError, parse
from tests import factories

pytestmark = pytest.mark.django_db
RULE = "[retention]\nidentifiers_months = 6\ndata_months = 120\n"
LATER, IN_TEN_YEARS = datetime(2026, 10, 1, tzinfo=UTC), datetime(2036, 4, 1, tzinfo=UTC)


def _texts(rule: str = RULE) -> dict[str, str]:
    texts = factories.files()
    return texts | {"study.toml": f"{texts['study.toml']}\n{rule}"}


def _known(study, **fields) -> Participant:
    """Return somebody who has finished, came by an invitation, and whom a platform knows."""
    walker = factories.finished(study, join_key=Invitation.objects.create(study=study).key, **fields)
    Identifier.objects.create(
        study=study, participant=walker, platform="prolific", value=f"p{walker.pk}", received_at=walker.consented_at
    )
    return walker


def _run(capsys, at, *arguments) -> str:
    with time_machine.travel(at, tick=False):
        call_command("retention", *arguments)
    return capsys.readouterr().out.strip()


def _said(data: int, identifiers: int, what: str = "due and erased") -> str:
    return f"tiny: {what}: all data of {data} participant(s), identifiers and links of {identifiers}"


def _rows() -> dict:
    return {each.code: (each.token, each.erased_at, each.responses.count()) for each in Participant.objects.all()}


def test_first_the_links_go_and_the_answers_stay(capsys):
    walker = _known(factories.study(files=_texts()))
    answers = walker.responses.count()
    assert _run(capsys, LATER, "tiny") == _said(0, 1)
    after = Participant.objects.get()
    assert after.status == "finished" and after.responses.count() == answers > 0
    assert not {walker.token, walker.join_key, walker.completion_code} & {
        after.token,
        after.join_key,
        after.completion_code,
    }
    assert (Identifier.objects.count(), Invitation.objects.count()) == (0, 0)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.participant) == ("unlinked", walker.code)
    assert "identifiers_months = 6, over since 2026-09-02" in entry.details["reason"]
    assert (erasures.UNLINKED, walker.code) in {(each.kind, each.name) for each in erasures.noted()}


def test_then_all_data_go_and_the_draw_stays(capsys):
    walker = _known(factories.study(files=_texts()))
    assert _run(capsys, IN_TEN_YEARS) == _said(1, 0)
    after = Participant.objects.get()
    assert (after.status, after.responses.count(), after.allocation.arm) == ("erased", 0, walker.allocation.arm)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.participant) == ("erased", walker.code)
    assert "data_months = 120, over since 2036-03-02" in entry.details["reason"]


def test_it_is_counted_from_the_last_page_that_each_has_sent(capsys):
    study = factories.study(files=_texts())
    _known(study)
    late = _known(study, at=LATER - timedelta(days=30))
    waiting = factories.participant(study)  # has sent nothing but the consent
    assert _run(capsys, LATER, "tiny") == _said(0, 2)
    assert Identifier.objects.get().participant == late
    last = late.visits.order_by("-completed_at").exclude(completed_at=None)[0].completed_at
    assert last > late.consented_at
    over = retention.months_after(last, 6)
    assert _run(capsys, over - timedelta(seconds=1), "tiny") == _said(0, 0)
    assert _run(capsys, over, "tiny") == _said(0, 1)
    assert Participant.objects.get(pk=waiting.pk).token != waiting.token


@pytest.mark.parametrize("kind", ["test", "pilot", "simulated"])
def test_every_kind_of_participant_counts_alike(capsys, kind):
    _known(factories.study(files=_texts()), kind=kind)
    assert _run(capsys, LATER, "tiny") == _said(0, 1)


def test_a_dry_run_says_the_same_and_changes_nothing(capsys):
    _known(factories.study(files=_texts()))
    before, listed = _rows(), erasures.noted()
    assert _run(capsys, LATER, "tiny", "--dry-run") == _said(0, 1, "due")
    assert _run(capsys, IN_TEN_YEARS, "tiny", "--dry-run") == _said(1, 0, "due")
    assert (_rows(), erasures.noted(), Identifier.objects.count()) == (before, listed, 1)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("at", [LATER, IN_TEN_YEARS])
def test_twice_is_as_once(capsys, at):
    _known(factories.study(files=_texts()))
    _run(capsys, at, "tiny")
    once = _rows()
    assert _run(capsys, at, "tiny") == _said(0, 0)
    assert (_rows(), AuditEntry.objects.count()) == (once, 1)


@pytest.mark.parametrize(("at", "said"), [(LATER, _said(0, 1)), (IN_TEN_YEARS, _said(1, 0))])
def test_after_an_older_backup_is_restored_the_same_are_due_again(capsys, tmp_path, at, said):
    """The tables as they were before, the log among them, though the study was still open then."""
    _known(factories.study(files=_texts()))
    call_command("dumpdata", "survey", "--output", str(tmp_path / "before.json"), verbosity=0)
    assert _run(capsys, at, "tiny") == said
    AuditEntry.objects.all().delete()
    call_command("loaddata", str(tmp_path / "before.json"), verbosity=0)
    assert _run(capsys, at, "tiny") == said


def test_what_a_restored_backup_brings_back_is_cut_again_by_the_list(capsys, tmp_path):
    walker = _known(factories.study(files=_texts()))
    call_command("dumpdata", "survey", "--output", str(tmp_path / "before.json"), verbosity=0)
    _run(capsys, LATER, "tiny")
    call_command("loaddata", str(tmp_path / "before.json"), verbosity=0)
    assert Identifier.objects.exists()
    restoring._erase([each for each in erasures.noted() if each.name == walker.code], LATER - timedelta(days=1))
    assert not Identifier.objects.exists()
    assert Participant.objects.get().token != walker.token


def test_without_a_rule_nothing_is_ever_due_and_a_later_version_may_bring_one(capsys):
    study = factories.study()
    _known(study)
    assert _run(capsys, IN_TEN_YEARS, "tiny") == _said(0, 0)
    factories.version(study, _texts())
    assert _run(capsys, LATER, "tiny") == _said(0, 1)


def test_the_version_that_somebody_agreed_to_goes_first(capsys):
    study = factories.study(files=_texts())
    _known(study)
    factories.version(study, _texts("[retention]\nidentifiers_months = 60\n"))
    assert _run(capsys, LATER, "tiny") == _said(0, 1)


def test_archiving_has_cut_the_links_already(capsys):
    _known(factories.study(files=_texts(), state="archived"))
    assert _run(capsys, LATER, "tiny") == _said(0, 0)
    assert _run(capsys, IN_TEN_YEARS, "tiny") == _said(1, 0)


def test_months_end_on_the_last_day_where_there_is_no_such_day():
    assert retention.months_after(datetime(2027, 8, 31, tzinfo=UTC), 6) == datetime(2028, 2, 29, tzinfo=UTC)
    assert retention.months_after(datetime(2026, 12, 5, tzinfo=UTC), 12) == datetime(2027, 12, 5, tzinfo=UTC)


FOLLOW_UP = (
    '[[stages]]\nid = "later"\nkind = "follow_up"\nopens_after_days = 100\ncloses_after_days = 200\n'
    '[[stages]]\nid = "again"\nkind = "text"\ntext = "instruction"\n'
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("[retention]\n", "retention: says nothing; expected identifiers_months, data_months or both"),
        ("[retention]\nidentifier_months = 6\n", "retention.identifier_months: unknown key"),
        (
            "[retention]\nidentifiers_months = 0\n",
            "retention.identifiers_months: Input should be greater than or equal",
        ),
        ('[retention]\ndata_months = "ten"\n', "got 'ten'"),
        ("[retention]\nidentifiers_months = 6\ndata_months = 3\n", "retention.data_months: identifiers go with all"),
        (f"{FOLLOW_UP}[retention]\ndata_months = 7\n", "retention.data_months: 7 months end before a follow-up closes"),
    ],
)
def test_a_wrong_rule_is_named_with_file_and_key(rule, expected):
    titles = factories.files()["en/titles.toml"] + '\nlater = "Later"\nagain = "Again"\n'
    with pytest.raises(StudyError) as refused:
        parse(_texts(rule) | {"en/titles.toml": titles})
    (problem,) = refused.value.problems
    assert problem.file == "study.toml" and problem.line > 50
    assert expected in str(problem)
