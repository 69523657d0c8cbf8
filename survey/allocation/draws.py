"""Which arm comes next: a function of the study's rule, its seed and the log of earlier draws; no database here.

All chance is SHA-256 of the seed and the draw's name, so any program in any language can draw again
(docs/algorithms/allocation.md).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import NamedTuple
from typing import Protocol as Shape

from survey.allocation_rule import levels_of
from survey.study_file import Arm, StudyFile


@dataclass(frozen=True)
class Place:
    """One place of an allocation list."""

    block: int  # from 1
    block_size: int
    place: int  # from 1, within the block
    arm: str
    replaces: int | None = None  # the sequence of the draw that had this place before


class Draw(Shape):
    """What is known of an earlier draw; an Allocation is one."""

    sequence: int
    list_sha256: str
    stratum: str
    arm: str
    block: int
    block_size: int
    place: int
    replaces: int | None


class Sum(NamedTuple):
    """What many earlier draws of one list, stratum and arm come to."""

    list_sha256: str
    stratum: str
    arm: str
    taken: int  # participants who are not released
    sequence: int  # of the last of these draws
    last: tuple[int, int]  # the block and place that lie furthest in the list


def list_sha256(study: StudyFile) -> str:
    """Return the name of the allocation list: a hash of the rule, the arms and their weights."""
    rule = {"allocation": study.allocation.named(), "arms": [[arm.id, arm.weight] for arm in study.arms]}
    return hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()


def _hash(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def places(study: StudyFile, seed: str, stratum: str = "") -> Iterator[Place]:
    """Yield the places of a list of permuted blocks in order, without end."""
    name = list_sha256(study)
    block = 0
    while True:
        block += 1
        yield from _block(study, seed, name, stratum, block)


def _block(study: StudyFile, seed: str, name: str, stratum: str, block: int) -> list[Place]:
    """Return the places of one block: each arm in proportion to its weight.

    Block b has the size block_sizes[SHA-256("seed/list/stratum/b/size") mod number of sizes]. Its places are
    sorted by SHA-256("seed/list/stratum/b/arm/copy").
    """

    def draw(*parts: object) -> str:
        return _hash(seed, name, stratum, block, *parts)

    sizes = study.allocation.block_sizes
    size = sizes[int(draw("size"), 16) % len(sizes)]
    copies = size // sum(arm.weight for arm in study.arms)
    arms = [(arm.id, copy) for arm in study.arms for copy in range(arm.weight * copies)]
    drawn = sorted(arms, key=lambda arm: draw(*arm))
    return [Place(block, size, place, arm_id) for place, (arm_id, _) in enumerate(drawn, start=1)]


class Log:
    """The draws so far, summed up: who fills which place, and which places are free again."""

    def __init__(self) -> None:
        self.sequence = 0  # of the last draw
        self._taken: Counter[str] = Counter()  # {arm: participants who are not released}
        self._last: dict[tuple[str, str], tuple[int, int]] = {}  # {(list, stratum): (block, place)}
        self._drawn: Counter[str] = Counter()  # {list: its highest block}
        self._free: dict[tuple[str, str], dict[int, Draw]] = {}  # {(list, stratum): {sequence: its draw}}
        self._margins: Counter[tuple[str, str, str, str]] = Counter()  # {(list, factor, level, arm): participants}

    def add(self, draw: Draw) -> None:
        """Count a draw that was made."""
        key = (draw.list_sha256, draw.stratum)
        self.add_sum(Sum(*key, draw.arm, 1, draw.sequence, (draw.block, draw.place)))
        if draw.replaces is not None:
            self._free.get(key, {}).pop(draw.replaces, None)

    def add_sum(self, drawn: Sum) -> None:
        """Count many draws that were made; which of their places are free, `set_free` says."""
        key = (drawn.list_sha256, drawn.stratum)
        self.sequence = max(self.sequence, drawn.sequence)
        self._count(drawn, drawn.taken)
        self._drawn[drawn.list_sha256] = max(self._drawn[drawn.list_sha256], drawn.last[0])
        self._last[key] = max(self._last.get(key, (0, 0)), drawn.last)

    def release(self, draw: Draw) -> None:
        """Give the place of somebody who has left free again."""
        self._count(draw, -1)
        self.set_free(draw)

    def set_free(self, draw: Draw) -> None:
        """Note that a place is free which is not counted as taken."""
        self._free.setdefault((draw.list_sha256, draw.stratum), {})[draw.sequence] = draw

    def _count(self, draw: Draw | Sum, step: int) -> None:
        self._taken[draw.arm] += step
        for factor, level in levels_of(draw.stratum).items():
            self._margins[draw.list_sha256, factor, level, draw.arm] += step

    def open_arms(self, study: StudyFile) -> list[Arm]:
        """Return the arms that have a place left."""
        maximum = study.allocation.maximum
        if maximum is not None and self._taken.total() >= maximum:
            return []
        return [arm for arm in study.arms if arm.maximum is None or self._taken[arm.id] < arm.maximum]

    def draw(self, study: StudyFile, seed: str, stratum: str) -> Place | None:
        """Return the next place, or None when all are taken; changes nothing."""
        arms = self.open_arms(study)
        if not arms:
            return None
        name = list_sha256(study)
        if study.allocation.method == "minimization":
            return self._minimize(study, arms, seed, name, stratum)
        if freed := self._freed(arms, name, stratum):
            return freed
        if study.allocation.method == "simple":
            number = self._drawn[name] + 1
            return Place(number, 1, 1, _weighted(arms, _hash(seed, name, stratum, number, "simple")).id)
        return self._next_in_blocks(study, arms, seed, name, stratum)

    def _freed(self, arms: Sequence[Arm], name: str, stratum: str) -> Place | None:
        """Return the place that has been free for the most draws of this stratum, if there is one."""
        open_ids = {arm.id for arm in arms}
        for sequence, left in sorted(self._free.get((name, stratum), {}).items()):
            if left.arm in open_ids:
                return Place(left.block, left.block_size, left.place, left.arm, replaces=sequence)
        return None

    def _next_in_blocks(self, study: StudyFile, arms: Sequence[Arm], seed: str, name: str, stratum: str) -> Place:
        """Return the place after the last one; the places of arms that are full are left out."""
        open_ids = {arm.id for arm in arms}
        last = self._last.get((name, stratum), (1, 0))
        return next(
            place
            for block in count(last[0])
            for place in _block(study, seed, name, stratum, block)
            if (place.block, place.place) > last and place.arm in open_ids
        )

    def _minimize(self, study: StudyFile, arms: Sequence[Arm], seed: str, name: str, stratum: str) -> Place:
        """Return a place in the arm that balances the factors best, or, with some probability, in another.

        Pocock & Simon 1975: for each arm, the range of participants per weight over the arms, summed over the
        newcomer's levels, if the newcomer came into it; least is best, ties are drawn. With p the probability for
        the arm of the least weight, q = (1 - p) / (sum of weights - least weight): each other arm than the best is
        drawn with probability q * weight, so that unequal weights keep their ratio (Han, Enas & McEntegart 2009).
        """
        number = self._drawn[name] + 1
        levels = levels_of(stratum).items()

        def imbalance(candidate: Arm) -> Fraction:
            total = Fraction(0)
            for factor, level in levels:
                filled = [
                    Fraction(self._margins[name, factor, level, arm.id] + (arm is candidate), arm.weight)
                    for arm in arms
                ]
                total += max(filled) - min(filled)
            return total

        by_arm = {arm.id: imbalance(arm) for arm in arms}
        least = min(by_arm.values())
        best = _weighted([arm for arm in arms if by_arm[arm.id] == least], _hash(seed, name, number, "tie"))
        others = [arm for arm in arms if arm is not best]
        weights = sum(arm.weight for arm in arms)
        probability = Fraction(str(study.allocation.probability))
        # Arms that are full are no candidates: of those that are left, the best is never less likely than its share.
        spread = max(weights - min(arm.weight for arm in arms), 1)
        other = min((1 - probability) / spread, Fraction(1, weights)) * sum(arm.weight for arm in others)
        coin = Fraction(int(_hash(seed, name, number, "coin"), 16), 2**256)
        chosen = _weighted(others, _hash(seed, name, number, "other")) if coin < other else best
        return Place(number, 1, 1, chosen.id)


def _weighted(arms: Sequence[Arm], drawn: str) -> Arm:
    """Return the arm that a hash falls on: its number modulo the sum of the weights, counted off in order."""
    weighted = [arm for arm in arms for _ in range(arm.weight)]
    return weighted[int(drawn, 16) % len(weighted)]
