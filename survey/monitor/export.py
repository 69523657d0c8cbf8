"""The page on which data are chosen and downloaded."""

import tempfile
from http import HTTPStatus
from typing import Any

from django.db.models import Count
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from survey import audit
from survey.exclusion import excluded
from survey.export import apart, package
from survey.export.bundle import alone
from survey.export.choice import ALL, GROUPS, Choice, ChoiceError, choose, told
from survey.export.codebook import participants_columns
from survey.export.fixed import CODEBOOK, PARTICIPANTS
from survey.models import AuditEntry, Kind, Study
from survey.monitor.access import Desk, Right, may
from survey.monitor.blinding import is_blind
from survey.protocol import protocol_of

GROUP_TITLES = {
    "basics": _("Status, consent, exclusion"),
    "times": _("Times of the stages"),
    "answers": _("Answers"),
    "correct": _("Whether answers are right"),
    "points": _("Points for open answers"),
    "ratings": _("Points of each rater"),
    "scores": _("Scores"),
}
TABLE_TITLES = {
    "responses": _("Answers, revision by revision"),
    "visits": _("Pages seen"),
    "allocations": _("Draws of the arms"),
    "events": _("Events of the learning phase"),
    "ratings": _("Ratings"),
    "agreement": _("Agreement of the raters"),
    "measures": _("Items that each score is made of"),
    "derived": _("Scores that each derived measure is made of"),
    "hypotheses": _("What was expected of the arms"),
}
KIND_TITLES = {Kind.PILOT: _("pilot"), Kind.TEST: _("test"), Kind.SIMULATED: _("simulated")}


@require_safe
@may(Right.DATA)
def export(request, desk):
    """What can be chosen, with what the address says already chosen."""
    return _blind(request, desk) if is_blind(desk.study) else _page(request, desk)


@require_safe
@may(Right.DATA)
def export_file(request, desk, file):
    """The chosen data as one ZIP, or one file of them.

    They tell outcomes by arm: of a study that is blind, nobody has them from here.
    """
    if file not in (f"{desk.study.name}.zip", *alone(ALL)):
        raise Http404
    if is_blind(desk.study):
        return _blind(request, desk)
    try:
        choice = chosen(desk.study, request.GET)
    except ChoiceError as error:
        return _page(request, desk, error.problems, HTTPStatus.BAD_REQUEST)
    if request.method == "HEAD":
        return HttpResponse()
    response = answer(desk.study, file, choice)
    audit.record(AuditEntry.Action.EXPORTED, request.user, desk.study, file=file, **told(choice))
    return response


def chosen(study: Study, parameters: Any) -> Choice:
    """Return what the parameters of an address choose; raises ChoiceError."""
    asked = {name: parameters.getlist(name) for name in parameters}
    return choose(study, asked, lambda choice: participants_columns(study, choice))


def answer(study: Study, file: str, choice: Choice) -> FileResponse:
    """Return a file of the export, complete before its first byte is sent, of which nothing is left behind."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it, once all is sent
    try:
        apart.make(study, apart.BUNDLE if file.endswith(".zip") else file, choice, made)
        made.seek(0)
    except BaseException:
        made.close()
        raise
    name = file if file.endswith(".zip") else f"{study.name}-{file}"
    response = FileResponse(made, as_attachment=True, filename=name)
    # Compressed, it would have no length, and a download that breaks off would look complete.
    response["Content-Encoding"] = "identity"
    return response


def _blind(request, desk: Desk) -> HttpResponse:
    return render(request, "survey/researcher/blind.html", {"desk": desk}, status=HTTPStatus.FORBIDDEN)


def _page(request, desk: Desk, problems: Any = (), status: int = HTTPStatus.OK) -> HttpResponse:
    asked = {name: [part for value in request.GET.getlist(name) for part in value.split(",")] for name in request.GET}
    study, fresh = desk.study, not request.GET
    columns, tables = asked.get("columns", []), asked.get("tables", [])
    languages = dict.fromkeys(
        language for version in study.versions.order_by("number") for language in protocol_of(version).study.languages
    )
    by_kind = dict(study.participants.values_list("kind").annotate(Count("pk")).order_by())
    real = Choice().whose(study)
    context = {
        "desk": desk,
        "problems": problems,
        "zip": f"{study.name}.zip",
        "sav": package.SAV,
        "wide": PARTICIPANTS,
        "codebook": CODEBOOK,
        "count": study.participants.filter(real).count(),
        "finished": study.participants.filter(Choice(finished=True).whose(study)).count(),
        "excluded": study.participants.filter(real, pk__in=list(excluded(study))).count(),
        "only_finished": "finished" in asked.get("participants", []),
        "without_excluded": "without" in asked.get("excluded", []),
        "arms": [
            (arm.id, arm.id in asked.get("arm", []), study.participants.filter(real, allocation__arm=arm.id).count())
            for arm in desk.protocol.study.arms
        ],
        "kinds": [
            (kind, title, kind in asked.get("include", []), by_kind[kind])
            for kind, title in KIND_TITLES.items()
            if kind in by_kind
        ],
        "groups": [(name, title, fresh or name in columns) for name, title in GROUP_TITLES.items()],
        "single": ", ".join(name for name in columns if name not in (*GROUPS, "participant")),
        "tables": [(name, title, fresh or name in tables) for name, title in TABLE_TITLES.items()],
        "languages": languages if len(languages) > 1 else (),
        "language": next(iter(asked.get("language", [])), ""),
        "psych_ds": "psych-ds" in asked.get("layout", []),
    }
    return render(request, "survey/researcher/export.html", context, status=status)
