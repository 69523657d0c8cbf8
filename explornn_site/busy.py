"""What is answered while the database cannot be reached, is locked, or has no room: come again in a moment.

A form that was sent is in the answer, with all that was typed, and is sent again by the page itself. Sending twice is
harmless everywhere (survey/flow.py), so it does not matter whether it had arrived.
"""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

RETRY_AFTER = 5  # seconds
_logger = logging.getLogger(__name__)


class BusyMiddleware:
    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        _logger.error("the database did not take part: %s", exception)
        if request.content_type == "application/json":
            response: HttpResponse = JsonResponse({"error": "the database is busy; send this again"}, status=503)
        else:
            with translation.override(translation.get_language_from_request(request)):
                is_form = request.method == "POST"
                sent = (request.POST if is_form else request.GET).lists()
                context = {"sent": [(name, each) for name, values in sent for each in values], "is_form": is_form}
                response = render(request, "site/busy.html", context, status=503)
        response["Retry-After"] = str(RETRY_AFTER)
        response["Cache-Control"] = "no-store"
        return response
