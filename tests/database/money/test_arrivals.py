"""Events that are applied together have the effects they have one by one; threads share transactions."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from data.access.records import SYSTEM
from registry.payments import channel, rules, sandbox
from registry.payments.records import Arrival
from tests.database.money import killing
from tests.database.money.conftest import rows
from tests.database.money.killing import FEN

DAY = date(2026, 11, 24)
NOON = killing.evening(DAY) - timedelta(hours=6)
LATER = NOON + timedelta(days=21)
RESULTS = {"accepted", "conflict", "duplicate", "suspense", "unapplied"}
# What can be seen afterwards, without our own keys and instants.
STATE = {
    "orders": "SELECT order_no, state FROM money.payment_order",
    "order events": "SELECT order_no, from_state, to_state, actor FROM money.order_event",
    "events": "SELECT channel_txn, kind, payment_code, amount_fen, source FROM money.channel_event",
    "results": "SELECT e.channel_txn, e.kind, e.body_sha256, r.result, r.reason, r.order_no"
    " FROM money.event_result r JOIN money.channel_event e USING (event_id)",
    "postings": "SELECT p.key, p.kind, p.biz_date, p.event_at, p.order_no, p.actor, p.n_rows, p.total_fen,"
    " e.body_sha256 FROM money.posting p LEFT JOIN money.channel_event e USING (event_id)",
    "transfers": "SELECT p.key, t.seq, t.dr, t.cr, t.amount_fen, t.phase, t.line_id, t.decision_id"
    " FROM money.transfer t JOIN money.posting p USING (posting_id)",
    "breaks": "SELECT b.type, b.order_no, b.amount_fen, e.body_sha256"
    " FROM money.break b LEFT JOIN money.channel_event e USING (event_id)",
    "jobs": "SELECT kind, key FROM registry.job",
}


@pytest.fixture
def codes(db):
    """Payment codes of twelve issued orders."""
    killing.lay_decisions(db)
    return killing.issue_day(db, DAY, each=2)


def event(code, txn, *, fen=FEN, kind="paid", days=0, source="callback"):
    """An event of the sandbox channel, some days after the orders were issued."""
    at = NOON + timedelta(days=days)
    raw = sandbox.signed_event("k", code, fen, now=at, kind=kind, txn=txn).raw
    return replace(rules.read_event("sandbox", raw, {}), source=source)


def medley(codes):
    """Every row of the arrival table, several for one order among them, each message once or twice."""
    a, b, c, d, e, f, g, h, i, j, k, m = codes
    told = [event(code, f"T{n}") for n, code in enumerate((a, b, c))]
    told += [event(d, "T10"), event(d, "T11")]
    told += [event(e, "T20"), event(e, "T20", fen=FEN + 1)]
    told += [event(f, "T30"), event(f, "T30", fen=FEN, days=1, source="statement")]
    told += [event(g, "T40", fen=FEN - 1), event(g, "T41")]
    told += [event(h, "T50", days=20)]
    told += [event("20991124000000000000", "T60")]
    told += [event(i, "T70", kind="refunded"), event(i, "T70")]
    told += [event(j, "T80", kind="failed"), event(j, "T81")]
    told += [event(k, "T90", kind="refunded"), event(m, "T91", kind="failed")]
    return told + told[::3]


def state(conn):
    conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return {name: sorted(conn.execute(query).fetchall(), key=repr) for name, query in STATE.items()}


def in_order(told):
    """The order that a batch stands for: first what fits its order, then the rest."""

    def place(item):
        fits = item.kind == "paid" and item.amount_fen == FEN and item.occurred_at < NOON + timedelta(days=9)
        return not fits, item.channel_txn, item.kind, item.body_sha256

    return sorted(told, key=place)


def apply(conn, part, in_account):
    if len(part) == 1:
        return [channel.apply_channel_event(conn, part[0], now=LATER, arrive_at_once=in_account)]
    return channel.apply_channel_events(conn, [Arrival(item, LATER, in_account) for item in part])


def applied(db, parts, in_account):
    """What events leave behind, applied a part after another, and what they answer; undone after."""
    found = []
    with db.transaction(SYSTEM) as conn, conn.transaction(force_rollback=True):
        for part in parts:
            results = apply(conn, part, in_account)
            found += [
                (item.body_sha256, told.result, told.order_no)
                for item, told in zip(part, results, strict=True)
            ]
        return state(conn), sorted(found)


@pytest.mark.parametrize("in_account", [True, False])
def test_a_batch_does_what_its_events_do_one_by_one(db, codes, in_account):
    told = medley(codes)
    singly = applied(db, [[item] for item in in_order(told)], in_account)
    assert {result for _, result, _ in singly[1]} == RESULTS
    assert applied(db, [in_order(told)[:9], in_order(told)[9:]], in_account) == singly
    for seed in range(4):
        random.Random(seed).shuffle(told)
        assert applied(db, [told], in_account) == singly


@pytest.mark.parametrize("together", [True, False], ids=["together", "alone"])
@pytest.mark.parametrize("in_account", [True, False])
def test_a_refund_of_a_suspended_payment_leaves_nothing_whenever_it_is_told(db, codes, in_account, together):
    paid, refunded = (event(codes[0], "T1", fen=FEN - 1, kind=kind) for kind in ("paid", "refunded"))
    for told in ([paid, refunded], [refunded, paid]):
        parts = [told] if together else [[item] for item in told]
        left, _ = applied(db, parts, in_account)
        held = Counter()
        for _, _, debit, credit, fen, *_ in left["transfers"]:
            held[debit] += fen
            held[credit] -= fen
        assert len(left["transfers"]) == 2 + in_account
        assert set(held.values()) == {0}


def test_threads_that_arrive_together_share_transactions(db, codes):
    arrivals = channel.Arrivals(db)
    told = medley(codes) * 3
    random.Random(1).shuffle(told)

    def arrive(item):
        return arrivals.apply(Arrival(item, NOON, True)).result

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(arrive, told))
    distinct = sorted({item.body_sha256 for item in told})
    assert [row[0] for row in rows(db, "SELECT body_sha256 FROM money.channel_event ORDER BY 1")] == distinct
    assert len(found) - found.count("duplicate") <= len(distinct)
    assert rows(db, "SELECT count(*) FROM money.channel_event GROUP BY xmin::text HAVING count(*) > 1")
