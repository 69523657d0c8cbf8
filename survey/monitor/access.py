"""Who may see and do what on the researcher's pages.

Every page of a study is a view `(request, desk)` wrapped in `may`; the desk knows the study and the rights of who
sits at it. A superuser is an owner of every study.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from survey.models import Role, Study
from survey.protocol import protocol_of
from survey.study_file import Protocol


class Right(StrEnum):
    PROGRESS = "progress"  # how many have come how far, when
    RECRUIT = "recruit"  # where people are sent to, and trying the study oneself
    ARMS = "arms"  # who is in which arm; whoever recruits could guess the next one from it
    IDENTIFIERS = "identifiers"  # personal and single-use links, and whatever names a person
    ANSWERS = "answers"  # what one participant has answered
    DATA = "data"  # the export
    NOTES = "notes"  # read and write notes on participants
    EXCLUDE = "exclude"  # say whose data are not analysed
    UNBLIND = "unblind"  # let outcomes by arm be seen while the study runs
    RATE = "rate"  # give points to open answers, blind
    AGREEMENT = "agreement"  # all raters' points, and how well they agree
    SETTLE = "settle"  # say what counts where raters differ
    STATE = "state"  # open, pause and close the study
    ROLES = "roles"  # who works on the study
    AUDIT = "audit"  # who did what


RIGHTS: dict[str, frozenset[Right]] = {
    # An owner sees arms and all raters' points: whoever of them rates has to be given that role, and knows it.
    Role.Name.OWNER: frozenset(Right) - {Right.RATE},
    Role.Name.ASSISTANT: frozenset({Right.PROGRESS, Right.RECRUIT, Right.NOTES}),
    Role.Name.ANALYST: frozenset({Right.PROGRESS, Right.ARMS, Right.DATA, Right.AGREEMENT}),
    Role.Name.RATER: frozenset({Right.RATE}),
}


@dataclass(frozen=True)
class Desk:
    """Somebody at work on a study."""

    user: Any
    study: Study
    roles: frozenset[str]

    @property
    def rights(self) -> frozenset[Right]:
        return frozenset().union(*(RIGHTS[role] for role in self.roles))

    @property
    def may(self) -> dict[str, bool]:
        """Return {right: whether they have it}, for templates: `desk.may.arms`."""
        return {right.value: right in self.rights for right in Right}

    @property
    def protocol(self) -> Protocol:
        return protocol_of(self.study.current_version)

    @property
    def title(self) -> str:
        return next(iter(self.protocol.editions.values())).titles.study


def desks(user: Any) -> list[Desk]:
    """Return a desk for every study that this user has a role in, by the studies' names."""
    roles: dict[int, set[str]] = {}
    for role in Role.objects.filter(user=user, taken_at=None):
        roles.setdefault(role.study_id, set()).add(role.name)
    found = []
    for study in Study.objects.order_by("name"):
        owned = {Role.Name.OWNER.value} if user.is_superuser else set()
        if names := frozenset(owned | roles.get(study.pk, set())):
            found.append(Desk(user, study, names))
    return found


def may(*needed: Right) -> Callable:
    """Show a view `(request, desk)` to whoever has all the rights that it needs, and keep no copy of it.

    To whoever has no role in the study it does not exist; to whoever has another one, the page says so.
    """

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        @never_cache
        @login_required
        def wrapped(request: HttpRequest, study: str, **kwargs: Any) -> HttpResponse:
            desk = next((desk for desk in desks(request.user) if desk.study.name == study), None)
            if desk is None:
                raise Http404
            if not desk.rights.issuperset(needed):
                return render(request, "survey/researcher/refused.html", {"desk": desk}, status=403)
            return view(request, desk, **kwargs)

        return wrapped

    return decorate
