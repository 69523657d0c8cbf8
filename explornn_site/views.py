from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe


@require_safe
def home(request):
    return render(request, "site/home.html")


@require_safe
def healthz(request):
    """Answer 200 when this process can read the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def favicon(request):
    return redirect(static("site/icon.svg"))


def not_found(request, exception):
    return render(request, "site/not_found.html", status=404)


def server_error(request):
    """Say so calmly, without the database or anything else that may just have failed."""
    return render(request, "site/server_error.html", status=500)
