"""The page on which data are chosen, and what its buttons send."""

import csv
import gc
import io
import json
import signal
import zipfile
from contextlib import closing
from datetime import timedelta

import pytest
from django.urls import reverse

from survey.export import __main__ as export_process
from survey.export import apart, bundle
from survey.models import AuditEntry, Exclusion
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = reverse("survey:export", kwargs={"study": "tiny"})


def _file(name):
    return reverse("survey:export_file", kwargs={"study": "tiny", "file": name})


def _sent(response):
    """Return the bytes of a download that is whole."""
    assert response.status_code == 200, response.content
    with closing(response):
        data = b"".join(response.streaming_content)
    assert len(data) == int(response["Content-Length"])
    assert "no-store" in response["Cache-Control"]
    return data


@pytest.fixture
def study():
    """A study that may be seen: two finished, one of them excluded; one on the way, one pilot."""
    study = factories.study()
    first = factories.finished(study)
    factories.finished(study)
    factories.learning(study)
    factories.finished(study, kind="pilot")
    decision = {"reason": "Too fast", "decided_by": factories.user("owner"), "decided_at": factories.START}
    Exclusion.objects.create(participant=first, is_excluded=True, **decision)
    return factories.unblinded(study)


def test_the_page_tells_how_many_each_choice_is_about(study):
    html = factories.researcher().get(PAGE).content.decode()
    counts = [part.split("<")[0] for part in html.split('class="export__count">')[1:]]
    assert counts[:4] == ["3", "2", "1", "1"]
    assert "Also pilot participants" in html and "simulated participants" not in html
    assert "Language of questions" not in html  # there is one only


def test_the_download_is_the_export_as_a_zip(study, tmp_path):
    response = factories.researcher().get(_file("tiny.zip"))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="tiny.zip"'
    bundle.write_folder(study, tmp_path / "export")
    files = [path for path in (tmp_path / "export").rglob("*") if path.is_file()]
    with zipfile.ZipFile(io.BytesIO(_sent(response))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"tiny/{path.relative_to(tmp_path / 'export').as_posix()}": path.read_bytes() for path in files
        }


def test_psych_ds_by_button(study):
    data = _sent(factories.researcher().get(_file("tiny.zip"), {"layout": "psych-ds"}))
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names[0] == "tiny/data/study-tiny_description-codebook_data.csv"
    assert {"tiny/dataset_description.json", "tiny/README.md", "tiny/CHANGES.md"} <= set(names)


def test_what_the_form_sends_as_it_opens_is_everything(study):
    """The browser sends every ticked box, the hidden fields and the empty one."""
    sent = {
        "participants": "all",
        "columns": ["participant", "basics", "times", "answers", "correct", "points", "ratings", "scores", ""],
        "tables": [
            "none",
            "responses",
            "visits",
            "allocations",
            "events",
            "ratings",
            "agreement",
            "measures",
            "derived",
            "hypotheses",
        ],
    }
    client = factories.researcher()
    assert _sent(client.get(_file("tiny.zip"), sent)) == _sent(client.get(_file("tiny.zip")))


def test_one_table_with_chosen_people_and_columns(study):
    asked = {"participants": "finished", "excluded": "without", "columns": ["participant", "scores", "age"]}
    response = factories.researcher().get(_file("participants.csv"), asked)
    assert response["Content-Disposition"] == 'attachment; filename="tiny-participants.csv"'
    [row] = csv.DictReader(io.StringIO(_sent(response).decode(), newline=""))
    assert (row["status"], row["age"]) == ("finished", "18") and "joy" in row and "joy_1" not in row
    assert AuditEntry.objects.get().details == {
        "file": "participants.csv",
        "kinds": "real",
        "participants": "finished",
        "excluded": "without",
        "columns": "scores, participant, age",
    }


def test_the_spss_file_by_button(study):
    response = factories.researcher().get(_file("participants.sav"))
    assert _sent(response).startswith(b"$FL2")


def test_what_cannot_be_had_is_said_on_the_page_with_the_choices_kept(study):
    response = factories.researcher().get(_file("tiny.zip"), {"columns": "agee", "participants": "finished"})
    html = response.content.decode()
    assert response.status_code == 400
    assert "columns: &#x27;agee&#x27; is not there; expected a group or the name of a column" in html
    assert 'value="agee"' in html and 'value="finished" checked' in html
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", ["other.zip", "passwords.csv", "participants"])
def test_another_file_is_not_found(study, name):
    assert factories.researcher().get(_file(name)).status_code == 404


@pytest.mark.parametrize("address", [PAGE, _file("tiny.zip"), _file("participants.csv"), _file("participants.sav")])
def test_a_blind_study_gives_nothing(address):
    factories.finished()
    response = factories.researcher().get(address)
    assert response.status_code == 403 and "The study is blind" in response.content.decode()
    assert not AuditEntry.objects.exists()


def test_a_failed_download_leaves_no_file_open(study, monkeypatch):
    files = []

    def failing(study, file, choice):
        files.append(file)
        raise OSError("disk full")

    monkeypatch.setattr(apart, "write_zip", failing)
    with pytest.raises(OSError, match="disk full"):
        factories.researcher().get(_file("tiny.zip"))
    assert files[0].closed and not AuditEntry.objects.exists()


@pytest.fixture
def process():
    """What a process of its own changes for all of itself, as it was afterwards."""
    threshold, handler = gc.get_threshold(), signal.getsignal(signal.SIGPROF)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, handler)
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_the_process_of_a_file_that_is_made_expects_no_signal_any_more(study, process, capsysbinary):
    """One that came while Python ends would kill it, and the file would be taken for one that was not made."""
    asked = {"study": "tiny", "file": "participants.csv", "asked": {}}
    export_process.main(asked)
    assert capsysbinary.readouterr().out == _sent(factories.researcher().get(_file("participants.csv")))
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


# Links for R


LINKS = reverse("survey:data_links", kwargs={"study": "tiny"})


def _data(token, file="participants.csv", study="tiny", **parameters):
    address = reverse("survey:data", kwargs={"study": study, "file": file})
    return factories.uninvited().get(address, {"token": token, **parameters})


def _make(client, **changes):
    """Return the page that a sent form leads to, and the token on it."""
    form = {"name": "My script", "reads": ["participants.csv"], "days": "30", **changes}
    html = client.post(LINKS, form).content.decode()
    found = html.split("<code>STUDY_TOKEN=")
    return html, found[1].split("<")[0] if len(found) > 1 else None


def test_a_link_reads_what_the_download_holds(study):
    _, token = _make(factories.colleague("analyst", study))
    response = _data(token, participants="finished")
    assert _sent(response) == _sent(factories.researcher().get(_file("participants.csv"), {"participants": "finished"}))
    assert response["Content-Type"].startswith("text/csv")
    assert _sent(_data(token, "codebook.csv")).startswith(b"file,name,label")
    link = study.data_links.get()
    assert link.last_used_at and [entry.action for entry in AuditEntry.objects.order_by("pk")][:2] == [
        "data_link_made",
        "data_link_read",
    ]


def test_the_token_is_shown_once_and_kept_as_a_hash(study):
    client = factories.researcher()
    html, token = _make(client)
    assert "http://testserver/data/tiny/participants.csv?token=" in html
    key, secret = token.split(".")
    assert len(secret) >= 43
    assert secret not in client.get(LINKS).content.decode()
    link = study.data_links.get()
    assert link.key == key and secret not in json.dumps(list(study.data_links.values()), default=str)
    assert secret not in json.dumps(list(AuditEntry.objects.values()), default=str)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Please say what it is for"),
        ({"reads": []}, "Please choose at least one file"),
        ({"reads": ["passwords.csv"]}, "is not one of the available choices"),
        ({"days": "4000"}, "is not one of the available choices"),
    ],
)
def test_a_form_that_is_not_right_makes_nothing(study, changes, said):
    html, token = _make(factories.researcher(), **changes)
    assert said in html and token is None and not study.data_links.exists()


@pytest.mark.parametrize("token", ["", "x", "ABCDEFGH.", "ABCDEFGH.secret", "."])
def test_a_wrong_token_reads_nothing(study, token):
    factories.data_link(study, factories.user("analyst"), key="ABCDEFGH")
    response = _data(token)
    assert response.status_code == 403 and response["Content-Type"].startswith("text/plain")
    assert "no valid token" in response.content.decode()


def test_a_link_of_one_study_reads_no_other(study):
    other = factories.unblinded(factories.study(name="other"))
    factories.colleague("analyst", study), factories.colleague("analyst", other)
    _, token = factories.data_link(study, factories.user("analyst"))
    assert _data(token, study="other").status_code == 403
    response = _data(token)
    response.close()
    assert response.status_code == 200


def test_what_ends_a_link(study):
    """Each of them alone, and each is said."""
    factories.colleague("analyst", study)
    account = factories.user("analyst")
    link, token = factories.data_link(study, account)
    _data(token).close()

    def refused():
        response = _data(token)
        assert response.status_code == 403
        return response.content.decode()

    assert "This link reads codebook.csv, participants.csv" in _data(token, "events.csv").content.decode()
    study.unblinding.delete()
    assert "blind" in refused()
    factories.unblinded(study)
    account.roles.update(taken_at=factories.START)
    assert "may not read these data any more" in refused()
    account.roles.update(taken_at=None, name="assistant")
    assert "may not read these data any more" in refused()
    account.roles.update(name="analyst")
    account.is_active = False
    account.save()
    assert "may not read these data any more" in refused()
    account.is_active = True
    account.save()
    _data(token).close()
    link.expires_at = link.made_at - timedelta(seconds=1)
    link.save()
    assert "has expired" in refused()
    link.revoked_at = link.made_at
    link.save()
    assert "was revoked" in refused()


def test_one_revokes_ones_own_and_an_owner_revokes_all(study):
    analyst, owner = factories.colleague("analyst", study), factories.colleague("owner", study)
    own, _ = factories.data_link(study, factories.user("analyst"), name="mine")
    others, token = factories.data_link(study, factories.user("ben"), name="bens")

    def revoke(client, link):
        return client.post(reverse("survey:revoke_data_link", kwargs={"study": "tiny", "link": link.key}))

    assert "bens" not in analyst.get(LINKS).content.decode() and "bens" in owner.get(LINKS).content.decode()
    assert revoke(analyst, others).status_code == 404
    assert revoke(analyst, own)["Location"] == LINKS
    assert revoke(owner, others)["Location"] == LINKS
    assert revoke(owner, others)["Location"] == LINKS
    assert "was revoked" in _data(token).content.decode()
    assert [entry.action for entry in AuditEntry.objects.all()] == ["data_link_revoked"] * 2


def test_a_link_only_reads(study):
    factories.colleague("analyst", study)
    _, token = factories.data_link(study, factories.user("analyst"))
    address = f"/data/tiny/participants.csv?token={token}"
    client = factories.uninvited()
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)(address).status_code == 405
    assert client.head(address).content == b"" and not AuditEntry.objects.exists()


def test_a_bad_choice_is_said_in_plain_text(study):
    factories.colleague("analyst", study)
    _, token = factories.data_link(study, factories.user("analyst"))
    response = _data(token, colums="age", language="fr")
    assert response.status_code == 400
    assert response.content.decode().splitlines() == [
        "language: 'fr' is not there; expected one of en",
        "colums: no such choice; expected participants, excluded, arm, include, columns, tables, language, layout",
    ]


def test_a_script_that_reads_in_a_loop_is_stopped(study, settings):
    settings.RATE_DATA = "2 per hour"
    factories.colleague("analyst", study)
    _, token = factories.data_link(study, factories.user("analyst"))
    _, other = factories.data_link(study, factories.user("analyst"))
    for _ in range(2):
        _sent(_data(token, "codebook.csv"))
    response = _data(token, "codebook.csv")
    assert response.status_code == 429 and int(response["Retry-After"]) > 0
    assert "can be read again in" in response.content.decode()
    assert _sent(_data(other, "codebook.csv"))


def test_no_log_has_the_token(study, caplog):
    factories.colleague("analyst", study)
    link, token = factories.data_link(study, factories.user("analyst"))
    _data(token, language="fr")
    link.revoked_at = link.made_at
    link.save()
    _data(token)
    assert "400 /data/<slug:study>/<str:file>" in caplog.text and token.split(".")[1] not in caplog.text
