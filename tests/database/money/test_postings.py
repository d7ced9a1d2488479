"""What the database refuses: money that is not there, postings that do not add up, changed facts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg import sql

from data.access.records import SYSTEM
from data.errors import NingtuError
from registry.ledger import service as ledger
from registry.ledger.errors import FundsShort, PostingConflict
from registry.ledger.records import Entry, Phase, PostingDraft
from tests.database.registry import town

TODAY = town.NOW.date()


def draft(key="k:1", fen=100, **facts):
    entry = Entry("1001", "1101.sandbox", fen, **facts)
    return PostingDraft(key, "test", TODAY, town.NOW, "t", (entry,))


def test_same_key_same_input_is_one_posting(city):
    with city.transaction(SYSTEM) as conn:
        first, second = ledger.post(conn, draft()), ledger.post(conn, draft())
        assert (first.created, second.created, first.posting_id) == (True, False, second.posting_id)
        with pytest.raises(PostingConflict):
            ledger.post(conn, draft(fen=101))


def test_a_guarded_account_is_never_negative(city):
    taking = PostingDraft("k:2", "test", TODAY, town.NOW, "t", (Entry("1901.421224", "1001", 101),))
    reserve = replace(taking, key="k:3", entries=(Entry("1901.421224", "1001", 60, Phase.PENDING),))
    with city.transaction(SYSTEM) as conn:
        ledger.post(conn, draft())
    with pytest.raises(FundsShort), city.transaction(SYSTEM) as conn:
        ledger.post(conn, taking)
    with city.transaction(SYSTEM) as conn:
        ledger.post(conn, reserve)
    with pytest.raises(FundsShort), city.transaction(SYSTEM) as conn:
        ledger.post(conn, replace(reserve, key="k:4"))


def test_a_reservation_is_resolved_once(city):
    reserve = PostingDraft(
        "k:3", "test", TODAY, town.NOW, "t", (Entry("1901.421224", "1001", 60, Phase.PENDING),)
    )
    with city.transaction(SYSTEM) as conn:
        ledger.post(conn, draft())
        posted = ledger.post(conn, reserve)
        pending = conn.execute(
            "SELECT transfer_id FROM money.transfer WHERE posting_id = %s", [posted.posting_id]
        ).fetchone()[0]
        resolved = ledger.resolve(conn, pending, Phase.POST)
        ledger.post(conn, replace(reserve, key="k:5", entries=(resolved,)))
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        ledger.post(conn, replace(reserve, key="k:6", entries=(replace(resolved, phase=Phase.VOID),)))


def test_a_posting_that_says_more_than_it_has_is_refused(city):
    with pytest.raises(NingtuError) as caught, city.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, actor, n_rows, total_fen)"
            " VALUES ('k:9', sha256('x'), 'test', %s, now(), 't', 1, 5)",
            [TODAY],
        )
    assert caught.value.params["constraint"] == "posting_complete"


def insert_posting(conn, *, order_no=None, event_id=None, dr=1, cr=2, line_id=None, day=TODAY, n=1, to=0):
    posting_id = conn.execute(
        "INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, actor, n_rows, total_fen,"
        " order_no, event_id) VALUES ('k:10', sha256('x'), 'test', %s, now(), 't', 1, 5, %s, %s)"
        " RETURNING posting_id",
        [TODAY, order_no, event_id],
    ).fetchone()[0]
    conn.execute(
        "INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id)"
        " VALUES (%s, %s, %s, 1, %s, %s, 5, %s)",
        [to or posting_id, day, n, dr, cr, line_id],
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"order_no": "O2026112499999999"},
        {"event_id": 999_999},
        {"dr": 999},
        {"cr": 999},
        {"line_id": 999_999},
        {"to": 999_999},
        {"day": TODAY + timedelta(days=1)},
        {"n": 2},
    ],
    ids=["order", "event", "debit", "credit", "line", "posting", "day", "count"],
)
def test_a_posting_that_points_to_nothing_is_refused(city, wrong):
    with pytest.raises(NingtuError) as caught, city.transaction(SYSTEM) as conn:
        insert_posting(conn, **wrong)
    assert caught.value.params["constraint"] == "posting_complete"


def test_an_order_goes_only_where_it_may_go(city, order):
    for from_state, to_state in [("issued", "cleared"), ("nowhere", "issued"), ("issued", "issued")]:
        with pytest.raises(NingtuError) as caught, city.transaction(SYSTEM) as conn:
            conn.execute(
                "INSERT INTO money.order_event (order_no, from_state, to_state, at, actor)"
                " VALUES (%s, %s, %s, now(), 't')",
                [order.head.order_no, from_state, to_state],
            )
        assert caught.value.params["constraint"] == "order_event_transition_check"


@pytest.mark.parametrize(
    "table", ["posting", "transfer", "order_line", "order_event", "channel_event", "bill_line"]
)
def test_facts_are_never_changed(city, order, payer, office, table):
    payer.pay(order)
    office.issue_for_order(order.head.order_no, now=town.NOW)
    for verb in ("DELETE FROM money.{}", "TRUNCATE money.{} CASCADE"):
        with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
            conn.execute(sql.SQL(verb).format(sql.Identifier(table)))
