"""What a browser lets our pages do; the same for every page, and for all that answers by itself.

Scripts, styles and data come from our own origin, none of them from within a page; no page stands in the frame of
another, and none asks for a camera, a place or the like.
"""

from django.http import HttpRequest, HttpResponse

CONTENT = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in CONTENT.items()),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class PoliciesMiddleware:
    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        for header, policy in HEADERS.items():
            response[header] = policy
        return response
