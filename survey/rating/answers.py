"""Which answers are rated, in which order, and what counts in the end."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from survey.models import ItemResponse, Kind, Rating, Role, Settlement, Study
from survey.protocol import protocol_of
from survey.study_file import Protocol

REAL: Collection[str] = (Kind.REAL,)
REHEARSAL: Collection[str] = (Kind.TEST, Kind.SIMULATED)
MIN_RATERS = 2

Points = int | None  # None: the answer cannot be rated
Where = tuple[str, str]  # stage and item


def open_items(protocol: Protocol, language: str | None = None) -> dict[Where, Any]:
    """Return {(stage, item id): item} of what has a rubric, in the study's order and one of its languages."""
    edition = protocol.editions[language or protocol.study.languages[0]]
    return {
        (stage.id, item.id): item
        for stage in protocol.study.stages
        if stage.kind == "instrument"
        for item in edition.instruments[stage.instrument].items
        if getattr(item, "rubric", ())
    }


def all_open_items(study: Study) -> dict[Where, Any]:
    """Return the open items of all versions that have participants, the newest wording of each; the current first."""
    found = open_items(protocol_of(study.current_version))
    for version in study.versions.taken_part_in().order_by("-number"):
        for where, item in open_items(protocol_of(version)).items():
            found.setdefault(where, item)
    return found


def answers(study: Study, kinds: Collection[str]) -> QuerySet[ItemResponse]:
    """Return the answers that raters see: to items with a rubric, as last sent, and not empty."""
    newer = ItemResponse.objects.filter(
        participant=OuterRef("participant"),
        stage=OuterRef("stage"),
        item=OuterRef("item"),
        revision__gt=OuterRef("revision"),
    )
    stages, items = ({where[part] for where in all_open_items(study)} for part in (0, 1))
    return ItemResponse.objects.filter(
        ~Exists(newer),
        participant__study=study,
        participant__kind__in=kinds,
        stage__in=stages,
        item__in=items,
        value__isnull=False,
    )


def key_of(order_seed: str, response: int) -> str:
    """Return the name that an answer has for one rater; their order is that of the names.

    It says nothing of the participant, nor of when the answer came, and nobody else's order resembles it.
    """
    return hashlib.sha256(f"{order_seed}/{response}".encode()).hexdigest()[:16]


def in_order_of(order_seed: str, rated: QuerySet[ItemResponse], items: Iterable[Where]) -> list[tuple[str, int, Where]]:
    """Return (key, response, where) of all answers: item after item, within each in this rater's random order."""
    place = {where: number for number, where in enumerate(items)}
    rows = [
        (key_of(order_seed, response), response, (stage, item))
        for response, stage, item in rated.values_list("pk", "stage", "item")
        if (stage, item) in place
    ]
    return sorted(rows, key=lambda row: (place[row[2]], row[0]))


@dataclass
class Standing:
    """How the rating of one answer stands."""

    given: dict[int, Points] = field(default_factory=dict)  # {rater: their last points}
    settlement: Settlement | None = None

    @property
    def is_rated(self) -> bool:
        return len(self.given) >= MIN_RATERS

    @property
    def differs(self) -> bool:
        """Tell whether raters gave different points."""
        return self.is_rated and len(set(self.given.values())) > 1

    @property
    def is_settled(self) -> bool:
        """Tell whether it is known what counts: all raters agree, or a difference was settled."""
        return self.settlement is not None or (self.is_rated and not self.differs)

    @property
    def points(self) -> Points:
        """Return the points that count; None when not settled, and when the answer cannot be rated."""
        if self.settlement:
            return self.settlement.points
        return next(iter(self.given.values())) if self.is_settled else None


def standings(rated: QuerySet[ItemResponse]) -> dict[int, Standing]:
    """Return {response: its standing} of those answers that somebody has rated."""
    found: dict[int, Standing] = {}
    of_these = {"response__in": rated.values("pk")}
    last_wins = Rating.objects.filter(**of_these).order_by("revision", "pk")
    for response, rater, points in last_wins.values_list("response_id", "rater_id", "points"):
        found.setdefault(response, Standing()).given[rater] = points
    for settlement in Settlement.objects.filter(**of_these).select_related("settled_by").order_by("revision"):
        found.setdefault(settlement.response_id, Standing()).settlement = settlement
    return found


def raters(study: Study) -> dict[int, int]:
    """Return {rater: their number from 1}, in the order in which they became raters; a number never changes."""
    roles = Role.objects.filter(study=study, name=Role.Name.RATER).order_by("pk")
    users = dict.fromkeys(role.user_id for role in roles)
    return {user: number for number, user in enumerate(users, start=1)}
