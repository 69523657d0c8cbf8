"""The pages on which nobody goes on: doors that are closed, declining, withdrawing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from survey import entry, languages, lifecycle, platforms, withdrawal
from survey.models import Identifier, Participant, Study
from survey.participation import forget, place, who
from survey.protocol import protocol_of


def _page(
    request: HttpRequest, name: str, study: Study, reader: Participant | None = None, status: int = 200, **context
) -> HttpResponse:
    """Return a page in the language of who reads it: their own, else as before the consent."""
    editions = protocol_of(study.current_version).editions
    language = reader.language if reader else ""
    if language not in editions:
        language = languages.chosen(request, list(editions))
    with translation.override(language):
        title = {"title": editions[language].titles.study}
        return render(request, f"survey/{name}.html", title | context, status=status)


def door(
    request: HttpRequest, study: Study, why: str, status: int = 200, participant: Participant | None = None
) -> HttpResponse:
    """Say calmly why nobody can go on here: a state of the study, or `unknown` or `incomplete` of a link."""
    may_withdraw = participant and lifecycle.may_withdraw(study)
    way_back = participant and entry.way_back(participant)
    return _page(
        request,
        "door",
        study,
        participant,
        status,
        why=why,
        participant=participant,
        may_withdraw=may_withdraw,
        way_back=way_back,
    )


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
    return _page(request, "declined", found, way_back=back)


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
        language = participant.language
        platform = Identifier.objects.filter(participant=participant).values_list("platform", flat=True).first()
        withdrawal.erase(participant, now)
        query = {"language": language} | ({"platform": platform} if platform else {})
        response = redirect("survey:erased", study=study)
        response["Location"] += f"?{urlencode(query)}"
        return forget(response, study)
    if participant.withdrawn_at:
        return redirect("survey:withdrawn", study=study)
    return _page(request, "withdraw", participant.study, participant, back=place(participant, now))


@never_cache
@require_safe
def withdrawn(request, study):
    """What became of it, and the way to have everything erased after all."""
    participant = who(request, study, withdrawn=True)
    if participant is None:
        return redirect("survey:join", study=study)
    study = participant.study
    may_erase, way_back = lifecycle.may_withdraw(study), entry.way_back(participant)
    return _page(request, "withdrawn", study, participant, left=participant, may_erase=may_erase, way_back=way_back)


@never_cache
@require_safe
def erased(request, study):
    """That nothing is left; whoever reads this is nobody here any more."""
    found = get_object_or_404(Study, name=study)
    file = protocol_of(found.current_version).study
    back = platforms.way_back(request.GET.get("platform", ""), "", "no_consent", file.prolific, file.sona)
    return _page(request, "erased", found, way_back=back)
