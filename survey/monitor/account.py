"""Making an account, logging in and out and changing one's password: the audit log remembers all of it."""

import math
import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth import views as auth
from django.db import transaction
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from survey import audit, rates
from survey.models import AuditEntry, Study


@transaction.atomic
def make(name: str, by: Any, study: Study | None) -> tuple[Any, str]:
    """Return a new account and its password, which nobody can read again; raises ValidationError for the name."""
    user, password = get_user_model()(username=name), secrets.token_urlsafe(12)
    user.full_clean(exclude=["password"])
    user.set_password(password)
    user.save()
    audit.record(AuditEntry.Action.USER_MADE, by, study, account=name)
    return user, password


class LoginView(auth.LoginView):
    template_name = "survey/researcher/login.html"
    redirect_authenticated_user = True

    def post(self, request, *args, **kwargs):
        """Log somebody in; each attempt counts before the password is looked at, so that many at once count too."""
        try:
            rates.spend("RATE_LOGIN", *self._who(request))
            rates.spend("RATE_LOGINS", rates.address(request))
        except rates.SpentError as spent:
            # A form without data: one with them would look at the password to say what is wrong.
            form = self.form_class(initial={"username": request.POST.get("username", "")})
            context = self.get_context_data(form=form, minutes=math.ceil(spent.retry_after / 60))
            return rates.refused(self.render_to_response(context), spent)
        return super().post(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form):
        audit.record(AuditEntry.Action.LOGIN, form.get_user())
        rates.forgive("RATE_LOGIN", *self._who(self.request))
        return super().form_valid(form)

    def _who(self, request):
        return rates.address(request), request.POST.get("username", "")


class LogoutView(auth.LogoutView):
    @transaction.atomic
    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            audit.record(AuditEntry.Action.LOGOUT, request.user)
        return super().post(request, *args, **kwargs)


@method_decorator(never_cache, name="dispatch")
class PasswordView(auth.PasswordChangeView):
    http_method_names = ["get", "head", "post"]
    template_name = "survey/researcher/password.html"
    success_url = reverse_lazy("survey:researcher")

    @transaction.atomic
    def form_valid(self, form):
        audit.record(AuditEntry.Action.PASSWORD_CHANGED, self.request.user)
        messages.info(self.request, _("Your password is changed."))
        return super().form_valid(form)
