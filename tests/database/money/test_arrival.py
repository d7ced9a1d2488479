"""Only the payment that paid an order is its money, whatever else arrived for it."""

from tests.database.money.conftest import FINANCE_CITY, balance, give_back, one
from tests.database.registry import town

TODAY = town.NOW.date()


def test_suspense_money_of_an_order_pays_no_county(city, order, payer, clearing, books):
    payer.send(order.head.payment_code, order.head.amount_fen + 1, txn="T1")
    payer.arrive = False
    payer.pay(order, txn="T2")
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert one(city, "SELECT count(*) FROM money.payout") == 0
    assert balance(city, "1001") == order.head.amount_fen + 1
    assert books() == {}


def test_unarrived_money_is_paid_back_by_the_channel(city, order, payer, refunding, books):
    payer.send(order.head.payment_code, order.head.amount_fen + 1, txn="T1")
    payer.arrive = False
    payer.pay(order, txn="T2")
    assert give_back(refunding, order).channel_txn == "T2"
    assert (balance(city, "1101.sandbox"), balance(city, "1001")) == (0, order.head.amount_fen + 1)
    assert books() == {}
