"""A preview shows every stage at once, on a site of its own that leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from survey import flow, preview
from survey.models import Participant, Study
from survey.protocol import parse
from tests import factories

ROOT = Path(__file__).parents[2]


@pytest.mark.django_db
def test_there_is_somebody_at_every_stage_and_in_every_arm():
    version = factories.study(factories.REPLICATION).current_version
    now = timezone.now()
    places = list(preview.places(version, "", now))
    assert [(place.stage, place.arm) for place in places] == [
        ("demographics", ""),
        ("pretest", ""),
        ("instruction", ""),
        ("learning", "visual"),
        ("learning", "text"),
        ("cognitive_load", ""),
        ("mental_effort", ""),
        ("judgement", ""),
        ("posttest", ""),
        ("debriefing", ""),
    ]
    for place in places:
        assert flow.current(place.participant, now).stage.id == place.stage
        assert not place.arm or place.participant.allocation.arm == place.arm


@pytest.mark.django_db
@pytest.mark.parametrize("folder", [factories.TINY, factories.WINDING, factories.REPLICATION])
def test_each_page_answers_to_its_personal_link(client, folder):
    version = factories.study(folder).current_version
    places = list(preview.places(version, "", timezone.now()))
    assert {place.stage for place in places} == set(preview.stage_ids(parse(version.files)))
    for place in places:
        answer = client.get(f"/resume/{place.participant.token}/", follow=True)
        assert answer.status_code == 200, place.stage
        title = parse(version.files).editions["en"].titles.stages[place.stage]
        assert title in answer.content.decode(), place.stage


def test_the_title_says_that_it_is_a_preview():
    marked = preview.prepared(factories.files(factories.REPLICATION))
    assert parse(marked).editions["en"].titles.study.startswith("Preview · How people learn")
    files = factories.files(factories.REPLICATION)
    files["en/titles.toml"] = (
        files["en/titles.toml"].replace('study = "', 'study = """\n', 1).replace('"\n', '"""\n', 1)
    )
    assert preview.prepared(files) == files, "an unusual spelling stays as it is"


@pytest.mark.django_db
def test_a_study_with_a_cap_turns_nobody_away_in_its_preview():
    files = factories.files(factories.REPLICATION)
    files["study.toml"] = files["study.toml"].replace('[[arms]]\nid = "text"', '[[arms]]\nid = "text"\nmaximum = 1')
    assert "maximum = 1" in files["study.toml"]
    version = factories.study(factories.REPLICATION, files=preview.prepared(files)).current_version
    assert len(list(preview.places(version, "", timezone.now()))) == 10


def test_a_folder_with_errors_and_a_stage_that_is_not_there_are_refused(tmp_path):
    (tmp_path / "study.toml").write_text("format = 1\n")
    with pytest.raises(CommandError, match="see check_study"):
        call_command("preview_study", tmp_path)
    with pytest.raises(CommandError, match="no stage 'consent' to look at; expected one of \\['about', "):
        call_command("preview_study", factories.TINY, stage="consent")


@pytest.mark.django_db
def test_a_site_with_studies_is_never_used_for_a_preview():
    factories.study()
    with pytest.raises(CommandError, match="a preview never mixes with them"):
        call_command("preview_study", factories.TINY, inside=True)
    assert not Participant.objects.exists()


@pytest.mark.django_db
def test_the_preview_is_served_and_leaves_nothing_behind(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "TMPDIR": str(tmp_path), "WEB_CONCURRENCY": "1"}
    environment |= {"DJANGO_SETTINGS_MODULE": "explornn_site.settings", "DATABASE_URL": "sqlite:////nowhere/at/all"}
    environment["DATA_DIR"] = str(tmp_path / "site")
    (tmp_path / "site").mkdir()
    log = tmp_path / "log"
    with log.open("w") as output:
        command = [sys.executable, "manage.py", "preview_study", str(factories.REPLICATION), "--stage", "pretest"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        end = time.monotonic() + 60
        while "READY " not in log.read_text():
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        address = re.search(r"^pretest · en +(http://\S+)$", log.read_text(), re.MULTILINE)[1]
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        page = browser.open(address).read().decode()
        assert "Preview · How people learn about recurrent neural networks" in page
        assert "What you know already" in page
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("preview-")] == []
    assert list((tmp_path / "site").glob("*.sqlite3*")) == [], "the site's own data folder is not touched"
    assert not Study.objects.exists()
