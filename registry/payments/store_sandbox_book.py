"""SQL of the sandbox channels' own book: payments, messages to us, and faults switched on."""

from datetime import date, datetime, timedelta

from psycopg.rows import class_row

from registry.payments.records import SandboxNotice, SandboxPayment, Switch
from registry.payments.sandbox_faults import Fate
from registry.payments.store import Conn

_PAYMENT = (
    "SELECT channel, channel_txn, payment_code, amount_fen, state, opened_at, ended_at"
    " FROM money.sandbox_payment "
)


def insert_payment(conn: Conn, payment: SandboxPayment) -> None:
    """Enter a payment."""
    conn.execute(
        "INSERT INTO money.sandbox_payment (channel, channel_txn, payment_code, amount_fen, state, opened_at,"
        " ended_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            payment.channel,
            payment.channel_txn,
            payment.payment_code,
            payment.amount_fen,
            payment.state,
            payment.opened_at,
            payment.ended_at,
        ],
    )


def fetch_payment(conn: Conn, channel: str, channel_txn: str, *, lock: bool = False) -> SandboxPayment | None:
    """Return a payment."""
    query = _PAYMENT + "WHERE channel = %s AND channel_txn = %s"
    with conn.cursor(row_factory=class_row(SandboxPayment)) as cur:
        return cur.execute(query + (" FOR UPDATE" if lock else ""), [channel, channel_txn]).fetchone()


def end_payment(
    conn: Conn, channel: str, channel_txn: str, *, state: str, amount_fen: int, now: datetime
) -> None:
    """End a payment that is not paid."""
    conn.execute(
        "UPDATE money.sandbox_payment SET state = %s, amount_fen = %s, ended_at = %s"
        " WHERE channel = %s AND channel_txn = %s AND state <> 'paid'",
        [state, amount_fen, now, channel, channel_txn],
    )


def give_up(conn: Conn, channel: str, payment_code: str, *, before: datetime, now: datetime) -> None:
    """Fail the payments of a code that were opened before an instant and never paid."""
    conn.execute(
        "UPDATE money.sandbox_payment SET state = 'failed', ended_at = %s"
        " WHERE channel = %s AND payment_code = %s AND state = 'open' AND opened_at <= %s",
        [now, channel, payment_code, before],
    )


def ended_of_code(conn: Conn, channel: str, payment_code: str) -> list[SandboxPayment]:
    """Return the ended payments of a code, in the order they ended."""
    with conn.cursor(row_factory=class_row(SandboxPayment)) as cur:
        return cur.execute(
            _PAYMENT + "WHERE channel = %s AND payment_code = %s AND state <> 'open'"
            " ORDER BY ended_at, channel_txn",
            [channel, payment_code],
        ).fetchall()


def statement_rows(conn: Conn, channel: str, day: date) -> list[tuple[str, str, str, int, datetime, str]]:
    """Return (txn, kind, payment code, fen, instant, refund) of what was paid and paid back on a day."""
    return conn.execute(
        "SELECT channel_txn, 'paid', payment_code, amount_fen, ended_at, '' FROM money.sandbox_payment"
        " WHERE channel = %(ch)s AND state = 'paid'"
        " AND (ended_at AT TIME ZONE 'Asia/Shanghai')::date = %(day)s"
        " UNION ALL SELECT r.channel_txn, 'refunded', p.payment_code, r.amount_fen, r.received_at,"
        " r.instruction FROM money.sandbox_refund r"
        " JOIN money.sandbox_payment p USING (channel, channel_txn)"
        " WHERE r.channel = %(ch)s AND r.state = 'done'"
        " AND (r.received_at AT TIME ZONE 'Asia/Shanghai')::date = %(day)s ORDER BY 5, 1, 6",
        {"ch": channel, "day": day},
    ).fetchall()


def insert_notice(conn: Conn, payment: SandboxPayment, raw: bytes, *, fate: Fate, now: datetime) -> None:
    """Enter a message to us."""
    conn.execute(
        "INSERT INTO money.sandbox_notice (channel, channel_txn, kind, raw, made_at, due_at, behind, lost)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            payment.channel,
            payment.channel_txn,
            payment.state,
            raw,
            now,
            now + timedelta(seconds=fate.delay_s),
            fate.behind,
            fate.lost,
        ],
    )


def due_notices(conn: Conn, now: datetime, *, held_until: datetime) -> list[SandboxNotice]:
    """Return the messages that go now; one that lets others go first waits for one, or for an instant.

    Parameters
    ----------
    held_until : datetime
        Messages due before it wait for no other any more.
    """
    with conn.cursor(row_factory=class_row(SandboxNotice)) as cur:
        return cur.execute(
            "SELECT notice_id, channel, raw FROM money.sandbox_notice n"
            " WHERE sent_at IS NULL AND NOT lost AND due_at <= %(now)s AND (NOT behind OR due_at <= %(held)s"
            "   OR EXISTS (SELECT 1 FROM money.sandbox_notice l WHERE l.channel = n.channel"
            "              AND l.notice_id > n.notice_id AND l.sent_at IS NOT NULL))"
            " ORDER BY due_at, notice_id LIMIT 500 FOR UPDATE SKIP LOCKED",
            {"now": now, "held": held_until},
        ).fetchall()


def note_answer(conn: Conn, notice_id: int, answer: str, now: datetime) -> None:
    """Write what we answered a message."""
    conn.execute(
        "UPDATE money.sandbox_notice SET sent_at = %s, answer = %s WHERE notice_id = %s",
        [now, answer, notice_id],
    )


def waiting_notices(conn: Conn) -> int:
    """Return how many messages are still to be sent."""
    row = conn.execute(
        "SELECT count(*) FROM money.sandbox_notice WHERE sent_at IS NULL AND NOT lost"
    ).fetchone()
    return int(row[0]) if row else 0


def switch_of(conn: Conn, channel: str) -> Switch:
    """Return the faults switched on for a channel; none without a row."""
    with conn.cursor(row_factory=class_row(Switch)) as cur:
        found = cur.execute(
            "SELECT channel, delay_s, duplicate_pct, reorder_pct, lose_pct, seed, set_by, set_at"
            " FROM money.sandbox_switch WHERE channel = %s ORDER BY switch_id DESC LIMIT 1",
            [channel],
        ).fetchone()
    return found or Switch(channel)


def insert_switch(conn: Conn, switch: Switch) -> None:
    """Set the faults of a channel."""
    conn.execute(
        "INSERT INTO money.sandbox_switch (channel, delay_s, duplicate_pct, reorder_pct, lose_pct, seed,"
        " set_by, set_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            switch.channel,
            switch.delay_s,
            switch.duplicate_pct,
            switch.reorder_pct,
            switch.lose_pct,
            switch.seed,
            switch.set_by,
            switch.set_at,
        ],
    )
