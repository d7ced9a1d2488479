"""Coordinate systems: which are understood, how to recognise them, how to change between them.

The only importer of pyproj. Arrays are always ``(E, N)`` in metres or ``(lon, lat)`` in degrees, never the
registry's axis order. CGCS2000 and WGS 84 are taken as equal (they differ by less than a decimetre), as the
exchange of the trade does; other datums are refused, for no public parameters lead from them to CGCS2000.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

Coordinates = NDArray[np.float64]

PLANE: Final = 4547  # CGCS2000 / 3-degree Gauss-Kruger CM 114E, false easting 500 000 m
PLANE_ZONE_38: Final = 4526  # the same with the zone number 38 before the easting
GEOGRAPHIC: Final = 4490  # CGCS2000, degrees
WGS84: Final = 4326
WEB: Final = 3857
ACCEPTED: Final = (PLANE, PLANE_ZONE_38, GEOGRAPHIC, WGS84)

ZONE: Final = 38
ZONE_PREFIX_M: Final = 38_000_000.0
CENTRAL_MERIDIAN_DEG: Final = 114.0
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
_ZONES: Final = (13, 45)  # numbers of the six- and three-degree zones of the country
GRID_M: Final = 0.001  # coordinates are kept on a 1 mm grid


class CrsProblem(ValueError):
    """A declared coordinate system cannot be used.

    Parameters
    ----------
    code : {"crs_missing", "crs_contradicted", "datum_refused"}
        Why.
    name : str
        The name as declared.
    """

    def __init__(self, code: str, name: str) -> None:
        self.code = code
        self.name = name
        super().__init__(f"{code}: {name}")


class Looks(StrEnum):
    """What a coordinate pair looks like, told by the city's window alone."""

    PLANE = "plane"
    ZONED = "zoned"
    DEGREES = "degrees"
    PLANE_SWAPPED = "plane_swapped"
    ZONED_SWAPPED = "zoned_swapped"
    DEGREES_SWAPPED = "degrees_swapped"
    ELSEWHERE = "elsewhere"


_EXPECTED: Final = {
    PLANE: Looks.PLANE,
    PLANE_ZONE_38: Looks.ZONED,
    GEOGRAPHIC: Looks.DEGREES,
    WGS84: Looks.DEGREES,
}
_SWAPPED: Final = frozenset({Looks.PLANE_SWAPPED, Looks.ZONED_SWAPPED, Looks.DEGREES_SWAPPED})


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of an accepted coordinate system."""

    epsg: int
    name: str
    degrees: bool


def facts(epsg: int) -> Facts:
    """Return the facts of one of the accepted systems."""
    crs = _crs(epsg)
    return Facts(epsg, str(crs.name), bool(crs.is_geographic))


_REFUSED_DATUM = re.compile(r"xi.?an|西安|beijing|北京|1954|1980|bj54|gcj|mars|bd.?09", re.IGNORECASE)
# A datum that its writer did not name: nothing but the words software puts there.
_NAMELESS = re.compile(
    r"(d?_?unknown|unnamed|undefined|custom|userdefined|gcs_?|based?on.*|ellipsoid|_)*", re.IGNORECASE
)
# Semi-major axis in metres and inverse flattening, and the datum that has them here.
_ELLIPSOIDS: Final = (
    (6_378_137.0, 298.257_222_101, "CGCS2000"),
    (6_378_137.0, 298.257_223_563, "WGS 84"),
    (6_378_140.0, 298.257, "Xian 1980"),
    (6_378_245.0, 298.3, "Beijing 1954"),
)
_GAUSS_NAME = re.compile(
    r"cgcs_?2000[ _/]+3[-_ ]?degree[ _](?:gk|gauss[-_ ]kruger)[ _]"
    r"(?:(?P<meridian>cm[_ ]114e)|zone[_ ](?P<zone>\d+))",
    re.IGNORECASE,
)


def identify(declared: str) -> int:
    """Tell which accepted system a declaration means.

    Parameters
    ----------
    declared : str
        ``EPSG:4547``, a URN, the text of a ``.prj`` (ESRI or OGC WKT) or a name.

    Returns
    -------
    int
        EPSG code, one of `ACCEPTED`.

    Raises
    ------
    CrsProblem
        ``datum_refused`` for another datum, ``crs_contradicted`` for a projection that is not the city's,
        ``crs_missing`` for an empty or unintelligible text.

    Examples
    --------
    >>> identify("EPSG:4547")
    4547
    >>> identify("CGCS2000_3_Degree_GK_Zone_38")
    4526
    """
    from pyproj.exceptions import CRSError

    # A lone surrogate, which JSON can hold, is no text for PROJ.
    text = declared.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise CrsProblem("crs_missing", "")
    named = _by_name(text)
    if named is not None:
        return named
    try:
        crs = _parse(text)
    except CRSError as error:
        code = "datum_refused" if _REFUSED_DATUM.search(text) else "crs_missing"
        raise CrsProblem(code, text[:80]) from error
    return _by_parameters(crs)


def _by_name(text: str) -> int | None:
    if text.isdigit() and int(text) in ACCEPTED:
        return int(text)
    match = _GAUSS_NAME.search(text[:120])
    if match is None:
        return None
    if match["meridian"]:
        return PLANE
    if int(match["zone"]) == ZONE:
        return PLANE_ZONE_38
    raise CrsProblem("crs_contradicted", match[0])


def _by_parameters(crs: "CRS") -> int:
    name = str(crs.name)
    datum = f"{crs.datum.name if crs.datum else ''} {crs.geodetic_crs.name if crs.geodetic_crs else ''}"
    if _NAMELESS.fullmatch(datum.replace(" ", "")):
        datum = _by_ellipsoid(crs)
    if _REFUSED_DATUM.search(f"{name} {datum}"):
        raise CrsProblem("datum_refused", name)
    chinese = bool(re.search(r"china[ _]?2000|china[ _]geodetic|cgcs2000", datum, re.IGNORECASE))
    world = bool(re.search(r"world[ _]geodetic|wgs[ _]?(19)?84", datum, re.IGNORECASE))
    if not chinese and not world:
        raise CrsProblem("datum_refused", name)
    if crs.is_geographic:
        return GEOGRAPHIC if chinese else WGS84
    if chinese:
        return _gauss(crs)
    raise CrsProblem("crs_contradicted", name)


def _by_ellipsoid(crs: "CRS") -> str:
    """Name the datum of a system that names none, by its ellipsoid; empty when it is none of ours."""
    ellipsoid = crs.ellipsoid
    if ellipsoid is None:
        return ""
    for axis_m, flattening, name in _ELLIPSOIDS:
        same_axis = abs(ellipsoid.semi_major_metre - axis_m) < 1e-3  # noqa: PLR2004  written with decimals
        if same_axis and abs(ellipsoid.inverse_flattening - flattening) < 5e-7:  # noqa: PLR2004
            return name
    return ""


def _gauss(crs: "CRS") -> int:
    """Tell 4547 from 4526 by the parameters of the projection."""
    operation = crs.coordinate_operation
    values = {param.name: float(param.value) for param in operation.params} if operation else {}
    meridian = values.get("Longitude of natural origin")
    easting = values.get("False easting")
    if meridian == CENTRAL_MERIDIAN_DEG and values.get("Scale factor at natural origin", 1.0) == 1.0:
        if easting == 500_000.0:  # noqa: PLR2004  parameter of EPSG:4547
            return PLANE
        if easting == 38_500_000.0:  # noqa: PLR2004  parameter of EPSG:4526
            return PLANE_ZONE_38
    raise CrsProblem("crs_contradicted", str(crs.name))


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
        ],
        [
            Looks.PLANE.value,
            Looks.ZONED.value,
            Looks.DEGREES.value,
            Looks.PLANE_SWAPPED.value,
            Looks.ZONED_SWAPPED.value,
            Looks.DEGREES_SWAPPED.value,
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
    if {look, expected} == {Looks.PLANE, Looks.ZONED}:
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


def to_plane(coordinates: Coordinates, epsg: int) -> Coordinates:
    """Bring coordinates to EPSG:4547 on the 1 mm grid.

    Parameters
    ----------
    coordinates : array of shape (n, 2)
        (E, N) metres or (lon, lat) degrees.
    epsg : int
        One of `ACCEPTED`.

    Returns
    -------
    array of shape (n, 2)
        (E, N) in EPSG:4547, metres, three decimals.

    Examples
    --------
    >>> to_plane(np.array([[114.32, 29.84]]), 4490).round(3).tolist()
    [[530925.1, 3302420.193]]
    """
    if epsg == PLANE:
        plane = coordinates
    elif epsg == PLANE_ZONE_38:
        plane = coordinates - np.array([ZONE_PREFIX_M, 0.0])
    else:
        plane = _transform(coordinates, GEOGRAPHIC, PLANE)
    return np.round(plane, 3)


def to_degrees(coordinates: Coordinates) -> Coordinates:
    """Bring (E, N) in EPSG:4547 to (lon, lat) degrees of CGCS2000, nine decimals (0.1 mm)."""
    return np.round(_transform(coordinates, PLANE, GEOGRAPHIC), 9)


def _transform(coordinates: Coordinates, source: int, target: int) -> Coordinates:
    if not len(coordinates):
        return coordinates.reshape(0, 2)
    first, second = _transformer(source, target).transform(coordinates[:, 0], coordinates[:, 1])
    return np.column_stack([first, second])


def _inside(
    first: Coordinates, second: Coordinates, window: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (
        (first >= window[0]) & (second >= window[1]) & (first <= window[2]) & (second <= window[3])
    )
    return inside


def _widened(window: tuple[float, float, float, float], margin: float) -> tuple[float, float, float, float]:
    return (window[0] - margin, window[1] - margin, window[2] + margin, window[3] + margin)


@cache
def _crs(epsg: int) -> "CRS":
    from pyproj import CRS

    return CRS.from_epsg(epsg)


def _parse(text: str) -> "CRS":
    from pyproj import CRS

    return CRS.from_user_input(text)


@cache
def _transformer(source: int, target: int) -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)
