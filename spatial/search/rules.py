"""What a text in the search box may mean."""

import re
import unicodedata

import numpy as np

from spatial.city_window import Looks, looks
from spatial.crs import GEOGRAPHIC, PLANE, PLANE_ZONE_38, to_degrees, to_plane

_NUMBER = r"[-+]?\d{1,9}(?:\.\d{1,9})?"
_PAIR = re.compile(
    rf"^\D{{0,4}}({_NUMBER})\s*°?\s*[NESWnesw北东]?\s*[,;，、\s]\s*\D{{0,4}}({_NUMBER})\s*[°米m]?\D{{0,2}}$"
)
_CODE_START = re.compile(r"42\d{4,}[0-9A-Z]*", re.ASCII)
_MEANT = {
    Looks.PLANE: (PLANE, False),
    Looks.PLANE_SWAPPED: (PLANE, True),
    Looks.ZONED: (PLANE_ZONE_38, False),
    Looks.ZONED_SWAPPED: (PLANE_ZONE_38, True),
    Looks.DEGREES: (GEOGRAPHIC, False),
    Looks.DEGREES_SWAPPED: (GEOGRAPHIC, True),
}

Place = tuple[tuple[float, float], tuple[float, float]]


def coordinates(text: str) -> Place | None:
    """Read a pair of coordinates in any usual order.

    Parameters
    ----------
    text : str
        Degrees (CGCS2000) or metres (EPSG:4547, with or without zone number 38), north or east first.

    Returns
    -------
    ((lon, lat), (east_m, north_m)) or None
        None when the text is no pair, or lies outside the city's window.

    Examples
    --------
    >>> coordinates("29.84, 114.32")[1]
    (530925.1, 3302420.193)
    >>> coordinates("3302420.193 38530925.1")[0]
    (114.32, 29.84)
    """
    match = _PAIR.match(unicodedata.normalize("NFKC", text.strip()))
    if match is None:
        return None
    pair = np.array([[float(match[1]), float(match[2])]])
    meant = _MEANT.get(Looks(looks(pair)[0]))
    if meant is None:
        return None
    epsg, swapped = meant
    plane = to_plane(pair[:, ::-1] if swapped else pair, epsg)
    degrees = to_degrees(plane)[0]
    return (
        (round(float(degrees[0]), 7), round(float(degrees[1]), 7)),
        (float(plane[0, 0]), float(plane[0, 1])),
    )


def code_start(text: str) -> str | None:
    """Return the beginning of a parcel or unit code (six characters or more), None for other texts."""
    code = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    return code if _CODE_START.fullmatch(code) else None
