"""Loading a study folder: all of it or nothing, and never under the feet of participants."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from survey.models import Study, StudyVersion
from survey.protocol import digest, read_folder
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(factories.TINY, tmp_path / "tiny")


def _change(folder, old, new):
    path = folder / "study.toml"
    path.write_text(path.read_text().replace(old, new))


def test_loading_stores_the_folder_and_its_sha256(folder, capsys):
    call_command("load_study", folder)
    version = StudyVersion.objects.get()
    assert version.files == read_folder(folder)
    assert version.sha256 == digest(version.files)
    assert version.sha256[:12] in capsys.readouterr().out


def test_loading_the_same_again_changes_nothing(folder, capsys):
    call_command("load_study", folder)
    call_command("load_study", folder)
    assert StudyVersion.objects.count() == 1
    assert "nothing to do" in capsys.readouterr().out


def test_errors_are_listed_and_nothing_is_loaded(folder):
    _change(folder, "format = 1", "format = 2")
    (folder / "en/texts/consent.md").unlink()
    with pytest.raises(CommandError) as refused:
        call_command("load_study", folder)
    assert "study.toml:2: format" in str(refused.value)
    assert not Study.objects.exists()


def test_before_anyone_takes_part_a_change_replaces_the_version(folder):
    call_command("load_study", folder)
    _change(folder, "maximum_minutes = 30", "maximum_minutes = 20")
    call_command("load_study", folder)
    version = StudyVersion.objects.get()
    assert version.number == 1
    assert "maximum_minutes = 20" in version.files["study.toml"]


def test_with_participants_a_change_needs_a_new_version(folder):
    call_command("load_study", folder)
    study = Study.objects.get()
    begun = factories.consented(study)
    _change(folder, "maximum_minutes = 30", "maximum_minutes = 20")
    with pytest.raises(CommandError, match="--new-version"):
        call_command("load_study", folder)
    assert StudyVersion.objects.count() == 1
    call_command("load_study", folder, new_version=True)
    begun.refresh_from_db()
    assert begun.version.number == 1
    assert factories.consented(study).version.number == 2


def test_the_seed_stays_through_all_versions(folder):
    call_command("load_study", folder)
    seed = Study.objects.get().allocation_seed
    assert len(seed) == 32
    factories.consented(Study.objects.get())
    _change(folder, "maximum_minutes = 30", "maximum_minutes = 20")
    call_command("load_study", folder, new_version=True)
    assert Study.objects.get().allocation_seed == seed


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(CommandError, match="no such folder"):
        call_command("load_study", tmp_path / "nowhere")
