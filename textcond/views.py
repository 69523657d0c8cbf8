"""The text condition: the whole curriculum as one page to read."""

from functools import lru_cache

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from survey import curriculum
from survey.curriculum import prompts
from survey.participation import participant_required
from textcond import figures

# What a study file can take away from an arm (`[arms.features]`, each true unless it says false), and what it is.
FEATURES = {"predictions": "the prompts to predict before the page is turned"}


@participant_required
def learn(request, study, learning):
    latest = learning.latest_event("scrolled")
    return render(
        request,
        "textcond/learn.html",
        {
            "learning": learning,
            # For a device that does not know: where the reader was, and when (milliseconds).
            "place": latest and {"concept": latest[0].get("concept", ""), "at": round(latest[1].timestamp() * 1000)},
            "fading": prompts.fading(),
            "body": _body(learning.language, get_language(), learning.features.get("predictions", True)),
        },
    )


learn.features = FEATURES  # type: ignore[attr-defined]  # the study file is checked against it


@lru_cache
def _body(language: str, spoken: str, predictions: bool) -> SafeString:
    """Return contents and chapters; they are the same for every reader, and drawn once per process."""
    chapters = curriculum.chapters(language)
    asked = {}
    if predictions:
        order = [concept.id for chapter in chapters for concept in chapter.concepts]
        asked = figures.prompts.places(language, order)
    return render_to_string(
        "textcond/body.html",
        {
            "chapters": [
                {
                    "chapter": chapter,
                    "parts": [
                        {
                            "concept": concept,
                            "figures": figures.after(concept.id),
                            "prompts": [figures.prompt(each, spoken) for each in asked.get(concept.id, ())],
                        }
                        for concept in chapter.concepts
                    ],
                }
                for chapter in chapters
            ],
        },
    )
