"""Giving and taking roles, and making accounts for whoever is to have one."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from survey import audit
from survey.models import AuditEntry, Role, Study
from survey.monitor import account
from survey.monitor.access import Right, may

MEANINGS = {
    Role.Name.OWNER: gettext_lazy("decides, sees everything that may be seen, gives and takes roles"),
    Role.Name.ASSISTANT: gettext_lazy("recruits: sees how far people have come; no arms, no answers, no names"),
    Role.Name.RATER: gettext_lazy("gives points to open answers, and sees nothing else"),
    Role.Name.ANALYST: gettext_lazy("sees progress by arm, and the data; no names"),
}


@transaction.atomic
def give(user: Any, study: Study, name: str, by: Any, at: datetime) -> bool:
    """Give a role and write it down; return False, and change nothing, when the user has it already."""
    _role, given = Role.objects.get_or_create(
        user=user, study=study, name=name, taken_at=None, defaults={"given_at": at}
    )
    if given:
        audit.record(AuditEntry.Action.ROLE_GIVEN, by, study, account=user.get_username(), role=name)
    return given


@transaction.atomic
def take(role: Role, by: Any, at: datetime) -> None:
    """End a role and write it down; ending it twice is harmless."""
    if Role.objects.filter(pk=role.pk, taken_at=None).update(taken_at=at):
        audit.record(AuditEntry.Action.ROLE_TAKEN, by, role.study, account=role.user.get_username(), role=role.name)


class RoleForm(forms.Form):
    user = forms.ModelChoiceField(
        get_user_model().objects.filter(is_active=True).order_by("username"),
        label=gettext_lazy("Account"),
        empty_label=None,
    )
    name = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.Name.choices, initial=Role.Name.ASSISTANT)


class AccountForm(forms.Form):
    account = forms.CharField(label=gettext_lazy("User name"), max_length=150)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.Name.choices, initial=Role.Name.ASSISTANT)


@require_http_methods(["GET", "HEAD", "POST"])
@may(Right.ROLES)
def roles(request, desk):
    """Who works on the study; the form gives a role."""
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user, name = form.cleaned_data["user"], form.cleaned_data["name"]
        given = give(user, desk.study, name, request.user, timezone.now())
        said = _("%(user)s is now %(role)s.") if given else _("%(user)s is %(role)s already.")
        messages.info(request, said % {"user": user.get_username(), "role": Role.Name(name).label.lower()})
        return redirect("survey:roles", study=desk.study.name)
    return _page(request, desk, form, AccountForm())


@require_POST
@may(Right.ROLES)
def make_account(request, desk):
    """Make an account with a role in this study; the answer alone shows its password."""
    form, made = AccountForm(request.POST), None
    if form.is_valid():
        try:
            with transaction.atomic():
                made = account.make(form.cleaned_data["account"], request.user, desk.study)
                give(made[0], desk.study, form.cleaned_data["role"], request.user, timezone.now())
        except ValidationError as error:
            form.add_error("account", error.messages)
        else:
            form = AccountForm()
    return _page(request, desk, RoleForm(), form, made)


def _page(request, desk, form, account_form, made=None):
    held = desk.study.roles.filter(taken_at=None).select_related("user").order_by("user__username", "name")
    meanings = [(Role.Name(name).label, meaning) for name, meaning in MEANINGS.items()]
    context = {"desk": desk, "form": form, "account_form": account_form, "made": made}
    context |= {"held": held, "meanings": meanings}
    return render(request, "survey/researcher/roles.html", context)


@require_POST
@may(Right.ROLES)
def take_role(request, desk, role):
    """End a role; nobody takes their own ownership, so that a study is never left without an owner."""
    found = get_object_or_404(Role.objects.select_related("user", "study"), pk=role, study=desk.study)
    if found.user == request.user and found.name == Role.Name.OWNER:
        messages.error(request, _("Nobody takes their own ownership away: ask another owner."))
    else:
        take(found, request.user, timezone.now())
        said = _("%(user)s is no longer %(role)s.")
        messages.info(request, said % {"user": found.user.get_username(), "role": found.get_name_display().lower()})
    return redirect("survey:roles", study=desk.study.name)
