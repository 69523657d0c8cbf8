"""The researcher's pages."""
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.shortcuts import render

from survey.models import Study


class LoginView(auth.LoginView):
    template_name = "survey/researcher/login.html"
    redirect_authenticated_user = True


class LogoutView(auth.LogoutView):
    pass


@login_required
def researcher(request):
    return render(request, "survey/researcher/researcher.html", {"studies": Study.objects.all()})


@login_required
def export(request, study):
    raise NotImplementedError
