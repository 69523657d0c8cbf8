"""The participant's pages: parse, call flow, render."""

import math
import uuid
from functools import wraps

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from survey import (
    allocation,
    answering,
    entry,
    flow,
    follow_up,
    languages,
    leaving,
    lifecycle,
    markdown,
    platforms,
    rates,
    times,
)
from survey.models import Participant, StageVisit
from survey.participation import forget, place, remember, unless_left, who
from survey.protocol import protocol_of

# What is refused is shown again by a redirect: a page that answers to a POST would break the browser's back button.
REFUSED, EARLY = "?refused=1", "?early=1"


def taking_part(view):
    """Show a view `(request, participant, position, ...)` to who takes part in the study; lead others to the consent.

    `position` is the page on which the participant stands.
    """

    @wraps(view)
    @unless_left
    def wrapped(request, study, **kwargs):
        participant = who(request, study)
        if participant is None:
            return redirect("survey:join", study=study)
        position = flow.current(participant, timezone.now())
        if position.number < position.of and not lifecycle.goes_on(participant.study):
            return redirect("survey:closed", study=study)
        with translation.override(participant.language):
            return view(request, participant, position, **kwargs)

    return wrapped


class ConsentForm(forms.Form):
    join_key = forms.UUIDField(widget=forms.HiddenInput)
    # Which texts the form stood under: somebody may have had it open while the study got others.
    read = forms.CharField(widget=forms.HiddenInput)
    consent = forms.BooleanField(
        label=gettext_lazy("I have read the information and I agree."),
        error_messages={"required": gettext_lazy("Please tick the box if you agree and want to take part.")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request, study):
    """Information and consent. Opening the page creates nothing; sending the consent makes the participant.

    `?invitation=KEY` is a way in that was made beforehand, and a platform's parameters tell whom it brings. Whoever
    has come by the same way before is led to their place, whoever else uses this browser.
    """
    version = entry.latest.first(study)
    if version is None:
        raise Http404
    found, protocol = version.study, protocol_of(version)
    try:
        arrived = entry.arrival(found, protocol, request.GET)
    except entry.UnknownLinkError:
        return leaving.door(request, found, "unknown", status=404)
    except platforms.LinkError:
        return leaving.door(request, found, "incomplete", status=400)
    participant = entry.participant_of(found, arrived) if arrived.query else who(request, study)
    if participant and (arrived.query or not participant.finished_at):
        return remember(redirect(place(participant, timezone.now())), participant)
    kind = lifecycle.kind_of_newcomer(found, arrived.kind)
    if kind is None:
        return leaving.door(request, found, found.state)
    language = languages.chosen(request, protocol.study.languages)
    if request.method == "POST":
        try:
            rates.spend("RATE_JOIN", rates.address(request))
        except rates.SpentError as spent:
            with translation.override(language):
                return _once_more(request, protocol.editions[language].titles.study, spent)
        return _answer_to_consent(request, version, language, kind, arrived)
    with translation.override(language):
        return _consent_page(request, found, protocol, language, kind, arrived, participant)


def _consent_page(request, study, protocol, language, kind, arrived, finished_here):
    edition = protocol.editions[language]
    if not allocation.has_place(study, kind, protocol, timezone.now()):
        return render(request, "survey/full.html", {"title": edition.titles.study, "progress": 0})
    fields = {
        "join_key": arrived.invitation.key if arrived.invitation else uuid.uuid4(),
        "read": entry.consent_sha256(protocol, language),
    }
    stage = protocol.consent
    return render(
        request,
        "survey/join.html",
        {
            "title": edition.titles.study,
            "stage_title": edition.titles.stages[stage.id],
            "information": markdown.render(edition.texts[stage.information]),
            "consent": markdown.render(edition.texts[stage.consent]),
            "form": ConsentForm(fields) if "refused" in request.GET else ConsentForm(initial=fields),
            "changed": "changed" in request.GET,
            "finished_here": finished_here,
            "language": language,
            "languages": languages.choices(protocol.study.languages, arrived.query),
            "progress": _progress(flow.way(protocol)[0]),
        },
    )


def _once_more(request, title, spent):
    """Say that too many come at once, with a button that sends the same again in a moment.

    No redirect, which could not say when; going back to it sends the same form, which makes nobody twice.
    """
    names = [*ConsentForm.base_fields, "language", "decline"]
    sent = {name: request.POST[name] for name in names if name in request.POST}
    context = {"title": title, "progress": 0, "sent": sent, "wait": spent.retry_after}
    return rates.refused(render(request, "survey/once_more.html", context), spent)


def _answer_to_consent(request, version, language, kind, arrived):
    """Make the participant; or count who declines; or show again what was refused, or has changed meanwhile."""
    study = version.study

    asked = {"language": language} if len(protocol_of(version).study.languages) > 1 else {}

    def again(why):
        return redirect(f"{request.path}?{urlencode({why: 1, **asked, **arrived.query})}")

    if "decline" in request.POST:
        entry.decline(study, kind)
        return redirect(
            reverse("survey:declined", args=[study.name]) + f"?{urlencode(asked | arrived.query)}".rstrip("?")
        )
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return again("refused")
    key = form.cleaned_data["join_key"]
    read = form.cleaned_data["read"]
    if read != entry.consent_sha256(protocol_of(version), language) and not entry.participant_of(study, arrived, key):
        return again("changed")
    try:
        participant = entry.begin(version, language, kind, key, arrived, timezone.now())
    except entry.UnknownLinkError:
        return leaving.door(request, study, "unknown", status=404)
    return remember(redirect(place(participant, timezone.now())), participant)


@never_cache
@require_safe
def resume(request, token):
    """The personal link: go on from where one stood, on any device; or, having withdrawn, see what became of it."""
    participant = get_object_or_404(Participant.objects.with_study(), token=token)
    return remember(redirect(place(participant, timezone.now())), participant)


@never_cache
@require_safe
@taking_part
def here(request, participant, position):
    """Lead to the page on which the participant stands."""
    return redirect(flow.address(participant, position))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@taking_part
def stage(request, participant, position, stage, page):
    """One page of a stage. Whoever stands elsewhere is led to where they stand."""
    now = timezone.now()
    attempt = answering.attempt_in(request.POST) if request.method == "POST" else position.attempt
    if position.key != (stage, attempt, page):
        if request.method == "POST":
            _say_what_became_of(request, participant, position, (stage, page, attempt))
        return redirect(flow.address(participant, position))
    if position.stage.kind == "learning" and request.method != "POST":
        return redirect(flow.address(participant, position))
    visit = flow.enter(participant, position, now)
    wait = flow.seconds_to_wait(participant, position, now)
    if request.method == "POST":
        form = answering.form_of(participant, position, visit, request.POST)
        if form and (wait or not form.is_valid()):
            answering.keep_draft(participant, position, form.typed())
        if wait:
            return redirect(flow.address(participant, position) + EARLY)
        if form and not form.is_valid():
            return redirect(request.path + REFUSED)
        answers = form.answers() if form else None
        following = flow.complete(participant, position, StageVisit.EndedBy.SUBMITTED, now, answers)
        return redirect(flow.address(participant, following or flow.current(participant, timezone.now())))
    form = answering.form_of(participant, position, visit, None, refused="refused" in request.GET)
    limits = {
        "wait": math.ceil(wait),
        "early": wait and "early" in request.GET,
        "minutes": getattr(position.stage, "maximum_minutes", None),
        "seconds_left": math.ceil(times.seconds_left(position.stage, visit.due_at, now)) if visit.due_at else None,
    }
    return render(request, "survey/stage.html", _context(participant, position, form) | limits)


def _say_what_became_of(request, participant, position, sent) -> None:
    """Tell whoever sends a page again, or too late, what counts."""
    stage_id, page, attempt = sent
    visit = participant.visits.filter(stage=stage_id, page=page, attempt=attempt).first()
    late = flow.add_late(participant, stage_id, page, attempt, request.POST, timezone.now())
    if position.stage.kind == "learning" or not (visit and visit.completed_at):
        return  # a condition's page has no place for it, and the next one would say it too late
    if late:
        messages.info(request, _("The time for that page was over. What you had typed is kept. Please go on here."))
    elif visit.ended_by == StageVisit.EndedBy.TIME_OUT:
        messages.info(request, _("The time for that page was over. Please go on here."))
    else:
        messages.info(request, _("That page had been sent before, and those answers count. Please go on here."))


def _frame(participant, position) -> dict:
    """Return what the frame of every page shows."""
    titles = protocol_of(participant.version).editions[participant.language].titles
    return {"participant": participant, "title": titles.study, "progress": _progress(position)}


def _context(participant, position, form) -> dict:
    edition = protocol_of(participant.version).editions[participant.language]
    stage = position.stage
    context = _frame(participant, position) | {
        "stage_title": edition.titles.stages[stage.id],
        "position": position,
        "form": form,
    }
    if stage.kind == "instrument":
        context["instruction"] = edition.instruments[stage.instrument].instruction
        context["tries"] = stage.comprehension and stage.comprehension.tries
    else:
        context["text"] = markdown.render(edition.texts[stage.text])
    return context


def _progress(position: flow.Position) -> int:
    """Return how much of the way lies behind, in per cent."""
    return round(100 * (position.number - 1) / (position.of - 1))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@taking_part
def complete(request, participant, position):
    """Debriefing and completion code: the last page of the main part, with what comes after it.

    Sending it begins the next follow-up, for those who need not wait.
    """
    if position.stage.kind != "debriefing":
        return redirect(flow.address(participant, position))
    now = timezone.now()
    after = follow_up.next_or_last(participant, now)
    if request.method == "POST":
        if after and after.state(now) == "waiting" and follow_up.may_begin_early(participant):
            flow.begin_follow_up(participant, after.stage.id, now)
        return redirect(flow.address(participant, flow.current(participant, now)))
    context = _context(participant, position, None) | {"way_back": entry.way_back(participant)}
    if after:
        titles = protocol_of(participant.version).editions[participant.language].titles.stages
        context["follow_up"] = {
            "title": titles[after.stage.id],
            "state": after.state(now),
            "opens_at": after.opens_at,
            "closes_at": after.closes_at,
            "link": request.build_absolute_uri(reverse("survey:resume", args=[participant.token])),
            "may_begin": follow_up.may_begin_early(participant),
        }
    return render(request, "survey/complete.html", context)


@never_cache
@require_safe
@taking_part
def full(request, participant, position):
    """For whom no place was left: thanks, and that nothing more is to be done."""
    if position.stage.kind != "full":
        return redirect(flow.address(participant, position))
    back = entry.way_back(participant)
    return render(request, "survey/full.html", _frame(participant, position) | {"way_back": back})


@never_cache
@require_safe
@taking_part
def ended(request, participant, position):
    """An end before the end: the study's words on it, and that nothing more is to be done."""
    if position.stage.kind != "screen_out":
        return redirect(flow.address(participant, position))
    back = entry.way_back(participant)
    return render(request, "survey/ended.html", _context(participant, position, None) | {"way_back": back})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@taking_part
def pause(request, participant, position):
    """The personal link, to go on later; and the way to leave the study on a computer that others use."""
    if request.method == "POST":
        messages.info(request, _("This browser no longer takes part. Your personal link brings you back."))
        study = participant.study.name
        return forget(redirect("survey:join", study=study), study)
    link = request.build_absolute_uri(reverse("survey:resume", args=[participant.token]))
    context = _frame(participant, position) | {"back": flow.address(participant, position), "link": link}
    return render(request, "survey/pause.html", context)
