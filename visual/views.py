"""The pages: the same visualization, free or inside a study."""
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from survey.participation import Learning, participant_required
from visual import runspec
from visual.strings import strings


def explore(request: HttpRequest) -> HttpResponse:
    """The visualization for anyone, outside any study; nothing is recorded."""
    return render(request, "visual/explore.html", _context())


@participant_required
def learn(request: HttpRequest, study: str, learning: Learning) -> HttpResponse:
    """The visualization as a condition: the same page with the learning phase's frame and events."""
    return render(request, "visual/learn.html", _context() | {"learning": learning})


def _context() -> dict:
    return {
        "default_run": str(runspec.DEFAULT),
        "data_sets": runspec.CHOICES["data"],
        "strings": strings(),
        # Patterns: the browser puts in what stands in capitals.
        "chunk_url": reverse("visual:epochs", args=["SPEC", 0, 0]).replace("0-0", "FIRST-LAST"),
        "inspection_url": reverse("visual:inspection", args=["SPEC", 0, 0])
        .replace("0/layers/0", "EPOCH/layers/LAYER"),
    }
