"""SQL of the reference tables."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row, dict_row
from psycopg.types.json import Jsonb

from data.reference.records import (
    ClearingHours,
    County,
    CountyAccount,
    CountyPolicy,
    ReferenceSet,
    Row,
    SecondReviewRule,
)

Conn = Connection[TupleRow]
RowOf = TypeVar("RowOf")


def loaded_sha256(conn: Conn, name: str) -> str | None:
    """Fetch the digest of the edition that is loaded, or None."""
    row = conn.execute("SELECT sha256 FROM ref.loaded_set WHERE set_name = %s", [name]).fetchone()
    return None if row is None else str(row[0])


def note_loaded(conn: Conn, name: str, sha256: str, row_count: int) -> None:
    """Write which edition of a set is loaded."""
    conn.execute(
        "INSERT INTO ref.loaded_set (set_name, sha256, row_count) VALUES (%s, %s, %s)"
        " ON CONFLICT (set_name) DO UPDATE SET sha256 = excluded.sha256, row_count = excluded.row_count,"
        " loaded_at = now()",
        [name, sha256, row_count],
    )


def upsert(conn: Conn, loaded: ReferenceSet) -> None:
    """Insert the rows of a set; rows already there are updated, or left alone where people edit them."""
    columns = list(loaded.rows[0])
    changed = [name for name in columns if name not in loaded.key]
    action: sql.Composable = sql.SQL("DO NOTHING")
    if changed and not loaded.keep_edited:
        action = sql.SQL("DO UPDATE SET {}").format(
            sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in changed)
        )
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) {}").format(
        sql.Identifier("ref", loaded.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(sql.Placeholder, columns)),
        sql.SQL(", ").join(map(sql.Identifier, loaded.key)),
        action,
    )
    with conn.cursor() as cur:
        cur.executemany(query, [_adapted(row) for row in loaded.rows])


def _adapted(row: Row) -> Row:
    return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in row.items()}


def counties(conn: Conn) -> list[County]:
    """Fetch the counties in their usual order."""
    with conn.cursor(row_factory=class_row(County)) as cur:
        return cur.execute(
            "SELECT county_code, slug, name_zh, name_en, certificate_name, registrar_name"
            " FROM ref.county ORDER BY position"
        ).fetchall()


def county_account(conn: Conn, county_code: str, kind: str, on: date) -> CountyAccount | None:
    """Fetch the account in force on a day, or None."""
    with conn.cursor(row_factory=class_row(CountyAccount)) as cur:
        return cur.execute(
            "SELECT county_code, kind, owner_code, name, bank, number, cnaps, valid_from, valid_to"
            " FROM ref.county_account WHERE county_code = %s AND kind = %s"
            " AND daterange(valid_from, valid_to) @> %s",
            [county_code, kind, on],
        ).fetchone()


def clearing_hours(conn: Conn, on: date) -> ClearingHours | None:
    """Fetch the cut-offs in force on a day, or None."""
    with conn.cursor(row_factory=class_row(ClearingHours)) as cur:
        return cur.execute(
            "SELECT cutoff, late_cutoff FROM ref.clearing_hours WHERE daterange(valid_from, valid_to) @> %s",
            [on],
        ).fetchone()


def county_policy(conn: Conn, on: date) -> CountyPolicy | None:
    """Fetch the policy in force on a day, or None."""
    with conn.cursor(row_factory=class_row(CountyPolicy)) as cur:
        return cur.execute(
            "SELECT dispute_days, area_split FROM ref.county_policy"
            " WHERE daterange(valid_from, valid_to) @> %s",
            [on],
        ).fetchone()


def low_stock_of_bills(conn: Conn, on: date) -> int | None:
    """Fetch the limit of the stock of bill numbers in force on a day, or None."""
    row = conn.execute(
        "SELECT low_count FROM ref.bill_stock_policy WHERE daterange(valid_from, valid_to) @> %s", [on]
    ).fetchone()
    return None if row is None else int(row[0])


def dated_rows(conn: Conn, table: str, kind: type[RowOf]) -> list[RowOf]:
    """Fetch every row of a dated table without other keys, newest first; ``kind`` names the columns."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # any dataclass
    query = sql.SQL("SELECT {} FROM {} ORDER BY valid_from DESC").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier("ref", table)
    )
    with conn.cursor(row_factory=class_row(kind)) as cur:
        return cur.execute(query).fetchall()


def end_dated(conn: Conn, table: str, on: date) -> None:
    """End the open row of a dated table on the day the next one begins."""
    conn.execute(
        sql.SQL("UPDATE {} SET valid_to = %(on)s WHERE valid_to IS NULL AND valid_from < %(on)s").format(
            sql.Identifier("ref", table)
        ),
        {"on": on},
    )


def insert_dated(conn: Conn, table: str, values: Mapping[str, object]) -> None:
    """Insert a row of a dated table."""
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("ref", table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    conn.execute(query, values)


def calendar_days(conn: Conn) -> list[tuple[date, bool]]:
    """Fetch every day with whether offices work on it."""
    rows = conn.execute("SELECT day, is_workday FROM ref.calendar").fetchall()
    return [(day, is_workday) for day, is_workday in rows]


def second_review_rules(conn: Conn, on: date) -> list[SecondReviewRule]:
    """Fetch the rules that ask for a second reviewer, in force on a day, in order."""
    with conn.cursor(row_factory=class_row(SecondReviewRule)) as cur:
        return cur.execute(
            "SELECT rule_id, kinds, min_features, min_area_m2, min_waivers, straddles_county, reason_zh,"
            " reason_en FROM ref.second_review_rule WHERE daterange(valid_from, valid_to) @> %s"
            " ORDER BY position",
            [on],
        ).fetchall()


def codes(conn: Conn, list_code: str, on: date) -> list[dict[str, Any]]:
    """Fetch the codes of a list in force on a day, in order."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            "SELECT code, name_zh, name_en, attributes, verified FROM ref.code"
            " WHERE list_code = %s AND daterange(valid_from, valid_to) @> %s ORDER BY position",
            [list_code, on],
        ).fetchall()
