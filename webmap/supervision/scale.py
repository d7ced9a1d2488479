"""Classes and colours of the county map: round limits, five steps, light to dark."""

from dataclasses import dataclass
from math import floor, log10

# Five steps of ColorBrewer's YlGnBu, as branca names them.
SCHEME = "YlGnBu"
# Tenths of a power of ten that read as round.
_ROUND = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
COLOURS = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")


@dataclass(frozen=True, slots=True)
class Step:
    """A class of the legend: values from ``low`` to below ``high`` (the last one: to ``high``)."""

    low: int
    high: int
    colour: str


def steps_of(values: list[int]) -> list[Step]:
    """Return five classes of equal width with round limits, from 0 over the largest value.

    Examples
    --------
    >>> [step.high for step in steps_of([3, 41, 17])]
    [10, 20, 30, 40, 50]
    >>> [step.high for step in steps_of([11_921_000])]
    [2500000, 5000000, 7500000, 10000000, 12500000]
    """
    width = _round_up(max(1, -(-max([*values, 1]) // len(COLOURS))))
    return [Step(place * width, (place + 1) * width, colour) for place, colour in enumerate(COLOURS)]


def _round_up(width: int) -> int:
    """Return the next round number at or above, near enough for the largest value to reach the last class."""
    base: int = 10 ** floor(log10(width))
    return next(tenths * base // 10 for tenths in _ROUND if tenths * base // 10 >= width)
