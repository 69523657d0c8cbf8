"""The researcher's pages."""

import tempfile

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from survey.export.bundle import write_zip
from survey.models import Study
from survey.monitor.recruitment import recruitment


class LoginView(auth.LoginView):
    template_name = "survey/researcher/login.html"
    redirect_authenticated_user = True


class LogoutView(auth.LogoutView):
    pass


@login_required
@never_cache
@require_safe
def researcher(request):
    """Every study with its link, its progress and its data; outcomes stay unseen while it runs."""
    studies = [
        {
            "recruitment": recruitment(study),
            "link": request.build_absolute_uri(reverse("survey:join", kwargs={"study": study.name})),
        }
        for study in Study.objects.order_by("name")
    ]
    return render(request, "survey/researcher/researcher.html", {"studies": studies})


@login_required
@never_cache
@require_safe
def export(request, study):
    """The study's data as a ZIP, sent in chunks from a file of which nothing is left behind."""
    found = get_object_or_404(Study, name=study)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it, once all is sent
    try:
        write_zip(found, file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = FileResponse(file, as_attachment=True, filename=f"{found.name}.zip")
    # Compressed already: a second time would cost the length, and with it the browser's progress bar.
    response["Content-Encoding"] = "identity"
    return response
