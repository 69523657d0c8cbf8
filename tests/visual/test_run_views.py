"""The addresses of a run's numbers: success, then one test per refusal."""

from dataclasses import replace
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.urls import reverse

from visual import payload, run_views, runs
from visual.runspec import DEFAULT

SMALL = str(replace(DEFAULT, layers=2, units=4))


@pytest.fixture(autouse=True)
def own_cache(settings, tmp_path):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "run_views"}}
    settings.RUN_COMPUTATIONS = 1
    settings.STATIC_ROOT = tmp_path
    cache.clear()
    yield
    cache.clear()


def chunk_url(spec=SMALL, first=0, last=1):
    return reverse("visual:epochs", kwargs={"spec": spec, "first": first, "last": last})


def inspection_url(spec=SMALL, epoch=1, layer=2):
    return reverse("visual:inspection", kwargs={"spec": spec, "epoch": epoch, "layer": layer})


@pytest.mark.parametrize("url", [chunk_url, inspection_url])
def test_numbers_are_immutable(client, url):
    response = client.get(url())
    assert response.status_code == 200
    assert response.json()["spec"] == SMALL
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == run_views.IMMUTABLE == "public, max-age=31536000, immutable"
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


@pytest.mark.parametrize("url", [chunk_url, inspection_url])
def test_who_holds_the_answer_is_told_so_without_computing(client, url):
    etag = client.get(url())["ETag"]
    cache.clear()
    runs._acquire("run:slot:0", "someone else")
    response = client.get(url(), headers={"If-None-Match": etag})
    assert response.status_code == 304
    assert response["ETag"].removeprefix("W/") == etag.removeprefix("W/")
    assert response["Cache-Control"] == run_views.IMMUTABLE


def test_answers_differ_in_etag(client):
    etags = {client.get(url)["ETag"] for url in (chunk_url(), chunk_url(first=2, last=9), inspection_url())}
    assert len(etags) == 3


@pytest.mark.parametrize("url", [chunk_url, inspection_url])
def test_another_spelling_leads_to_the_canonical_address(client, url):
    response = client.get(url(spec=SMALL.replace("noise=0", "noise=0.0")))
    assert response.status_code == 301
    assert unquote(response["Location"]) == unquote(url())


@pytest.mark.parametrize("url", [chunk_url, inspection_url])
def test_an_address_names_the_version_of_its_numbers(client, url):
    assert url().startswith(f"/runs/v{runs.ENGINE_VERSION}.{payload.VERSION}/")
    written = "/runs/" + url().split("/", 3)[3]
    response = client.get(written + "?x=1")
    assert (response.status_code, response["Location"]) == (302, url() + "?x=1")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("version", ["0.1", "999.1", "1"])
def test_another_version_is_refused_with_both(client, version):
    response = client.get(chunk_url().replace(runs.answers_version(), version))
    assert response.status_code == 410
    assert response["Cache-Control"] == "no-store"
    assert f"version {version}" in response.json()["error"]
    assert runs.answers_version() in response.json()["error"]


def test_what_is_no_address_of_this_version_is_not_found(client):
    assert client.get(f"/runs/v{runs.answers_version()}/nothing").status_code == 404


def test_a_typed_text_trains(client):
    spec = SMALL.replace("data=sine", "data=text:ab%20ba")
    response = client.get(chunk_url(spec=spec))
    assert "ab%2520ba" in chunk_url(spec=spec)
    assert response.status_code == 200
    assert response.json()["spec"] == spec
    assert set(response.json()["sequence"]["input"]) == set("ab ")
    once = client.get(chunk_url(spec=spec).replace("%2520", "%20"))
    assert (once.status_code, once["Location"]) == (301, chunk_url(spec=spec))


def test_head_is_answered(client):
    assert client.head(chunk_url()).status_code == 200


def test_writing_is_refused(client):
    assert client.post(chunk_url()).status_code == 405


@pytest.mark.parametrize("url", [chunk_url, inspection_url])
def test_invalid_spec_is_explained(client, url):
    response = client.get(url(spec=SMALL.replace("units=4", "units=3")))
    assert response.status_code == 400
    assert response.json() == {"error": "units is '3'; allowed are whole numbers from 4 to 32"}
    assert response["Cache-Control"] == "no-store"


def test_epochs_off_the_grid_are_not_found(client):
    response = client.get(chunk_url(first=0, last=9))
    assert response.status_code == 404
    assert "0-1, 2-9, 10-19" in response.json()["error"]


@pytest.mark.parametrize("layer", [0, 3])
def test_a_layer_that_the_run_has_not_is_not_found(client, layer):
    response = client.get(inspection_url(layer=layer))
    assert response.status_code == 404
    assert "layers 1 to 2" in response.json()["error"]


def test_an_epoch_beyond_the_last_is_not_found(client):
    response = client.get(inspection_url(epoch=301))
    assert response.status_code == 404
    assert "0 to 300" in response.json()["error"]


@pytest.mark.parametrize("url", [chunk_url, inspection_url])
def test_a_busy_server_says_when_to_ask_again(client, url):
    runs._acquire("run:slot:0", "someone else")
    response = client.get(url())
    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert response["Cache-Control"] == "no-store"
