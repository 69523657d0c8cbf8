"""Links by which R reads the data: made and revoked here, and followed here by whoever has the token."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from survey import audit, rates
from survey.export.choice import TABLES, ChoiceError, told
from survey.export.fixed import CODEBOOK, PARTICIPANTS
from survey.models import AuditEntry, DataLink
from survey.monitor.access import Desk, Right, desks, may
from survey.monitor.blinding import is_blind
from survey.monitor.export import answer, chosen

FILES = [PARTICIPANTS, *(f"{table}.csv" for table in TABLES)]
DAYS = {
    1: gettext_lazy("a day"),
    7: gettext_lazy("a week"),
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("a year"),
}


class DataLinkForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=80,
        error_messages={"required": gettext_lazy("Please say what it is for: later you will know it by that.")},
    )
    reads = forms.MultipleChoiceField(
        label=gettext_lazy("What it may read"),
        choices=[(file, file) for file in FILES],
        initial=[PARTICIPANTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Please choose at least one file.")},
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("How long it works"), choices=list(DAYS.items()), coerce=int, initial=30
    )


@require_http_methods(["GET", "HEAD", "POST"])
@may(Right.DATA)
def data_links(request, desk):
    """One's own links, for an owner those of all; the form makes one, and the answer alone shows its token."""
    form, made = DataLinkForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        made = _make(desk, form.cleaned_data)
        form = DataLinkForm()
    now = timezone.now()
    links = [(link, link.state(now), link.state_in_words(now)) for link in _links(desk)]
    context = {"desk": desk, "form": form, "links": links, "made": made, "is_blind": is_blind(desk.study)}
    if made:
        link, token = made
        file = PARTICIPANTS if PARTICIPANTS in link.files else link.files[0]
        path = reverse("survey:data", kwargs={"study": desk.study.name, "file": file})
        context |= {"token": token, "address": request.build_absolute_uri(path)}
    return render(request, "survey/researcher/data_links.html", context)


@require_POST
@may(Right.DATA)
def revoke_data_link(request, desk, link):
    """End a link at once; ending it twice is harmless."""
    found = get_object_or_404(_links(desk), key=link)
    with transaction.atomic():
        if DataLink.objects.filter(pk=found.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record(AuditEntry.Action.DATA_LINK_REVOKED, request.user, desk.study, link=found.key, name=found.name)
    messages.info(request, _("The link “%(name)s” is revoked: it reads nothing any more.") % {"name": found.name})
    return redirect("survey:data_links", study=desk.study.name)


@require_safe
@never_cache
def data(request, study, file):
    """One CSV file for whoever has the token of a valid link; all else is refused in plain text, and says why."""
    parameters = request.GET.copy()
    link = DataLink.of_token("".join(parameters.pop("token", [])))
    if link is None or link.study.name != study:
        return _refuse(_("This address has no valid token: …?token=…"))
    if refusal := _refusal(link, file):
        return _refuse(refusal)
    try:
        rates.spend("RATE_DATA", link.key)
    except rates.SpentError as spent:
        again = _("This link has been read too often; it can be read again in %(seconds)s seconds.")
        return rates.refused(_refuse(again % {"seconds": spent.retry_after}), spent)
    try:
        choice = chosen(link.study, parameters)
    except ChoiceError as error:
        return _refuse("\n".join(error.problems), status=400)
    if request.method == "HEAD":
        return HttpResponse(content_type="text/csv")
    response = answer(link.study, file, choice)
    with transaction.atomic():
        DataLink.objects.filter(pk=link.pk).update(last_used_at=timezone.now())
        audit.record(AuditEntry.Action.DATA_LINK_READ, link.user, link.study, link=link.key, file=file, **told(choice))
    return response


def _links(desk: Desk):
    links = DataLink.objects.filter(study=desk.study).select_related("user").order_by("-made_at", "-pk")
    return links if Right.ROLES in desk.rights else links.filter(user=desk.user)


@transaction.atomic
def _make(desk: Desk, wanted: dict) -> tuple[DataLink, str]:
    now = timezone.now()
    link, token = DataLink.make(
        study=desk.study,
        user=desk.user,
        name=wanted["name"],
        files=wanted["reads"],
        made_at=now,
        expires_at=now + timedelta(days=wanted["days"]),
    )
    audit.record(
        AuditEntry.Action.DATA_LINK_MADE,
        desk.user,
        desk.study,
        link=link.key,
        name=link.name,
        files=", ".join(link.files),
        days=wanted["days"],
    )
    return link, token


def _refusal(link: DataLink, file: str) -> str:
    """Return why a link may not read a file now; empty when it may. Its owner's rights count as they are today."""
    state = link.state(timezone.now())
    if state == "revoked":
        return _("This link was revoked.")
    if state == "expired":
        return _("This link has expired.")
    at_desk = next((desk for desk in desks(link.user) if desk.study == link.study), None)
    if not link.user.is_active or at_desk is None or Right.DATA not in at_desk.rights:
        return _("The person who made this link may not read these data any more.")
    if is_blind(link.study):
        return _("The study is blind: its data can be read when it is closed or unblinded.")
    if file not in (CODEBOOK, *link.files):
        return _("This link reads %(files)s.") % {"files": ", ".join([CODEBOOK, *link.files])}
    return ""


def _refuse(why: str, status: int = 403) -> HttpResponse:
    return HttpResponse(f"{why}\n", status=status, content_type="text/plain; charset=utf-8")
