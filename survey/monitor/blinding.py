"""Blind until closed: outcomes by arm stay unseen while the study runs, unless somebody decides otherwise."""

from django import forms
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from survey import audit
from survey.lifecycle import OVER
from survey.models import AuditEntry, Study, Unblinding
from survey.monitor.access import Right, may


def is_blind(study: Study) -> bool:
    """Tell whether outcomes by arm are to stay unseen: until the study is closed or somebody unblinds it."""
    return study.state not in OVER and not Unblinding.objects.filter(study=study).exists()


class UnblindForm(forms.Form):
    reason = forms.CharField(
        label=_("Why outcomes are to be seen now"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Please give the reason: it stands in the audit log.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@may(Right.UNBLIND)
def unblind(request, desk):
    """Say what unblinding means, and do it with a reason; once it is done, the page tells who did it."""
    form = UnblindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _unblind(desk.study, request.user, form.cleaned_data["reason"])
        return redirect("survey:unblind", study=desk.study.name)
    blind = is_blind(desk.study)
    done = Unblinding.objects.filter(study=desk.study).select_related("unblinded_by").first()
    return render(
        request, "survey/researcher/unblind.html", {"desk": desk, "form": form, "done": done, "is_blind": blind}
    )


@transaction.atomic
def _unblind(study: Study, by, reason: str) -> None:
    """Unblind the study and write it down; doing it twice is harmless, the first one counts."""
    _unblinding, is_new = Unblinding.objects.get_or_create(
        study=study, defaults={"reason": reason, "unblinded_by": by, "unblinded_at": timezone.now()}
    )
    if is_new:
        audit.record(AuditEntry.Action.UNBLINDED, by, study, reason=reason)
