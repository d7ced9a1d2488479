"""Read bills."""

from datetime import date

from registry.receipts import store, store_search
from registry.receipts.errors import ReceiptNotFound
from registry.receipts.records import Bill, BillQuery


def bills_of_order(conn: store.Conn, order_no: str) -> list[Bill]:
    """Return the bills of an order that the caller may see, red ones too."""
    return store.bills_of_order(conn, order_no)


def get_bill(conn: store.Conn, code: str, number: str) -> Bill:
    """Return a bill.

    Raises
    ------
    ReceiptNotFound
        None, or none this caller may see.
    """
    found = store.fetch_bill(conn, code, number)
    if found is None:
        raise ReceiptNotFound(bill=f"{code}-{number}")
    return found


def list_bills(conn: store.Conn, query: BillQuery) -> list[Bill]:
    """Return the bills of a query that the caller may see, newest first."""
    return store_search.find(conn, query)


def orders_without_files(conn: store.Conn, *, limit: int, since: date | None = None) -> list[str]:
    """Return orders, paid since a day, that wait for bills or their files, oldest first."""
    return store.orders_without_files(conn, limit, since)


def count_without_files(conn: store.Conn) -> int:
    """Return how many paid orders wait for bills or their files."""
    return store.count_without_files(conn)
