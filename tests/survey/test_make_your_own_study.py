"""The guide "Make your own study" is true: every command of it is run, after every edit that it asks for."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from survey.management.commands import preview_study
from survey.protocol import parse, read_folder

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "make-your-own-study.md"
BLOCKS = re.findall(r"^```(sh|diff)\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return a function that runs one command of the guide, with `mystudy` in a folder of the test's own."""
    # That a preview is really served is tested in test_preview_study.py; here, that it comes as far as that.
    monkeypatch.setattr(preview_study, "call_command", lambda *words, **options: None)

    def run(command: str) -> str:
        words = shlex.split(command)
        if words[2] != "study_state":  # that one is told the loaded study's name, the others its folder
            words = [str(tmp_path / word) if word.startswith("mystudy") else word for word in words]
        if words[:2] == ["cp", "-r"]:
            return shutil.copytree(ROOT / words[2], words[3])
        assert words[:2] == [".venv/bin/python", "manage.py"], command
        if words[2] == "preview_study":
            with transaction.atomic():  # stands for the database of its own
                call_command(*words[2:], "--inside")
                transaction.set_rollback(True)
        else:
            call_command(*words[2:])
        return capsys.readouterr().out

    return run


@pytest.mark.django_db
def test_the_guide_leads_from_the_shipped_study_to_a_changed_one(tmp_path, run):
    printed = {}
    for kind, block in BLOCKS:
        if kind == "diff":
            _edit(block, tmp_path)
        else:
            (command,) = block.strip().splitlines()
            name = re.search(r"^cp|manage\.py (\w+)", command)
            printed[name[1] or name[0]] = run(command)
    assert list(printed) == ["cp", "check_study", "preview_study", "coverage_report", "load_study", "study_state"]
    assert "mystudy: loaded as version 1" in printed["load_study"]
    assert "mystudy is open." in printed["study_state"]
    assert re.search(r"^learning · visual_fixed · en +http://", printed["preview_study"], re.MULTILINE)
    assert "`candidate`" in (tmp_path / "mystudy" / "README.md").read_text()
    assert "no errors, 0 warning(s)" in run(".venv/bin/python manage.py check_study mystudy")
    _is_what_the_guide_says(parse(read_folder(tmp_path / "mystudy")))


def _is_what_the_guide_says(protocol) -> None:
    assert [arm.id for arm in protocol.study.arms] == ["visual", "visual_fixed", "text"]
    assert protocol.arm("visual_fixed").features == {"predictions": False, "settings": False, "structure": False}
    assert protocol.stage("learning").maximum_minutes == 20
    assert [stage.id for stage in protocol.study.stages][-2:] == ["usability", "debriefing"]
    posttest = protocol.editions["en"].instruments["posttest"]
    assert posttest.item("post_own1").concept == "candidate"
    assert [scale.id for scale in posttest.scales if "post_own1" in scale.items] == ["post_recall", "post_total"]


def test_the_times_are_warned_about_until_the_texts_are_changed(tmp_path, run):
    """What step 4 promises: after the change of study.toml alone, two texts still speak of 30 minutes."""
    for kind, block in BLOCKS:
        if kind == "diff":
            _edit(block, tmp_path)
            if "maximum_minutes" in block:
                break
        elif block.startswith("cp "):
            run(block.strip())
    warned = run(".venv/bin/python manage.py check_study mystudy")
    assert {line.split(":")[0].strip() for line in warned.splitlines()[:-1]} == {
        "en/texts/information.md",
        "en/texts/instruction.md",
    }


def _edit(block: str, folder: Path) -> None:
    """Make the change that a diff block shows; what it takes away must stand in the file exactly once."""
    name, *lines = block.rstrip("\n").splitlines()
    path = folder / name.removeprefix("# ")
    before = "\n".join(line[1:] for line in lines if line.startswith("-"))
    after = "\n".join(line[1:] for line in lines if line.startswith("+"))
    text = path.read_text()
    assert text.count(before) == 1, f"{name}: {before!r} stands there {text.count(before)} times"
    path.write_text(text.replace(before, after))
