"""Reader of GeoJSON: own and strict, because the usual readers guess, fall over or take NaN."""

import json
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from spatial.survey.readers.limits import MIB, Limits
from spatial.survey.readers.records import Note, Unreadable
from spatial.survey.readers.telling import METER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN_STRINGS: Final = re.compile(rb'"[^"]*"')
_NO_MARKS: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_LONGEST_NUMBER: Final = 400
_MIN_POSITIONS: Final = 4


def load(data: bytes, limits: Limits) -> dict[str, Any]:
    """Parse the JSON and make sure that it is a collection of features.

    Parameters
    ----------
    data : bytes
        UTF-8, with or without BOM.
    limits : Limits
        Depth and number of features.

    Returns
    -------
    dict
        The ``FeatureCollection``; a single ``Feature`` is wrapped in one.

    Raises
    ------
    Unreadable
    """
    if _depth(data) > limits.depth:
        raise Unreadable("too_deep", "json_deep", limit=limits.depth)
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_constant, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise Unreadable("unreadable_file", "json_broken") from error
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = {"type": "FeatureCollection", "features": [found], "crs": found.get("crs")}
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise Unreadable("wrong_type", "json_not_features")
    features = found.get("features")
    if not isinstance(features, list) or not all(isinstance(entry, dict) for entry in features):
        raise Unreadable("unreadable_file", "json_broken")
    if not features:
        raise Unreadable("unreadable_file", "no_features")
    if len(features) > limits.features:
        raise Unreadable("too_large", "too_many_features", limit=limits.features)
    return found


def declared_crs(collection: dict[str, Any]) -> str:
    """Return the coordinate system the file names; RFC 7946 says WGS 84 where it names none.

    Raises
    ------
    Unreadable
        If the member ``crs`` is not the old named form.
    """
    member = collection.get("crs")
    if member is None:
        return "EPSG:4326"
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise Unreadable("crs_missing", "crs_unintelligible", name=str(member)[:80])
    return name


def features(
    collection: dict[str, Any], limits: Limits
) -> tuple["NDArray[np.object_]", list[dict[str, Any]], dict[int, str], list[Note]]:
    """Take geometries, attributes and faults from a collection.

    Returns
    -------
    geoms : array of Polygon, MultiPolygon or None
        Coordinates as written, without Z.
    rows : list of dict
        Properties.
    faults : dict
        Feature number (from 1) -> why it has no polygon.
    notes : list of Note

    Raises
    ------
    Unreadable
        ``geometry_not_finite`` or ``too_large``.
    """
    import numpy as np

    entries = collection["features"]
    geoms = np.full(len(entries), None, dtype=object)
    rows, faults, notes = [], {}, []
    flat = True
    METER.begin("reading", len(entries))
    for at, entry in enumerate(entries):
        METER.advance(1)
        properties = entry.get("properties")
        rows.append(properties if isinstance(properties, dict) else {})
        try:
            geoms[at], is_flat = _geometry(entry.get("geometry"), limits)
            flat = flat and is_flat
        except _Fault as fault:
            faults[at + 1] = str(fault)
    if not flat:
        notes.append(Note("z_dropped", "info"))
    return geoms, rows, faults, notes


class _Fault(Exception):
    """A feature has no usable polygon; the text is the code of the reason."""


def _geometry(member: object, limits: Limits) -> tuple[Any, bool]:
    import shapely

    if member is None:
        raise _Fault("geometry_absent")
    if not isinstance(member, dict):
        raise _Fault("geometry_unreadable")
    kind, coordinates = member.get("type"), member.get("coordinates")
    if not isinstance(kind, str) or kind not in {"Polygon", "MultiPolygon"}:
        raise _Fault("not_a_polygon")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts or not all(isinstance(part, list) and part for part in parts):
        raise _Fault("geometry_absent" if parts in ([], [[]]) else "geometry_unreadable")
    arrays = [[_ring(ring, limits) for ring in part] for part in parts]
    flat = all(ring.shape[1] == 2 for part in arrays for ring in part)  # noqa: PLR2004  (x, y)
    shapes = [shapely.Polygon(part[0][:, :2], [hole[:, :2] for hole in part[1:]]) for part in arrays]
    return (shapes[0] if kind == "Polygon" else shapely.MultiPolygon(shapes)), flat


def _ring(ring: object, limits: Limits) -> "NDArray[np.float64]":
    import numpy as np

    if not isinstance(ring, list) or len(ring) < _MIN_POSITIONS:
        raise _Fault("ring_short")
    if len(ring) > limits.vertices:
        raise Unreadable("too_large", "too_many_vertices", limit=limits.vertices)
    try:
        array = np.array(ring)
    except ValueError as error:  # positions of different lengths
        raise _Fault("geometry_unreadable") from error
    if array.ndim != 2 or array.shape[1] not in {2, 3, 4} or array.dtype.kind not in "if":  # noqa: PLR2004
        raise _Fault("geometry_unreadable")
    array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise Unreadable("geometry_not_finite", "not_finite")
    if not bool((array[0] == array[-1]).all()):
        raise _Fault("ring_open")
    return array


def _depth(data: bytes) -> int:
    """Count the deepest nesting of brackets outside strings."""
    if b"\\" in data:  # an escaped quote does not end a string
        data = _STRINGS.sub(b"", data)
    marks = data.translate(None, _NO_MARKS)
    bare = _PLAIN_STRINGS.sub(b"", marks).replace(b'"', b"")
    if len(bare) > 64 * MIB:
        raise Unreadable("too_large", "too_many_features", limit=len(bare))
    return max(accumulate(map(_STEPS.__getitem__, bare)), default=0)


def _constant(text: str) -> float:
    raise Unreadable("geometry_not_finite", "not_finite", value=text)


def _integer(text: str) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise Unreadable("geometry_not_finite", "not_finite", value=text[:20])
    value = int(text)
    return value if abs(value) < 2**63 else float(value)
