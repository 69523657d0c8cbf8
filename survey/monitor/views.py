"""The researcher's pages."""

import tempfile

from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from survey import audit
from survey.export.bundle import write_zip
from survey.models import AuditEntry
from survey.monitor.access import Right, desks, may
from survey.monitor.blinding import is_blind
from survey.monitor.recruitment import recruitment


@require_safe
@never_cache
@login_required
def researcher(request):
    """Every study that one has a role in, with its link, its progress and its data."""
    studies = [
        {
            "desk": desk,
            "is_blind": is_blind(desk.study),
            "recruitment": recruitment(desk.study),
            "link": request.build_absolute_uri(reverse("survey:join", kwargs={"study": desk.study.name})),
        }
        for desk in desks(request.user)
    ]
    return render(request, "survey/researcher/researcher.html", {"studies": studies})


@require_safe
@may(Right.DATA)
def export(request, desk):
    """The study's data as a ZIP, sent in chunks from a file of which nothing is left behind.

    They tell outcomes by arm: of a study that is blind, nobody has them from here.
    """
    if is_blind(desk.study):
        return render(request, "survey/researcher/blind.html", {"desk": desk}, status=403)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it, once all is sent
    try:
        write_zip(desk.study, file)
        file.seek(0)
        audit.record(AuditEntry.Action.EXPORTED, request.user, desk.study)
    except BaseException:
        file.close()
        raise
    response = FileResponse(file, as_attachment=True, filename=f"{desk.study.name}.zip")
    # Compressed already: a second time would cost the length, and with it the browser's progress bar.
    response["Content-Encoding"] = "identity"
    return response
