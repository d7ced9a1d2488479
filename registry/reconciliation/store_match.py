"""SQL of matching the four books; set-based, one statement a kind of difference."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from psycopg.types.json import Jsonb

from data.db import load_sql
from registry.clearing import rules as clearing
from registry.reconciliation.records import ChannelStatement
from registry.reconciliation.store import Conn

_OPEN = (
    "INSERT INTO money.break (key, type, biz_date, county_code, order_no, event_id, msg_id, amount_fen,"
    " detail, opened_at) SELECT b.key, %(type)s, b.biz_date, b.county_code, b.order_no, b.event_id, b.msg_id,"
    " b.amount_fen, b.detail, %(now)s FROM ("
)
_ONCE = ") b ON CONFLICT (key) DO NOTHING"


def open_differences(conn: Conn, first: date, last: date, now: datetime, *, books: str) -> int:
    """Open the kinds that begin with one of the letters and are not known; return how many are new."""
    opened = 0
    for kind, query in _blocks():
        if kind[0] not in books:
            continue
        facts = {
            "type": kind,
            "first": first,
            "last": last,
            "now": now,
            "collection": clearing.COLLECTION_ACCOUNT.number,
        }
        cur = conn.execute(f"{_OPEN}{query}{_ONCE}".encode(), facts)
        opened += cur.rowcount
    return opened


def _blocks() -> Iterator[tuple[str, str]]:
    for block in load_sql(__package__ or "", "match.sql").split("-- break: ")[1:]:
        head, _, query = block.partition("\n")
        yield head.split(" ", 1)[0], query
    yield "C1", _told("unknown")


def _told(tail: str) -> str:
    """Return a statement about refunds that a channel told in the days."""
    return "".join(load_sql(__package__ or "", f"told_refunds{name}.sql") for name in ("", f"_{tail}"))


def attach_statement_lines(conn: Conn, first: date, last: date, now: datetime) -> None:
    """Add to the difference of a refund that nobody ordered the line of the day statement that tells it."""
    conn.execute(_told("evidence").encode(), {"first": first, "last": last, "now": now})


def open_found(
    conn: Conn, kind: str, found: Sequence[tuple[str, Mapping[str, object]]], *, day: date, now: datetime
) -> int:
    """Open differences found outside SQL, each with its key and details; return how many are new."""
    cur = conn.execute(
        "INSERT INTO money.break (key, type, biz_date, detail, opened_at)"
        " SELECT f.key, %(type)s, %(day)s, f.detail, %(now)s"
        " FROM unnest(%(keys)s::text[], %(details)s::jsonb[]) AS f(key, detail) ON CONFLICT (key) DO NOTHING",
        {
            "type": kind,
            "day": day,
            "now": now,
            "keys": [f"{kind}:{key}" for key, _ in found],
            "details": [Jsonb(detail) for _, detail in found],
        },
    )
    return cur.rowcount


def close_day_shifts(conn: Conn, now: datetime) -> int:
    """Close the day shifts (C4) whose pair has come, or that are now held for missing; return how many."""
    row = conn.execute(load_sql(__package__ or "", "close_day_shifts.sql").encode(), {"now": now}).fetchone()
    return int(row[0]) if row else 0


def entries_in_doubt(conn: Conn, statement_id: int) -> int:
    """Return how many entries of a statement a difference names."""
    row = conn.execute(
        "SELECT count(DISTINCT detail ->> 'seq') FROM money.break WHERE biz_date >="
        " (SELECT from_on - 40 FROM money.statement WHERE statement_id = %(id)s)"
        " AND detail @> jsonb_build_object('statement_id', %(id)s::bigint)",
        {"id": statement_id},
    ).fetchone()
    return int(row[0]) if row else 0


def book_arrivals(conn: Conn, statement_id: int, *, day: date, now: datetime) -> int:
    """Post the arrival of the payments whose channel settled exactly what waited; return how many."""
    row = conn.execute(
        load_sql(__package__ or "", "book_arrivals.sql").encode(),
        {"statement": statement_id, "collection": clearing.COLLECTION_ACCOUNT.number, "day": day, "now": now},
    ).fetchone()
    return int(row[0]) if row else 0


def insert_channel_statement(
    conn: Conn, statement: ChannelStatement, *, raw: bytes, sha256: bytes, by: str, now: datetime
) -> int | None:
    """Insert a channel's statement with its lines; None when its channel and day are taken."""
    row = conn.execute(
        "INSERT INTO money.channel_statement (channel, stated_on, sha256, raw, net_fen, fee_fen, loaded_by,"
        " loaded_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (channel, stated_on) DO NOTHING RETURNING statement_id",
        [
            statement.channel,
            statement.stated_on,
            sha256,
            raw,
            statement.net_fen,
            statement.fee_fen,
            by,
            now,
        ],
    ).fetchone()
    if row is None:
        return None
    with (
        conn.cursor() as cur,
        cur.copy(
            "COPY money.channel_statement_line (statement_id, seq, channel_txn, kind, payment_code,"
            " amount_fen, fee_fen, occurred_at, refund_id) FROM STDIN"
        ) as copy,
    ):
        for line in statement.lines:
            copy.write_row(
                (
                    row[0],
                    line.seq,
                    line.channel_txn,
                    line.kind,
                    line.payment_code,
                    line.amount_fen,
                    line.fee_fen,
                    line.occurred_at,
                    line.refund_id,
                )
            )
    return int(row[0])


def channel_statement_by_sha256(conn: Conn, sha256: bytes) -> int | None:
    """Return the channel statement with these bytes."""
    row = conn.execute(
        "SELECT statement_id FROM money.channel_statement WHERE sha256 = %s", [sha256]
    ).fetchone()
    return None if row is None else int(row[0])


def unledgered_lines(conn: Conn, statement_id: int, day: date) -> set[int]:
    """Return the lines of a channel's statement of a day, by place, of which nothing was known before."""
    rows = conn.execute(
        "SELECT l.seq FROM money.channel_statement s JOIN money.channel_statement_line l USING (statement_id)"
        " LEFT JOIN money.posting p ON p.key = 'pay:' || s.channel || ':' || l.channel_txn"
        " WHERE s.statement_id = %s AND l.kind = 'paid' AND p.posting_id IS NULL",
        [statement_id],
    ).fetchall()
    facts = {"statement_id": statement_id, "first": day, "last": day}
    rows += conn.execute(_told("unnoticed").encode(), facts).fetchall()
    return {row[0] for row in rows}


def knows_channel(conn: Conn, channel: str) -> bool:
    """Tell whether a channel is one of ours."""
    row = conn.execute("SELECT 1 FROM money.channel WHERE channel = %s", [channel]).fetchone()
    return row is not None


def channel_lines_in_doubt(conn: Conn, channel: str, day: date) -> int:
    """Return how many payments of a channel's day a difference names."""
    row = conn.execute(
        "SELECT count(DISTINCT detail ->> 'channel_txn') FROM money.break WHERE biz_date = %(day)s"
        " AND detail @> jsonb_build_object('channel', %(channel)s::text) AND type IN ('C1', 'C3', 'C4')",
        {"day": day, "channel": channel},
    ).fetchone()
    return int(row[0]) if row else 0


def account_county(conn: Conn, number: str) -> tuple[bool, str | None]:
    """Return whether an account is the collection account or a county's, and the county."""
    if number == clearing.COLLECTION_ACCOUNT.number:
        return True, None
    row = conn.execute(
        "SELECT min(county_code) FROM ref.county_account WHERE number = %s", [number]
    ).fetchone()
    county = row[0] if row else None
    return county is not None, county
