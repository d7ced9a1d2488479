"""Use cases of parcels: register, split, merge, retire, correct; get, list, history, lineage, neighbours."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from psycopg import Connection, sql
from psycopg.rows import TupleRow
from shapely.geometry.base import BaseGeometry

from spatial.codes.rules import normalise, parse
from spatial.parcels import store
from spatial.parcels.errors import AreasDiffer, DaysReversed, ParcelNotFound, ParcelNotLive
from spatial.parcels.records import (
    Ancestry,
    ChangeSet,
    Difference,
    DifferenceQuery,
    LayerPair,
    LineageEdge,
    NewVersion,
    ParcelQuery,
    ParcelVersion,
    RegisterResult,
)
from spatial.parcels.registration import register

__all__ = [
    "correct",
    "differences",
    "find",
    "get",
    "get_live",
    "history",
    "layer_pairs",
    "lineage",
    "live_in",
    "merge",
    "neighbours",
    "register",
    "retire",
    "split",
]

Conn = Connection[TupleRow]
# A split or merge keeps the ground: planar areas may differ by rounding of 1 mm coordinates only.
AREA_TOLERANCE = Decimal("0.001")
AREA_TOLERANCE_MIN_M2 = Decimal("0.05")


def split(
    conn: Conn,
    parent_code: str,
    children: Sequence[NewVersion],
    *,
    valid_from: date,
    now: datetime,
    survey_id: int | None = None,
) -> RegisterResult:
    """Split a parcel (分割): the parent ends, the children begin, on the same day.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    parent_code : str
        Parcel in force on ``valid_from``.
    children : sequence of NewVersion
        New codes; shapes in EPSG:4547 (E, N) metres that together have the parent's area.
    valid_from : date
        Day of the change.
    now : datetime
        Aware instant from which the register knows it.
    survey_id : int, optional
        Survey submission that brought it.

    Raises
    ------
    ParcelNotLive, AreasDiffer
        And what :func:`register` raises.
    """
    parent = _in_force(conn, parent_code, valid_from)
    _same_area([parent.calculated_area_m2], [_area(child) for child in children])
    edges = [LineageEdge(parent.parcel_code, child.parcel_code, "split") for child in children]
    change = ChangeSet(valid_from, list(children), [parent.parcel_code], edges, survey_id)
    return register(conn, change, now=now)


def merge(
    conn: Conn,
    parent_codes: Sequence[str],
    child: NewVersion,
    *,
    valid_from: date,
    now: datetime,
    survey_id: int | None = None,
) -> RegisterResult:
    """Merge parcels (合并): the parents end, the child begins, on the same day.

    Shapes in EPSG:4547 (E, N) metres; the child has the parents' area together.

    Raises
    ------
    ParcelNotLive, AreasDiffer
        And what :func:`register` raises.
    """
    parents = [_in_force(conn, code, valid_from) for code in parent_codes]
    _same_area([parent.calculated_area_m2 for parent in parents], [_area(child)])
    edges = [LineageEdge(parent.parcel_code, child.parcel_code, "merge") for parent in parents]
    retired = [parent.parcel_code for parent in parents]
    return register(conn, ChangeSet(valid_from, [child], retired, edges, survey_id), now=now)


def retire(
    conn: Conn, codes: Sequence[str], *, valid_from: date, now: datetime, survey_id: int | None = None
) -> RegisterResult:
    """End parcels on a day without successors.

    Raises
    ------
    ParcelNotLive
        If one is not in force on the day.
    """
    change = ChangeSet(valid_from, retired=[normalise(code)[:19] for code in codes], survey_id=survey_id)
    return register(conn, change, now=now)


def correct(
    conn: Conn, version: NewVersion, *, on: date, now: datetime, survey_id: int | None = None
) -> RegisterResult:
    """Correct what the register says of a parcel (更正) over the whole range in force on a day.

    The wrong row stays readable with ``known_at``; the new one has the same valid range.

    Parameters
    ----------
    version : NewVersion
        Right content; shape in EPSG:4547 (E, N) metres.
    on : date
        A day of the version to be corrected.

    Raises
    ------
    ParcelNotLive
        And what :func:`register` raises.
    """
    wrong = _in_force(conn, version.parcel_code, on)
    change = ChangeSet(wrong.valid_from, [version], survey_id=survey_id, valid_to=wrong.valid_to)
    return register(conn, change, now=now)


def get_live(
    conn: Conn, code: str, *, at: date | None = None, known_at: datetime | None = None
) -> ParcelVersion | None:
    """Return the version of a parcel in force.

    Parameters
    ----------
    code : str
        Parcel (19) or unit (28) code, spaces allowed.
    at : date, optional
        Day in force; default the version without end.
    known_at : datetime, optional
        As the register knew it then; default now.

    Raises
    ------
    CodeBad
    """
    conditions = [sql.SQL("v.parcel_code = %(code)s"), store.known_condition(known_at)]
    conditions.append(sql.SQL("upper_inf(v.valid)" if at is None else "v.valid @> %(at)s::date"))
    values = {"code": parse(code).parcel_code, "known_at": known_at}
    found = store.select(conn, conditions, values, today=at or date.max, at=at, limit=1)
    if not found:
        return None
    return found[0] if at is not None else replace(found[0], status="live")


def get(conn: Conn, code: str, *, at: date | None = None, known_at: datetime | None = None) -> ParcelVersion:
    """Return the version of a parcel in force, as :func:`get_live`.

    Raises
    ------
    CodeBad, ParcelNotFound
    """
    found = get_live(conn, code, at=at, known_at=known_at)
    if found is None:
        raise ParcelNotFound(parcel_code=normalise(code)[:19])
    return found


def find(conn: Conn, query: ParcelQuery, *, today: date) -> list[ParcelVersion]:
    """List parcel versions in order of version id; a page ends at ``query.limit``.

    Geometries are EPSG:4547 (E, N) metres; ``today`` tells live from future and retired.
    """
    conditions, values = store.conditions_of(query)
    return store.select(conn, conditions, values, today=today, at=query.at, limit=query.limit)


def differences(conn: Conn, query: DifferenceQuery) -> list[Difference]:
    """List the parcels that are not the same on two days, in order of parcel id.

    Geometries are EPSG:4547 (E, N) metres. A page ends at ``query.limit``.

    Raises
    ------
    DaysReversed
        If the earlier day is the later one.
    """
    if query.first > query.last:
        raise DaysReversed(first=query.first.isoformat(), last=query.last.isoformat())
    return store.differences(conn, query)


def history(conn: Conn, code: str, *, today: date) -> list[ParcelVersion]:
    """Return everything the register ever said of a parcel, oldest knowledge first.

    Raises
    ------
    CodeBad, ParcelNotFound
    """
    parcel_code = parse(code).parcel_code
    found = store.select(conn, [sql.SQL("v.parcel_code = %(code)s")], {"code": parcel_code}, today=today)
    if not found:
        raise ParcelNotFound(parcel_code=parcel_code)
    return sorted(found, key=lambda version: (version.known_from, version.valid_from))


def lineage(conn: Conn, code: str) -> list[Ancestry]:
    """Return where a parcel came from (negative depth) and what became of it (positive).

    Raises
    ------
    CodeBad, ParcelNotFound
    """
    parcel_code = parse(code).parcel_code
    parcel_id = store.parcel_id_of(conn, parcel_code)
    if parcel_id is None:
        raise ParcelNotFound(parcel_code=parcel_code)
    return store.ancestry(conn, parcel_id)


def neighbours(
    conn: Conn,
    geom: BaseGeometry,
    layer: str,
    *,
    at: date,
    distance_m: float = 0.0,
    known_at: datetime | None = None,
) -> list[ParcelVersion]:
    """Return live parcels of a layer that touch a shape, or lie within a distance of it; itself included.

    Parameters
    ----------
    geom : geometry
        EPSG:4547 (E, N) metres.
    distance_m : float
        Metres; 0 for those that touch or overlap.
    known_at : datetime, optional
        As the register knew it then; default now.
    """
    return store.near(conn, geom, str(layer), at=at, distance_m=distance_m, known_at=known_at)


def live_in(conn: Conn, geom: BaseGeometry, layer: str, *, at: date) -> list[ParcelVersion]:
    """Return live parcels of a layer whose interior meets that of an area (EPSG:4547, metres)."""
    return store.within(conn, geom, str(layer), at=at)


def layer_pairs(conn: Conn) -> list[LayerPair]:
    """Return which layers may lie over each other."""
    return store.layer_pairs(conn)


def _in_force(conn: Conn, code: str, on: date) -> ParcelVersion:
    found = get_live(conn, code, at=on)
    if found is None:
        raise ParcelNotLive(parcel_codes=[normalise(code)[:19]])
    return found


def _area(version: NewVersion) -> Decimal:
    return Decimal(f"{version.geom.area:.2f}")


def _same_area(before: Sequence[Decimal], after: Sequence[Decimal]) -> None:
    was, will = sum(before, Decimal(0)), sum(after, Decimal(0))
    if abs(was - will) > max(AREA_TOLERANCE_MIN_M2, was * AREA_TOLERANCE):
        raise AreasDiffer(before_m2=was, after_m2=will)
