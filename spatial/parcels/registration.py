"""Registration of change sets: whole or not at all, in statements over sets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.codes.rules import bare_land_unit, parse
from spatial.codes.service import note_parcel_codes
from spatial.parcels import rules, store
from spatial.parcels.errors import (
    LineageBad,
    ParcelLayerChanged,
    ParcelNotLive,
    ParcelShapeBad,
    ParcelTwice,
)
from spatial.parcels.records import ChangeSet, NewVersion, RegisterResult

# Parcels written by one statement: none of them runs for more than a few seconds.
PART = 10_000
_LISTED = 20


def register(conn: Connection[TupleRow], change: ChangeSet, *, now: datetime) -> RegisterResult:
    """Register a change set in the caller's transaction.

    Live versions of the parcels named are closed (what stays true of them is said again), new versions are
    written with the pieces that guard against overlap, then lineage and ``map.change``.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    change : ChangeSet
        Shapes in EPSG:4547 (E, N) metres; they are rounded to 1 mm. Send at most about 50,000 at a time.
    now : datetime
        Aware instant from which the register knows it.

    Returns
    -------
    RegisterResult

    Raises
    ------
    CodeBad, ParcelShapeBad, ParcelTwice
        The change set itself is wrong.
    ParcelNotLive
        A retired code is not in force on ``valid_from``.
    ParcelLayerChanged
        A code stands in another layer.
    LineageBad
        An edge names an unknown parcel.
    ParcelsOverlap, ParcelChangedMeanwhile
        Translated by the database's transaction: the parcels would overlap, or somebody was faster.
    """
    _check_codes(change)
    ordered, geoms = _prepare(change.new)
    store.create_staging(conn)
    store.copy_incoming(conn, _rows(ordered, geoms))
    _copy_pieces(conn, ordered, geoms)
    _check_layers(conn)
    store.create_identities(conn, now)
    known_at = _close(conn, change, now)
    _insert(conn, change, known_at, len(ordered))
    store.check_now(conn)
    _write_lineage(conn, change, known_at)
    note_parcel_codes(conn, [version.parcel_code for version in ordered])
    store.insert_changes(conn)
    added, changed, retired = store.count_changes(conn)
    return RegisterResult(added, changed, retired, known_at, store.made_versions(conn))


def _check_codes(change: ChangeSet) -> None:
    codes = [version.parcel_code for version in change.new] + list(change.retired)
    for code in codes:
        parse(code)
    if len(set(codes)) != len(codes):
        seen: set[str] = set()
        twice = sorted({code for code in codes if code in seen or seen.add(code)})  # type: ignore[func-returns-value]  # add() returns None: the idiom of a running set
        raise ParcelTwice(parcel_codes=twice[:_LISTED])


def _prepare(new: Sequence[NewVersion]) -> tuple[list[NewVersion], rules.Geometries]:
    """Round the shapes, refuse what cannot be a parcel, and sort by place."""
    geoms = rules.snap([version.geom for version in new])
    faults = rules.faults(geoms) if len(geoms) else []
    if faults:
        raise ParcelShapeBad(
            errors=[{"parcel_code": new[i].parcel_code, "reason": reason} for i, reason in faults[:_LISTED]]
        )
    if not len(geoms):
        return [], geoms
    order = np.argsort(_hilbert(geoms), kind="stable")
    return [new[i] for i in order], geoms[order]


def _hilbert(geoms: rules.Geometries) -> Any:
    """Return a number for each shape such that near shapes have near numbers (Morton order, 1 m cells)."""
    box = shapely.bounds(geoms)
    cells = ((box[:, :2] + box[:, 2:]) / 2).astype(np.int64)
    code = np.zeros(len(geoms), dtype=np.int64)
    for bit in range(24):
        code |= ((cells[:, 0] >> bit) & 1) << (2 * bit) | ((cells[:, 1] >> bit) & 1) << (2 * bit + 1)
    return code


def _rows(new: Sequence[NewVersion], geoms: rules.Geometries) -> list[store.IncomingRow]:
    digests = rules.geometry_sha256(geoms)
    areas = [Decimal(f"{area:.2f}") for area in shapely.area(geoms)]
    wkbs = shapely.to_wkb(geoms, hex=True)
    return [
        (
            number,
            version.parcel_code,
            str(version.layer),
            version.unit_code or bare_land_unit(version.parcel_code),
            wkbs[number],
            digests[number],
            areas[number] if version.official_area_m2 is None else version.official_area_m2,
            version.surveyed_area_m2,
            areas[number],
            version.land_use,
            version.address,
        )
        for number, version in enumerate(new)
    ]


def _copy_pieces(conn: Connection[TupleRow], new: Sequence[NewVersion], geoms: rules.Geometries) -> None:
    if not new:
        return
    index, parts = rules.pieces(geoms)
    missing = np.setdiff1d(np.arange(len(new)), index)
    if len(missing):
        raise ParcelShapeBad(
            errors=[{"parcel_code": new[i].parcel_code, "reason": "too_narrow"} for i in missing[:_LISTED]]
        )
    store.copy_pieces(conn, index.tolist(), parts)


def _check_layers(conn: Connection[TupleRow]) -> None:
    other = store.other_layers(conn)
    if other:
        raise ParcelLayerChanged(parcel_codes=other)


def _close(conn: Connection[TupleRow], change: ChangeSet, now: datetime) -> datetime:
    """Close the rows the change touches; return the instant from which the register knows it."""
    latest = store.mark_closing(
        conn,
        {"valid_from": change.valid_from, "valid_to": change.valid_to, "retired": list(change.retired)},
    )
    if change.retired:
        absent = store.not_live(conn, change.retired, change.valid_from)
        if absent:
            raise ParcelNotLive(parcel_codes=absent[:_LISTED])
    # Two changes within one instant of the clock still come one after the other.
    known_at = now if latest is None or latest < now else latest + timedelta(microseconds=1)
    store.close_and_restate(conn, known_at)
    return known_at


def _insert(conn: Connection[TupleRow], change: ChangeSet, known_at: datetime, count: int) -> None:
    values = {
        "valid_from": change.valid_from,
        "valid_to": change.valid_to,
        "known_at": known_at,
        "survey_id": change.survey_id,
    }
    for first in range(0, count, PART):
        part = {**values, "first": first, "beyond": first + PART}
        store.insert_part(conn, part)
        store.insert_pieces(conn, part)


def _write_lineage(conn: Connection[TupleRow], change: ChangeSet, known_at: datetime) -> None:
    if not change.lineage:
        return
    values = {"valid_from": change.valid_from, "survey_id": change.survey_id, "known_at": known_at}
    if store.insert_lineage(conn, change.lineage, values) != len(change.lineage):
        raise LineageBad
