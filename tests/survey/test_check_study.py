"""Checking a study folder: all errors at once, and warnings for what a careful colleague would point out."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from survey.check import warnings
from survey.protocol import parse
from tests import factories

CONTACT = "name who is responsible"


def _warnings(add: dict[str, str] | None = None, **edits: tuple[str, str]) -> list[str]:
    """Return what is said about the shipped study with changes; `edits` maps a file to a text and its replacement."""
    files = factories.files(factories.REPLICATION)
    paths = {path.rpartition("/")[2].partition(".")[0]: path for path in files}
    for name, (old, new) in edits.items():
        assert old in files[paths[name]], f"{old!r} is not in {paths[name]}: the test would prove nothing"
        files[paths[name]] = files[paths[name]].replace(old, new, 1)
    files |= add or {}
    return [str(each) for each in warnings(files, parse(files)) if CONTACT not in each.message]


def test_the_shipped_study_only_lacks_its_contact_lines(capsys):
    call_command("check_study", factories.REPLICATION)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].strip() for line in lines[:-1]] == ["en/texts/debriefing.md", "en/texts/information.md"]
    assert all(CONTACT in line for line in lines[:-1])
    assert lines[-1].endswith("no errors, 2 warning(s). It can be loaded with load_study.")


def test_all_errors_are_listed_at_once_and_the_command_fails(tmp_path):
    folder = shutil.copytree(factories.TINY, tmp_path / "tiny")
    study = folder / "study.toml"
    study.write_text(
        study.read_text().replace('id = "consent"', 'id = "Consent"').replace("visual:learn", "visual:lear")
    )
    (folder / "en/instruments/pretest.toml").write_text("title = 1\n")
    with pytest.raises(CommandError) as refused:
        call_command("check_study", folder)
    assert "study.toml:" in str(refused.value) and "en/instruments/pretest.toml:1: title" in str(refused.value)
    with pytest.raises(CommandError, match="no such folder"):
        call_command("check_study", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({"study": ("maximum_minutes = 30", "maximum_minutes = 20")}, "says 30 minutes; the learning phase has 20"),
        (
            {"information": ("for up to 30 minutes", "for a while")},
            "information.md:9: file: says 60 minutes, but never the 30 of the learning phase",
        ),
        (
            {
                "posttest": (
                    "What does a recurrent layer receive at each time step?",
                    "What does the loss of a neural network say",
                )
            },
            "asks the same as post_r1",
        ),
        ({"information": ("about 60 minutes", "about 25 minutes")}, "longer than the learning phase of 30 minutes"),
        (
            {"study": ('"visual:learn"', '"textcond:learn"')},
            "learns exactly as an arm before it",
        ),
        ({"titles": ("[stages]", '[stages]\nold_test = "Old"')}, "'old_test' is no stage of study.toml"),
        ({"posttest": ("forget_gate:", "forget_gate:9")}, "which does not exist"),
        ({"posttest": ('level = "recall"\nkey = "a"', 'level = "recall"\nkey = "b"')}, "the key names a misconception"),
        ({"usability": ("[[items]]", "[[itms]]")}, "is in no stage, and could not be used as it is"),
    ],
)
def test_what_a_colleague_would_point_out_is_said(edits, expected):
    found = _warnings(**edits)
    assert any(expected in line for line in found), found


def test_keys_that_all_stand_at_one_place_are_said():
    text = factories.files(factories.REPLICATION)["en/instruments/posttest.toml"]
    table = text.replace('key = "b"', 'key = "a"').replace('key = "c"', 'key = "a"')
    assert any("the keys are at the places" in line for line in _warnings({"en/instruments/posttest.toml": table}))


def test_a_study_without_a_test_after_learning_or_with_one_arm_is_said():
    files = factories.files(factories.REPLICATION)
    study = files["study.toml"]
    stage = study[study.index('[[stages]]\nid = "posttest"') : study.index('[[stages]]\nid = "debriefing"')]
    arm = study[study.index('[[arms]]\nid = "text"') : study.index("# The seed")]
    planned = study[study.index("# Planned with") :]  # what is expected of two arms and a test
    found = _warnings({"study.toml": study.replace(stage, "").replace(arm, "").replace(planned, "")})
    assert any("no knowledge test follows the learning phase" in line for line in found)
    assert any("only one arm" in line for line in found)


def test_a_second_language_that_was_only_copied_is_said():
    files = factories.files(factories.REPLICATION)
    german = {f"de/{name.removeprefix('en/')}": text for name, text in files.items() if name.startswith("en/")}
    del german["de/instruments/raw_tlx.toml"]
    found = _warnings(german, study=('languages = ["en"]', 'languages = ["en", "de"]'))
    assert any("de/titles.toml" in line and "not translated yet" in line for line in found)
    assert any("en/instruments/raw_tlx.toml" in line and "has no translation" in line for line in found)


def test_files_of_a_language_that_the_study_does_not_have_are_said():
    assert any("nobody will see this file" in line for line in _warnings({"fr/titles.toml": ""}))


def test_a_feature_that_only_one_condition_has_switched_on_is_said():
    files = factories.files(factories.REPLICATION)
    said = "not the same in every condition: predictions would be compared too"
    off = "features = { predictions = false }\n"
    none = files["study.toml"].replace(off, "")
    one = none.replace('condition = "visual:learn"\n', f'condition = "visual:learn"\n{off}')
    both = one.replace('condition = "textcond:learn"\n', f'condition = "textcond:learn"\n{off}')
    for study, expected in ((none, 0), (one, 1), (both, 0)):
        found = _warnings({"study.toml": study})
        assert sum(said in line for line in found) == expected, study


WHEN = 'when = { scale = "pre_total", at_most = 50 }'
TOOLS = '{ item = "tools", in = ["python"] }'


def _contradictions(when: str, **edits: str) -> list[str]:
    """Return what is said of the winding study whose refresher has this condition; `edits` replace its file's lines."""
    files = factories.files(factories.WINDING)
    study = files["study.toml"]
    for old, new in {WHEN: f"when = {when}", **edits}.items():
        assert old in study, f"{old!r} is not in study.toml: the test would prove nothing"
        study = study.replace(old, new, 1)
    files["study.toml"] = study
    return [str(each) for each in warnings(files, parse(files)) if "met" in each.message]


@pytest.mark.parametrize(
    "when",
    [
        '{ scale = "pre_total", at_most = 50 }',
        '{ scale = "pre_total", at_least = 1, at_most = 60 }',
        '{ item = "experience", in = ["none", "some"] }',
        f'{{ all = [{{ item = "experience", equals = "some" }}, {TOOLS}] }}',
        '{ all = [{ item = "tools", equals = "python" }, { item = "tools", equals = "r" }] }',
        f'{{ all = [{{ item = "years", at_least = 60 }}, {{ item = "experience", equals = "none" }}, {TOOLS}] }}',
    ],
)
def test_conditions_that_somebody_meets_are_left_alone(when):
    assert _contradictions(when) == []


@pytest.mark.parametrize(
    ("when", "key", "expected"),
    [
        (
            '{ all = [{ item = "experience", equals = "some" }, { item = "experience", equals = "none" }] }',
            "when",
            "no answers give experience equals = 'some' and experience equals = 'none' at once",
        ),
        ('{ scale = "pre_total", at_least = 101 }', "when", "no answers give pre_total at_least = 101.0"),
        (
            '{ all = [{ scale = "pre_total", at_least = 60 }, { scale = "pre_total", at_most = 40 }] }',
            "when",
            "pre_total at_least = 60.0 and pre_total at_most = 40.0 at once",
        ),
        ('{ item = "experience", equals = "much" }', "when", "has been screened out before"),
        # Only experts are asked for years, and these have some experience or use Python.
        (
            '{ all = [{ item = "years", at_least = 3 }, { item = "experience", equals = "none" }, '
            '{ any = [{ item = "experience", equals = "some" }, { scale = "pre_total", at_most = 50 }] }] }',
            "when.all.3.any.1",
            "whoever meets it does not meet what stands beside it",
        ),
        (
            f'{{ any = [{TOOLS}, {{ item = "experience", equals = "much" }}] }}',
            "when.any.2",
            "has been screened out before",
        ),
    ],
)
def test_conditions_that_nobody_can_meet_are_named_with_their_place(when, key, expected):
    [found] = _contradictions(when)
    lines = (factories.WINDING / "study.toml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text == WHEN)
    assert found.startswith(f"study.toml:{line}: stages.10.{key}: can never be met: ") and expected in found


def test_a_stage_that_only_the_opposite_leads_to_is_named():
    only_some = 'when = { any = [{ item = "experience", equals = "some" }, { item = "tools", in = ["python"] }] }'
    [found] = _contradictions(
        '{ all = [{ item = "years", at_least = 3 }, { item = "experience", equals = "none" }] }',
        **{only_some: 'when = { item = "experience", equals = "some" }'},
    )
    assert "whoever it asks for does not come to experts, where that is answered" in found


def test_an_end_that_everybody_comes_to_is_named():
    much = 'when = { item = "experience", equals = "much" }'
    found = _contradictions(
        '{ item = "experience", equals = "some" }',
        **{much: 'when = { item = "experience", in = ["none", "some", "much"] }'},
    )
    assert found == ["study.toml:22: stages.3.when: is met by everybody who comes here; nobody goes on"]
