"""Numbers as they are printed: the tables hold these texts, and everything that is written quotes the tables."""

import math

DIGITS = 12  # to which results of different programs agree; what is beyond must not decide how a number is rounded


def number(value: float | None, decimals: int = 2) -> str:
    """Return a number with so many decimals; empty where there is none."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{float(f'{value:.{DIGITS}g}'):.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def probability(value: float | None) -> str:
    """Return a p value as APA has it: three decimals, `<0.001` below."""
    if value is None or not math.isfinite(value):
        return ""
    return "<0.001" if value < 0.001 else number(value, 3)
