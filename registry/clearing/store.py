"""SQL of clearing, and of the sandbox bank's book."""

from collections.abc import Sequence
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from data.clock import day_of
from data.db import load_sql
from registry.clearing.records import Batch, CountySign, DayRow, Item, Payout
from registry.clearing.reports import Report

Conn = Connection[TupleRow]

_PAYOUT = (
    "SELECT y.msg_id, y.batch_id, y.county_code, y.kind, y.attempt, y.amount_fen, y.n_items, y.items_sha256,"
    " y.creditor_name, y.creditor_number, y.creditor_bank, y.creditor_cnaps, y.debit_pending_id,"
    " y.owed_pending_id, y.file_sha256, y.state, y.reason, y.changed_at, b.biz_date, b.seq, b.frozen_at,"
    " y.execute_on, y.items_signature, y.items_algorithm"
    " FROM money.payout y JOIN money.batch b USING (batch_id) "
)
_BATCH = "SELECT batch_id, biz_date, seq, frozen_at FROM money.batch "


def freeze(conn: Conn, day: date, cut: datetime, *, by: str, now: datetime, empty: bool) -> int | None:
    """Freeze the arrived lines as the next run; None when there is nothing."""
    row = conn.execute("SELECT money.freeze_batch(%s, %s, %s, %s, %s)", [day, cut, by, now, empty]).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def batches(conn: Conn, day: date) -> list[Batch]:
    """Return the runs of a day."""
    with conn.cursor(row_factory=class_row(Batch)) as cur:
        return cur.execute(_BATCH + "WHERE biz_date = %s ORDER BY seq", [day]).fetchall()


def batch(conn: Conn, batch_id: int) -> Batch | None:
    """Return a run."""
    with conn.cursor(row_factory=class_row(Batch)) as cur:
        return cur.execute(_BATCH + "WHERE batch_id = %s", [batch_id]).fetchone()


def items(conn: Conn, batch_id: int) -> list[Item]:
    """Return the items of a run."""
    with conn.cursor(row_factory=class_row(Item)) as cur:
        return cur.execute(load_sql(__package__ or "", "batch_items.sql"), {"batch": batch_id}).fetchall()


def insert_payout(conn: Conn, payout: Payout) -> None:
    """Insert a planned payout."""
    conn.execute(
        "INSERT INTO money.payout (msg_id, batch_id, county_code, kind, attempt, amount_fen, n_items,"
        " items_sha256, creditor_name, creditor_number, creditor_bank, creditor_cnaps, debit_pending_id,"
        " owed_pending_id, state, changed_at, execute_on)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'planned', %s, %s)",
        [
            payout.msg_id,
            payout.batch_id,
            payout.county_code,
            payout.kind,
            payout.attempt,
            payout.amount_fen,
            payout.n_items,
            payout.items_sha256,
            payout.creditor_name,
            payout.creditor_number,
            payout.creditor_bank,
            payout.creditor_cnaps,
            payout.debit_pending_id,
            payout.owed_pending_id,
            payout.changed_at,
            payout.execute_on,
        ],
    )


def payouts(conn: Conn, day: date) -> list[Payout]:
    """Return the payouts of a day's runs, every attempt."""
    with conn.cursor(row_factory=class_row(Payout)) as cur:
        return cur.execute(
            _PAYOUT + "WHERE b.biz_date = %s ORDER BY b.seq, y.county_code, y.kind, y.attempt", [day]
        ).fetchall()


def payouts_of(conn: Conn, county_code: str, first: date, last: date) -> list[Payout]:
    """Return a county's payouts of the runs of some days, every attempt, in the order of the runs."""
    with conn.cursor(row_factory=class_row(Payout)) as cur:
        return cur.execute(
            _PAYOUT + "WHERE y.county_code = %s AND b.biz_date BETWEEN %s AND %s"
            " ORDER BY b.biz_date, b.seq, y.kind, y.attempt",
            [county_code, first, last],
        ).fetchall()


def payout(conn: Conn, msg_id: str) -> Payout | None:
    """Return a payout."""
    with conn.cursor(row_factory=class_row(Payout)) as cur:
        return cur.execute(_PAYOUT + "WHERE y.msg_id = %s", [msg_id]).fetchone()


def lock_payout(conn: Conn, msg_id: str) -> Payout | None:
    """Return a payout and lock its row."""
    with conn.cursor(row_factory=class_row(Payout)) as cur:
        return cur.execute(_PAYOUT + "WHERE y.msg_id = %s FOR UPDATE OF y", [msg_id]).fetchone()


def unfinished(conn: Conn) -> list[date]:
    """Return the days with a payout that has not ended."""
    rows = conn.execute(
        "SELECT DISTINCT b.biz_date FROM money.payout y JOIN money.batch b USING (batch_id)"
        " WHERE y.state NOT IN ('settled', 'rejected') ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def has_run_before(conn: Conn, day: date) -> bool:
    """Tell whether a day before had a run."""
    row = conn.execute("SELECT EXISTS (SELECT FROM money.batch WHERE biz_date < %s)", [day]).fetchone()
    return bool(row and row[0])


def waits_to_freeze(conn: Conn, day: date, cut: datetime) -> bool:
    """Tell whether money has arrived by an instant that is in no run, or the day has no run yet."""
    row = conn.execute("SELECT money.waits_to_freeze(%s, %s)", [day, cut]).fetchone()
    return bool(row and row[0])


def set_written(conn: Conn, payout: Payout, *, sha256: bytes, signature: bytes, algorithm: str) -> None:
    """Note the hash of the message file and the signature of the item list."""
    conn.execute(
        "UPDATE money.payout SET file_sha256 = %s, items_signature = %s, items_algorithm = %s"
        " WHERE msg_id = %s",
        [sha256, signature, algorithm, payout.msg_id],
    )


def set_state(conn: Conn, msg_id: str, before: str, after: str, *, now: datetime) -> bool:
    """Move a payout from one state to another; false when it is not in the first."""
    cur = conn.execute(
        "UPDATE money.payout SET state = %s, changed_at = %s WHERE msg_id = %s AND state = %s",
        [after, now, msg_id, before],
    )
    return cur.rowcount == 1


def set_reason(conn: Conn, msg_id: str, reason: str) -> None:
    """Write why a payout was rejected."""
    conn.execute("UPDATE money.payout SET reason = %s WHERE msg_id = %s", [reason[:200], msg_id])


def clear_orders(conn: Conn, batch_id: int, *, actor: str, now: datetime) -> int:
    """Mark orders cleared whose every line has reached its county."""
    row = conn.execute("SELECT money.clear_orders(%s, %s, %s)", [batch_id, actor, now]).fetchone()
    return int(row[0]) if row else 0


def day_rows(conn: Conn, day: date, counties: list[str]) -> list[DayRow]:
    """Return the figures of a day for these counties."""
    with conn.cursor(row_factory=class_row(DayRow)) as cur:
        return cur.execute(
            load_sql(__package__ or "", "day_rows.sql"), {"day": day, "counties": counties}
        ).fetchall()


def day_suspense(conn: Conn, day: date) -> int:
    """Return the money of a day that went to suspense, in fen."""
    row = conn.execute(
        "SELECT coalesce(sum(total_fen), 0) FROM money.posting WHERE biz_date = %s AND kind = 'suspend'",
        [day],
    ).fetchone()
    return int(row[0]) if row else 0


def insert_sign(conn: Conn, day: date, sign: CountySign) -> None:
    """Write a county's signature; the same one twice changes nothing."""
    conn.execute(
        "INSERT INTO money.day_sign (biz_date, county_code, sheet_sha256, signed_by, signed_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [day, sign.county_code, sign.sheet_sha256, sign.signed_by, sign.signed_at],
    )


def signs(conn: Conn, day: date) -> list[CountySign]:
    """Return the signatures of a day."""
    with conn.cursor(row_factory=class_row(CountySign)) as cur:
        return cur.execute(
            "SELECT county_code, sheet_sha256, signed_by, signed_at FROM money.day_sign"
            " WHERE biz_date = %s ORDER BY county_code, signed_at",
            [day],
        ).fetchall()


def open_breaks(conn: Conn, day: date, *, counties: Sequence[str] | None = None) -> int:
    """Return the number of unsettled breaks of a day, of some counties (or of all)."""
    row = conn.execute(
        "SELECT count(*) FROM money.break WHERE biz_date = %(day)s"
        " AND state IN ('open', 'assigned', 'explained') "
        " AND (%(counties)s::text[] IS NULL OR county_code = ANY(%(counties)s))",
        {"day": day, "counties": None if counties is None else list(counties)},
    ).fetchone()
    return int(row[0]) if row else 0


def breaks_of_types(conn: Conn, day: date, types: Sequence[str]) -> list[tuple[int, str]]:
    """Return (key, type) of the unsettled breaks of a day of some types, oldest first."""
    return conn.execute(
        "SELECT break_id, type FROM money.break WHERE biz_date = %s"
        " AND state IN ('open', 'assigned', 'explained') AND type = ANY(%s) ORDER BY break_id",
        [day, list(types)],
    ).fetchall()


def open_break(conn: Conn, kind: str, payout: Payout, now: datetime, *, report: Report | None = None) -> None:
    """Open a break about a payout, once; about a report of the bank that does not fit it, once for each."""
    said = "" if report is None else f":{_entry_of(report)}"
    conn.execute(
        "INSERT INTO money.break (key, type, biz_date, county_code, msg_id, amount_fen, opened_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING",
        [
            f"{kind}:{payout.msg_id}{said}",
            kind,
            payout.biz_date,
            payout.county_code,
            payout.msg_id,
            payout.amount_fen,
            now,
        ],
    )


def open_bank_break(conn: Conn, kind: str, report: Report, now: datetime) -> None:
    """Open a break about a bank's report of a payout that is none of ours, once for each entry of the bank.

    Many payments may have no reference of their own (NOTPROVIDED): entry and amount tell them apart.
    """
    conn.execute(
        "INSERT INTO money.break (key, type, biz_date, amount_fen, detail, opened_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING",
        [
            f"{kind}:{report.msg_id}:{_entry_of(report)}",
            kind,
            day_of(now),
            report.amount_fen or 0,
            Jsonb({"msg_id": report.msg_id, "state": report.state, "account": report.account}),
            now,
        ],
    )


def _entry_of(report: Report) -> str:
    """Return what tells one entry of the bank from another about the same payout."""
    return f"{report.state}:{report.account or ''}:{report.entry_ref}:{report.amount_fen or 0}"


def days_to_sign(conn: Conn, county_code: str, since: date) -> list[date]:
    """Return the days after ``since`` with a run that a county has not signed, newest first."""
    rows = conn.execute(
        load_sql(__package__ or "", "days_to_sign.sql"), {"county": county_code, "since": since}
    ).fetchall()
    return [row[0] for row in rows]
