"""SQL of the register."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, class_row, dict_row

from registry.rights.records import Ended, LiveEntry, NewEntry, ShownEntry, ShownHolder

Conn = Connection[TupleRow]


def open_page(conn: Conn, unit_code: str, county_code: str, now: datetime) -> None:
    """Make the page of a unit if it has none."""
    conn.execute(
        "INSERT INTO registry.unit_page (unit_code, county_code, opened_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (unit_code) DO NOTHING",
        [unit_code, county_code, now],
    )


def lock_pages(conn: Conn, unit_codes: Sequence[str]) -> dict[str, str]:
    """Lock pages in the order of their codes; returns the county of each."""
    rows = conn.execute(
        "SELECT unit_code, county_code FROM registry.unit_page WHERE unit_code = ANY(%s)"
        " ORDER BY unit_code FOR UPDATE",
        [list(unit_codes)],
    ).fetchall()
    return {str(unit): str(county) for unit, county in rows}


def next_seq(conn: Conn, unit_code: str) -> int:
    """Take the next number on a page (the row stays locked)."""
    row = conn.execute(
        "UPDATE registry.unit_page SET last_seq = last_seq + 1 WHERE unit_code = %s RETURNING last_seq",
        [unit_code],
    ).fetchone()
    if row is None:
        raise LookupError(unit_code)
    return int(row[0])


def insert_entry(conn: Conn, entry: NewEntry, *, seq: int, by: str, now: datetime) -> int:
    """Write an entry; returns its key."""
    values: dict[str, Any] = {
        name: getattr(entry, name) for name in NewEntry.__dataclass_fields__ if name != "holders"
    }
    values |= {
        "seq": seq,
        "by": by,
        "now": now,
        "parcel_code": entry.unit_code[:19],
        "kind": str(entry.kind),
    }
    row = conn.execute(
        "INSERT INTO registry.rrr (unit_code, seq, parcel_code, county_code, accept_office, kind, right_type,"
        " registration_type, sharing, on_rrr_id, after_rrr_id, case_no, subtype, transfer_ban, amount_fen,"
        " area_m2, use_code, term_from, term_to, cause, note, registered_at, registered_by) VALUES"
        " (%(unit_code)s, %(seq)s, %(parcel_code)s, %(county_code)s, %(accept_office)s, %(kind)s,"
        " %(right_type)s, %(registration_type)s, %(sharing)s, %(on_rrr_id)s, %(after_rrr_id)s, %(case_no)s,"
        " %(subtype)s, %(transfer_ban)s, %(amount_fen)s, %(area_m2)s, %(use_code)s, %(term_from)s,"
        " %(term_to)s, %(cause)s, %(note)s, %(now)s, %(by)s) RETURNING rrr_id",
        values,
    ).fetchone()
    if row is None:
        raise LookupError(entry.unit_code)
    return int(row[0])


def insert_holders(conn: Conn, rrr_id: int, entry: NewEntry) -> None:
    """Write who holds an entry."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO registry.rrr_holder (rrr_id, seq, party_id, role, share_num, share_den)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (rrr_id, number, holder.party_id, holder.role, holder.share_num, holder.share_den)
                for number, holder in enumerate(entry.holders, start=1)
            ],
        )


def insert_end(conn: Conn, rrr_id: int, status: Ended, values: dict[str, Any]) -> None:
    """Write the end of an entry; ``values`` has by_rrr_id, case_no, cause, now and by."""
    conn.execute(
        "INSERT INTO registry.rrr_end (rrr_id, status, by_rrr_id, case_no, cause, ended_at, ended_by)"
        " VALUES (%(rrr_id)s, %(status)s, %(by_rrr_id)s, %(case_no)s, %(cause)s, %(now)s, %(by)s)",
        {"rrr_id": rrr_id, "status": str(status), **values},
    )


def live_entries(conn: Conn, codes: Sequence[str]) -> list[LiveEntry]:
    """Fetch the live entries of units (28 characters) and parcels (19), without persons."""
    with conn.cursor(row_factory=class_row(LiveEntry)) as cur:
        return cur.execute("SELECT * FROM registry.unit_state(%s)", [list(codes)]).fetchall()


def homesteads_of(conn: Conn, hashes: Sequence[bytes], county_code: str) -> frozenset[str]:
    """Fetch the units of a county with a live homestead right of these parties."""
    rows = conn.execute(
        "SELECT unit_code FROM registry.homesteads_of(%s, %s)", [list(hashes), county_code]
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def page_county(conn: Conn, unit_code: str) -> str | None:
    """Fetch the county that keeps a page; None without a page, or hidden."""
    row = conn.execute(
        "SELECT county_code FROM registry.unit_page WHERE unit_code = %s", [unit_code]
    ).fetchone()
    return None if row is None else str(row[0])


def shown_entries(conn: Conn, unit_code: str) -> list[ShownEntry]:
    """Fetch the entries of a page in order, without holders."""
    with conn.cursor(row_factory=class_row(ShownEntry)) as cur:
        return cur.execute(
            "SELECT rrr_id, seq, kind, right_type, registration_type, sharing, status, live, on_rrr_id,"
            " case_no, subtype, transfer_ban, amount_fen, area_m2, use_code, term_from, term_to, cause, note,"
            " registered_at, ended_at FROM registry.rrr_now WHERE unit_code = %s ORDER BY seq",
            [unit_code],
        ).fetchall()


def shown_holders(conn: Conn, rrr_ids: Sequence[int]) -> dict[int, list[ShownHolder]]:
    """Fetch the holders of entries, numbers masked."""
    with conn.cursor(row_factory=dict_row) as cur:
        rows = cur.execute(
            "SELECT h.rrr_id, p.name, p.kind, p.id_type, p.id_masked, h.role,"
            " h.share_num || '/' || h.share_den AS share FROM registry.rrr_holder h"
            " JOIN registry.party p USING (party_id) WHERE h.rrr_id = ANY(%s) ORDER BY h.rrr_id, h.seq",
            [list(rrr_ids)],
        ).fetchall()
    found: dict[int, list[ShownHolder]] = {}
    for row in rows:
        found.setdefault(row.pop("rrr_id"), []).append(ShownHolder(**row))
    return found


def holders_on(
    conn: Conn, parcel_codes: Sequence[str], kinds: Sequence[str], *, at: date
) -> dict[str, list[str]]:
    """Fetch the names of holders of live entries of some kinds on a day, by parcel, in order of entry."""
    rows = conn.execute(
        "SELECT r.parcel_code, p.name FROM registry.rrr_now r JOIN registry.rrr_holder h USING (rrr_id)"
        " JOIN registry.party p USING (party_id)"
        " WHERE r.parcel_code = ANY(%(codes)s) AND r.kind = ANY(%(kinds)s)"
        " AND (r.registered_at AT TIME ZONE 'Asia/Shanghai')::date <= %(at)s"
        " AND (r.ended_at IS NULL OR (r.ended_at AT TIME ZONE 'Asia/Shanghai')::date > %(at)s)"
        " GROUP BY r.parcel_code, p.name ORDER BY r.parcel_code, min(r.rrr_id), min(h.seq)",
        {"codes": list(parcel_codes), "kinds": list(kinds), "at": at},
    ).fetchall()
    found: dict[str, list[str]] = {}
    for parcel_code, name in rows:
        found.setdefault(str(parcel_code), []).append(str(name))
    return found
