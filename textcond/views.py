"""The text condition: the whole curriculum as one page to read."""

from django.shortcuts import render

from survey import curriculum
from survey.participation import participant_required
from textcond import figures


@participant_required
def learn(request, study, learning):
    return render(
        request,
        "textcond/learn.html",
        {
            "learning": learning,
            "chapters": curriculum.chapters(learning.language),
            "prediction_figure": figures.prediction(),
            "loss_figure": figures.loss(),
        },
    )
