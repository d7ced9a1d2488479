"""The datum that only a reference can show: coordinates compared with the register and county lines.

Nothing is corrected: a file of another datum is refused with the shift that was seen.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.city_window import in_window
from spatial.crs import GEOGRAPHIC, Coordinates, to_degrees, to_plane
from spatial.survey.readers.records import Unreadable
from spatial.survey.records import Features, Geometries, Shapes

SAME_M: Final = 0.05
"""Corners up to this apart are the same corner (mean error of a first-grade boundary point)."""
ENOUGH: Final = 20
"""Corners or codes that must agree before a datum is judged (contract)."""
REACH_M: Final = 1_000.0
"""How far around an upload references are wanted: GCJ-02 lies about 600 m off here."""
_SHIFT_M: Final = (2.0, 1_000.0)
_SPREAD_M: Final = 1.0
_MOST_CORNERS: Final = 20_000
_CLEARER: Final = 10

# Constants of the published GCJ-02 offset (Krasovsky ellipsoid).
_KRASOVSKY_A: Final = 6_378_245.0
_KRASOVSKY_E2: Final = 0.006_693_421_622_965_943
_ROUNDS: Final = 6


@dataclass(frozen=True, slots=True)
class Reference:
    """What surely has the right datum: corners near the upload, and live parcels of its codes (EPSG:4547)."""

    corners: Coordinates
    parcels: Shapes


def judge(features: Features, reference: Reference) -> bool:
    """Tell whether the datum is confirmed.

    Parameters
    ----------
    features : Features
        Upload, EPSG:4547.
    reference : Reference
        From the register.

    Returns
    -------
    bool
        True when at least 20 corners or codes agree as they are; False when nothing can be said.

    Raises
    ------
    Unreadable
        ``datum_refused`` when they agree only after the inverse shift, or lie off by one common shift.
    """
    corners = _corners(features.geoms)
    tree = shapely.STRtree(shapely.points(reference.corners))
    plain = _matches(tree, corners)
    if plain >= ENOUGH:
        return True
    shifted = _matches(tree, to_plane(gcj02_to_wgs84(to_degrees(corners)), GEOGRAPHIC))
    if shifted >= ENOUGH and shifted > _CLEARER * plain:
        raise Unreadable("datum_refused", "datum_gcj02", matches=shifted)
    return _codes_agree(features, reference.parcels)


def _codes_agree(features: Features, parcels: Shapes) -> bool:
    live = dict(zip(parcels.codes, parcels.geoms, strict=True))
    both = [at for at, code in enumerate(features.codes) if code in live and features.geoms[at] is not None]
    if len(both) < ENOUGH:
        return False
    own = shapely.get_coordinates(shapely.centroid(features.geoms[both]))
    old = shapely.get_coordinates(
        shapely.centroid(np.array([live[str(features.codes[at])] for at in both], dtype=object))
    )
    if len(own) != len(both) or len(old) != len(both):
        return False
    step = own - old
    shift = np.median(step, axis=0)
    length = float(np.hypot(*shift))
    spread = float(np.quantile(np.hypot(*(step - shift).T), 0.9))
    if _SHIFT_M[0] < length < _SHIFT_M[1] and spread < max(_SPREAD_M, length / 100):
        east, north = (round(float(value), 1) for value in shift)
        raise Unreadable("datum_refused", "datum_shifted", east_m=east, north_m=north, matches=len(both))
    return length <= _SPREAD_M


def _corners(geoms: Geometries) -> Coordinates:
    corners: Coordinates = shapely.get_coordinates(geoms)
    corners = corners[in_window(corners)]  # a stray corner far out of the projection has no degrees
    return corners[:: len(corners) // _MOST_CORNERS + 1]


def _matches(tree: shapely.STRtree, corners: Coordinates) -> int:
    if not len(corners) or not len(tree):
        return 0
    found = tree.query(shapely.points(corners), predicate="dwithin", distance=SAME_M)
    return len(np.unique(found[0]))


def gcj02_to_wgs84(degrees: Coordinates) -> Coordinates:
    """Undo the GCJ-02 offset by iteration.

    Parameters
    ----------
    degrees : array of shape (n, 2)
        (lon, lat) in GCJ-02 degrees.

    Returns
    -------
    array of shape (n, 2)
        (lon, lat) in WGS 84 degrees, exact to about 1e-9 degree.

    Examples
    --------
    >>> place = np.array([[114.32, 29.84]])
    >>> bool(np.abs(gcj02_to_wgs84(wgs84_to_gcj02(place)) - place).max() < 1e-9)
    True
    """
    guess = degrees.copy()
    for _ in range(_ROUNDS):
        guess = degrees - (wgs84_to_gcj02(guess) - guess)
    return guess


def wgs84_to_gcj02(degrees: Coordinates) -> Coordinates:
    """Apply the published GCJ-02 offset to (lon, lat) degrees inside China."""
    x, y = degrees[:, 0] - 105.0, degrees[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    common = _waves(x, (20.0, 6.0), (20.0, 2.0))
    north = north + common + _waves(y, (20.0, 1.0), (40.0, 1.0 / 3.0))
    north = north + _waves(y, (160.0, 1.0 / 12.0), (320.0, 1.0 / 30.0))
    east = east + common + _waves(x, (20.0, 1.0), (40.0, 1.0 / 3.0))
    east = east + _waves(x, (150.0, 1.0 / 12.0), (300.0, 1.0 / 30.0))
    latitude = np.radians(degrees[:, 1])
    curve = 1.0 - _KRASOVSKY_E2 * np.sin(latitude) ** 2
    meridian = _KRASOVSKY_A * (1.0 - _KRASOVSKY_E2) / curve**1.5
    normal = _KRASOVSKY_A / np.sqrt(curve)
    lon = degrees[:, 0] + np.degrees(east / (normal * np.cos(latitude)))
    lat = degrees[:, 1] + np.degrees(north / meridian)
    return np.column_stack([lon, lat])


def _waves(value: NDArray[np.float64], *terms: tuple[float, float]) -> NDArray[np.float64]:
    """Sum amplitude·sin(frequency·π·value)·2/3 over the terms."""
    total = np.zeros_like(value)
    for amplitude, frequency in terms:
        total = total + amplitude * np.sin(frequency * np.pi * value)
    return total * 2.0 / 3.0
