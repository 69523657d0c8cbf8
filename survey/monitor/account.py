"""Logging in and out, both of which the audit log remembers."""

from django.contrib.auth import views as auth
from django.db import transaction

from survey import audit
from survey.models import AuditEntry


class LoginView(auth.LoginView):
    template_name = "survey/researcher/login.html"
    redirect_authenticated_user = True

    @transaction.atomic
    def form_valid(self, form):
        audit.record(AuditEntry.Action.LOGIN, form.get_user())
        return super().form_valid(form)


class LogoutView(auth.LogoutView):
    @transaction.atomic
    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            audit.record(AuditEntry.Action.LOGOUT, request.user)
        return super().post(request, *args, **kwargs)
