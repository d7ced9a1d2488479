"""SQL of orders that are revived."""

import hashlib
from datetime import date, datetime

from psycopg.rows import class_row

from registry.payments.records import LateMoney, OrderHead
from registry.payments.rules import ORDER_LIFE
from registry.payments.store import Conn


def late_money(conn: Conn, order_no: str) -> list[LateMoney]:
    """Return what was paid for an order, lies in suspense and is not asked back, oldest first."""
    with conn.cursor(row_factory=class_row(LateMoney)) as cur:
        return cur.execute(
            "SELECT p.posting_id, p.event_id, p.total_fen AS amount_fen, EXISTS (SELECT FROM money.posting a"
            "   WHERE a.key = 'arr:' || substr(p.key, 5) AND a.kind = 'arrive') AS arrived"
            " FROM money.posting p WHERE p.order_no = %s AND p.kind = 'suspend'"
            " AND NOT EXISTS (SELECT FROM money.posting s WHERE s.key = 'sus:' || p.posting_id)"
            " AND NOT EXISTS (SELECT FROM money.refund r WHERE r.suspended_id = p.posting_id"
            "   AND r.state <> 'rejected')"
            " ORDER BY p.posting_id",
            [order_no],
        ).fetchall()


def asked_of_cases(conn: Conn, order_no: str) -> dict[str, dict[str, int]]:
    """Return what an order asks for, fen, by case and by fee line or assessment."""
    rows = conn.execute(
        "SELECT case_no, source, sum(amount_fen)::bigint FROM money.order_line WHERE order_no = %s"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        [order_no],
    ).fetchall()
    asked: dict[str, dict[str, int]] = {}
    for case_no, source, fen in rows:
        asked.setdefault(str(case_no), {})[str(source)] = int(fen)
    return asked


def revive(conn: Conn, head: OrderHead, *, at: datetime, actor: str, reason: str) -> None:
    """Bring a dead order back, to be paid within the life of a new one, and take its lines again."""
    conn.execute(
        "SELECT money.revive_order(%s, %s, %s, %s, %s, %s)",
        [head.order_no, head.state, at + ORDER_LIFE, at, actor, reason],
    )


def apply_late_money(
    conn: Conn, order_no: str, money: LateMoney, *, day: date, at: datetime, actor: str
) -> int:
    """Pay a revived order with its late money; returns the posting of the payment."""
    digest = hashlib.sha256(f"late:{money.posting_id}".encode()).digest()
    row = conn.execute(
        "SELECT money.apply_suspended(%s, %s, %s, %s, %s, %s)",
        [order_no, money.posting_id, digest, day, at, actor],
    ).fetchone()
    if row is None:
        raise LookupError(order_no)
    return int(row[0])


def resolve_break(
    conn: Conn, event_id: int, posting_id: int, *, comment: str, actor: str, now: datetime
) -> None:
    """Note on the difference of a late payment that it is settled; another person confirms it."""
    conn.execute(
        "WITH done AS (UPDATE money.break SET state = 'resolved' WHERE event_id = %(event)s"
        "   AND type = 'LATE_PAY' AND state NOT IN ('resolved', 'confirmed') RETURNING break_id)"
        " INSERT INTO money.break_action (break_id, action, comment, posting_id, actor, at)"
        " SELECT break_id, 'resolve', %(comment)s, %(posting)s, %(actor)s, %(now)s FROM done",
        {"event": event_id, "comment": comment, "posting": posting_id, "actor": actor, "now": now},
    )
