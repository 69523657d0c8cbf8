"""Which addresses lead nowhere, whatever stands behind them."""

from django.http import Http404, HttpRequest, HttpResponse


class AddressMiddleware:
    """Finds nothing where address or cookies have the character NUL: no text of ours has it; PostgreSQL fails at it."""

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = [request.path, *request.COOKIES.values()]
        if "%00" in request.META.get("QUERY_STRING", "") or any("\0" in text for text in asked):
            raise Http404
        return self._get_response(request)
