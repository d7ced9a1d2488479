"""A relief granted later and a payment that comes at the same time: one of the two is first."""

from concurrent.futures import ThreadPoolExecutor, wait

from registry.cases.records import NewRelief
from registry.payments import reliefs
from tests.database.money.conftest import one, state_of
from tests.database.registry import town

RELIEF = NewRelief("collective_reform", "通政函〔2026〕7号")


def test_a_payment_that_comes_while_the_fee_is_assessed_again_waits_and_goes_to_suspense(
    city, order, payer, monkeypatch
):
    cancel = reliefs._cancel
    with ThreadPoolExecutor(1) as pool:
        sent = []

        def cancel_while_it_is_paid(*args):
            sent.append(pool.submit(payer.pay, order))
            wait(sent, timeout=1.0)
            return cancel(*args)

        monkeypatch.setattr(reliefs, "_cancel", cancel_while_it_is_paid)
        case_no = order.lines[0].case_no
        granted = reliefs.grant_relief(city, town.CLERK, case_no, RELIEF, reason="x", now=town.NOW)
        assert sent[0].result() == "suspense"
    assert state_of(city, order) == "cancelled"
    assert granted.order.head.amount_fen == 0
    assert one(city, "SELECT fee_total_fen FROM registry.case WHERE case_no = %s", case_no) == 0
