"""SQL of what a draft boundary would move."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql

Conn = Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class MovedLine:
    """An order line that would belong to another county; ``order_state`` is open or paid, amounts in fen."""

    at: datetime
    order_no: str
    line_no: int
    case_no: str
    item: str
    order_state: str
    kind: str
    parcel_code: str
    county_code: str
    to_county: str | None
    amount_fen: int


def moved_lines(conn: Conn, draft_id: int, first: date, last: date, limit: int) -> list[MovedLine]:
    """Return the lines a draft would move, by payment or issue."""
    with conn.cursor(row_factory=class_row(MovedLine)) as cur:
        return cur.execute(
            load_sql(__package__ or "", "what_if_lines.sql"),
            {"draft": draft_id, "first": first, "last": last, "limit": limit},
        ).fetchall()
