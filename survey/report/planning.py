"""How large a study has to be: the numbers, the curve, and the lines for its study file."""

import math
from dataclasses import dataclass
from functools import cached_property

from survey.analysis.power import detectable, power, sample_size
from survey.analysis_rule import SampleSize

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 400, 216, 48, 8, 10, 46
EFFECTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
POINTS = 60  # of the curve


@dataclass(frozen=True)
class Curve:
    """Power by the number per group; places in the units of the viewBox."""

    path: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    wanted: float  # height of the power that is wanted
    marks: list[tuple[float, float, str, str]]  # x, y, words, and which side of the mark they stand on
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Planned:
    """A plan and, where it is known, how many per group there will be."""

    plan: SampleSize
    available: int | None = None

    def power_of(self, n: int, effect: float | None = None) -> float:
        plan = self.plan
        size = plan.effect if effect is None else effect
        return power(plan.test, size, n, n, plan.alpha, plan.correlation, plan.bound or 0.0)

    @cached_property
    def per_group(self) -> int | None:
        """Return how many are needed in each group with their outcome."""
        return sample_size(self.power_of, self.plan.power)

    @property
    def to_allocate(self) -> int | None:
        """Return how many are to be allocated to each group, so that enough are left after drop-out."""
        return None if self.per_group is None else with_dropout(self.per_group, self.plan.dropout)

    @property
    def total(self) -> int | None:
        return None if self.to_allocate is None else 2 * self.to_allocate

    @property
    def power_reached(self) -> float | None:
        return None if self.per_group is None else self.power_of(self.per_group)

    @property
    def power_available(self) -> float | None:
        return None if self.available is None else self.power_of(self.available)

    @property
    def detectable(self) -> float | None:
        """Return the least effect, or the narrowest bound, that those who are available can show."""
        if self.available is None:
            return None
        plan, n = self.plan, self.available
        if plan.test == "equivalence":
            return detectable(lambda bound: power(plan.test, plan.effect, n, n, plan.alpha, bound=bound), plan.power)
        return detectable(lambda size: self.power_of(n, size), plan.power)

    def others(self) -> list[tuple[float, list[int | None]]]:
        """Return (effect, number per group at 80, 90 and 95 %) of common effects; of equivalence, of common bounds."""
        found = []
        for size in EFFECTS:
            changed = {"bound": size} if self.plan.test == "equivalence" else {"effect": size}
            if self.plan.test == "equivalence" and abs(self.plan.effect) >= size:
                continue
            other = Planned(self.plan.model_copy(update=changed))
            found.append((size, [sample_size(other.power_of, wanted) for wanted in (0.8, 0.9, 0.95)]))
        return found

    def curve(self) -> Curve:
        """Return the power with up to about twice as many as are needed, or as there are."""
        most = max(2 * (self.per_group or 0), round(1.3 * (self.available or 0)), 20)
        step = max(1, most // POINTS)
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

        def x(n: float) -> float:
            return round(LEFT + (right - LEFT) * n / most, 1)

        def y(share: float) -> float:
            return round(bottom - (bottom - TOP) * share, 1)

        points = [f"{x(n)} {y(self.power_of(n))}" for n in range(2, most + 1, step)]
        marks = [(n, words) for n, words in ((self.per_group, "needed"), (self.available, "available")) if n]
        marks = sorted({n: (n, words) for n, words in reversed(marks)}.values())
        sides = ["end", "start"] if len(marks) == 2 else ["start"] * len(marks)
        tick = _round(most / 6)
        return Curve(
            path="M" + "L".join(points),
            x_ticks=[(x(n), f"{n:,}".replace(",", " ")) for n in range(0, most + 1, tick)],
            y_ticks=[(y(share / 100), f"{share} %") for share in range(0, 101, 20)],
            wanted=y(self.plan.power),
            marks=[(x(n), y(self.power_of(n)), words, side) for (n, words), side in zip(marks, sides, strict=True)],
        )

    def lines(self) -> str:
        """Return the plan as the study file has it."""
        plan = self.plan
        given = {
            "effect": plan.effect,
            "bound": plan.bound,
            "power": plan.power,
            "alpha": plan.alpha,
            "correlation": plan.correlation or None,
            "dropout": plan.dropout or None,
        }
        numbers = [f"{key} = {value:g}" for key, value in given.items() if value is not None]
        return "\n".join(["[sample_size]", f'test = "{plan.test}"', *numbers, f'reason = "{plan.reason}"'])


def with_dropout(n: int, dropout: float) -> int:
    """Return how many to begin with, so that n are left; a share such as 0.15 is not exact, and 17 / 0.85 is 20."""
    return math.ceil(round(n / (1 - dropout), 9))


def _round(step: float) -> int:
    size = 10 ** math.floor(math.log10(max(step, 1)))
    return next(int(size * factor) for factor in (1, 2, 5, 10) if size * factor >= step)
