"""Use cases of counties: load a boundary set, decide, record, confirm, replay, look all parcels up."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow
from shapely.geometry.base import BaseGeometry

from spatial.counties import store
from spatial.counties.errors import (
    BoundarySetBad,
    BoundarySetChanged,
    BoundarySetMissing,
    NoBoundarySetOn,
    SubjectWithoutShape,
)
from spatial.counties.records import (
    BoundarySet,
    CountyDecision,
    CountyShape,
    LoadedSet,
    Measured,
    Reason,
    Rule,
    Subject,
)
from spatial.counties.rules import RULES_VERSION, Judgement, judge, judge_without_shape, split_parts
from spatial.counties.shapes import Fault, fault_of, multi
from spatial.crs import GEOGRAPHIC, to_plane
from spatial.parcels.rules import geometry_sha256, snap

Conn = Connection[TupleRow]
_NOTHING = Measured((), (), 0, None)


def load_boundary_set(conn: Conn, boundary: BoundarySet, counties: Sequence[CountyShape]) -> int:
    """Load a version of the county boundaries; loading the same again changes nothing.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    boundary : BoundarySet
    counties : sequence of CountyShape
        Of the city and its neighbours; EPSG:4490, degrees. They are rounded to 1 mm in EPSG:4547.

    Returns
    -------
    int
        Key of the set.

    Raises
    ------
    BoundarySetBad
        Invalid shapes, or counties that overlap.
    BoundarySetChanged
        The name stands with other shapes.
    BoundarySetsOverlap
        By the database: another set is in force on one of the days.
    """
    ordered = sorted(counties, key=lambda county: county.county_code)
    shapes = _plane([county.geom for county in ordered])
    plane = [replace(county, geom=multi(shape)) for county, shape in zip(ordered, shapes, strict=True)]
    return load_plane_set(conn, boundary, plane)


def load_plane_set(conn: Conn, boundary: BoundarySet, counties: Sequence[CountyShape]) -> int:
    """Load a version of the county boundaries whose shapes are in the plane already.

    Parameters
    ----------
    counties : sequence of CountyShape
        As in :func:`load_boundary_set`, but EPSG:4547 (E, N) metres on the 1 mm grid.

    Raises
    ------
    BoundarySetBad, BoundarySetChanged, BoundarySetsOverlap
    """
    ordered = sorted(counties, key=lambda county: county.county_code)
    shapes = np.asarray([county.geom for county in ordered], dtype=object)
    _check(ordered, shapes)
    digest = hashlib.sha256()
    for county, sha256 in zip(ordered, geometry_sha256(shapes), strict=True):
        digest.update(county.county_code.encode() + bytes([county.in_city]) + sha256)
    known = store.set_named(conn, boundary.name)
    if known is not None:
        if known.sha256 != digest.digest():
            raise BoundarySetChanged(name=boundary.name)
        return known.set_id
    set_id = store.insert_set(conn, boundary, digest.digest())
    rows = [
        (county.county_code, county.name_zh, county.name_en, county.in_city, county.geom)
        for county in ordered
    ]
    store.insert_counties(conn, set_id, rows)
    return set_id


def boundary_set(conn: Conn, on: date) -> LoadedSet:
    """Return the boundary set in force on a day.

    Raises
    ------
    BoundarySetMissing
    """
    found = store.set_on(conn, on)
    if found is None:
        raise BoundarySetMissing(at=on)
    return found


def counties(conn: Conn, on: date) -> tuple[LoadedSet, list[dict[str, Any]]]:
    """Return the set in force on a day and its counties.

    Each county has names, ``in_city``, ``area_km2`` (plane) and ``geom`` (EPSG:4547, metres).

    Raises
    ------
    NoBoundarySetOn
    """
    found = store.set_on(conn, on)
    if found is None:
        raise NoBoundarySetOn(at=on)
    return found, store.county_rows(conn, found.set_id)


def decide(
    conn: Conn,
    subject: Subject,
    *,
    as_of: date,
    boundary: LoadedSet | None = None,
    area_split: bool = False,
) -> CountyDecision:
    """Decide to which county a subject belongs; nothing is stored.

    This is the only place that decides a county, for authority and money alike.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    subject : Subject
        Shape in EPSG:4547 (E, N) metres, or codes alone.
    as_of : date
        Day whose boundary set counts.
    boundary : LoadedSet, optional
        Set to use instead, for replay and simulation.
    area_split : bool
        Whether fees of what straddles are split by area; then the decision says by which parts.

    Returns
    -------
    CountyDecision
        ``county_code`` is None while undecided, with the reason.

    Raises
    ------
    BoundarySetMissing
    SubjectWithoutShape
        Neither shape, nor code, nor jurisdiction.
    """
    used = boundary or boundary_set(conn, as_of)
    code = subject.unit_code or subject.parcel_code
    code_county = code[:6] if code else None
    geom = None if subject.geom is None else snap([subject.geom])[0]
    if geom is None:
        measured, judgement = _NOTHING, _by_code(conn, subject, code_county, used)
    else:
        measured, judgement = _by_place(conn, geom, code_county, used)
    rule, county_code, reason = judgement
    return CountyDecision(
        county_code=county_code,
        decided=county_code is not None,
        rule=rule,
        reason=reason,
        overlaps=measured.overlaps,
        neighbours=measured.neighbours,
        outside_ppm=measured.outside_ppm,
        distance_to_line_m=measured.distance_to_line_m,
        code_county=code_county,
        set_id=used.set_id,
        boundary_set=used.name,
        geometry_sha256=None if geom is None else geometry_sha256([geom])[0].hex(),
        as_of=as_of,
        engine=_engine(used),
        shares=split_parts(measured) if area_split and rule is Rule.STRADDLE else (),
    )


def _engine(used: LoadedSet) -> dict[str, str]:
    """Return the versions of what measures and of the rules."""
    return {**used.engine, "rules": RULES_VERSION}


def _by_code(conn: Conn, subject: Subject, code_county: str | None, used: LoadedSet) -> Judgement:
    """Judge a subject without a shape."""
    judgement = judge_without_shape(
        code_county=code_county,
        jurisdiction=subject.jurisdiction,
        city=store.city_counties(conn, used.set_id),
    )
    if judgement is None:
        raise SubjectWithoutShape(subject=subject.key)
    return judgement


def _by_place(
    conn: Conn, geom: BaseGeometry, code_county: str | None, used: LoadedSet
) -> tuple[Measured, Judgement]:
    """Measure a shape (EPSG:4547, 1 mm grid) and judge it; an invalid one is not mended."""
    if not geom.is_valid or geom.is_empty:
        return _NOTHING, (Rule.UNDECIDABLE, None, Reason.INVALID_GEOMETRY)
    measured = store.measure(conn, geom, used.set_id)
    return measured, judge(measured, code_county=code_county, accuracy_m=used.accuracy_m)


def decide_all(conn: Conn, *, as_of: date, started_by: str, now: datetime) -> tuple[int, Mapping[str, int]]:
    """Look every parcel in force up at once and write the evidence.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    as_of : date
        Day whose parcels and boundary set are used.
    started_by : str
        Login.
    now : datetime
        Aware instant of the start.

    Returns
    -------
    run_id : int
        Key of the run; answers stand in ``spatial.county_answer``.
    rules : mapping
        Number of parcels by rule.

    Raises
    ------
    BoundarySetMissing
    """
    used = boundary_set(conn, as_of)
    values: dict[str, object] = {
        "set_id": used.set_id,
        "as_of": as_of,
        "started_by": started_by,
        "now": now,
        "engine": _engine(used),
        "accuracy_m": used.accuracy_m,
    }
    run_id = store.start_run(conn, values)
    store.assign(conn, {**values, "run_id": run_id})
    return run_id, store.rules_of_run(conn, run_id)


def _plane(shapes: Sequence[BaseGeometry]) -> Any:
    """Bring degrees (EPSG:4490) to EPSG:4547 on the 1 mm grid."""
    array = np.asarray(shapes, dtype=object)
    return snap(shapely.transform(array, lambda degrees: to_plane(degrees, GEOGRAPHIC)))


def _check(counties: Sequence[CountyShape], shapes: Any) -> None:
    fault = fault_of([county.county_code for county in counties], shapes)
    if fault is None and not any(county.in_city for county in counties):
        fault = Fault("no_county")
    if fault is not None:
        raise BoundarySetBad(reason=fault.reason, counties=fault.counties)
