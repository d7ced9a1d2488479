"""SQL of the ground of an upload: counties, sub-districts and live parcels around it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.city_window import in_window
from spatial.parcels.service import layer_pairs
from spatial.survey.change_records import Ended, Plan
from spatial.survey.datum import REACH_M, Reference
from spatial.survey.objects.records import Objects
from spatial.survey.objects.store import registered_buildings
from spatial.survey.readers.records import Subdistricts
from spatial.survey.records import (
    Box,
    Features,
    Ground,
    Order,
    Registered,
    Restrictions,
    Shapes,
)

Conn = Connection[TupleRow]
_AROUND_M = 1.0


def box_of(features: Features) -> Box:
    """Return the box (E, N, E, N) of an upload in EPSG:4547 metres.

    Stray features outside the city's window do not widen it: one of them would ask for the whole register.
    """
    bounds = shapely.bounds(features.geoms)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    near = in_window(bounds[:, :2]) & in_window(bounds[:, 2:])
    chosen = bounds[near] if near.any() else bounds
    west, south = (float(value) for value in chosen[:, :2].min(axis=0))
    east, north = (float(value) for value in chosen[:, 2:].max(axis=0))
    return (west, south, east, north)


def fetch_ground(
    conn: Conn,
    features: Features,
    order: Order,
    *,
    today: date,
    subdistricts: Subdistricts | None,
    objects: Objects,
) -> Ground:
    """Fetch the ground of an upload.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    features : Features
        Upload, EPSG:4547.
    order : Order
        Layer of the register; parcels in force on or after its day of effect.
    today : date
        Counties of this day.
    subdistricts : Subdistricts or None
        Those of the file, which stand before those of the register.
    objects : Objects
        What came beside the parcels; the parcels and buildings it names are fetched too.
    """
    layer, effective_on = order.layer, order.effective_on
    box = _wider(box_of(features), _AROUND_M)
    codes = [code for code in features.codes if code]
    counties, city = _counties(conn, box, today)
    named = sorted({*codes, *objects.parcel_codes()})
    parcels, registered = _parcels(conn, box, named, layer, effective_on)
    judgements = _judgements(conn, layer)
    return Ground(
        counties=counties if len(counties) else None,
        city=city,
        subdistricts=_subdistricts(conn, box, codes, effective_on, subdistricts),
        parcels=parcels,
        areas_m2={code: registered[code].area_m2 or 0.0 for code in named if code in registered},
        registered={code: registered[code] for code in codes if code in registered},
        used_codes=_used_codes(conn, codes, effective_on),
        buildings=registered_buildings(conn, objects.building_codes()),
        others=_others(conn, box, sorted(judgements), effective_on),
        judgements=judgements,
    )


def fetch_reference(conn: Conn, features: Features, *, layer: str, today: date) -> Reference:
    """Fetch what the datum of an upload is judged by: corners of live parcels and county lines around it."""
    box = _wider(box_of(features), REACH_M)
    codes = [code for code in features.codes if code]
    parcels, _ = _parcels(conn, box, codes, layer, today)
    lines = conn.execute(
        "SELECT l.geom FROM spatial.county_line l JOIN spatial.boundary_set s USING (set_id)"
        " WHERE s.valid @> %s::date AND l.geom && ST_MakeEnvelope(%s, %s, %s, %s, 4547)",
        [today, *box],
    ).fetchall()
    shapes = np.array([*parcels.geoms, *(line for (line,) in lines)], dtype=object)
    corners = shapely.get_coordinates(shapes) if len(shapes) else np.empty((0, 2))
    return Reference(corners, parcels)


def base_revision(conn: Conn) -> int | None:
    """Return the last change of the register."""
    row = conn.execute("SELECT max(change_id) FROM map.change").fetchone()
    return None if row is None else row[0]


def _wider(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def _shapes(rows: Sequence[tuple[Any, ...]]) -> Shapes:
    """Take (code, geometry, …) rows apart; every geometry becomes a MultiPolygon."""
    geoms = np.full(len(rows), None, dtype=object)
    for at, row in enumerate(rows):
        geoms[at] = row[1] if row[1].geom_type == "MultiPolygon" else shapely.MultiPolygon([row[1]])
    return Shapes([row[0] for row in rows], geoms)


def _counties(conn: Conn, box: Box, today: date) -> tuple[Shapes, frozenset[str]]:
    rows = conn.execute(
        "SELECT p.county_code, p.geom, p.in_city FROM spatial.county_piece p"
        " JOIN spatial.boundary_set s USING (set_id)"
        " WHERE s.valid @> %s::date AND p.geom && ST_MakeEnvelope(%s, %s, %s, %s, 4547)",
        [today, *box],
    ).fetchall()
    return _shapes(rows), frozenset(code for code, _, in_city in rows if in_city)


def _parcels(
    conn: Conn, box: Box, codes: list[str], layer: str, effective_on: date
) -> tuple[Shapes, dict[str, Registered]]:
    """Fetch parcels of the layer in force on the day, or else from a later one."""
    rows = conn.execute(
        """
        SELECT DISTINCT ON (parcel_code) parcel_code, geom, official_area_m2::float8, land_use, address
        FROM spatial.parcel_version
        WHERE upper_inf(known) AND layer = %(layer)s AND valid && daterange(%(day)s, NULL)
          AND (geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4547)
               OR parcel_code = ANY(%(codes)s))
        ORDER BY parcel_code, lower(valid)
        """,
        {
            "layer": layer,
            "day": effective_on,
            "codes": codes,
            "west": box[0],
            "south": box[1],
            "east": box[2],
            "north": box[3],
        },
    ).fetchall()
    return _shapes(rows), {row[0]: Registered(*row[2:]) for row in rows}


def _judgements(conn: Conn, layer: str) -> dict[str, str]:
    """Return how an overlap with each other layer is judged."""
    pairs = [pair for pair in layer_pairs(conn) if layer in {pair.layer_a, pair.layer_b}]
    return {
        pair.layer_b if pair.layer_a == layer else pair.layer_a: pair.judgement
        for pair in pairs
        if pair.layer_a != pair.layer_b
    }


def _others(conn: Conn, box: Box, layers: list[str], effective_on: date) -> dict[str, Shapes]:
    """Fetch the parcels of other layers around the upload in force on the day, or else from a later one."""
    rows = conn.execute(
        """
        SELECT DISTINCT ON (parcel_code) layer, parcel_code, geom
        FROM spatial.parcel_version
        WHERE upper_inf(known) AND layer = ANY(%s) AND valid && daterange(%s, NULL)
          AND geom && ST_MakeEnvelope(%s, %s, %s, %s, 4547)
        ORDER BY parcel_code, lower(valid)
        """,
        [layers, effective_on, *box],
    ).fetchall()
    return {layer: _shapes([row[1:] for row in rows if row[0] == layer]) for layer in layers}


def _subdistricts(
    conn: Conn, box: Box, codes: list[str], day: date, own: Subdistricts | None
) -> Shapes | None:
    named = sorted({code[:12] for code in codes})
    rows = conn.execute(
        "SELECT DISTINCT ON (district_code) district_code, geom FROM spatial.cadastral_district"
        " WHERE level = 'subdistrict' AND valid && daterange(%s, NULL) AND (district_code = ANY(%s)"
        " OR geom && ST_MakeEnvelope(%s, %s, %s, %s, 4547)) ORDER BY district_code, lower(valid)",
        [day, named, *box],
    ).fetchall()
    given = dict(zip(own.codes, own.geoms, strict=True)) if own else {}
    merged = dict(rows) | given
    return _shapes(list(merged.items())) if merged else None


def _used_codes(conn: Conn, codes: list[str], effective_on: date) -> frozenset[str]:
    """Return the codes that were parcels before the day and are in force neither then nor later."""
    rows = conn.execute(
        """
        SELECT p.parcel_code FROM spatial.parcel p
        WHERE p.parcel_code = ANY(%(codes)s)
          AND NOT EXISTS (SELECT FROM spatial.parcel_version v WHERE v.parcel_id = p.parcel_id
                          AND upper_inf(v.known) AND v.valid && daterange(%(day)s, NULL))
        """,
        {"codes": codes, "day": effective_on},
    ).fetchall()
    return frozenset(code for (code,) in rows)


def restrictions_on(conn: Conn, plan: Plan, today: date) -> Restrictions:
    """Fetch what lies on the parcels that an upload changes, with their buildings, and on flats it ends.

    The register of rights and the offices answer through their functions for any reader: no persons.
    """
    codes = sorted({code for change in plan.changes for code in change.parents})
    cases, ending = _open_cases(conn, codes, plan.ended)
    rows = conn.execute(
        "SELECT parcel_code, count(*) FILTER (WHERE kind = 'seizure'),"
        " count(*) FILTER (WHERE kind = 'mortgage')"
        " FROM registry.unit_state(%s)"
        " WHERE kind = 'mortgage' OR kind = 'seizure' AND coalesce(term_to >= %s, true) GROUP BY 1",
        [codes, today],
    ).fetchall()
    return Restrictions(
        seizures={code: seizures for code, seizures, _ in rows if seizures},
        mortgages={code: mortgages for code, _, mortgages in rows if mortgages},
        cases=cases,
        ending_cases=ending,
    )


def _open_cases(conn: Conn, codes: Sequence[str], ended: Ended) -> tuple[dict[str, int], dict[str, int]]:
    """Count the open cases by parcel, and those on ending units by the unit."""
    ending = {*ended.buildings, *ended.flats}
    asked = {*codes, *(code[:19] for code in ending)}
    if not asked:
        return {}, {}
    on_parcel: dict[str, set[str]] = defaultdict(set)
    on_unit: dict[str, set[str]] = defaultdict(set)
    query = "SELECT parcel_code, unit_code, case_no FROM registry.open_cases_on(%s)"
    for parcel, unit, case_no in conn.execute(query, [sorted(asked)]):
        on_parcel[parcel].add(case_no)
        if unit in ending or unit[:24] in ending:
            on_unit[unit].add(case_no)
    changed = set(codes)
    return (
        {code: len(found) for code, found in on_parcel.items() if code in changed},
        {code: len(found) for code, found in on_unit.items()},
    )


def latest_shapes(conn: Conn, codes: Sequence[str]) -> dict[str, Any]:
    """Fetch the latest shape the register knows of each parcel, in force or not (EPSG:4547)."""
    rows = conn.execute(
        "SELECT DISTINCT ON (parcel_code) parcel_code, geom FROM spatial.parcel_version"
        " WHERE upper_inf(known) AND parcel_code = ANY(%s) ORDER BY parcel_code, lower(valid) DESC",
        [list(codes)],
    ).fetchall()
    return dict(rows)


def registered_groups(conn: Conn, today: date, prefix: str) -> list[tuple[str, str]]:
    """Fetch which sub-districts (twelve digits) have parcels of which layer in force."""
    rows = conn.execute(
        "SELECT DISTINCT left(parcel_code, 12), layer FROM spatial.parcel_version"
        " WHERE upper_inf(known) AND valid @> %s::date AND starts_with(parcel_code, %s) ORDER BY 1, 2",
        [today, prefix],
    ).fetchall()
    return [(str(code), str(layer)) for code, layer in rows]


def registered_features(conn: Conn, subdistrict: str, layer: str, today: date) -> Features:
    """Fetch the parcels of a sub-district in force as an upload would bring them (EPSG:4547)."""
    rows = conn.execute(
        "SELECT parcel_code, geom, unit_code, land_use, address FROM spatial.parcel_version"
        " WHERE upper_inf(known) AND valid @> %s::date AND layer = %s AND parcel_code LIKE %s"
        " ORDER BY parcel_code",
        [today, layer, f"{subdistrict}%"],
    ).fetchall()
    shapes = _shapes(rows)
    return Features(
        geoms=shapes.geoms,
        codes=list(shapes.codes),
        unit_codes=[row[2] for row in rows],
        declared_m2=[None] * len(rows),
        resolution_m2=[None] * len(rows),
        land_use=[row[3] for row in rows],
        address=[row[4] for row in rows],
        rows=[{"YT": row[3], "ZL": row[4]} for row in rows],
    )
