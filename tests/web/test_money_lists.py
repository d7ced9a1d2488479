"""Lists of money over HTTP: pages without gap or double, and bills found by what a person knows of them."""

import pytest

from tests.web.money_desk import give_back, new_order, pay

pytestmark = pytest.mark.town


def pages(money, path, key, who="finance_city"):
    """Read a list one row at a time to its end; return the keys in order."""
    found, cursor = [], None
    join = "&" if "?" in path else "?"
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        answer = money.ask(who, "GET", f"{path}{join}limit=1{more}")
        assert answer.status_code == 200, answer.json
        found += [row[key] for row in answer.json["items"]]
        cursor = answer.json.get("next")
        if cursor is None:
            return found


def whole(money, path, key, who="finance_city"):
    return [row[key] for row in money.ask(who, "GET", path).json["items"]]


@pytest.fixture
def orders(money):
    return [pay(money, new_order(money), channel_txn=f"T{n}") for n in range(3)]


def test_refunds_and_suspense_are_read_to_their_end(money, orders):
    for n, order in enumerate(orders):
        give_back(money, order)
        money.send(*money.event(order, channel_txn=f"D{n}", amount_fen=7 + n))
    refunds = whole(money, "/refunds", "refund_no")
    assert len(refunds) == 3
    assert pages(money, "/refunds", "refund_no") == refunds
    assert pages(money, "/suspense", "amount_fen") == [7, 8, 9]


def test_disputes_are_read_to_their_end(money, orders):
    for order in orders:
        claim = {"order_no": order["order_no"], "reason": "在赤壁境内", "basis_doc": "赤财函〔2026〕8号"}
        assert money.ask("finance_chibi", "POST", "/disputes", json=claim).status_code == 201
    listed = whole(money, "/disputes", "dispute_no")
    assert len(listed) == 3
    assert pages(money, "/disputes", "dispute_no") == listed


def test_the_lines_of_a_decision_are_read_to_their_end(money, orders):
    """All of one parcel: one decision, a line of each order, the newest first."""
    decisions = {line["decision_id"] for order in orders for line in order["lines"]}
    (decision_id,) = decisions
    path = f"/decisions/{decision_id}/lines"
    assert whole(money, path, "order_no") == [order["order_no"] for order in reversed(orders)]
    for who in ("finance_city", "finance_tongshan"):
        assert pages(money, path, "order_no", who) == whole(money, path, "order_no", who)
    assert money.ask("finance_city", "GET", f"{path}?cursor=x").status_code == 400


def test_bills_of_one_moment_are_read_to_their_end(money, monkeypatch):
    """Bills of one instant are told apart by their numbers."""
    at = money.services.now()
    monkeypatch.setattr(type(money.services.clock), "now", lambda _self: at)
    for n in range(3):
        pay(money, new_order(money), channel_txn=f"T{n}")
    listed = whole(money, "/receipts", "number")
    assert len(listed) == 3
    assert listed == sorted(listed, reverse=True)
    assert pages(money, "/receipts", "number") == listed


def test_corrections_are_read_to_their_end(money, orders):
    for order in orders:
        (bill,) = order["receipts"]
        asked = {"payer_name": "某某公司", "payer_kind": "unit", "reason": "写错了"}
        path = f"/receipts/{bill['code']}/{bill['number']}/corrections"
        assert money.ask("finance_tongshan", "POST", path, json=asked).status_code == 202
    listed = whole(money, "/receipts/corrections", "correction_id")
    assert len(listed) == 3
    assert pages(money, "/receipts/corrections", "correction_id") == listed
    assert pages(money, "/receipts/corrections?state=approved", "correction_id") == []


def test_a_bill_is_found_by_what_is_known_of_it(money, orders):
    order = orders[1]
    (bill,) = order["receipts"]

    def found(**query):
        answer = money.ask("finance_city", "GET", "/receipts", query_string=query)
        assert answer.status_code == 200, answer.json
        return {row["number"] for row in answer.json["items"]}

    everything = {one["receipts"][0]["number"] for one in orders}
    one = {bill["number"]}
    assert found(q=bill["number"]) == one
    assert found(q=bill["number"].lstrip("0")) == one
    assert found(q=f"{bill['code']}-{bill['number']}") == one
    assert found(q=f" {bill['code']} {bill['number']} ") == one
    assert found(q=order["payment_code"]) == one
    assert found(q=order["order_no"].lower()) == one
    assert found(q=bill["case_no"]) == one
    assert found(q="李四") == found(q="四") == everything
    assert found(q="%") == found(q="_四") == found(q="王五") == set()
    assert found(q="李四", county="421224", kind="blue", state="signed") == everything
    assert found(county="421281") == found(kind="red") == found(state="void") == set()


def test_a_reversed_bill_is_found_by_the_state_that_is_shown(money, orders):
    give_back(money, orders[0])
    listed = money.ask("finance_city", "GET", "/receipts").json["items"]
    for state in ("signed", "reversed"):
        shown = {row["number"] for row in listed if row["state"] == state}
        assert shown == set(whole(money, f"/receipts?state={state}", "number"))
        assert shown
    assert [row["amount_fen"] for row in listed if row["kind"] == "red"] == [
        row["amount_fen"] for row in money.ask("finance_city", "GET", "/receipts?kind=red").json["items"]
    ]


def test_bills_of_some_days(money, orders):
    today = money.services.today()
    before, after = today.replace(year=today.year - 1), today.replace(year=today.year + 1)
    for query, n in (
        (f"from={today}&to={today}", 3),
        (f"date={today}", 3),
        (f"from={after}", 0),
        (f"to={before}", 0),
        (f"date={before}", 0),
    ):
        assert len(whole(money, f"/receipts?{query}", "number")) == n, query
    assert money.ask("finance_city", "GET", "/receipts?from=yesterday").status_code in {400, 422}


def test_a_county_finds_its_own_bills_only(money, orders):
    (bill,) = orders[0]["receipts"]
    assert whole(money, f"/receipts?q={bill['number']}", "number", "finance_tongshan") == [bill["number"]]
    for q in (bill["number"], orders[0]["payment_code"], "李四"):
        answer = money.ask("finance_chibi", "GET", "/receipts", query_string={"q": q})
        assert answer.json["items"] == []
    (shown,) = money.ask("finance_tongshan", "GET", f"/receipts?q={bill['number']}").json["items"]
    assert shown["payer_name"] == "李四"
