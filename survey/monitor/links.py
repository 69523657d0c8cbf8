"""Where people are sent to: the study's addresses, single-use and test links, and lists of whom they lead to.

Whatever leads to a participant's place leads to their arm: who may not see that makes test links and sees counts.
"""

import io

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from survey import audit, lifecycle
from survey import links as handed_out
from survey.models import AuditEntry, Identifier, Invitation, Kind, State
from survey.monitor.access import Right, may
from survey.monitor.state import MEANINGS

PER_PAGE, TEST_LINKS_SHOWN = 20, 3


class LinksForm(forms.Form):
    count = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=handed_out.MOST, initial=20)


@require_safe
@may(Right.RECRUIT)
def links(request, desk):
    """The addresses, what has become of the links that were made, and the forms that make them."""
    return _page(request, desk, LinksForm())


def _page(request, desk, form):
    study, site = desk.study, _site(request)
    batches = handed_out.batches(study)
    context = {
        "desk": desk,
        "form": form,
        "entrance": handed_out.entrance(study, site),
        "platforms": handed_out.of_platforms(study, desk.protocol, site),
        "codes": _codes(desk.protocol),
        "batches": batches,
        "page": Paginator(batches, PER_PAGE).get_page(request.GET.get("page")),
        "test_links": [handed_out.address(link, site) for link in handed_out.unused_tests(study, TEST_LINKS_SHOWN)],
        "is_over": study.state in lifecycle.OVER,
        "is_open": study.state == State.OPEN,
        "label": study.get_state_display(),
        "meaning": MEANINGS[State(study.state)],
        "has_follow_ups": any(desk.protocol.parts.values()),
        "identifiers": Identifier.objects.filter(study=study).count(),
    }
    return render(request, "survey/researcher/links.html", context)


@require_POST
@may(Right.RECRUIT, Right.IDENTIFIERS)
def make_links(request, desk):
    """Make single-use links; the page they are listed on hands them out."""
    form = LinksForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, form)
    return _make(request, desk, form.cleaned_data["count"], Kind.REAL)


@require_POST
@may(Right.RECRUIT)
def make_test_link(request, desk):
    """Make one link by which the researcher tries the study; who comes by it never counts."""
    return _make(request, desk, 1, Kind.TEST)


def _make(request, desk, count, kind):
    if desk.study.state in lifecycle.OVER:
        messages.error(request, _("Nobody can begin any more: no links are made."))
    else:
        handed_out.make(desk.study, count, kind, timezone.now(), request.user)
        said = ngettext("%(count)s link is made.", "%(count)s links are made.", count)
        messages.info(request, said % {"count": count})
    return _back(desk)


@require_POST
@may(Right.RECRUIT, Right.IDENTIFIERS)
def link_file(request, desk, batch):
    """The links that were made together, each with whether somebody has come by it; written down."""
    first = get_object_or_404(Invitation, study=desk.study, pk=batch)
    rows = handed_out.link_rows(handed_out.in_batch(first), _site(request))
    shown = AuditEntry.Action.LINKS_SHOWN
    return _file(request, desk, f"links-{batch}", handed_out.LINK_COLUMNS, rows, shown, kind=first.kind)


@require_POST
@may(Right.RECRUIT, Right.IDENTIFIERS)
def revoke_links(request, desk, batch):
    """End the links of a batch by which nobody has come; the others go on leading to their participants."""
    first = get_object_or_404(Invitation, study=desk.study, pk=batch)
    count = handed_out.revoke_unused(first, request.user)
    said = ngettext("%(count)s link is revoked: it leads nowhere now.", "%(count)s links are revoked.", count)
    messages.info(request, said % {"count": count})
    return _back(desk)


@require_POST
@may(Right.RECRUIT, Right.IDENTIFIERS)
def follow_up_file(request, desk):
    """The personal links of all who have a follow-up before them or behind them, with its state; written down."""
    rows = handed_out.follow_up_rows(desk.study, _site(request), timezone.now())
    shown = AuditEntry.Action.FOLLOW_UPS_SHOWN
    return _file(request, desk, "follow-ups", handed_out.FOLLOW_UP_COLUMNS, rows, shown)


@require_POST
@may(Right.RECRUIT, Right.IDENTIFIERS)
def identifier_file(request, desk):
    """As whom platforms know the participants; written down."""
    rows = handed_out.identifier_rows(desk.study)
    shown = AuditEntry.Action.IDENTIFIERS_SHOWN
    return _file(request, desk, "identifiers", handed_out.IDENTIFIER_COLUMNS, rows, shown)


@transaction.atomic
def _file(request, desk, name, columns, rows, shown, **particulars):
    """Return a CSV file to download, once the audit log has that it was `shown`, and how many rows it has."""
    text = io.StringIO(newline="")
    count = handed_out.write(text, columns, rows)
    audit.record(shown, request.user, desk.study, count=count, **particulars)
    file = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    file["Content-Disposition"] = f'attachment; filename="{desk.study.name}-{name}.csv"'
    return file


def _back(desk):
    return redirect("survey:links", study=desk.study.name)


def _site(request):
    return request.build_absolute_uri("/")


def _codes(protocol):
    """Return (outcome, code) of Prolific, for the outcomes that the study file names."""
    named = protocol.study.prolific
    return [(outcome, code) for outcome, code in named.model_dump().items() if code] if named else []
