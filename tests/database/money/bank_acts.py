"""What the tests of the bank do: close a day with a bank of some mood, look into its book."""

from data.access.records import SYSTEM
from registry.clearing import store_bank
from tests.database.money.conftest import FINANCE_CITY, one, rows, with_mode
from tests.database.registry import town

TODAY = town.NOW.date()


MSG = "XN4212242026112401N1"


FEN = 55_000


def close(clearing, mode="confirm", **facts):
    return with_mode(clearing, mode).close_day(FINANCE_CITY, TODAY, run_now=True, **facts).state


def payout_state(city, msg_id=MSG):
    return one(city, "SELECT state FROM money.payout WHERE msg_id = %s", msg_id)


def bank_book(city):
    return rows(city, "SELECT submissions, executions FROM money.sandbox_bank_order ORDER BY msg_id")


def order_at_bank(city):
    with city.transaction(SYSTEM) as conn:
        return store_bank.order(conn, MSG)


def receive(clearing, raw):
    return clearing.receive(FINANCE_CITY, raw)


def break_types(city):
    return [row[0] for row in rows(city, "SELECT type FROM money.break ORDER BY break_id")]
