"""Load payments of the past (the synthetic city): orders paid, cleared and billed, all by the same books."""

from collections.abc import Iterable
from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from registry.receipts.records import PastOrder


def load_history(conn: Connection[TupleRow], orders: Iterable[PastOrder], *, now: datetime) -> int:
    """Write past orders with events, postings, daily clearing, payouts and numbered bills.

    Parameters
    ----------
    conn : Connection
        Open transaction as the system; everything is written in it.
    orders : iterable of PastOrder
        Orders of days before today, amounts in fen; zero orders are written as paid without a bill.
    now : datetime
        Aware instant of loading.

    Returns
    -------
    int
        Number of orders.
    """
    raise NotImplementedError
