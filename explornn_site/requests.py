"""Each request, as it is written down and counted."""

import logging
import time

from django.http import HttpRequest, HttpResponse

from explornn_site import metrics
from explornn_site.logs import route_of

_logger = logging.getLogger(__name__)


class RequestMiddleware:
    """Writes and counts each request; the outermost, so that it sees what really is answered, and how late."""

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = self._get_response(request)
        seconds = time.perf_counter() - start
        route = route_of(request)
        metrics.count_request(request.method or "", route, response.status_code, seconds)
        told = {"method": request.method, "route": route, "status": response.status_code}
        _logger.info("request", extra={**told, "milliseconds": round(1000 * seconds)})
        return response
