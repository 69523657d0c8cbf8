"""A score in each arm as a picture: every value, the box, and the mean with its interval; in units of its viewBox."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from survey.analysis.compare import Described, describe
from survey.analysis.data import Data, values

WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 620, 112, 20, 12, 118, 44
CLOUD, BOX = 64, 16  # heights: of the tallest pile of dots, of the box
DOT, BAR, COLUMNS = 3.2, 22, 60  # radius, width at most, places for piles
LEAST_FAR = 2  # of values without bounds: standard deviations on each side of 0
WORDS = 14  # characters of an arm's name that fit beside its row


@dataclass(frozen=True)
class Row:
    """One arm: its dots above, its box below."""

    arm: str
    label: str
    y: float  # of the line on which the dots stand
    dots: list[tuple[float, float]]
    bars: list[tuple[float, float, float, float]]  # x, y, width, height; instead of dots, where there are too many
    box: tuple[float, float, float, float, float] | None  # ends and quartiles along x, the median in the middle
    mean: float | None
    low: float | None
    high: float | None
    described: Described

    @property
    def middle(self) -> float:
        """Return the height of the box's middle."""
        return self.y + 8 + BOX / 2


@dataclass(frozen=True)
class Figure:
    outcome: str
    title: str
    note: str  # what its values mean, where that does not go without saying
    width: float
    height: float
    left: float
    right: float
    bottom: float
    ticks: list[tuple[float, str]]
    zero: float | None  # where a value changes its side
    rows: list[Row]

    @property
    def is_empty(self) -> bool:
        return not any(row.box for row in self.rows)


def draw(data: Data, outcome: str, title: str, note: str = "", name: str = "itt") -> Figure:
    """Return the picture of an outcome by intention to treat, over the whole range that it can have."""
    groups = {arm: values(people, outcome) for arm, people in data.sets[name].items()}
    low, high = _range(data, outcome, [value for group in groups.values() for value in group])
    right = WIDTH - RIGHT

    def x(value: float) -> float:
        return round(LEFT + (right - LEFT) * (value - low) / (high - low), 1)

    piles = {arm: _piles(group, low, high) for arm, group in groups.items()}
    tallest = max((max(pile.values()) for pile in piles.values() if pile), default=1)
    rows = [
        _row(arm, groups[arm], piles[arm], TOP + place * ROW + CLOUD + 8, tallest, x)
        for place, arm in enumerate(groups)
    ]
    bottom = TOP + len(groups) * ROW
    ticks = [(x(tick), f"{tick:g}".replace("-", "−")) for tick in _ticks(low, high)]
    zero = x(0) if low < 0 < high else None
    return Figure(outcome, title, note, WIDTH, bottom + BOTTOM, LEFT, right, bottom, ticks, zero, rows)


def _range(data: Data, outcome: str, found: list[float]) -> tuple[float, float]:
    """Return the least and the greatest value that can be had; of what has no bounds, as far as values were found."""
    if made := data.derived.get(outcome):
        far = {"judgement_bias": 100}.get(made["method"]) or max(LEAST_FAR, *map(abs, found), 0)
        return -float(np.ceil(far)), float(np.ceil(far))
    # A score that no version with participants has yet is made of nothing.
    items = data.measures.get(outcome, [])
    if not items or items[0]["method"] in ("percent_correct", "percent_rated", "sus"):
        return 0, 100
    lows, highs = ([float(item[end]) for item in items] for end in ("minimum", "maximum"))
    of_all = sum if items[0]["method"] == "sum" else np.mean
    # The items are those of the last version; an earlier one may have had longer scales.
    return float(min(of_all(lows), *found, np.inf)), float(max(of_all(highs), *found, -np.inf))


def _piles(group: list[float], low: float, high: float) -> dict[float, int]:
    """Return {value: how many}; values that differ by less than the picture shows are one."""
    step = (high - low) / COLUMNS
    return dict(sorted(Counter(round(low + step * round((value - low) / step), 6) for value in group).items()))


def _row(arm: str, group: list[float], piles: dict[float, int], y: float, tallest: int, x) -> Row:
    found = describe(group)
    dots: list[tuple[float, float]] = []
    bars: list[tuple[float, float, float, float]] = []
    height = min(2 * DOT, CLOUD / tallest)
    gaps = [x(after) - x(before) for before, after in pairwise(piles)]
    width = round(min(max(0.6 * min(gaps, default=BAR), 4), BAR), 1)
    for value, count in piles.items():
        if height >= DOT:
            dots += [(x(value), round(y - DOT - place * height, 1)) for place in range(count)]
        else:
            tall = round(CLOUD * count / tallest, 1)
            bars.append((round(x(value) - width / 2, 1), round(y - tall, 1), width, tall))

    def inside(value: float) -> float:
        return min(max(x(value), LEFT), WIDTH - RIGHT / 2)

    box = None
    if group:
        ends = np.percentile(group, [0, 25, 50, 75, 100])
        box = (x(ends[0]), x(ends[1]), x(ends[2]), x(ends[3]), x(ends[4]))
    interval = None if found.low is None or found.high is None else (inside(found.low), inside(found.high))
    label = arm if len(arm) <= WORDS else arm[: WORDS - 1] + "…"
    low, high = interval or (None, None)
    return Row(arm, label, y, dots, bars, box, None if found.mean is None else x(found.mean), low, high, found)


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers over the range, at most eight."""
    size = 10 ** np.floor(np.log10((high - low) / 5))
    step = next(size * factor for factor in (1, 2, 5, 10) if (high - low) / (size * factor) <= 7)
    first = np.ceil(low / step) * step
    return [round(float(tick), 9) for tick in np.arange(first, high + step / 2, step) if tick <= high + 1e-9]
