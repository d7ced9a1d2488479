"""Coordinate systems: which are understood, how to tell them by name, how to change between them.

The only importer of pyproj. Arrays are always ``(E, N)`` in metres or ``(lon, lat)`` in degrees, never the
registry's axis order. CGCS2000 and WGS 84 are taken as equal (they differ by less than a decimetre), as the
exchange of the trade does; other datums are refused, for no public parameters lead from them to CGCS2000.
"""

import re
from dataclasses import dataclass
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
# The same projection on the central meridians beside, without and with the zone number: the change is exact.
BESIDE: Final = {4546: (111.0, 500_000.0), 4548: (117.0, 500_000.0), 4525: (111.0, 37_500_000.0),
                 4527: (117.0, 39_500_000.0)}  # fmt: skip
ACCEPTED: Final = (PLANE, PLANE_ZONE_38, GEOGRAPHIC, WGS84, *BESIDE)
_ZONES: Final = {37: 4525, 38: PLANE_ZONE_38, 39: 4527}

ZONE: Final = 38
ZONE_PREFIX_M: Final = 38_000_000.0
CENTRAL_MERIDIAN_DEG: Final = 114.0
_GAUSS: Final = {
    PLANE: (CENTRAL_MERIDIAN_DEG, 500_000.0),
    PLANE_ZONE_38: (CENTRAL_MERIDIAN_DEG, 38_500_000.0),
    **BESIDE,
}


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
    if int(match["zone"]) in _ZONES:
        return _ZONES[int(match["zone"])]
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
    """Tell 4547 from 4526 and from those beside by the parameters of the projection."""
    operation = crs.coordinate_operation
    values = {param.name: float(param.value) for param in operation.params} if operation else {}
    meridian = values.get("Longitude of natural origin")
    easting = values.get("False easting")
    if values.get("Scale factor at natural origin", 1.0) == 1.0:
        for epsg, parameters in _GAUSS.items():
            if (meridian, easting) == parameters:
                return epsg
    raise CrsProblem("crs_contradicted", str(crs.name))


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
        plane = _transform(coordinates, epsg if epsg in BESIDE else GEOGRAPHIC, PLANE)
    return np.round(plane, 3)


def to_degrees(coordinates: Coordinates) -> Coordinates:
    """Bring (E, N) in EPSG:4547 to (lon, lat) degrees of CGCS2000, nine decimals (0.1 mm)."""
    return np.round(_transform(coordinates, PLANE, GEOGRAPHIC), 9)


def _transform(coordinates: Coordinates, source: int, target: int) -> Coordinates:
    if not len(coordinates):
        return coordinates.reshape(0, 2)
    first, second = _transformer(source, target).transform(coordinates[:, 0], coordinates[:, 1])
    return np.column_stack([first, second])


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
