"""The preregistration says all that the study's files decide, and binds to the seed without telling it."""

import hashlib
import re
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from survey.protocol import digest, parse
from survey.report.preregistration import preregistration
from tests import factories

FILES = factories.files(factories.REPLICATION)


def _written(files=FILES, study=None):
    return preregistration(files, parse(files), study)


def test_it_answers_every_question_from_the_files():
    text, protocol = _written(), parse(FILES)
    headings = re.findall(r"^## (\d)\. ", text, re.MULTILINE)
    assert headings == ["1", "2", "3", "4", "5", "6"]
    for each in protocol.study.hypotheses:
        assert each.words in text and f"- **{each.id}**: `{each.outcome.name}`" in text
    assert "- **Learning efficiency** (`efficiency`): (z of `post_total` - z of `mental_effort`) / sqrt(2)" in text
    assert "- **Bias of judgement: recall** (`bias_recall`): `judged_recall` - `post_recall`, in percentage" in text
    for stage, instrument in protocol.instruments():
        assert f"### {instrument.title} (`{stage.id}`)" in text
        for scale in instrument.scales:
            assert f"- **{scale.title}** (`{scale.id}`): " in text
    for stage in protocol.study.stages:
        assert f"(`{stage.id}`, {stage.kind}" in text
    assert "34 per group with their outcome; with 15% drop-out 40 per group to allocate" in text
    assert protocol.study.sample_size.reason in text and protocol.study.exclusions[0].words in text
    assert "permuted blocks of 4, 6" in text and digest(FILES) in text
    assert text.count("\n| `") == len(FILES)


def test_the_same_files_give_the_same_document_and_others_another():
    assert _written() == _written(dict(reversed(FILES.items())))
    changed = FILES | {"study.toml": FILES["study.toml"].replace("less_than_seconds = 180", "less_than_seconds = 181")}
    assert _written(changed) != _written()


@pytest.mark.parametrize(
    ("former", "now", "said"),
    [
        (
            'test = "ancova"\neffect = 0.6\ncorrelation = 0.5',
            'test = "difference"\neffect = 0.6',
            "t test of two groups",
        ),
        (
            'test = "ancova"\neffect = 0.6\ncorrelation = 0.5',
            'test = "equivalence"\neffect = 0.0\nbound = 0.5',
            "two one-sided t tests, bound 0.5 SD",
        ),
        ("block_sizes = [4, 6]", "block_sizes = [4, 6]\nmaximum = 80", "Recruitment ends with 80 allocated."),
        ("block_sizes = [4, 6]", "block_sizes = [4]\nreplace_after_minutes = 90", "finished 90 minutes after the draw"),
        (
            "block_sizes = [4, 6]",
            'block_sizes = [4]\n[[allocation.strata]]\nscale = "pre_total"\ncuts = [50]\n',
            "of 4, within strata of pre_total",
        ),
        ("block_sizes = [4, 6]", "", "permuted blocks of 4, 6"),
        ('id = "text"\n', 'id = "text"\nmaximum = 40\n', "at most 40 places"),
        (
            "maximum_minutes = 30",
            "minimum_seconds = 60\nmaximum_minutes = 30",
            "learning, at least 60 s, at most 30 min",
        ),
        (
            'direction = "less"\nfamily = "load"',
            'direction = "different"\nfamily = "load"',
            "is different from that of",
        ),
    ],
)
def test_what_the_files_say_otherwise_is_said_otherwise(former, now, said):
    text = FILES["study.toml"]
    if not now:  # nothing to change: what is said as it ships
        assert said in _written()
        return
    assert former in text
    assert said in _written(FILES | {"study.toml": text.replace(former, now)}) and said not in _written()


def test_a_study_that_plans_nothing_says_so():
    text = _written(factories.files())
    assert "states no hypotheses" in text and "plans no number of participants" in text
    assert "has no such rules" in text and "turned around: joy_2" in text and "Holm" not in text
    assert "Derived measures" not in text


def test_conditions_checks_and_follow_ups_are_told():
    text = _written(factories.files(factories.WINDING))
    assert "only for those who meet its condition" in text
    assert "Checks of attention: to fail 2 of them ends the study." in text
    later = '[[stages]]\nid = "later"\nkind = "follow_up"\nopens_after_days = 7\ncloses_after_days = 9\n\n'
    later += '[[stages]]\nid = "again"\nkind = "instrument"\ninstrument = "usability"\n\n[[arms]]'
    files = factories.files()
    files["study.toml"] = files["study.toml"].replace("[[arms]]", later, 1)
    files["en/titles.toml"] += '\nlater = "Later"\nagain = "Again"\n'
    assert "from day 7 to day 9" in _written(files)


@pytest.mark.django_db
def test_a_loaded_study_commits_to_its_seed_and_does_not_tell_it(capsys):
    study = factories.study(factories.REPLICATION)
    call_command("preregister", "replication")
    text = capsys.readouterr().out
    assert hashlib.sha256(factories.SEED.encode()).hexdigest() in text and factories.SEED not in text
    assert "loaded as version 1" in text
    response = factories.researcher().get(reverse("survey:preregistration", kwargs={"study": study.name}))
    assert response.content.decode() == text
    assert response["Content-Disposition"] == 'attachment; filename="replication-preregistration.md"'


def test_a_folder_has_no_seed_yet_and_a_file_may_be_written(tmp_path, capsys):
    call_command("preregister", str(factories.REPLICATION), out=tmp_path / "plan.md")
    text = (tmp_path / "plan.md").read_text()
    assert text == _written() and "The seed is drawn when the study is loaded" in text
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("preregister", str(factories.REPLICATION), out=tmp_path / "missing" / "plan.md")


def test_every_list_and_table_stands_apart_from_the_text_before_it():
    lines = _written().splitlines()
    for before, line in pairwise(lines):
        if line.startswith(("- ", "1. ", "| file", "#")):
            assert before == "" or before.startswith(("- ", "1. ")), line
