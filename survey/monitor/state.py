"""The study's state: what it is, how it came to it, and bringing it into another one."""

from typing import cast

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from survey import lifecycle
from survey.models import State
from survey.monitor.access import Right, may

MEANINGS = {
    State.DRAFT: gettext_lazy("Nobody can begin but test participants."),
    State.PILOTING: gettext_lazy("Whoever comes is a pilot participant and never counts."),
    State.OPEN: gettext_lazy("Everybody who has the link can take part, and counts."),
    State.PAUSED: gettext_lazy("Nobody new can begin; those who have begun can go on."),
    State.CLOSED: gettext_lazy("Nobody can begin or go on; outcomes by arm may be seen."),
    State.ARCHIVED: gettext_lazy(
        "The data are made anonymous: links and identifiers are erased. This cannot be undone."
    ),
}


class StateForm(forms.Form):
    to = forms.ChoiceField(
        label=gettext_lazy("New state"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose the new state.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Please give the reason: it is part of what a study reports.")},
    )
    sure = forms.BooleanField(
        label=gettext_lazy("Yes, change the state of the study now"),
        error_messages={"required": gettext_lazy("Please confirm the change.")},
    )

    def __init__(self, state: str, *args, **kwargs):
        super().__init__(*args, **kwargs)
        to = cast(forms.ChoiceField, self.fields["to"])
        to.choices = [(each.value, f"{each.label}: {MEANINGS[each]}") for each in lifecycle.NEXT[state]]


@require_http_methods(["GET", "HEAD", "POST"])
@may(Right.STATE)
def state(request, desk):
    """Say what the state means and how the study came to it; the form changes it, with a reason."""
    form = StateForm(desk.study.state, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lifecycle.change(
                desk.study, form.cleaned_data["to"], form.cleaned_data["reason"], timezone.now(), request.user
            )
        except lifecycle.LifecycleError:
            messages.error(request, _("Somebody else has changed the state meanwhile: please look again."))
        else:
            messages.info(request, _("The study is %(state)s now.") % {"state": desk.study.get_state_display()})
        return redirect("survey:state", study=desk.study.name)
    found = State(desk.study.state)
    changes = [
        (entry, State(entry.details["before"]).label, State(entry.details["after"]).label)
        for entry in lifecycle.changes(desk.study).reverse()
    ]
    context = {"desk": desk, "form": form, "label": found.label, "meaning": MEANINGS[found], "changes": changes}
    return render(request, "survey/researcher/state.html", context)
