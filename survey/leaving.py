"""The pages on which nobody goes on: doors that are closed, declining, withdrawing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from survey import entry, lifecycle, platforms, withdrawal
from survey.models import Identifier, Study
from survey.participation import forget, place, who
from survey.protocol import protocol_of


def _title(study: Study) -> str:
    return next(iter(protocol_of(study.current_version).editions.values())).titles.study


def door(request: HttpRequest, study: Study, why: str, status: int = 200, participant=None) -> HttpResponse:
    """Say calmly why nobody can go on here: a state of the study, or `unknown` or `incomplete` of a link."""
    may_withdraw = participant and lifecycle.may_withdraw(study)
    context = {
        "title": _title(study),
        "why": why,
        "participant": participant,
        "may_withdraw": may_withdraw,
        "way_back": participant and entry.way_back(participant),
    }
    return render(request, "survey/door.html", context, status=status)


@never_cache
@require_safe
def closed(request, study):
    """For those under way when the study was closed."""
    found = get_object_or_404(Study, name=study)
    if lifecycle.goes_on(found):
        return redirect("survey:here", study=study)
    return door(request, found, found.state, participant=who(request, study))


@never_cache
@require_safe
def declined(request, study):
    """Thanks to who did not want to take part, of whom nothing is stored; the platform's way back, if they have one."""
    found = get_object_or_404(Study, name=study)
    file = protocol_of(found.current_version).study
    try:
        visitor = platforms.visitor(request.GET, file.prolific, file.sona)
    except platforms.LinkError:
        visitor = None
    back = visitor and platforms.way_back(visitor.platform, visitor.value, "no_consent", file.prolific, file.sona)
    return render(request, "survey/declined.html", {"title": _title(found), "way_back": back})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request, study):
    """Two choices: stop and keep what was given, or stop and erase it. Also for who has withdrawn and kept it."""
    participant = who(request, study) or who(request, study, withdrawn=True)
    if participant is None:
        return redirect("survey:join", study=study)
    if not lifecycle.may_withdraw(participant.study):
        return redirect("survey:closed", study=study)
    now = timezone.now()
    choice = request.POST.get("choice")
    if choice == "keep":
        withdrawal.withdraw(participant, now)
        return redirect("survey:withdrawn", study=study)
    if choice == "erase":
        platform = Identifier.objects.filter(participant=participant).values_list("platform", flat=True).first()
        withdrawal.erase(participant, now)
        query = f"?{urlencode({'platform': platform})}" if platform else ""
        response = redirect("survey:erased", study=study)
        response["Location"] += query
        return forget(response, study)
    if participant.withdrawn_at:
        return redirect("survey:withdrawn", study=study)
    context = {"title": _title(participant.study), "participant": participant, "back": place(participant, now)}
    return render(request, "survey/withdraw.html", context)


@never_cache
@require_safe
def withdrawn(request, study):
    """What became of it, and the way to have everything erased after all."""
    participant = who(request, study, withdrawn=True)
    if participant is None:
        return redirect("survey:join", study=study)
    context = {
        "title": _title(participant.study),
        "left": participant,
        "may_erase": lifecycle.may_withdraw(participant.study),
        "way_back": entry.way_back(participant),
    }
    return render(request, "survey/withdrawn.html", context)


@never_cache
@require_safe
def erased(request, study):
    """That nothing is left; whoever reads this is nobody here any more."""
    found = get_object_or_404(Study, name=study)
    file = protocol_of(found.current_version).study
    back = platforms.way_back(request.GET.get("platform", ""), "", "no_consent", file.prolific, file.sona)
    return render(request, "survey/erased.html", {"title": _title(found), "way_back": back})
