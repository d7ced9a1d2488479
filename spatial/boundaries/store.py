"""The SQL of boundaries, plots and stands."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from spatial.boundaries.records import Plot, Stand, StoredLine, StoredPoint, SurveyedBoundary
from spatial.crs import PLANE

Conn = Connection[TupleRow]
_MM = 1000


def _sql(name: str) -> LiteralString:
    return load_sql("spatial.boundaries", name)


def stage(conn: Conn, boundaries: Iterable[SurveyedBoundary]) -> None:
    """Copy boundaries to the staging tables; of lines with the same ends all are kept."""
    conn.execute(_sql("create_staging.sql"))
    boundaries = list(boundaries)
    with conn.cursor() as cur:
        with cur.copy("COPY incoming_point FROM STDIN") as copy:
            for boundary in boundaries:
                for seq, point in enumerate(boundary.points, start=1):
                    wkb = shapely.to_wkb(shapely.set_srid(point.geom, PLANE), hex=True, include_srid=True)
                    marks = (point.point_no, point.marker_type, point.point_type, point.accuracy_class)
                    copy.write_row((boundary.parcel_code, seq, wkb, *marks))
        with cur.copy("COPY incoming_line FROM STDIN") as copy:
            for boundary in boundaries:
                for number, line in enumerate(boundary.lines, start=1):
                    ends = (_millimetres(line.start), _millimetres(line.end))
                    facts = (line.length_m, line.category, line.position, line.nature)
                    papers = (line.agreement_no, line.dispute_no)
                    copy.write_row((boundary.parcel_code, number, *ends, *facts, *papers))
    conn.execute("ANALYZE incoming_point, incoming_line")


def _millimetres(point: Any) -> list[int]:
    return [round(point.x * _MM), round(point.y * _MM)]


def write_staged(conn: Conn, *, survey_id: int, day: date, now: datetime) -> tuple[int, int]:
    """Write the staged boundaries; return how many points and lines were."""
    values = {"survey_id": survey_id, "day": day, "now": now}
    conn.execute(_sql("insert_points.sql"), values)
    conn.execute(_sql("insert_boundaries.sql"), values)
    points = conn.execute(_sql("insert_parcel_points.sql"), values).rowcount
    lines = conn.execute(_sql("insert_lines.sql"), values).rowcount
    return points, lines


def newest_boundary(
    conn: Conn, parcel_code: str, geom_sha256: bytes, known_at: datetime | None
) -> tuple[int, int] | None:
    """Return key and survey of the newest survey of a parcel with a shape."""
    row = conn.execute(
        "SELECT boundary_id, survey_id FROM spatial.parcel_boundary"
        " WHERE parcel_code = %(code)s AND geom_sha256 = %(sha256)s"
        " AND (%(known_at)s::timestamptz IS NULL OR known_at <= %(known_at)s)"
        " ORDER BY known_at DESC, boundary_id DESC LIMIT 1",
        {"code": parcel_code, "sha256": geom_sha256, "known_at": known_at},
    ).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def points_of(conn: Conn, boundary_id: int, parcel_code: str, at: date) -> list[StoredPoint]:
    """Return the points of a surveyed boundary."""
    values = {"boundary_id": boundary_id, "parcel_code": parcel_code, "at": at}
    with conn.cursor(row_factory=class_row(StoredPoint)) as cur:
        return cur.execute(_sql("points_of.sql"), values).fetchall()


def lines_of(conn: Conn, boundary_id: int) -> list[StoredLine]:
    """Return the lines of a surveyed boundary."""
    with conn.cursor(row_factory=class_row(StoredLine)) as cur:
        return cur.execute(
            "SELECT line_no, start_point_id, end_point_id, length_m, category, position, nature,"
            " agreement_no, dispute_no FROM spatial.boundary_line WHERE boundary_id = %s ORDER BY line_no",
            [boundary_id],
        ).fetchall()


def insert_plots(conn: Conn, plots: Sequence[Plot], *, survey_id: int, now: datetime) -> None:
    """Write contracted plots."""
    conn.execute(
        _sql("insert_plots.sql"),
        {
            "survey_id": survey_id,
            "now": now,
            "parcels": [plot.parcel_code for plot in plots],
            "plots": [plot.plot_code for plot in plots],
            "contracts": [plot.contract_area_m2 for plot in plots],
            "measures": [plot.measured_area_m2 for plot in plots],
        },
    )


def insert_stands(conn: Conn, stands: Sequence[Stand], *, survey_id: int, now: datetime) -> None:
    """Write which stands lie in which parcels."""
    values = {
        "survey_id": survey_id,
        "now": now,
        "parcels": [stand.parcel_code for stand in stands],
        "compartments": [stand.compartment for stand in stands],
        "stands": [stand.stand_no for stand in stands],
        "areas": [stand.area_m2 for stand in stands],
    }
    # Two statements: the second sees stands that another registration has just added.
    conn.execute(_sql("insert_stands.sql"), values)
    conn.execute(_sql("insert_parcel_stands.sql"), values)


def plots_of(conn: Conn, parcel_code: str) -> list[Plot]:
    """Return the plots of a parcel as its newest survey says."""
    with conn.cursor(row_factory=class_row(Plot)) as cur:
        return cur.execute(
            "SELECT parcel_code, plot_code, contract_area_m2, measured_area_m2 FROM spatial.contract_plot"
            " WHERE parcel_code = %(code)s AND survey_id ="
            " (SELECT max(survey_id) FROM spatial.contract_plot WHERE parcel_code = %(code)s)"
            " ORDER BY plot_code",
            {"code": parcel_code},
        ).fetchall()


def stands_of(conn: Conn, parcel_code: str) -> list[Stand]:
    """Return the stands in a parcel as its newest survey says."""
    with conn.cursor(row_factory=class_row(Stand)) as cur:
        return cur.execute(
            "SELECT p.parcel_code, s.compartment, s.stand_no, p.area_m2"
            " FROM spatial.parcel_stand p JOIN spatial.forest_stand s USING (stand_id)"
            " WHERE p.parcel_code = %(code)s AND p.survey_id ="
            " (SELECT max(survey_id) FROM spatial.parcel_stand WHERE parcel_code = %(code)s)"
            " ORDER BY s.compartment, s.stand_no",
            {"code": parcel_code},
        ).fetchall()
