"""SQL of channels, their keys, and attempts to pay."""

from datetime import date, datetime

from psycopg.rows import class_row

from registry.payments.records import Attempt, Channel, ChannelFigures, ChannelKey
from registry.payments.store import Conn

_CHANNEL = "SELECT channel, name, name_en, kind, sandbox FROM money.channel "
_KEY = "SELECT channel, kid, valid_from, valid_until, added_by, ended_by FROM money.channel_key "
_ATTEMPT = (
    "SELECT a.attempt_id, a.order_no, o.payment_code, a.channel, a.channel_txn, a.amount_fen, a.started_at,"
    " a.state, a.ended_at FROM money.payment_attempt a JOIN money.payment_order o USING (order_no) "
)


def channels(conn: Conn) -> list[Channel]:
    """Return all channels."""
    with conn.cursor(row_factory=class_row(Channel)) as cur:
        return cur.execute(_CHANNEL + "ORDER BY sandbox, channel").fetchall()


def fetch(conn: Conn, channel: str) -> Channel | None:
    """Return a channel."""
    with conn.cursor(row_factory=class_row(Channel)) as cur:
        return cur.execute(_CHANNEL + "WHERE channel = %s", [channel]).fetchone()


def figures(conn: Conn, channel: str, *, since: datetime) -> ChannelFigures:
    """Return what goes on at a channel, and the good events since an instant by their source."""
    with conn.cursor(row_factory=class_row(ChannelFigures)) as cur:
        found = cur.execute(
            "SELECT (SELECT count(*) FROM money.payment_attempt WHERE channel = %(ch)s AND state = 'open')"
            "   AS open_attempts,"
            " (SELECT count(*) FROM money.sandbox_notice WHERE channel = %(ch)s AND sent_at IS NULL"
            "   AND NOT lost) AS waiting,"
            " (SELECT count(*) FROM money.sandbox_notice WHERE channel = %(ch)s AND lost) AS lost,"
            " (SELECT coalesce(jsonb_object_agg(source, n), '{}') FROM"
            "   (SELECT source, count(*) AS n FROM money.channel_event WHERE channel = %(ch)s AND sig_ok"
            "     AND occurred_at >= %(since)s GROUP BY source) s) AS sources",
            {"ch": channel, "since": since},
        ).fetchone()
    return found or ChannelFigures(0, 0, 0, {})


def keys_at(conn: Conn, channel: str, now: datetime) -> list[str]:
    """Return the key ids of a channel that hold at an instant, oldest first."""
    rows = conn.execute(
        "SELECT kid FROM money.channel_key WHERE channel = %(channel)s AND valid_from <= %(now)s"
        " AND (valid_until IS NULL OR valid_until > %(now)s) ORDER BY valid_from, kid",
        {"channel": channel, "now": now},
    ).fetchall()
    return [row[0] for row in rows]


def keys_of(conn: Conn, channel: str) -> list[ChannelKey]:
    """Return all keys of a channel, oldest first."""
    with conn.cursor(row_factory=class_row(ChannelKey)) as cur:
        return cur.execute(_KEY + "WHERE channel = %s ORDER BY valid_from, kid", [channel]).fetchall()


def lock_keys(conn: Conn, channel: str) -> None:
    """Let one transaction at a time change the keys of a channel."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('channel_key:' || %s, 0))", [channel])


def insert_key(conn: Conn, key: ChannelKey) -> None:
    """Enter a key; one that is known stays."""
    conn.execute(
        "INSERT INTO money.channel_key (channel, kid, valid_from, added_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (channel, kid) DO NOTHING",
        [key.channel, key.kid, key.valid_from, key.added_by],
    )


def end_key(conn: Conn, channel: str, kid: str, *, at: datetime, by: str) -> None:
    """End a key."""
    conn.execute(
        "UPDATE money.channel_key SET valid_until = %s, ended_by = %s WHERE channel = %s AND kid = %s",
        [at, by, channel, kid],
    )


def waits_for_first_key(conn: Conn, channel: str) -> bool:
    """Tell whether a channel is a sandbox's and never had a key."""
    row = conn.execute(
        "SELECT 1 FROM money.channel c WHERE sandbox AND channel = %s"
        " AND NOT EXISTS (SELECT 1 FROM money.channel_key k WHERE k.channel = c.channel)",
        [channel],
    ).fetchone()
    return row is not None


def open_attempt(conn: Conn, order_no: str) -> Attempt | None:
    """Return the open attempt to pay an order."""
    with conn.cursor(row_factory=class_row(Attempt)) as cur:
        return cur.execute(_ATTEMPT + "WHERE a.order_no = %s AND a.state = 'open'", [order_no]).fetchone()


def state_of_attempt(conn: Conn, payment_code: str, channel_txn: str) -> str | None:
    """Return the state of the order of a payment code that has an attempt of this number."""
    row = conn.execute(
        "SELECT o.state FROM money.payment_order o JOIN money.payment_attempt a USING (order_no)"
        " WHERE o.payment_code = %s AND a.channel_txn = %s",
        [payment_code, channel_txn],
    ).fetchone()
    return None if row is None else row[0]


def open_since(conn: Conn, before: datetime, limit: int) -> list[Attempt]:
    """Return open attempts that began before an instant, oldest first."""
    with conn.cursor(row_factory=class_row(Attempt)) as cur:
        return cur.execute(
            _ATTEMPT + "WHERE a.state = 'open' AND a.started_at <= %s ORDER BY a.attempt_id LIMIT %s",
            [before, limit],
        ).fetchall()


def insert_attempt(
    conn: Conn, order_no: str, channel: str, channel_txn: str, *, amount_fen: int, now: datetime
) -> None:
    """Enter an attempt; its order must be locked and have no open one."""
    conn.execute(
        "INSERT INTO money.payment_attempt (order_no, channel, channel_txn, amount_fen, started_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        [order_no, channel, channel_txn, amount_fen, now],
    )


def end_attempt(conn: Conn, attempt: Attempt, state: str, now: datetime) -> None:
    """End an attempt, if it is still open."""
    conn.execute(
        "SELECT money.end_attempt(%s, %s, %s, %s, %s)",
        [attempt.channel, attempt.channel_txn, state, attempt.order_no, now],
    )


def state_by_txn(conn: Conn, channel: str, channel_txn: str) -> str | None:
    """Return what the ledger holds for a payment of a channel: paid, or failed for good, or None."""
    row = conn.execute(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM money.posting WHERE key = 'pay:' || %(ch)s || ':' || %(txn)s)"
        " THEN 'paid' WHEN EXISTS (SELECT 1 FROM money.channel_event WHERE channel = %(ch)s"
        " AND channel_txn = %(txn)s AND kind = 'failed' AND sig_ok) THEN 'failed' END",
        {"ch": channel, "txn": channel_txn},
    ).fetchone()
    return None if row is None else row[0]


def unstated_days(conn: Conn, channel: str, first: date, last: date) -> list[date]:
    """Return the days of a channel, Asia/Shanghai, whose statement we have not, oldest first."""
    rows = conn.execute(
        "SELECT d::date FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') d"
        " WHERE NOT EXISTS (SELECT 1 FROM money.channel_statement s"
        "   WHERE s.channel = %(channel)s AND s.stated_on = d::date) ORDER BY 1",
        {"channel": channel, "first": first, "last": last},
    ).fetchall()
    return [row[0] for row in rows]


def spoke_on(conn: Conn, channel: str, day: date) -> bool:
    """Tell whether a channel told us of a payment on a day, Asia/Shanghai."""
    row = conn.execute(
        "SELECT 1 FROM money.channel_event WHERE channel = %(channel)s AND sig_ok"
        " AND occurred_at >= %(day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'"
        " AND occurred_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' LIMIT 1",
        {"channel": channel, "day": day},
    ).fetchone()
    return row is not None
