"""The recruitment as a drawing of steps: where everything stands, in the units of its viewBox."""

from dataclasses import dataclass

from survey.monitor.progress import Recruited

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 260, 40, 108, 16, 28


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    left: int
    right: int  # where the plot ends
    bottom: int  # of the plot
    consented: str  # paths
    finished: str
    target: float | None  # heights
    consented_end: float
    finished_end: float
    ticks: list[Tick]  # of numbers, from the bottom
    days: list[Tick]


def draw(found: Recruited) -> Chart:
    """Return the drawing; the ends' labels are kept apart where lines end close to each other."""
    most = max(found.consented[-1], found.target or 0, 1)
    step = _step(most)
    top = step * -(-most // step)
    plot_width, plot_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(day: int) -> float:
        return round(LEFT + plot_width * day / len(found.days), 1)

    def y(number: float) -> float:
        return round(TOP + plot_height * (1 - number / top), 1)

    def path(numbers: list[int]) -> str:
        steps = [f"V{y(number)}H{x(day + 1)}" for day, number in enumerate(numbers)]
        return f"M{x(0)} {y(0)}" + "".join(steps)

    every = -(-len(found.days) // 5)
    ends = sorted([y(found.finished[-1]), y(found.consented[-1])])
    low = max(ends[1], ends[0] + 18)
    return Chart(
        WIDTH,
        HEIGHT,
        LEFT,
        WIDTH - RIGHT,
        HEIGHT - BOTTOM,
        path(found.consented),
        path(found.finished),
        y(found.target) if found.target else None,
        ends[0],
        low,
        [Tick(y(number), str(number)) for number in range(0, top + 1, step)],
        [Tick(x(day), f"{found.days[day]:%-d %b}") for day in range(0, len(found.days), every)],
    )


def _step(most: int) -> int:
    """Return a round distance of at most five ticks."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if most <= 5 * step:
                return step
        size *= 10
