"""Simulated people: what each of them knows, feels and answers, and when they leave; no network, no database.

Everything about a person follows from the seed and their number. The model is made to be recognized again in the
analysis, not to be true: a rehearsal should find the effect that was put in.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from survey.items import Instrument
from survey.study_file import Protocol

MEAN, SD = 0.6, 0.15  # share of right answers
PRETEST_MEAN, PRETEST_CORRELATION = 0.4, 0.5
LEVEL_SD = 0.5  # how far a person's levels differ from their whole, in SD
LEFT_EMPTY = 0.1  # of the items that may be
CAREFUL, UNDERSTANDING = 0.95, 0.8  # how probably a check of attention, or a question on the instruction, goes well


class Person:
    """One simulated participant.

    In a knowledge test after the allocation, the share of right answers is 0.6 + 0.15 * (z + shift): z is the
    person's normal deviate, and the shift runs in equal steps from `effect / 2` for the study's first arm to
    `-effect / 2` for its last. In a test before it, the deviate correlates with z by .5 and no arm shifts it.
    """

    def __init__(self, protocol: Protocol, seed: int, number: int, pages: int, dropout: float, effect: float):
        self._random = Random(f"{seed}/{number}")  # noqa: S311 - people, not secrets
        self._arms = [arm.id for arm in protocol.study.arms]
        self._effect = effect
        kinds = [stage.kind for stage in protocol.study.stages]
        stages = [stage.id for stage in protocol.study.stages]
        self._before = set(stages[: kinds.index("allocation")])
        self._instruments = {stage.id: instrument for stage, instrument in protocol.instruments()}
        self._checks = {stage.id for stage, _ in protocol.instruments() if stage.comprehension}
        self._z = self._random.gauss(0, 1)
        self._plans: dict[str, dict[str, bool]] = {}
        self._moods: dict[str, float] = {}
        # Apart from the rest: how somebody learns moves none of their answers.
        self.learning = Random(f"{seed}/{number}/learning")  # noqa: S311
        leaves, last = self._random.random() < dropout, self._random.randrange(pages)
        # After how many pages that they have sent, the consent not counted; None: they stay to the end.
        self.leaves_after = last if leaves else None

    def answer(self, stage: str, item_id: str, arm: str | None) -> str | list[str] | None:
        """Return what this person sends for an item; None leaves it empty. `arm` is None before the allocation."""
        instrument = self._instruments[stage]
        item = instrument.item(item_id)
        if item.expected is not None:
            # Who fails leaves what they read unread: any answer, now and then the right one.
            careful = self._random.random() < CAREFUL
            return str(item.expected) if careful else self._unread(instrument, item)
        if item.is_scored and stage in self._checks:
            return self._choose(item, self._random.random() < UNDERSTANDING)
        if item.is_scored:
            if stage not in self._plans:
                self._plans[stage] = self._plan(instrument, stage, arm)
            return self._choose(item, self._plans[stage][item_id])
        if not item.required and self._random.random() < LEFT_EMPTY:
            return None
        if item.type in ("single_choice", "multiple_choice", "likert", "number"):
            return self._unread(instrument, item)
        return f"Simulated answer {self._random.randrange(1000)}."[: item.maximum_length]

    def _unread(self, instrument: Instrument, item: Any) -> str | list[str]:
        """Return an answer to an item that has numbers or options, whatever it asks."""
        if item.type in ("likert", "number"):
            return self._rate(instrument, item)
        chosen = self._random.choice(item.values)
        return [chosen] if item.type == "multiple_choice" else chosen

    def minutes_of(self, most: float) -> float:
        """Return how long this person learns who has so many minutes: some stay to the last, few leave at once."""
        return most * min(max(self.learning.gauss(0.7, 0.25), 0.05), 1)

    def _shift(self, arm: str | None) -> float:
        if arm is None or len(self._arms) < 2:
            return 0
        return self._effect * (0.5 - self._arms.index(arm) / (len(self._arms) - 1))

    def _plan(self, instrument: Instrument, stage: str, arm: str | None) -> dict[str, bool]:
        """Return which items of a test this person answers rightly; the levels share their deviate."""
        scored = [item for item in instrument.items if item.is_scored]
        levels: dict[str, list] = {}
        for item in scored:
            levels.setdefault(item.level or "", []).append(item)
        own = {level: self._random.gauss(0, LEVEL_SD) for level in levels}
        middle = sum(own[item.level or ""] for item in scored) / len(scored)
        if stage in self._before:
            rest = (1 - PRETEST_CORRELATION**2) ** 0.5
            mean, z = PRETEST_MEAN, PRETEST_CORRELATION * self._z + rest * self._random.gauss(0, 1)
        else:
            mean, z = MEAN, self._z + self._shift(arm)
        plan: dict[str, bool] = {}
        for level, items in levels.items():
            share = mean + SD * (z + own[level] - middle)
            # Rounded up or down by chance, so that the mean stays what it is.
            right = int(min(max(share, 0), 1) * len(items) + self._random.random())
            known = set(self._random.sample(range(len(items)), min(right, len(items))))
            plan |= {item.id: index in known for index, item in enumerate(items)}
        return plan

    def _choose(self, item: Any, right: bool) -> str | list[str]:
        """Return the key, or, where it is not known, something else."""
        if item.type == "single_choice":
            return item.key if right else self._random.choice([value for value in item.values if value != item.key])
        if right:
            return list(item.key)
        # One option too many or too few: never the key, and never nothing where there is a choice.
        other = self._random.choice(item.values if len(item.key) > 1 else _others(item.values, item.key))
        return sorted(set(item.key) ^ {other}, key=item.values.index)

    def _rate(self, instrument: Instrument, item: Any) -> str:
        """Return a rating around the middle; those of one scale go together, and reversed ones the other way."""
        scale = next((scale for scale in instrument.scales if item.id in scale.items), None)
        mood = self._moods.setdefault(scale.id if scale else item.id, self._random.gauss(0, 1))
        share = 0.5 + 0.15 * (0.8 * mood + 0.6 * self._random.gauss(0, 1))
        if scale and item.id in scale.reverse:
            share = 1 - share
        low, high, step = (1, item.points, 1) if item.type == "likert" else (item.minimum, item.maximum, item.step)
        value = low + step * round(min(max(share, 0), 1) * int((high - low) / step))
        return f"{value:.10g}"


def _others(values: Sequence[str], key: Sequence[str]) -> list[str]:
    return [value for value in values if value not in key]
