"""Rules of changes."""

import math
from collections.abc import Sequence
from typing import Final

_STEPS_PER_DEGREE: Final = 10_000_000


def outward(bbox: Sequence[float]) -> list[float]:
    """Round a box so that it still holds what it held.

    Parameters
    ----------
    bbox : sequence of float
        West, south, east, north in degrees (EPSG:4490).

    Examples
    --------
    >>> outward([114.00000004, 29.5, 114.00000014, 29.50000001])
    [114.0, 29.5, 114.0000002, 29.5000001]
    """
    west, south, east, north = (value * _STEPS_PER_DEGREE for value in bbox)
    lower, upper = (math.floor(west), math.floor(south)), (math.ceil(east), math.ceil(north))
    return [step / _STEPS_PER_DEGREE for step in (*lower, *upper)]
