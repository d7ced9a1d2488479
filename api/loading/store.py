"""SQL of loading in bulk."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from data.db import load_sql

Conn = Connection[TupleRow]
Rows = Iterable[Sequence[Any]]


def allow_time(conn: Conn) -> None:
    """Let the statements of this transaction take their time."""
    conn.execute("SELECT set_config('statement_timeout', '0', true)")


def write_rows(conn: Conn, table: str, columns: Sequence[str], rows: Rows) -> None:
    """Copy rows into a table of schema ``registry`` by way of a temporary one.

    Tables with row-level security take no COPY, hence the temporary table.
    """
    target, names = sql.Identifier("registry", table), sql.SQL(", ").join(map(sql.Identifier, columns))
    stage = sql.Identifier(f"load_{table}")
    conn.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            stage, names, target
        )
    )
    with conn.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(stage, names)) as copy:
        for row in rows:
            copy.write_row(row)
    conn.execute(
        sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
            target, names, names, stage
        )
    )
    conn.execute(sql.SQL("DROP TABLE {}").format(stage))


def reserve(conn: Conn, sequence: str, count: int) -> list[int]:
    """Take numbers of a sequence of schema ``registry``."""
    rows = conn.execute(
        "SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [f"registry.{sequence}", count]
    ).fetchall()
    return [int(row[0]) for row in rows]


def number_certificates(conn: Conn) -> int:
    """Write the certificates of the loaded cases, numbered in the order of their registration."""
    return conn.execute(load_sql(__package__, "number_certificates.sql")).rowcount


def close_serials(conn: Conn) -> None:
    """Set the last serials of certificates to the highest that is used."""
    conn.execute(load_sql(__package__, "close_serials.sql"))


def note_cases(conn: Conn) -> None:
    """Tell the map that all cases changed."""
    conn.execute("SELECT map.note_change('cases', NULL, 'changed', NULL, NULL::geometry)")


def first_unordered(conn: Conn) -> date | None:
    """Fetch the day of the first payment of a loaded case that has no order, None without."""
    row = conn.execute(
        "SELECT (min(paid_at) AT TIME ZONE 'Asia/Shanghai')::date FROM registry.case"
        " WHERE paid_at IS NOT NULL AND order_no IS NULL"
    ).fetchone()
    return None if row is None else row[0]


def paid_lines(conn: Conn, first: date, beyond: date) -> list[tuple[Any, ...]]:
    """Fetch the fee lines of cases that were paid in a span of days and have no order yet."""
    values = {"first": first, "beyond": beyond}
    return conn.execute(load_sql(__package__, "paid_lines.sql"), values).fetchall()


def name_orders(conn: Conn) -> None:
    """Write the number of the paid order into each loaded case."""
    conn.execute(load_sql(__package__, "name_orders.sql"))


def loaded_batches(conn: Conn) -> tuple[str, int] | None:
    """Fetch digest and number of batches of the city that is loaded, or None."""
    row = conn.execute("SELECT sha256, row_count FROM ref.loaded_set WHERE set_name = 'city'").fetchone()
    return None if row is None else (str(row[0]), int(row[1]))


def any_parcels(conn: Conn) -> bool:
    """Tell whether there are parcels."""
    return conn.execute("SELECT FROM spatial.parcel LIMIT 1").fetchone() is not None


def free_units(conn: Conn, county_code: str, *, today: date) -> list[tuple[Any, ...]]:
    """Fetch a flat with its owner, a homestead and a bare parcel of a county that nobody has a case about."""
    values = {"county_code": county_code, "today": today}
    return conn.execute(load_sql(__package__, "free_units.sql"), values).fetchall()
