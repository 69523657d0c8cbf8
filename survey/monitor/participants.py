"""The participants of a study, and one of them: their way, notes, whether they are analysed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Max
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from survey import audit
from survey.exclusion import excluded
from survey.models import AuditEntry, Exclusion, Kind, Note, Participant
from survey.monitor.access import Desk, Right, may
from survey.monitor.blinding import is_blind
from survey.monitor.timeline import timeline
from survey.protocol import protocol_of

PER_PAGE = 50


@require_safe
@may(Right.PROGRESS)
def participants(request, desk):
    """Everybody, the newest first; `?kind=` shows test or simulated participants, `?code=` looks for one."""
    kind = request.GET.get("kind", Kind.REAL)
    code = request.GET.get("code", "").strip().upper()
    found = (
        desk.study.participants.filter(kind=kind, code__startswith=code)
        .select_related("allocation")
        .annotate(last_entered=Max("visits__entered_at"))
        .order_by("-consented_at", "-pk")
    )
    context = {
        "desk": desk,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "kind": kind,
        "kinds": Kind.choices,
        "code": code,
        "excluded": excluded(desk.study),
    }
    return render(request, "survey/researcher/participants.html", context)


def _participant(desk: Desk, code: str) -> Participant:
    everybody = desk.study.participants.with_study()
    return get_object_or_404(everybody, code=code)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "id": "note-text"})
    )


class ExclusionForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason, as it is to stand in the CONSORT diagram"),
        max_length=200,
        widget=forms.TextInput(attrs={"id": "exclusion-reason"}),
    )


@require_safe
@may(Right.PROGRESS)
def participant(request, desk, code):
    """One participant's way through the study, without the content of answers."""
    return _page(request, desk, _participant(desk, code))


def _page(request, desk: Desk, found: Participant, **shown: Any):
    context = {
        "desk": desk,
        "participant_shown": found,
        "moments": timeline(found, Right.ARMS in desk.rights),
        "notes": Note.objects.filter(participant=found).select_related("written_by").order_by("-written_at", "-pk"),
        "exclusions": Exclusion.objects.filter(participant=found)
        .select_related("decided_by")
        .order_by("-decided_at", "-pk"),
        "exclusion": excluded(desk.study).get(found.pk),
        "is_blind": is_blind(desk.study),
        "note_form": NoteForm(),
        "exclusion_form": ExclusionForm(),
        **shown,
    }
    return render(request, "survey/researcher/participant.html", context)


@require_POST
@may(Right.PROGRESS, Right.IDENTIFIERS)
def show_link(request, desk, code):
    """The personal link, with which one goes on as this participant: shown once, and written down."""
    found = _participant(desk, code)
    audit.record(AuditEntry.Action.LINK_SHOWN, request.user, desk.study, found.code)
    link = request.build_absolute_uri(reverse("survey:resume", args=[found.token]))
    return _page(request, desk, found, personal_link=link)


@require_POST
@may(Right.PROGRESS, Right.ANSWERS)
def show_answers(request, desk, code):
    """The content of the answers, once the study is not blind any more; written down. Others than real ones always."""
    found = _participant(desk, code)
    if is_blind(desk.study) and found.kind == Kind.REAL:
        messages.error(request, _("The study is blind: answers are shown when it is unblinded."))
        return redirect("survey:participant", study=desk.study.name, code=code)
    audit.record(AuditEntry.Action.ANSWERS_SHOWN, request.user, desk.study, found.code)
    items = protocol_of(found.version).items()
    answers = [
        {"item": items[response.item], "value": _value(items[response.item], response.value)}
        for response in found.responses.order_by("pk")
    ]
    return _page(request, desk, found, answers=answers)


def _value(item: Any, value: Any) -> str:
    """Return an answer in words: the texts of the options that were chosen."""
    options = {option.value: option.text for option in getattr(item, "options", ())}
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(options.get(each, each)) for each in values if each is not None)


@require_POST
@may(Right.PROGRESS, Right.NOTES)
@transaction.atomic
def add_note(request, desk, code):
    """Keep a note; notes are never changed."""
    found, form = _participant(desk, code), NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, found, note_form=form)
    Note.objects.create(
        participant=found, text=form.cleaned_data["text"], written_by=request.user, written_at=timezone.now()
    )
    audit.record(AuditEntry.Action.NOTED, request.user, desk.study, found.code)
    return redirect("survey:participant", study=desk.study.name, code=code)


@require_POST
@may(Right.PROGRESS, Right.EXCLUDE)
@transaction.atomic
def exclude(request, desk, code):
    """Exclude a participant from the analysis, or take that back: each with its reason, and never forgotten."""
    found, form = _participant(desk, code), ExclusionForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, found, exclusion_form=form)
    reason, out = form.cleaned_data["reason"], found.pk not in excluded(desk.study)
    Exclusion.objects.create(
        participant=found, is_excluded=out, reason=reason, decided_by=request.user, decided_at=timezone.now()
    )
    action = AuditEntry.Action.EXCLUDED if out else AuditEntry.Action.INCLUDED
    audit.record(action, request.user, desk.study, found.code, reason=reason)
    return redirect("survey:participant", study=desk.study.name, code=code)
