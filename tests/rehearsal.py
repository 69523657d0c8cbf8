"""A whole study at once: simulated people stored as if they had walked the way, for what is done with many."""

import uuid
from datetime import timedelta
from random import Random
from typing import Any

from survey.instruments import shown_on
from survey.models import Allocation, Exclusion, ItemResponse, Kind, Participant, Rating, Role, StageVisit, Study
from survey.protocol import protocol_of
from survey.simulation.people import Person
from tests import factories

END = StageVisit.EndedBy.SUBMITTED


def rehearse(
    study: Study, n: int, effect: float = 0.5, seed: int = 1, dropout: float = 0.0, kind: str = Kind.REAL
) -> None:
    """Let `n` people take part, drawn in turns; who drops out leaves on the learning phase."""
    protocol = protocol_of(study.current_version)
    arms = [arm.id for arm in protocol.study.arms]
    random = Random(seed)
    people = [Person(protocol, seed, number, 8, dropout, effect) for number in range(n)]
    begun = [factories.START + timedelta(minutes=7 * number) for number in range(n)]
    codes = [f"S{study.pk % 100}{number:05d}" for number in range(n)]
    rows = Participant.objects.bulk_create(
        Participant(
            study=study,
            version=study.current_version,
            code=code,
            kind=kind,
            join_key=uuid.UUID(int=random.getrandbits(128)),
            consented_at=at,
            finished_at=None if person.leaves_after is not None else at + timedelta(hours=1),
        )
        for person, at, code in zip(people, begun, codes, strict=True)
    )
    visits, responses, allocations = [], [], []
    for number, (row, person) in enumerate(zip(rows, people, strict=True)):
        arm: str | None = None
        at = row.consented_at
        for stage in protocol.study.stages:
            if stage.kind == "allocation":
                arm = arms[number % len(arms)]
                allocations.append(_draw(study, row, number, arm, kind))
                continue
            pages = protocol.pages(stage)
            for page in range(1, pages + 1):
                later = at + timedelta(seconds=random.randrange(100, 600))
                shown: list[dict[str, Any]] = []
                if stage.kind == "instrument":
                    instrument = protocol.editions["en"].instruments[stage.instrument]
                    shown = shown_on(instrument, page, f"{row.code}/{stage.id}")
                    responses += [
                        _response(row, stage, instrument, entry["item"], person, arm, later) for entry in shown
                    ]
                left = stage.kind == "learning" and person.leaves_after is not None
                done = {} if left or stage.kind == "debriefing" else {"completed_at": later, "ended_by": END}
                visits.append(
                    StageVisit(participant=row, stage=stage.id, page=page, entered_at=at, shown=shown, **done)
                )
                at = later
            if stage.kind == "learning" and person.leaves_after is not None:
                break
    Allocation.objects.bulk_create(allocations)
    StageVisit.objects.bulk_create(visits)
    ItemResponse.objects.bulk_create(responses)


def _draw(study: Study, row: Participant, number: int, arm: str, kind: str) -> Allocation:
    return Allocation(
        study=study,
        participant=row,
        kind=kind,
        sequence=number + 1,
        arm=arm,
        method="permuted_blocks",
        block=number // 2 + 1,
        block_size=2,
        place=number % 2 + 1,
        list_sha256="0" * 64,
        allocated_at=row.consented_at + timedelta(minutes=5),
    )


def _response(row, stage, instrument, name, person, arm, at) -> ItemResponse:
    item, value = instrument.item(name), person.answer(stage.id, name, arm)
    if value is not None and item.type in ("likert", "number"):
        value = int(value) if float(value).is_integer() else float(value)
    return ItemResponse(
        participant=row, stage=stage.id, instrument=stage.instrument, item=name, value=value, answered_at=at
    )


def rate(study: Study, seed: int = 1) -> None:
    """Let two raters give points to every open answer, who mostly agree."""
    random, raters = Random(seed), [factories.user("first"), factories.user("second")]
    for rater in raters:
        Role.objects.get_or_create(user=rater, study=study, name=Role.Name.RATER)
    instruments = {stage.id: held for stage, held in protocol_of(study.current_version).instruments()}
    found = []
    for response in ItemResponse.objects.filter(participant__study=study, value__isnull=False).order_by("pk"):
        item = instruments[response.stage].item(response.item)
        if getattr(item, "rubric", ()):
            points = random.choice(list(item.rubric_points))
            given = [points, points if random.random() < 0.8 else random.choice(list(item.rubric_points))]
            found += [
                Rating(response=response, rater=rater, points=each, rated_at=factories.START)
                for rater, each in zip(raters, given, strict=True)
            ]
    Rating.objects.bulk_create(found)


def lose_some(study: Study) -> None:
    """Let one participant of each arm be erased, one be excluded, and one miss the middle of the answers."""
    for arm in ("visual", "text"):
        erased, out, gone = (
            study.allocations.filter(arm=arm, participant__finished_at__isnull=False)
            .order_by("sequence")[place]
            .participant
            for place in range(3)
        )
        erased.erased_at = factories.START
        erased.save(update_fields=["erased_at"])
        erased.responses.all().delete()
        erased.visits.all().delete()
        Exclusion.objects.create(
            participant=out,
            is_excluded=True,
            reason="twice",
            decided_by=factories.user("owner"),
            decided_at=factories.START,
        )
        gone.visits.exclude(stage__in=("consent", "demographics", "pretest", "instruction", "learning")).delete()
        gone.responses.exclude(stage__in=("demographics", "pretest")).delete()
