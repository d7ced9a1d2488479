"""What coordinates look like, told by the window in which the city's places lie; no file is believed here.

Arrays are as written, ``(E, N)`` metres or ``(lon, lat)`` degrees in either order.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.crs import GEOGRAPHIC, PLANE, PLANE_ZONE_38, WEB, WGS84, ZONE, ZONE_PREFIX_M, Coordinates

MARGIN_M: Final = 1_000.0
# Window of the city (E, N) in EPSG:4547 metres, measured on the county boundaries, and in degrees.
WINDOW_M: Final = (454_500.0, 3_213_000.0, 594_200.0, 3_355_700.0)
WINDOW_DEG: Final = (113.5, 29.0, 115.0, 30.4)
# The same window on the central meridians beside (zones 37 and 39, six-degree zones too) and in the web's.
_WINDOWS_BESIDE: Final = {
    111: (740_000.0, 3_210_000.0, 890_000.0, 3_372_000.0),
    117: (155_000.0, 3_210_000.0, 310_000.0, 3_372_000.0),
}
_WINDOW_WEB: Final = (12_630_000.0, 3_370_000.0, 12_810_000.0, 3_560_000.0)
_NORTH_M: Final = (3_210_000.0, 3_372_000.0)  # the city's northings on any of these meridians
_PREFIX_M: Final = 1_000_000.0
_ZONES: Final = (13, 45)  # numbers of the six- and three-degree zones of the country


class Looks(StrEnum):
    """What a coordinate pair looks like, told by the city's window alone."""

    PLANE = "plane"
    ZONED = "zoned"
    DEGREES = "degrees"
    PLANE_SWAPPED = "plane_swapped"
    ZONED_SWAPPED = "zoned_swapped"
    DEGREES_SWAPPED = "degrees_swapped"
    MERIDIAN_111 = "meridian_111"
    MERIDIAN_117 = "meridian_117"
    ZONE_37 = "zone_37"
    ZONE_39 = "zone_39"
    ELSEWHERE = "elsewhere"


_EXPECTED: Final = {
    4546: Looks.MERIDIAN_111,
    4548: Looks.MERIDIAN_117,
    4525: Looks.ZONE_37,
    4527: Looks.ZONE_39,
    PLANE: Looks.PLANE,
    PLANE_ZONE_38: Looks.ZONED,
    GEOGRAPHIC: Looks.DEGREES,
    WGS84: Looks.DEGREES,
}
# Looks of the city's places on a central meridian beside: which, and the number before their eastings.
BESIDE: Final = {
    Looks.MERIDIAN_111: (111, 0),
    Looks.MERIDIAN_117: (117, 0),
    Looks.ZONE_37: (111, 37),
    Looks.ZONE_39: (117, 39),
}
_SWAPPED: Final = frozenset({Looks.PLANE_SWAPPED, Looks.ZONED_SWAPPED, Looks.DEGREES_SWAPPED})


def looks(coordinates: Coordinates) -> NDArray[np.str_]:
    """Tell for each pair what it looks like.

    Parameters
    ----------
    coordinates : array of shape (n, 2)
        As written in the file, unit and order unknown.

    Returns
    -------
    array of str
        Values of `Looks`.

    Examples
    --------
    >>> looks(np.array([[530925.1, 3302420.2], [29.84, 114.32]])).tolist()
    ['plane', 'degrees_swapped']
    """
    first, second = coordinates[:, 0], coordinates[:, 1]
    zoned = first - ZONE_PREFIX_M
    zoned_second = second - ZONE_PREFIX_M
    metres, degrees = _widened(WINDOW_M, MARGIN_M), WINDOW_DEG
    return np.select(
        [
            _inside(first, second, metres),
            _inside(zoned, second, metres),
            _inside(first, second, degrees),
            _inside(second, first, metres),
            _inside(zoned_second, first, metres),
            _inside(second, first, degrees),
            *(
                _inside(first - zone * _PREFIX_M, second, _WINDOWS_BESIDE[meridian])
                for meridian, zone in BESIDE.values()
            ),
        ],
        [
            Looks.PLANE.value,
            Looks.ZONED.value,
            Looks.DEGREES.value,
            Looks.PLANE_SWAPPED.value,
            Looks.ZONED_SWAPPED.value,
            Looks.DEGREES_SWAPPED.value,
            *(look.value for look in BESIDE),
        ],
        default=Looks.ELSEWHERE.value,
    )


def misread(look: Looks, epsg: int) -> str | None:
    """Tell what is wrong when coordinates that look so are declared as a system.

    Parameters
    ----------
    look : Looks
        As seen by :func:`looks`.
    epsg : int
        One of `ACCEPTED`.

    Returns
    -------
    {"axes_swapped", "zone_prefix", "crs_contradicted"} or None
        None when they fit, or lie elsewhere, which says nothing of the system.

    Examples
    --------
    >>> misread(Looks.DEGREES_SWAPPED, 4490), misread(Looks.PLANE, 4547)
    ('axes_swapped', None)
    """
    expected = _EXPECTED[epsg]
    if look in {expected, Looks.ELSEWHERE}:
        return None
    if look in _SWAPPED:
        return "axes_swapped"
    if {look, expected} == {Looks.PLANE, Looks.ZONED} or look in {Looks.ZONE_37, Looks.ZONE_39}:
        return "zone_prefix"
    return "crs_contradicted"


def elsewhere(coordinates: Coordinates) -> tuple[str, int] | None:
    """Tell what coordinates outside the city's window may be: its places in another projection.

    Parameters
    ----------
    coordinates : array of shape (n, 2)
        (E, N) or (N, E) as written, metres.

    Returns
    -------
    tuple of str and int, or None
        ``("zone", 37)`` for eastings that carry another zone's number, ``("meridian", 111)`` for the city's
        places on a neighbouring central meridian, ``("web", 3857)`` for web Mercator.

    Examples
    --------
    >>> elsewhere(np.array([[37530925.1, 3302420.2]])), elsewhere(np.array([[820000.0, 3302420.2]]))
    (('zone', 37), ('meridian', 111))
    """
    first, second = np.median(coordinates, axis=0).tolist()
    east, north = max((first, second), (second, first), key=lambda pair: pair[0])
    zone = int(east // 1_000_000)
    if _ZONES[0] <= zone <= _ZONES[1] and zone != ZONE and _NORTH_M[0] <= north <= _NORTH_M[1]:
        return "zone", zone
    if _inside_one(east, north, _WINDOW_WEB):
        return "web", WEB
    for meridian, window in _WINDOWS_BESIDE.items():
        if _inside_one(first, second, window) or _inside_one(second, first, window):
            return "meridian", meridian
    return None


def _inside_one(east: float, north: float, window: tuple[float, float, float, float]) -> bool:
    return window[0] <= east <= window[2] and window[1] <= north <= window[3]


def in_window(coordinates: Coordinates) -> NDArray[np.bool_]:
    """Tell for each pair (E, N) in EPSG:4547 metres whether it lies in the city's window plus 1 km."""
    return _inside(coordinates[:, 0], coordinates[:, 1], _widened(WINDOW_M, MARGIN_M))


def _inside(
    first: Coordinates, second: Coordinates, window: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (
        (first >= window[0]) & (second >= window[1]) & (first <= window[2]) & (second <= window[3])
    )
    return inside


def _widened(window: tuple[float, float, float, float], margin: float) -> tuple[float, float, float, float]:
    return (window[0] - margin, window[1] - margin, window[2] + margin, window[3] + margin)
