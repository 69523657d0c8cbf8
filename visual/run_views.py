"""The addresses of a run's numbers: immutable, so that browsers, proxies and CDNs keep them."""

from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlencode

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from survey import participation, rates
from visual import runs
from visual.run_what_if import MAX_INTERVENTIONS
from visual.run_what_if import parse as parse_question
from visual.runspec import LAST_EPOCH, InvalidSpecError, RunSpec, parse

IMMUTABLE = "public, max-age=31536000, immutable"


@require_safe
def epochs(request: HttpRequest, spec: str, first: int, last: int) -> HttpResponse:
    """Return a chunk of epochs as JSON (visual/payload.py says what is in it)."""
    if (first, last) not in runs.CHUNKS:
        grid = ", ".join(f"{start}-{end}" for start, end in runs.CHUNKS[:4])
        return _refusal(404, f"epochs {first}-{last} are no chunk; the chunks are {grid} and so on to {LAST_EPOCH}")
    return _answer(
        request,
        spec,
        "visual:epochs",
        {"first": first, "last": last},
        lambda run: runs.chunk(run, first, last),
    )


@require_safe
def inspection(request: HttpRequest, spec: str, epoch: int, layer: int) -> HttpResponse:
    """Return everything inside one layer at every time step as JSON."""
    if epoch > LAST_EPOCH:
        return _refusal(404, f"epoch {epoch} is out of range; a run has epochs 0 to {LAST_EPOCH}")

    def compute(run: RunSpec) -> bytes:
        return runs.inspection(run, epoch, layer)

    return _answer(request, spec, "visual:inspection", {"epoch": epoch, "layer": layer}, compute, layer)


@require_safe
def what_if(request: HttpRequest, spec: str, epoch: int) -> HttpResponse:
    """Return what the network of this epoch does when something is altered in it, as JSON."""
    if epoch > LAST_EPOCH:
        return _refusal(404, f"epoch {epoch} is out of range; a run has epochs 0 to {LAST_EPOCH}")
    try:
        run = parse(spec)
        asked = parse_qsl(request.META["QUERY_STRING"], keep_blank_values=True, max_num_fields=MAX_INTERVENTIONS)
        question = parse_question(runs.untrained(run), asked)
    except InvalidSpecError as error:
        return _refusal(400, str(error))
    except ValueError:  # of parse_qsl
        return _refusal(400, f"too many interventions; at most {MAX_INTERVENTIONS} are possible")
    query = urlencode(question.pairs, safe=";=,", quote_via=quote)
    if asked != list(question.pairs):
        address = reverse("visual:what_if", kwargs={"spec": str(run), "epoch": epoch})
        return HttpResponsePermanentRedirect(f"{address}?{query}")
    return _answer(
        request, spec, "visual:what_if", {"epoch": epoch}, lambda run: runs.what_if(run, epoch, question), query=query
    )


@require_safe
def outdated(request: HttpRequest, version: str) -> HttpResponse:
    """Refuse a page of another release: its next chunk would not continue those that it has."""
    if version == runs.answers_version():
        raise Http404
    return _refusal(410, f"these numbers are of version {version}, this server gives {runs.answers_version()}: reload")


@require_safe
def unversioned(request: HttpRequest, place: str) -> HttpResponse:
    """Lead an address without a version, as people write it by hand, to that of this release."""
    query = request.META["QUERY_STRING"]
    release = request.path[: -len(place)] + f"v{runs.answers_version()}/"
    response = HttpResponseRedirect(release + quote(place, safe="/:;=,@!'") + ("?" + query if query else ""))
    response["Cache-Control"] = "no-store"
    return response


def _answer(
    request: HttpRequest,
    text: str,
    name: str,
    place: dict[str, int],
    compute: Callable[[RunSpec], bytes],
    layer: int = 1,
    query: str = "",
) -> HttpResponse:
    """Return the run's JSON, or 301 to its one spelling, or 400, 404, 429, 503."""
    try:
        run = parse(text)
    except InvalidSpecError as error:
        return _refusal(400, str(error))
    if not 1 <= layer <= run.layers:
        return _refusal(404, f"layer {layer} does not exist; this run has layers 1 to {run.layers}")
    if str(run) != text:
        address = reverse(name, kwargs={"spec": str(run), **place})
        return HttpResponsePermanentRedirect(address + ("?" + query if query else ""))
    place_asked = "-".join(map(str, place.values())) + (f"-{runs.digest(query)}" if query else "")
    etag = quote_etag(f"{runs.answers_version()}-{runs.digest(run)}-{place_asked}")
    # A browser that holds this very answer needs nothing computed.
    response = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            with rates.computing("RATE_RUNS", participation.seat(request) or rates.address(request)):
                response = HttpResponse(compute(run), content_type="application/json")
        except rates.SpentError as spent:
            return rates.refused(_refusal(429, "you ask for more runs than one may; ask again in a moment"), spent)
        except runs.BusyError as busy:
            refusal = _refusal(503, "as many runs are being computed as this server takes on; ask again in a moment")
            refusal["Retry-After"] = str(busy.retry_after)
            return refusal
    response["ETag"] = etag
    response["Cache-Control"] = IMMUTABLE
    return response


def _refusal(status: int, error: str) -> JsonResponse:
    response = JsonResponse({"error": error}, status=status)
    response["Cache-Control"] = "no-store"
    return response
