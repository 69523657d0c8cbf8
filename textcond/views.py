"""The text condition: the whole curriculum as one page to read."""

from django.shortcuts import render

from survey import curriculum
from survey.participation import participant_required
from textcond import figures


@participant_required
def learn(request, study, learning):
    chapters = [
        {"chapter": chapter, "parts": [(concept, figures.after(concept.id)) for concept in chapter.concepts]}
        for chapter in curriculum.chapters(learning.language)
    ]
    return render(request, "textcond/learn.html", {"learning": learning, "chapters": chapters})
