"""Use cases of boundaries: register what a survey says, and tell it of a parcel version."""

from collections.abc import Sequence
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.boundaries import store
from spatial.boundaries.records import Plot, Stand, StoredBoundary, SurveyedBoundary
from spatial.parcels.records import ParcelVersion

Conn = Connection[TupleRow]


def register_boundaries(
    conn: Conn, boundaries: Sequence[SurveyedBoundary], *, survey_id: int, day: date, now: datetime
) -> None:
    """Write surveyed boundaries of parcels in force on a day; a place already known is shared, not repeated.

    Parameters
    ----------
    conn : Connection
        Open transaction in which the parcels are registered before.
    boundaries : sequence of SurveyedBoundary
        Points and lines, EPSG:4547 (E, N) metres on the 1 mm grid; each parcel once.
    survey_id : int
        Submission that brings them.
    day : date
        The parcels' shapes of this day are described.
    now : datetime
        Aware instant from which the register knows it.
    """
    if boundaries:
        store.stage(conn, boundaries)
        store.write_staged(conn, survey_id=survey_id, day=day, now=now)


def register_land(
    conn: Conn, plots: Sequence[Plot], stands: Sequence[Stand], *, survey_id: int, now: datetime
) -> None:
    """Write which contracted plots and forest stands belong to which registered parcels."""
    if plots:
        store.insert_plots(conn, plots, survey_id=survey_id, now=now)
    if stands:
        store.insert_stands(conn, stands, survey_id=survey_id, now=now)


def boundary_of(
    conn: Conn, parcel: ParcelVersion, *, at: date, known_at: datetime | None = None
) -> StoredBoundary | None:
    """Return the newest survey of the boundary of a parcel version, None without any.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    parcel : ParcelVersion
        The points describe its shape, EPSG:4547 (E, N) metres.
    at : date
        Parcels in force on this day are named as sharing a point.
    known_at : datetime, optional
        As the register knew it then; default now.
    """
    found = store.newest_boundary(conn, parcel.parcel_code, parcel.geom_sha256, known_at)
    if found is None:
        return None
    boundary_id, survey_id = found
    return StoredBoundary(
        survey_id,
        store.points_of(conn, boundary_id, parcel.parcel_code, at),
        store.lines_of(conn, boundary_id),
    )


def land_of(conn: Conn, parcel_code: str) -> tuple[list[Plot], list[Stand]]:
    """Return the contracted plots and forest stands of a parcel, as its newest survey says."""
    return store.plots_of(conn, parcel_code), store.stands_of(conn, parcel_code)
