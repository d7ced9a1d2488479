"""Who settles a difference, until when, by which evidence, and who confirms it."""

import re
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.access import service as access
from data.access.records import SYSTEM, Actor
from data.db import load_sql
from data.documents import signing
from data.messages import known
from registry.clearing import days
from registry.clearing.errors import SealRefused
from registry.reconciliation import breaks, matching, statements
from registry.reconciliation.errors import (
    BreakActionRefused,
    BreakNotFound,
    EvidenceNeeded,
    OtherSideNeeded,
    OwnerUnfit,
    SecondPersonNeeded,
)
from registry.reconciliation.records import Asked
from tests.database.money.conftest import FINANCE_CITY, one, rows
from tests.database.money.test_clearing import COUNTIES, county_actor
from tests.database.registry import town

TODAY = town.NOW.date()
ODD = (None, "", "nobody", "bi", "lin", "mei\u202e")
TONGSHAN = county_actor("421224")
SUPERVISOR = Actor(None, "supervisor", "s", frozenset({"supervisor"}), None, None)


def opened(db, kind, county=None):
    with db.transaction(SYSTEM) as conn:
        return conn.execute(
            "INSERT INTO money.break (key, type, biz_date, county_code, opened_at)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING break_id, side, due_on",
            [f"{kind}:{county}", kind, TODAY, county, town.NOW],
        ).fetchone()


def act(db, actor, break_id, action, **more):
    return breaks.act(db, actor, break_id, asked=Asked(action, "…", **more), now=town.NOW).state


@pytest.mark.parametrize(
    ("kind", "county", "side", "due"),
    [
        ("K4", None, "city", date(2026, 11, 24)),
        ("K5", "421224", "county", date(2026, 11, 25)),
        ("K7", None, "city", date(2026, 11, 27)),
        ("S1", None, "city", date(2026, 12, 3)),
        ("NEW_KIND", "421224", "city", date(2026, 11, 25)),
    ],
)
def test_side_and_due_day_go_by_the_kind(db, kind, county, side, due):
    """Working days: 2026-11-24 is a Tuesday; the weekend of 28 and 29 November does not count."""
    assert opened(db, kind, county)[1:] == (side, due)


PEOPLE = {
    "mei": (["finance_city"], "city"),
    "shan": (["finance_county"], "tongshan"),
    "bi": (["finance_county"], "chibi"),
    "lin": (["clerk"], "tongshan"),
}


@pytest.mark.parametrize(("owner", "fit"), [("mei", True), ("shan", True), *((name, False) for name in ODD)])
def test_a_difference_is_given_to_somebody_who_may_settle_it(city, owner, fit):
    """Any text was an owner, none was one too, and then nobody had the difference in the inbox."""
    with city.transaction(SYSTEM) as conn:
        for login, (roles, office) in PEOPLE.items():
            access.create_user(
                conn, login=login, name=login, roles=roles, office=office, password="p-1234567890"
            )
    break_id = opened(city, "K5", "421224")[0]
    offered = {person.login for person in looked(city, FINANCE_CITY, break_id).owners}
    assert (owner in offered) == fit
    if fit:
        assert act(city, FINANCE_CITY, break_id, "assign", owner=owner) == "assigned"
        assert act(city, TONGSHAN, break_id, "explain", owner="somebody else") == "explained"
    else:
        with pytest.raises(OwnerUnfit):
            act(city, FINANCE_CITY, break_id, "assign", owner=owner)
    assert one(city, "SELECT owner FROM money.break WHERE break_id = %s", break_id) == (
        owner if fit else None
    )


def test_a_difference_is_resolved_by_evidence(city, order, payer):
    break_id = opened(city, "K7")[0]
    for wrong in ({}, {"document": "  "}, {"document": "\u200b"}, {"posting_id": 999_999}):
        with pytest.raises(EvidenceNeeded):
            act(city, FINANCE_CITY, break_id, "resolve", **wrong)
    with pytest.raises(BreakActionRefused):
        act(city, FINANCE_CITY, break_id, "confirm")
    payer.pay(order)
    posting = one(city, "SELECT min(posting_id) FROM money.posting")
    assert act(city, FINANCE_CITY, break_id, "resolve", posting_id=posting) == "resolved"
    with pytest.raises(SecondPersonNeeded):
        act(city, FINANCE_CITY, break_id, "confirm")
    assert act(city, replace(FINANCE_CITY, login="other"), break_id, "confirm") == "confirmed"


def test_the_other_side_confirms(city):
    for first, second in ((TONGSHAN, FINANCE_CITY), (FINANCE_CITY, TONGSHAN)):
        break_id = opened(city, f"K5{first.login[-1]}", "421224")[0]
        assert act(city, first, break_id, "resolve", document="函〔2026〕1号") == "resolved"
        with pytest.raises(OtherSideNeeded):
            act(city, replace(first, login="colleague"), break_id, "confirm")
        assert act(city, second, break_id, "confirm") == "confirmed"


def test_a_county_touches_its_own_differences_only(city):
    for county in (None, "421281"):
        break_id = opened(city, "K5", county)[0]
        with pytest.raises(BreakNotFound):
            act(city, TONGSHAN, break_id, "explain")
    own = opened(city, "K5", "421224")[0]
    with city.transaction(SYSTEM) as conn:
        assert [item.break_id for item in breaks.list_breaks(conn, None, counties=["421224"])] == [own]
    with pytest.raises(BreakActionRefused):
        act(city, TONGSHAN, own, "refund")


@pytest.mark.parametrize("kind", ["K4", "K6", "B3", "G1"])
def test_no_day_is_sealed_over_what_must_not_stay(city, clearing, tmp_path, kind):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    heads = signing.sandbox_signer(tmp_path / "keys", signing.HEADS_KEY)
    break_id = opened(city, kind)[0]
    for code in COUNTIES:
        days.sign_day(city, county_actor(code), TODAY, code, signer=heads, now=town.NOW)
    with pytest.raises(SealRefused) as caught:
        days.seal_day(city, FINANCE_CITY, TODAY, signer=heads, now=town.NOW)
    assert "open_breaks" in caught.value.params["reasons"]
    act(city, FINANCE_CITY, break_id, "resolve", document="x")
    days.seal_day(city, FINANCE_CITY, TODAY, signer=heads, now=town.NOW)


def test_books_and_decisions_that_were_changed_behind_us_are_found(city, order, payer, superuser_url):
    payer.pay(order)
    assert matching.match_all(city, TODAY, now=town.NOW) == 0
    with psycopg.connect(superuser_url, dbname=conninfo_to_dict(city.url)["dbname"]) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("UPDATE money.transfer SET amount_fen = amount_fen + 1 WHERE line_id IS NOT NULL")
        conn.execute(
            "UPDATE spatial.county_decision SET outside_ppm = outside_ppm + 1, decided_at = %s", [town.NOW]
        )
    matching.match_all(city, TODAY, now=town.NOW)
    kinds = {row[0] for row in rows(city, "SELECT type FROM money.break")}
    assert kinds == {"D1", "G1"}
    later = town.NOW + timedelta(minutes=6)
    matching.match_all(city, TODAY, now=later)
    assert rows(city, "SELECT order_no FROM money.break WHERE type = 'B1'") == [(order.head.order_no,)]


def looked(db, actor, break_id):
    counties = None if actor.scope == "all" else [actor.county_code]
    return breaks.look_at(db, actor, break_id, counties=counties)


def test_who_looks_at_a_difference_sees_both_payments_and_what_to_do(city, order, payer):
    """Of an order that was paid twice: the order, its parcel, both messages, and what was posted of each."""
    payer.pay(order)
    payer.pay(order, txn="T2")
    break_id = one(city, "SELECT break_id FROM money.break WHERE type = 'DOUBLE_PAY'")
    found = looked(city, FINANCE_CITY, break_id)
    seen = [(item.kind, item.what) for item in found.evidence]
    assert seen == [
        ("order", "paid"),
        ("parcel", None),
        ("channel_event", "paid"),
        ("channel_event", "paid"),
        ("posting", "pay"),
        ("posting", "suspend"),
    ]
    assert {item.note for item in found.evidence if item.kind == "channel_event"} == {
        "sandbox T1",
        "sandbox T2",
    }
    assert (found.books, found.acts) == ("CL", ("assign", "explain", "refund", "resolve"))
    assert looked(city, SUPERVISOR, break_id).acts == ()
    with pytest.raises(BreakNotFound):
        looked(city, TONGSHAN, break_id)


def test_money_that_left_suspense_is_not_offered_for_a_refund(city, order, payer):
    payer.pay(order)
    payer.pay(order, txn="T2")
    break_id = one(city, "SELECT break_id FROM money.break WHERE type = 'DOUBLE_PAY'")
    assert act(city, FINANCE_CITY, break_id, "refund") == "resolved"
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.break SET state = 'open' WHERE break_id = %s", [break_id])
    again = looked(city, FINANCE_CITY, break_id)
    assert again.acts == ("assign", "explain", "resolve")
    assert [item.what for item in again.evidence if item.kind == "refund"] == ["requested"]


def test_who_may_not_confirm_is_told_why(city):
    break_id = opened(city, "K5", "421224")[0]
    assert act(city, TONGSHAN, break_id, "resolve", document="函〔2026〕1号") == "resolved"
    told = {
        who.login: (looked(city, who, break_id).waits, looked(city, who, break_id).acts)
        for who in (TONGSHAN, replace(TONGSHAN, login="colleague"), FINANCE_CITY)
    }
    assert told == {
        TONGSHAN.login: ("second_person", ()),
        "colleague": ("other_side", ()),
        FINANCE_CITY.login: (None, ("confirm",)),
    }
    assert [item.action for item in looked(city, FINANCE_CITY, break_id).history] == ["resolve"]


def test_a_difference_of_the_bank_shows_message_and_entry(city, order, payer, clearing):
    """A payout booked with another amount (K6), and again: the payout, its postings, both entries."""
    payer.pay(order)
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    msg_id = one(city, "SELECT msg_id FROM money.payout")
    head = "account,statement_ref,booked_on,amount_fen,reference,counterparty"
    raw = f"{head}\n990000421200000001,B1,{TODAY},-7,{msg_id},\n990000421200000001,B1,{TODAY},-8,{msg_id},\n"
    statements.load(city, FINANCE_CITY, raw.encode(), now=town.NOW)
    break_id = one(city, "SELECT break_id FROM money.break WHERE type = 'K6'")
    found = looked(city, TONGSHAN, break_id)
    assert [item.kind for item in found.evidence] == ["posting"] * 3 + ["payout"] + ["bank_entry"] * 2
    assert {item.amount_fen for item in found.evidence[-2:]} == {-7, -8}
    assert (found.found.side, found.acts[-1]) == ("county", "resolve")


def test_unsettled_differences_are_counted_for_a_county_too(city):
    opened(city, "K5", "421224")
    opened(city, "K5b", "421281")
    with city.transaction(SYSTEM) as conn:
        assert days.day_of_books(conn, TONGSHAN, TODAY, now=town.NOW).open_breaks == 1
        assert days.day_of_books(conn, FINANCE_CITY, TODAY, now=town.NOW).open_breaks == 2


def test_every_kind_has_a_name_an_advice_and_names_of_its_evidence(db):
    kinds = [row[0] for row in rows(db, "SELECT type FROM money.break_type")]
    evidence = re.findall(
        r"^SELECT (?:DISTINCT )?'(\w+)'", load_sql("registry.reconciliation", "break_evidence.sql"), re.M
    )
    assert (len(kinds), len(evidence)) == (30, 11)
    wanted = [f"ui.finance.{family}.{kind}" for kind in kinds for family in ("break", "break_hint")]
    wanted += [f"ui.finance.evidence.{kind}" for kind in evidence]
    assert [code for code in wanted if not known(code)] == []
