"""SQL of parties."""

from collections.abc import Sequence

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from registry.parties.records import NewParty, Party

Conn = Connection[TupleRow]


def insert(conn: Conn, party: NewParty, *, county_code: str | None, accept_office: str) -> int:
    """Write a party; returns its key."""
    row = conn.execute(
        "INSERT INTO registry.party (kind, name, id_type, id_number, id_masked, id_hash, phone, county_code,"
        " accept_office) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING party_id",
        [
            party.kind,
            party.name,
            party.id_type,
            party.id_number,
            party.id_masked,
            party.id_hash,
            party.phone,
            county_code,
            accept_office,
        ],
    ).fetchone()
    assert row is not None  # noqa: S101  RETURNING gives a row
    return int(row[0])


def fetch(conn: Conn, party_ids: Sequence[int]) -> dict[int, Party]:
    """Fetch parties by key, masked."""
    with conn.cursor(row_factory=class_row(Party)) as cur:
        rows = cur.execute(
            "SELECT party_id, kind, name, id_type, id_masked, id_hash,"
            " CASE WHEN phone IS NULL THEN NULL WHEN length(phone) >= 10"
            " THEN left(phone, 3) || '****' || right(phone, 4) ELSE '****' END AS phone_masked"
            " FROM registry.party WHERE party_id = ANY(%s)",
            [list(party_ids)],
        ).fetchall()
    return {row.party_id: row for row in rows}


def set_county(conn: Conn, party_ids: Sequence[int], county_code: str) -> None:
    """Set the county of parties entered while it was undecided."""
    conn.execute(
        "UPDATE registry.party SET county_code = %s WHERE party_id = ANY(%s)",
        [county_code, list(party_ids)],
    )
