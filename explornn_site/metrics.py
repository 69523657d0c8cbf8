"""What is counted for whoever watches the server, for Prometheus: nothing about one person or by arm."""

import os
import secrets

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from survey.models import Kind, Participant, StageVisit

requests = Counter("explornn_requests", "Requests answered", ["method", "route", "status"])
seconds = Histogram("explornn_request_seconds", "Time until a request is answered", ["route"])


def count_request(method: str, route: str, status: int, took: float) -> None:
    known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
    requests.labels(known, route, str(status)).inc()
    seconds.labels(route).observe(took)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever sends the setting METRICS_TOKEN; without that setting this page does not exist."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not secrets.compare_digest(sent.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    shared = CollectorRegistry() if os.environ.get("PROMETHEUS_MULTIPROC_DIR") else REGISTRY
    if shared is not REGISTRY:
        MultiProcessCollector(shared)  # the sum over all worker processes
    return HttpResponse(generate_latest(shared) + generate_latest(_participants()), content_type=CONTENT_TYPE_LATEST)


def _participants() -> CollectorRegistry:
    """Return how many real participants have a page of each stage open, and how many have come to an end."""
    found = CollectorRegistry()
    at = Gauge("explornn_participants", "Participants by where they are", ["study", "stage"], registry=found)
    here = Participant.objects.filter(kind=Kind.REAL, withdrawn_at=None, finished_at=None)
    opened = StageVisit.objects.filter(participant__in=here, completed_at=None).values_list(
        "participant__study__name", "stage"
    )
    for study, stage, count in opened.annotate(Count("participant", distinct=True)):
        at.labels(study, stage).set(count)
    for end, over in (("(finished)", {"finished_at__isnull": False}), ("(withdrawn)", {"withdrawn_at__isnull": False})):
        counts = Participant.objects.filter(kind=Kind.REAL, **over).values_list("study__name").annotate(Count("pk"))
        for study, count in counts:
            at.labels(study, end).set(count)
    return found
