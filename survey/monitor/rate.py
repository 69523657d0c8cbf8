"""A rater's pages: one open answer at a time, without arm, participant or anybody else's points."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from survey.models import ItemResponse, Rating, Role, Settlement
from survey.monitor.access import Desk, Right, may
from survey.protocol import protocol_of
from survey.rating.answers import REAL, REHEARSAL, all_open_items, answers, in_order_of, open_items

PER_PAGE = 50
UNRATABLE = "unratable"


class RatingForm(forms.Form):
    """Points of the item's rubric, or that the answer cannot be rated, and why."""

    points = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose points, or say that the answer cannot be rated.")},
    )
    reason = forms.CharField(required=False, max_length=500)

    def __init__(self, item: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.lines = item.rubric_points
        choices = [(str(points), line) for points, line in self.lines.items()]
        self.fields["points"].choices = [*choices, (UNRATABLE, _("Cannot be rated"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("points") == UNRATABLE and not cleaned.get("reason"):
            self.add_error("reason", _("Please say why the answer cannot be rated."))
        return cleaned

    def given(self) -> tuple[int | None, str]:
        """Return points and reason of a valid form; a reason belongs to what cannot be rated."""
        if self.cleaned_data["points"] == UNRATABLE:
            return None, self.cleaned_data["reason"]
        return int(self.cleaned_data["points"]), ""


class Queue:
    """The answers of a study in one rater's own order, and which of them are rated."""

    def __init__(self, desk: Desk, rehearsal: bool):
        self.rehearsal = rehearsal
        role = Role.objects.get(user=desk.user, study=desk.study, name=Role.Name.RATER, taken_at=None)
        self.items = all_open_items(desk.study)
        self.rows = in_order_of(role.order_seed, answers(desk.study, REHEARSAL if rehearsal else REAL), self.items)
        own = Rating.objects.filter(rater=desk.user, response__participant__study=desk.study).order_by("revision")
        self.own = {rating.response_id: rating for rating in own}

    @property
    def rated(self) -> int:
        return sum(response in self.own for _key, response, _where in self.rows)

    def position(self, key: str) -> int:
        """Return where the answer of this name stands; it does not exist for anybody else."""
        for position, row in enumerate(self.rows):
            if row[0] == key:
                return position
        raise Http404

    def following(self, position: int = -1) -> str | None:
        """Return the name of the next answer after this position that is not rated; from the start, if need be."""
        waiting = [row[0] for row in self.rows[position + 1 :] + self.rows[: position + 1] if row[1] not in self.own]
        return waiting[0] if waiting else None


@require_safe
@may(Right.RATE)
def rate(request, desk):
    """How far one has come, and what one has rated."""
    queue = Queue(desk, "rehearsal" in request.GET)
    done = [
        {"key": key, "number": number, "item": where[1], "rating": queue.own[response]}
        for number, (key, response, where) in enumerate(queue.rows, start=1)
        if response in queue.own
    ]
    per_item = [
        {
            "item": item,
            "answers": sum(where == row[2] for row in queue.rows),
            "rated": sum(where == row[2] and row[1] in queue.own for row in queue.rows),
        }
        for where, item in queue.items.items()
    ]
    context = {"desk": desk, "queue": queue, "per_item": per_item, "next": queue.following()}
    context["page"] = Paginator(done, PER_PAGE).get_page(request.GET.get("page"))
    context["can_rehearse"] = not queue.rehearsal and answers(desk.study, REHEARSAL).exists()
    return render(request, "survey/researcher/rate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may(Right.RATE)
def answer(request, desk, key):
    """One answer with its question and rubric; what is sent counts until it is changed or the answer is settled."""
    queue = next(
        (queue for queue in (Queue(desk, False), Queue(desk, True)) if any(row[0] == key for row in queue.rows)), None
    )
    if queue is None:
        raise Http404
    position = queue.position(key)
    response = get_object_or_404(
        ItemResponse.objects.select_related("participant__version"), pk=queue.rows[position][1]
    )
    participant = response.participant
    item = open_items(protocol_of(participant.version), participant.language)[response.stage, response.item]
    own, settled = queue.own.get(response.pk), Settlement.objects.filter(response=response).exists()
    if request.method == "POST":
        form = RatingForm(item, data=request.POST)
        if settled:
            messages.error(request, _("This answer has been settled meanwhile: its points stay as they are."))
            return redirect("survey:rate_answer", study=desk.study.name, key=key)
        if form.is_valid():
            _keep(response, desk.user, *form.given())
            queue.own.setdefault(response.pk, Rating())
            return redirect(_next_address(desk, queue, position))
    else:
        given = {"points": UNRATABLE if own.points is None else str(own.points), "reason": own.reason} if own else {}
        form = RatingForm(item, initial=given)
    context = {
        "desk": desk,
        "queue": queue,
        "form": form,
        "item": item,
        "answer": response.value,
        "language": participant.language,
        "settled": settled,
        "own": own,
        "number": position + 1,
        "previous": queue.rows[position - 1][0] if position else None,
        "skip": queue.following(position),
        "key": key,
    }
    return render(request, "survey/researcher/rate_answer.html", context)


def _next_address(desk: Desk, queue: Queue, position: int) -> str:
    study = desk.study.name
    if following := queue.following(position):
        return reverse("survey:rate_answer", kwargs={"study": study, "key": following})
    return reverse("survey:rate", kwargs={"study": study}) + ("?rehearsal=1" if queue.rehearsal else "")


def _keep(response: ItemResponse, rater: Any, points: int | None, reason: str) -> None:
    """Add a revision, if this is not what the rater has given already: sending twice is harmless."""
    for _attempt in range(2):
        latest = Rating.objects.filter(response=response, rater=rater).order_by("revision").last()
        if latest and (latest.points, latest.reason) == (points, reason):
            return
        try:
            with transaction.atomic():
                Rating.objects.create(
                    response=response,
                    rater=rater,
                    revision=latest.revision + 1 if latest else 1,
                    points=points,
                    reason=reason,
                    rated_at=timezone.now(),
                )
            return
        except IntegrityError:  # a second tab was quicker: look again
            continue
