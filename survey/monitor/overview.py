"""A study's first page: recruitment, where people stand, the CONSORT flow; kept up to date while it is looked at."""

import hashlib

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from survey.monitor import chart, diagram, plots
from survey.monitor.access import Desk, Right, may
from survey.monitor.blinding import is_blind
from survey.monitor.consort import consort
from survey.monitor.progress import recruited, stages
from survey.monitor.recruitment import recruitment


@require_safe
@may(Right.PROGRESS)
def overview(request, desk):
    """The page; what changes while one looks at it is the same fragment that `live` sends."""
    link = request.build_absolute_uri(reverse("survey:join", kwargs={"study": desk.study.name}))
    context = {"desk": desk, "link": link, "is_blind": is_blind(desk.study), "live": _live(desk)}
    context["version"] = desk.study.current_version
    return render(request, "survey/researcher/overview.html", context)


@require_safe
@may(Right.PROGRESS)
def live(request, desk):
    """The part of the page that changes; 304 when it has not. No cache keeps it, only the page that asks."""
    html = _live(desk)
    etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
    response = HttpResponse(html, headers={"ETag": etag})
    return get_conditional_response(request, etag, response=response)


def _live(desk: Desk) -> str:
    now = timezone.now()
    days, by_stage = recruited(desk.study, now), stages(desk.study, now)
    context = {
        "desk": desk,
        "found": recruitment(desk.study),
        "days": days,
        "chart": chart.draw(days),
        "stages": by_stage,
        "plot": plots.recruitment(days),
    }
    if any(stage.times for stage in by_stage):
        context["plot_times"] = plots.times(by_stage)
    if any(stage.all_left for stage in by_stage):
        context["plot_drop_out"] = plots.drop_out(by_stage, by_arm=Right.ARMS in desk.rights)
    if Right.ARMS in desk.rights:
        flow = consort(desk.study)
        context |= {"flow": flow, "diagram": diagram.draw(flow)}
    return render_to_string("survey/researcher/live.html", context)


@require_safe
@may(Right.PROGRESS, Right.ARMS)
def consort_svg(request, desk):
    """The CONSORT flow diagram as a file, for the paper."""
    svg = render_to_string(
        "survey/researcher/consort.svg", {"desk": desk, "diagram": diagram.draw(consort(desk.study))}
    )
    name = f"{desk.study.name}-consort.svg"
    return HttpResponse(
        svg, content_type="image/svg+xml", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
