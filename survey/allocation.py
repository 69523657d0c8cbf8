"""Draws the arm: the only place where chance decides.

Permuted blocks: within a block every arm has its exact share, in an order drawn for that block. Order and size
of a block follow from the study's secret seed by SHA-256 alone, so any program in any language can draw them
again (docs/algorithms/allocation.md).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from survey.models import Allocation, Participant, Study
from survey.protocol import Protocol, StudyFile


@dataclass(frozen=True)
class Place:
    """One place of an allocation list."""

    block: int  # from 1
    block_size: int
    place: int  # from 1, within the block
    arm: str


def list_sha256(study: StudyFile) -> str:
    """Return the name of the allocation list: a hash of the rule, the arms and their weights."""
    rule = {"allocation": study.allocation.model_dump(), "arms": [[arm.id, arm.weight] for arm in study.arms]}
    return hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()


def places(study: StudyFile, seed: str, stratum: str = "") -> Iterator[Place]:
    """Yield the places of the list in order, without end.

    Block b has the size block_sizes[SHA-256("seed/list/stratum/b/size") mod number of sizes]. Its places hold
    each arm in proportion to its weight, sorted by SHA-256("seed/list/stratum/b/arm/copy").
    """
    name = list_sha256(study)
    block = 0
    while True:
        block += 1

        def draw(*parts: object, block: int = block) -> str:
            return hashlib.sha256("/".join(map(str, (seed, name, stratum, block, *parts))).encode()).hexdigest()

        sizes = study.allocation.block_sizes
        size = sizes[int(draw("size"), 16) % len(sizes)]
        copies = size // sum(arm.weight for arm in study.arms)
        arms = [(arm.id, copy) for arm in study.arms for copy in range(arm.weight * copies)]
        for place, (arm_id, _) in enumerate(sorted(arms, key=lambda arm: draw(*arm)), start=1):
            yield Place(block, size, place, arm_id)


@transaction.atomic
def allocate(participant: Participant, protocol: Protocol, at: datetime) -> Allocation:
    """Return the participant's allocation, drawn now if there is none yet.

    Locks the study's row until the transaction ends (on SQLite: the transaction holds the whole database), so
    that two participants who arrive together draw one after the other, each a place of their own. The caller
    holds the participant's lock; nobody takes these two in the other order.
    """
    if existing := Allocation.objects.filter(participant=participant).first():
        return existing
    study = Study.objects.select_for_update().get(pk=participant.study_id)
    name = list_sha256(protocol.study)
    drawn = study.allocations.filter(list_sha256=name).count()
    last = study.allocations.order_by("sequence").last()
    place = next(islice(places(protocol.study, study.allocation_seed), drawn, None))
    return Allocation.objects.create(
        study=study,
        participant=participant,
        sequence=last.sequence + 1 if last else 1,
        arm=place.arm,
        method=protocol.study.allocation.method,
        block=place.block,
        block_size=place.block_size,
        place=place.place,
        list_sha256=name,
        allocated_at=at,
    )
