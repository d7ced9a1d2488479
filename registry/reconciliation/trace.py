"""Explain each fen of an order: from the parcel to the county's account and the bill."""

from registry.payments import service as payments
from registry.reconciliation import store
from registry.reconciliation.records import Step

_LINKS = {
    "parcel": "/api/v1/units/{id}",
    "decision": "/api/v1/decisions/{id}",
    "order": "/api/v1/orders/{id}",
    "payment": "/api/v1/orders/{order_no}",
    "posting": "/api/v1/ledger/postings/{id}",
    "bank_debit": "/api/v1/ledger/postings/{id}",
    "county_credit": "/api/v1/ledger/postings/{id}",
    "payout": "/api/v1/payouts/{id}.xml",
}


def trace(conn: store.Conn, order_no: str) -> list[Step]:
    """Return the steps of an order's money, in order.

    Parameters
    ----------
    conn : Connection
        Open transaction of a caller who may read the order.
    order_no : str
        Order.

    Raises
    ------
    OrderNotFound
    """
    payments.get_order(conn, order_no)
    return [
        Step(kind, name, at, amount, county, _link(kind, name, order_no), detail)
        for kind, name, at, amount, county, detail in store.trace_rows(conn, order_no)
    ]


def _link(kind: str, name: str, order_no: str) -> str:
    if kind == "batch":
        return f"/api/v1/days/{name.rsplit('-', 1)[0]}"
    if kind == "receipt":
        return f"/api/v1/receipts/{name.replace('-', '/')}.pdf"
    return _LINKS[kind].format(id=name, order_no=order_no)
