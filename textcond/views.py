from django.shortcuts import render

from survey.participation import participant_required


@participant_required
def learn(request, study, learning):
    return render(request, "textcond/learn.html", {"learning": learning})
