"""What every figure needs: axes, lines, colours, and numbers written as the page's language writes them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format

MINUS = "−"


@dataclass(frozen=True)
class Axis:
    """A straight axis: data from `low` to `high` lie from `start` to `end` in the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def inside(self, value: float) -> float:
        """Return the place of `value`, at the border if it lies beyond."""
        return self(min(max(value, self.low), self.high))


def line(x: Axis, y: Axis, steps: Iterable[float], values: Iterable[float]) -> str:
    """Return the points of a polyline; what lies beyond an axis is drawn at its border."""
    return " ".join(f"{x(step)},{y.inside(value)}" for step, value in zip(steps, values, strict=True))


def ticks(axis: Axis, values: Iterable[float]) -> list[dict]:
    return [{"at": axis(value), "label": plain(value)} for value in values]


def decades(axis: Axis) -> list[dict]:
    """Return one tick for each power of ten on an axis of logarithms."""
    return [
        {"at": axis(power), "label": plain(10.0**power) if power > -3 else f"10{superscript(power)}"}
        for power in range(math.ceil(axis.low), math.floor(axis.high) + 1)
    ]


def logarithms(values: Iterable[float]) -> list[float]:
    return [math.log10(value) for value in values]


def diverging(value: float) -> str:
    """Return the colour of a signed value, as `scales.js` of the visualization mixes it."""
    side = "negative" if value < 0 else "positive"
    return _mixed(f"var(--diverging-{side})", abs(value), "var(--diverging-middle)")


def shade(quantity: str, value: float) -> str:
    """Return the colour of a gate's value, from the page's surface to the gate's own hue, as `scales.js` does."""
    return _mixed(f"var(--{quantity.replace('_', '-')})", value, "var(--surface-raised)")


def _mixed(hue: str, share: float, ground: str) -> str:
    percent = math.floor(min(1.0, max(0.0, share)) * 100 + 0.5)  # as Math.round does
    return f"color-mix(in oklab, {hue} {percent}%, {ground})"


def decimal(value: float, digits: int = 2) -> str:
    """Return `value` with `digits` decimals, a real minus sign, and no minus before a zero."""
    written = _rounded(value, digits)
    return number_format(written, digits).replace("-", "" if float(written) == 0 else MINUS)


def _rounded(value: float, digits: int) -> str:
    """Return `value` rounded as browsers do, half away from 0 and from its shortest spelling: 0.125 is 0.13."""
    return f"{Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"


def signed(value: float, digits: int = 2) -> str:
    """Return `value` with its sign always shown, as in +0.32."""
    written = decimal(value, digits)
    return f"+{written}" if float(_rounded(value, digits)) > 0 else written


def bracketed(value: float) -> str:
    """Return `value` as it stands after a multiplication sign."""
    return f"({decimal(value)})" if value < 0 else decimal(value)


def significant(value: float, digits: int = 3) -> str:
    """Return a loss or a gradient with three significant digits, as in 0.0121."""
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    return plain(value, max(0, digits - 1 - magnitude))


def plain(value: float, digits: int = 6) -> str:
    """Return a round number in its shortest spelling: 0.001, 1, −1."""
    written = _rounded(value, digits)
    short = written.rstrip("0").rstrip(".") if "." in written else written
    return number_format(short).replace("-", MINUS)


def superscript(integer: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(sign)] if sign.isdigit() else "⁻" for sign in str(integer))
