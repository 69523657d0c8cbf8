"""The researcher's first page."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from survey.monitor.access import desks
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
