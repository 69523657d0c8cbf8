"""How well raters agree, where they differ, and what counts then: without arm or participant."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from survey import audit
from survey.models import AuditEntry, ItemResponse, Settlement
from survey.monitor.access import Right, may
from survey.monitor.rate import UNRATABLE
from survey.protocol import protocol_of
from survey.rating.answers import REAL, REHEARSAL, Standing, answers, key_of, open_items, standings
from survey.rating.per_item import agreement, per_item

PER_PAGE = 20


@require_safe
@may(Right.AGREEMENT)
def ratings(request, desk):
    """Agreement per item, and the answers on which raters differ; those that are settled on request."""
    rehearsal, settled = "rehearsal" in request.GET, "settled" in request.GET
    found, standing_of, items = per_item(desk.study, REHEARSAL if rehearsal else REAL)
    users = {rater for standing in standing_of.values() for rater in standing.given}
    names = {user.pk: user.get_username() for user in get_user_model().objects.filter(pk__in=users)}
    agreements = [
        agreement(items[where], len(keys), [standing_of[key] for key in keys if key in standing_of], names)
        for where, keys in found.items()
    ]
    # Not in the order of arrival: it would be that of the draws.
    listed = [
        key
        for keys in found.values()
        for key in sorted(keys, key=partial(key_of, "differences"))
        if (standing := standing_of.get(key)) and standing.differs and bool(standing.settlement) == settled
    ]
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "desk": desk,
        "rehearsal": rehearsal,
        "settled": settled,
        "agreements": agreements,
        "is_rated": any(found.common for found in agreements),
        "page": page,
        "differences": _differences(list(page), standing_of, names),
        "can_rehearse": not rehearsal and answers(desk.study, REHEARSAL).exists(),
    }
    return render(request, "survey/researcher/ratings.html", context)


def _differences(keys: list[int], standing_of: dict[int, Standing], names: dict[int, str]) -> list[dict[str, Any]]:
    found = ItemResponse.objects.select_related("participant__version").in_bulk(keys)
    return [
        {
            "response": key,
            "item": item_of(found[key]),
            "language": found[key].participant.language,
            "answer": found[key].value,
            "given": sorted((names[rater], points) for rater, points in standing_of[key].given.items()),
            "settlement": standing_of[key].settlement,
        }
        for key in keys
    ]


def item_of(response: ItemResponse) -> Any:
    """Return the item that was answered, as it was asked."""
    participant = response.participant
    return open_items(protocol_of(participant.version), participant.language)[response.stage, response.item]


class SettlementForm(forms.Form):
    points = forms.ChoiceField()
    reason = forms.CharField(required=False, max_length=500)

    def __init__(self, item: Any, *args: Any):
        super().__init__(*args)
        choices = [(str(points), str(points)) for points in item.rubric_points]
        self.fields["points"].choices = [*choices, (UNRATABLE, UNRATABLE)]  # type: ignore[attr-defined]


@require_POST
@may(Right.SETTLE)
@transaction.atomic
def settle(request, desk, response):
    """Say what counts for an answer on which raters differ; settling again adds a revision."""
    found = get_object_or_404(
        ItemResponse.objects.select_related("participant__version").select_for_update(of=("self",)),
        pk=response,
        participant__study=desk.study,
    )
    rated = ItemResponse.objects.filter(pk=found.pk)
    standing = standings(rated).get(found.pk)
    if standing is None or not standing.differs:
        return HttpResponseBadRequest(_("There is no difference to settle."))
    form = SettlementForm(item_of(found), request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Please choose points of the rubric."))
    given = form.cleaned_data["points"]
    points = None if given == UNRATABLE else int(given)
    Settlement.objects.create(
        response=found,
        revision=standing.settlement.revision + 1 if standing.settlement else 1,
        points=points,
        reason=form.cleaned_data["reason"],
        settled_by=request.user,
        settled_at=timezone.now(),
    )
    audit.record(
        AuditEntry.Action.SETTLED, request.user, desk.study, item=found.item, answer=found.pk, points=str(given)
    )
    messages.info(request, _("Settled."))
    rehearsal = "?rehearsal=1" if found.participant.kind in REHEARSAL else ""
    return redirect(reverse("survey:ratings", kwargs={"study": desk.study.name}) + rehearsal)
