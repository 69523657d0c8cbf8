"""The audit log's page."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from survey.models import AuditEntry, Role
from survey.monitor.access import Desk, Right, may

PER_PAGE = 100


@require_safe
@may(Right.AUDIT)
def audit(request, desk):
    """Who did what, the newest first."""
    page = Paginator(entries(desk), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "survey/researcher/audit.html", {"desk": desk, "page": page})


def entries(desk: Desk):
    """Return what was done in the study, and the logins of everybody who has or had a role in it."""
    people = Role.objects.filter(study=desk.study).values("user")
    of_people = Q(study=None) & (Q(user__in=people) | Q(user=desk.user))
    return AuditEntry.objects.filter(Q(study=desk.study) | of_people).order_by("-at", "-pk")
