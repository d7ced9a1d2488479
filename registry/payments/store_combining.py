"""SQL of orders that are put together."""

from psycopg.rows import class_row

from registry.payments.records import OrderHead
from registry.payments.store import HEAD, Conn

_SAME_PAYER = (
    " AND (payer_name, payer_kind) = (%(name)s, %(kind)s)"
    " AND payer_code IS NOT DISTINCT FROM %(code)s AND payer_last4 IS NOT DISTINCT FROM %(last4)s"
)


_JOINABLE = HEAD + (  # noqa: S608  constant texts
    "WHERE state = 'issued' AND order_no <> %(no)s"
    " AND order_no IN (SELECT l.order_no FROM money.order_line l WHERE l.case_no IN"
    "   (SELECT case_no FROM money.order_line WHERE order_no = %(no)s))" + _SAME_PAYER + " ORDER BY order_no"
)
_SUCCESSOR = (
    "SELECT payment_code FROM money.payment_order WHERE order_no IN (SELECT c.order_no"  # noqa: S608  constant texts
    " FROM money.order_line l JOIN money.order_claim c USING (case_no, source)"
    " WHERE l.order_no = %(no)s AND c.order_no <> %(no)s)" + _SAME_PAYER + " LIMIT 1"
)


def joinable(conn: Conn, head: OrderHead) -> list[OrderHead]:
    """Return other issued orders of the same payer and a same case."""
    with conn.cursor(row_factory=class_row(OrderHead)) as cur:
        return cur.execute(_JOINABLE, _payer(head)).fetchall()


def successor(conn: Conn, head: OrderHead) -> str | None:
    """Return the code of the live order of the same payer that claims a line of a dead one."""
    row = conn.execute(_SUCCESSOR, _payer(head)).fetchone()
    return None if row is None else row[0]


def _payer(head: OrderHead) -> dict[str, object]:
    return {
        "no": head.order_no,
        "name": head.payer_name,
        "kind": head.payer_kind,
        "code": head.payer_code,
        "last4": head.payer_last4,
    }
