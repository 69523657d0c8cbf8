"""What a study has found, for those who may have its data, and not before it is closed or unblinded."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from survey import audit
from survey.lifecycle import OVER
from survey.models import AuditEntry, Kind, Participant
from survey.monitor.access import Desk, Right, may
from survey.monitor.blinding import is_blind

REHEARSAL = "rehearsal"
REHEARSING = (Kind.SIMULATED, Kind.TEST)


@require_safe
@may(Right.DATA, Right.ARMS)
def results(request, desk):
    """Everything on one page; while the study is blind, only the rehearsal's."""
    report = _report(request, desk)
    context = {"desk": desk, "can_rehearse": _can_rehearse(desk)}
    if report is None:
        return render(request, "survey/researcher/results.html", context, status=403)
    _log(request, desk, "page")
    is_early = desk.study.state not in OVER and not report.rehearsal
    context |= report.context() | {"links": _links(request), "is_early": is_early}
    return render(request, "survey/researcher/results.html", context)


@require_safe
@may(Right.DATA, Right.ARMS)
def results_report(request, desk):
    """The report as one file."""
    report = _report(request, desk)
    if report is None:
        return _blind(request, desk)
    _log(request, desk, "report.html")
    return _file(report.html(), "text/html", f"{desk.study.name}-results.html")


@require_safe
@may(Right.DATA, Right.ARMS)
def results_table(request, desk, table):
    """One table as the scripts write it."""
    report = _report(request, desk)
    if report is None:
        return _blind(request, desk)
    from survey.report.report import csv_of

    if (found := report.table(table)) is None:
        raise Http404
    _log(request, desk, f"{table}.csv")
    return _file(csv_of(found), "text/csv", f"{desk.study.name}-{table}.csv")


@require_safe
@may(Right.DATA, Right.ARMS)
def results_figure(request, desk, outcome):
    """The picture of one score, for the paper."""
    report = _report(request, desk)
    if report is None:
        return _blind(request, desk)
    if (figure := report.figure(outcome)) is None:
        raise Http404
    _log(request, desk, f"{outcome}.svg")
    svg = render_to_string("survey/researcher/figure.svg", {"figure": figure})
    return _file(svg, "image/svg+xml", f"{desk.study.name}-{outcome}.svg")


def _report(request, desk: Desk):
    """Return what was found; None of the real data while the study is blind."""
    rehearsal = REHEARSAL in request.GET
    if is_blind(desk.study) and not rehearsal:
        return None
    from survey.report.report import Report  # SciPy and statsmodels: only a process that shows results loads them

    return Report(desk.study, rehearsal)


def _log(request, desk: Desk, file: str) -> None:
    """Write down that results are seen, before they are; of a file that does not exist nobody has seen any."""
    whose = REHEARSAL if REHEARSAL in request.GET else "real"
    audit.record(AuditEntry.Action.RESULTS_SEEN, request.user, desk.study, file=file, whose=whose)


def _can_rehearse(desk: Desk) -> bool:
    return Participant.objects.filter(study=desk.study, kind__in=REHEARSING).exists()


def _links(request) -> str:
    """Return what the page's links have to say: that they are the rehearsal's."""
    return f"?{REHEARSAL}=1" if REHEARSAL in request.GET else "?"


def _blind(request, desk: Desk) -> HttpResponse:
    return render(request, "survey/researcher/blind.html", {"desk": desk}, status=403)


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{content_type}; charset=utf-8", headers=disposition)
