"""Which of a device's abilities no page of ours asks for, so that no page may."""

POLICY = "camera=(), geolocation=(), microphone=(), payment=()"


class PermissionsPolicyMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["Permissions-Policy"] = POLICY
        return response
