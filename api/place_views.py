"""How places are shown and read: parcels, counties and decisions as JSON, GeoJSON from callers."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

from api.boundary_notice import notice_of
from data.errors import Invalid
from data.messages import text
from spatial.city_window import Looks, looks, misread
from spatial.counties.records import (
    CountyDecision,
    DecisionDocument,
    LoadedSet,
    Overlap,
    Reason,
    StoredDecision,
)
from spatial.crs import PLANE, CrsProblem, facts, identify, to_degrees, to_plane
from spatial.parcels.records import ParcelVersion

MM2_PER_M2 = 1_000_000
DEGREES: Literal["EPSG:4490"] = "EPSG:4490"
METRES = f"EPSG:{PLANE}"
_KINDS = {"Point": Point, "Polygon": Polygon, "MultiPolygon": MultiPolygon}
# How deep the positions of a kind lie in its coordinates.
_DEPTHS = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}
_RING_POSITIONS = 4


class GeometryUnreadable(Invalid):
    """The coordinates do not make a geometry."""

    code = "geometry_unreadable"


class GeometryKindRefused(Invalid):
    """Only Point, Polygon and MultiPolygon have a county."""

    code = "geometry_kind_refused"


class BboxBad(Invalid):
    """The box is not four numbers."""

    code = "bbox_bad"


def read_geometry(geojson: dict[str, Any], crs: str) -> BaseGeometry:
    """Read a GeoJSON geometry or feature.

    Parameters
    ----------
    geojson : dict
        Point, Polygon or MultiPolygon, (lon, lat) degrees or (E, N) metres.
    crs : str
        What the coordinates are in.

    Returns
    -------
    geometry
        EPSG:4547 (E, N) metres, 1 mm grid.

    Raises
    ------
    GeometryKindRefused, GeometryUnreadable
    Invalid
        ``datum_refused``, ``crs_missing``, ``crs_contradicted``, ``axes_swapped`` or ``zone_prefix``.
    """
    found = geojson.get("geometry") if geojson.get("type") == "Feature" else geojson
    if not isinstance(found, dict):
        raise GeometryUnreadable
    kind = found.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise GeometryKindRefused(kind=str(kind)[:40])
    epsg = read_crs(crs)
    if not _written_well(found.get("coordinates"), _DEPTHS[kind]):
        raise GeometryUnreadable
    try:
        geom = shapely.force_2d(shape(found))
    except (ValueError, TypeError, IndexError, OverflowError, shapely.GEOSException) as error:
        raise GeometryUnreadable from error
    if geom.is_empty or not isinstance(geom, _KINDS[kind]):
        raise GeometryUnreadable
    _judge_sense(_checked(shapely.get_coordinates(geom)), epsg)
    return shapely.transform(geom, lambda pairs: _checked(to_plane(pairs, epsg)))


def _written_well(part: object, depth: int) -> bool:
    """Tell whether coordinates are as RFC 7946 wants them: numbers, nested so deep, rings closed."""
    if not isinstance(part, list):
        return False
    if depth == 0:
        return 2 <= len(part) <= 4 and all(type(number) in {int, float} for number in part)  # noqa: PLR2004
    if depth == 1 and (len(part) < _RING_POSITIONS or part[0] != part[-1]):
        return False
    return bool(part) and all(_written_well(inner, depth - 1) for inner in part)


def _judge_sense(pairs: NDArray[np.float64], epsg: int) -> None:
    """Refuse coordinates that all look like another system than the named one, seen by the city's window.

    Raises
    ------
    Invalid
        ``axes_swapped``, ``zone_prefix`` or ``crs_contradicted``.
    """
    seen = {Looks(str(word)) for word in np.unique(looks(pairs))}
    told = {misread(look, epsg) for look in seen}
    code = told.pop()
    if code is not None and not told:
        raise Invalid(code, crs=f"EPSG:{epsg}", seen=[str(look) for look in seen])


def read_crs(crs: str) -> int:
    """Return the EPSG code of an accepted coordinate system.

    Raises
    ------
    Invalid
        ``datum_refused``, ``crs_missing`` or ``crs_contradicted``.
    """
    try:
        return identify(crs)
    except CrsProblem as error:
        raise Invalid(error.code, crs=error.name[:80]) from error


def read_bbox(bbox: str, crs: str) -> tuple[float, float, float, float]:
    """Read ``west,south,east,north`` and return it as EPSG:4547 metres.

    Raises
    ------
    BboxBad
    """
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError as error:
        raise BboxBad from error
    if not np.isfinite([west, south, east, north]).all() or west > east or south > north:
        raise BboxBad
    epsg = read_crs(crs)
    if facts(epsg).degrees and (abs(west) > 180 or abs(east) > 180 or abs(south) > 90 or abs(north) > 90):  # noqa: PLR2004  degrees
        raise BboxBad
    corners = np.array([[west, south], [west, north], [east, south], [east, north]])
    plane = to_plane(corners, epsg)
    if not np.isfinite(plane).all():
        raise BboxBad
    low, high = plane.min(axis=0), plane.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def shown_geometry(geom: BaseGeometry, crs: str = DEGREES) -> dict[str, Any]:
    """Return a shape (EPSG:4547) as GeoJSON, in degrees or in metres as it is."""
    moved = geom if crs == METRES else shapely.transform(geom, to_degrees)
    shown: dict[str, Any] = json.loads(shapely.to_geojson(moved))
    return shown


def shown_geometries(geoms: Sequence[Any], crs: str = DEGREES) -> list[dict[str, Any] | None]:
    """Return many shapes as GeoJSON, transformed at once.

    Parameters
    ----------
    geoms : sequence of geometry or None
        EPSG:4547 (E, N) metres.
    crs : {"EPSG:4490", "EPSG:4547"}
        Degrees (lon, lat), or metres as they are.

    Returns
    -------
    list of dict or None
        None where there is no place, or none that degrees can express.
    """
    array = np.full(len(geoms), None, dtype=object)
    for at, geom in enumerate(geoms):
        array[at] = geom
    moved = array if crs == METRES else shapely.transform(array, to_degrees)
    return [None if _unshowable(geom) else json.loads(shapely.to_geojson(geom)) for geom in moved]


def _unshowable(geom: Any) -> bool:
    """Tell whether a place is absent, or so far out of the projection that it has no degrees."""
    return geom is None or not np.isfinite(shapely.get_coordinates(geom)).all()


def parcel_feature(parcel: ParcelVersion, crs: str = DEGREES) -> dict[str, Any]:
    """Return a parcel version as a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": parcel.version_id,
        "geometry": shown_geometry(parcel.geom, crs),
        "properties": {
            "parcel_code": parcel.parcel_code,
            "unit_code": parcel.unit_code,
            "county_code": parcel.county_code,
            "layer": parcel.layer,
            "version_id": parcel.version_id,
            "official_area_m2": parcel.official_area_m2,
            "surveyed_area_m2": parcel.surveyed_area_m2,
            "calculated_area_m2": parcel.calculated_area_m2,
            "land_use": parcel.land_use,
            "address": parcel.address,
            "valid_from": parcel.valid_from,
            "valid_to": parcel.valid_to,
            "known_from": parcel.known_from,
            "known_to": parcel.known_to,
            "survey_id": parcel.survey_id,
            "status": parcel.status,
            "geometry_sha256": parcel.geom_sha256,
        },
    }


def decision_json(
    decision: CountyDecision, lang: str, *, boundary: LoadedSet | None = None
) -> dict[str, Any]:
    """Return a decision with its evidence; with the boundary set, also its accuracy and notice."""
    shown: dict[str, Any] = {
        "county_code": decision.county_code,
        "decided": decision.decided,
        "rule": str(decision.rule),
        "rule_text": text(f"county.rule.{decision.rule}", lang),
        "reason": None if decision.reason is None else str(decision.reason),
        "overlaps": _parts(decision.overlaps),
        "neighbours": _parts(decision.neighbours),
        "outside_ppm": decision.outside_ppm,
        "distance_to_line_m": decision.distance_to_line_m,
        "code_county": decision.code_county,
        "boundary_set": decision.boundary_set,
        "geometry_sha256": decision.geometry_sha256,
        "as_of": decision.as_of,
        "engine": dict(decision.engine),
    }
    if decision.reason is not None:
        shown["reason_text"] = text(f"county.reason.{decision.reason}", lang)
    if boundary is not None:
        shown["accuracy_m"] = boundary.accuracy_m
        shown["notice"] = notice_of(boundary, lang)
    return shown


def stored_decision_json(stored: StoredDecision, lang: str) -> dict[str, Any]:
    """Return a decision of the register with its later fate."""
    shown = decision_json(stored.decision, lang)
    shown |= {
        "decision_id": stored.decision_id,
        "subject": stored.subject,
        "parcel_code": stored.parcel_code,
        "unit_code": stored.unit_code,
        "by_person": stored.by_person,
        "basis_doc": stored.basis_doc,
        "person_reason": stored.person_reason,
        "decided_by": stored.decided_by,
        "decided_at": stored.decided_at,
        "confirmed_by": stored.confirmed_by,
        "confirmed_at": stored.confirmed_at,
        "shares": _parts(stored.decision.shares),
        "supersedes": stored.supersedes,
        "superseded_by": stored.superseded_by,
    }
    if stored.decision.reason is Reason.UNCONFIRMED:
        shown["proposed"] = {
            "decision_id": stored.decision_id,
            "county_code": stored.proposed_county,
            "decided_by": stored.decided_by,
        }
    return shown


def decision_document_json(document: DecisionDocument) -> dict[str, Any]:
    """Return a file of a designation with where it can be fetched."""
    shown = asdict(document) | {"sha256": document.sha256.hex()}
    return shown | {"url": f"/api/v1/decisions/{document.decision_id}/documents/{document.document_id}"}


def boundary_json(boundary: LoadedSet, lang: str) -> dict[str, Any]:
    """Return what must be said about a boundary set wherever it is shown."""
    return {
        "name": boundary.name,
        "valid_from": boundary.valid_from,
        "valid_to": boundary.valid_to,
        "accuracy_m": boundary.accuracy_m,
        "legal": boundary.legal,
        "source": boundary.source,
        "source_doc": boundary.source_doc,
        "licence": boundary.licence,
        "notice": notice_of(boundary, lang),
        "sha256": boundary.sha256,
    }


def _parts(overlaps: Sequence[Overlap]) -> list[dict[str, Any]]:
    return [
        {
            "county_code": part.county_code,
            "ratio_ppm": part.ratio_ppm,
            "area_m2": part.area_mm2 / MM2_PER_M2,
        }
        for part in overlaps
    ]


def _checked(pairs: Any) -> Any:
    if not np.isfinite(pairs).all():
        raise GeometryUnreadable
    return pairs
