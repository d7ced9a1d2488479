"""Disputes between counties: held, ruled by two persons, adjusted in the next run, billed anew."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from data.access.records import SYSTEM
from registry.clearing.disputes import errors, service
from registry.clearing.disputes.records import Claim
from registry.payments import refund_returns
from registry.receipts.rebilling import rebill
from tests.database.money.conftest import (
    FINANCE_CITY,
    FINANCE_TONGSHAN,
    approved,
    ask_refund,
    balance,
    new_order,
    one,
    rows,
    state_of,
)
from tests.database.money.dispute_acts import (
    FINANCE_CHIBI,
    FINANCE_JIAYU,
    NEIGHBOUR,
    OTHER,
    OWN,
    SECOND,
    close,
    dispute,
    held,
    paid_out,
    proposed,
    raised,
    ruled,
)
from tests.database.registry import town

TODAY = town.NOW.date()


def faces(db):
    return rows(
        db,
        "SELECT kind, county_code, amount_fen, state FROM money.bill ORDER BY issued_at, kind, county_code",
    )


def test_before_clearing_the_line_waits_and_goes_to_the_county_of_the_ruling(
    city, paid, clearing, office, books
):
    dispute_no = held(city, paid)
    assert (balance(city, f"2101.{OWN}"), balance(city, f"2401.{OWN}")) == (0, -55_000)
    assert books() == {}
    close(clearing)
    assert (paid_out(city), state_of(city, paid)) == ({}, "paid")
    words = ("咸自然资裁〔2026〕1号", "勘界后在赤壁")
    service.propose_ruling(city, FINANCE_CITY, dispute_no, county_code=OTHER, words=words, now=town.NOW)
    after = service.end_ruling(city, town.SUPERVISOR, dispute_no, accept=True, comment="", now=town.NOW)
    assert (after.state, after.ruled_county, after.cleared) == ("ruled", OTHER, False)
    assert books() == {}
    close(clearing)
    assert paid_out(city) == {f"{OTHER} nontax": 55_000}
    assert state_of(city, paid) == "cleared"
    assert [balance(city, f"{code}") for code in (f"2401.{OWN}", f"2101.{OTHER}", f"1201.{OTHER}")] == [
        0,
        0,
        55_000,
    ]
    rebill(office, dispute_no, now=town.NOW)
    assert faces(city) == [
        ("blue", OWN, 55_000, "signed"),
        ("blue", OTHER, 55_000, "signed"),
        ("red", OWN, -55_000, "signed"),
    ]
    assert books() == {}
    whole = dispute(city, dispute_no)
    assert [event.to_state for event in whole.events] == ["raised", "held", "ruled", "adjusted"]
    assert one(
        city,
        "SELECT supersedes FROM spatial.county_decision WHERE decision_id = %s",
        whole.rulings[0].decision_id,
    ) == (whole.head.decision_id)


def test_a_cleared_line_is_kept_from_the_countys_next_payouts(city, cleared, clearing, payer, office, books):
    dispute_no = ruled(city, cleared)
    head = dispute(city, dispute_no).head
    assert (head.cleared, head.state, balance(city, f"2401.{OWN}")) == (True, "ruled", 0)
    assert books() == {}
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 55_000}
    later = new_order(city, NEIGHBOUR, town.WANG)
    payer.pay(later, txn="T2")
    office.issue_for_order(later.head.order_no, now=town.NOW)
    close(clearing)
    # The run owes 550.00 and must pay something: the last fen waits for another.
    assert paid_out(city) == {f"{OWN} nontax": 55_001}
    assert (balance(city, f"2401.{OWN}"), dispute(city, dispute_no).head.kept_fen) == (-54_999, 54_999)
    assert state_of(city, later) == "cleared"
    assert books() == {}
    third = new_order(city, town.HOUSE_LAND + "W00000000", town.ZHAO)
    payer.pay(third, txn="T3")
    office.issue_for_order(third.head.order_no, now=town.NOW)
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 110_000, f"{OTHER} nontax": 55_000}
    assert dispute(city, dispute_no).head.state == "adjusted"
    assert books() == {}
    assert [item.amount_fen for item in dispute(city, dispute_no).adjustments] == [-54_999, -1, 55_000]
    rebill(office, dispute_no, now=town.NOW)
    rebill(office, dispute_no, now=town.NOW)
    assert [face[:3] for face in faces(city) if face[1] == OTHER] == [("blue", OTHER, 55_000)]
    assert sum(face[2] for face in faces(city) if face[1] == OWN) == 110_000
    assert books() == {}


LINES = """
WITH o AS (
  INSERT INTO money.payment_order (order_no, payment_code, amount_fen, payer_name, accept_office,
                                   county_codes, created_by, issued_at, expires_at)
  VALUES (%(no)s, %(code)s, %(fee)s + %(tax)s, '缴款人', 'xianan', ARRAY['421224'], 'x', %(at)s,
          %(at)s + interval '9 days')
)
INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id, case_no, source,
                              county_code, decision_id, accept_office)
SELECT %(no)s, n, kind, 'x', kind, fen, 'x', 'YW' || right(%(no)s, 14), 'x' || n, '421224',
       (SELECT max(decision_id) FROM spatial.county_decision WHERE county_code = '421224'), 'xianan'
FROM (VALUES (1, 'fee', %(fee)s), (2, 'tax', %(tax)s)) v (n, kind, fen)
"""


def lay(city, payer, number, *, fee, tax):
    """Pay an order with a fee line and a tax line; return its number."""
    facts = {"no": f"O20261124{90_000_000 + number}", "code": f"{90_000_000 + number:020d}"}
    with city.transaction(SYSTEM) as conn:
        conn.execute(LINES, {**facts, "fee": fee, "tax": tax, "at": town.NOW})
        conn.execute(
            "INSERT INTO money.order_event (order_no, from_state, to_state, at, actor)"
            " VALUES (%s, 'draft', 'issued', %s, 'x')",
            [facts["no"], town.NOW],
        )
    assert payer.send(facts["code"], fee + tax, txn=f"L{number}") == "accepted"
    return facts["no"]


def rule_tax(city, order_no):
    asked = Claim(order_no, 2, None, "r", "d")
    dispute_no = service.raise_dispute(city, FINANCE_CHIBI, asked, now=town.NOW).dispute_no
    service.hold(city, FINANCE_CITY, dispute_no, comment="", now=town.NOW)
    service.propose_ruling(city, FINANCE_CITY, dispute_no, county_code=OTHER, words=("d", "r"), now=town.NOW)
    service.end_ruling(city, SECOND, dispute_no, accept=True, comment="", now=town.NOW)
    return dispute_no


def money_books(books):
    """Return what does not hold but bills and order texts, which laid orders have none of."""
    return {key: value for key, value in books().items() if key not in {"I11"}}


def test_a_tax_is_kept_from_taxes_only(city, cleared, clearing, payer, books):
    first = lay(city, payer, 1, fee=1_000, tax=30_000)
    close(clearing)
    dispute_no = rule_tax(city, first)
    lay(city, payer, 2, fee=90_000, tax=20_000)
    close(clearing)
    assert dispute(city, dispute_no).head.kept_fen == 19_999
    assert paid_out(city)[f"{OWN} nontax"] == 55_000 + 1_000 + 90_000
    assert money_books(books) == {}
    lay(city, payer, 3, fee=90_000, tax=20_000)
    close(clearing)
    assert paid_out(city) == {
        f"{OWN} nontax": 55_000 + 1_000 + 180_000,
        f"{OWN} tax": 30_000 + 40_000 - 30_000,
        f"{OTHER} tax": 30_000,
    }
    assert balance(city, f"1301.{OTHER}") == 30_000
    assert money_books(books) == {}


def test_only_the_line_in_dispute_waits(city, cleared, clearing, payer, books):
    order_no = lay(city, payer, 1, fee=1_000, tax=30_000)
    asked = Claim(order_no, 2, None, "r", "d")
    dispute_no = service.raise_dispute(city, FINANCE_CHIBI, asked, now=town.NOW).dispute_no
    service.hold(city, FINANCE_CITY, dispute_no, comment="", now=town.NOW)
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 56_000}
    assert one(city, "SELECT state FROM money.payment_order WHERE order_no = %s", order_no) == "paid"
    close(clearing)
    assert one(city, "SELECT count(*) FROM money.batch") == 2
    service.withdraw(city, FINANCE_CHIBI, dispute_no, comment="", now=town.NOW)
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 56_000, f"{OWN} tax": 30_000}
    assert one(city, "SELECT state FROM money.payment_order WHERE order_no = %s", order_no) == "cleared"
    assert money_books(books) == {}


def test_the_list_of_a_payout_shows_what_was_kept(city, cleared, clearing, payer):
    dispute_no = ruled(city, cleared)
    later = new_order(city, NEIGHBOUR, town.WANG)
    payer.pay(later, txn="T2")
    close(clearing)
    listed = clearing.payout_items("XN4212242026112402N1").decode()
    assert "属地争议调整·" in listed
    assert "-54999" in listed
    assert one(city, "SELECT n_items FROM money.payout WHERE msg_id = 'XN4212242026112402N1'") == 2
    assert dispute(city, dispute_no).head.state == "ruled"


def test_a_rejected_payout_is_tried_again_with_what_was_kept(city, cleared, clearing, payer, books):
    ruled(city, cleared)
    payer.pay(new_order(city, NEIGHBOUR, town.WANG), txn="T2")
    rejecting = replace(clearing, bank=replace(clearing.bank, mode="reject"))
    close(rejecting)
    assert one(city, "SELECT count(*) FROM money.payout WHERE state = 'rejected'") == 1
    assert money_books(books) == {}
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 55_001}
    assert money_books(books) == {}


def test_a_ruling_for_the_same_county_gives_the_money_back_to_it(city, paid, clearing, office, books):
    dispute_no = ruled(city, paid, OWN)
    assert dispute(city, dispute_no).head.state == "adjusted"
    assert (balance(city, f"2101.{OWN}"), balance(city, f"2401.{OWN}")) == (-55_000, 0)
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 55_000}
    rebill(office, dispute_no, now=town.NOW)
    assert [face[0] for face in faces(city)] == ["blue"]
    assert books() == {}
    with pytest.raises(errors.DisputeRefused):
        raised(city, paid)


def test_withdrawn_and_rejected_disputes_leave_no_trace_in_the_money(city, paid, clearing, books):
    first = held(city, paid)
    with pytest.raises(errors.DisputeNotYours):
        service.withdraw(city, FINANCE_TONGSHAN, first, comment="", now=town.NOW)
    service.withdraw(city, FINANCE_CHIBI, first, comment="查明在通山", now=town.NOW)
    assert (balance(city, f"2101.{OWN}"), balance(city, f"2401.{OWN}")) == (-55_000, 0)
    second = raised(city, paid)
    assert second != first
    service.reject(city, FINANCE_CITY, second, comment="无新证据", now=town.NOW)
    with pytest.raises(errors.DisputeStateRefuses):
        service.hold(city, FINANCE_CITY, second, comment="", now=town.NOW)
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 55_000}
    assert books() == {}


def test_a_county_gives_its_own_line_away_and_a_third_one_does_not(city, paid):
    with pytest.raises(errors.DisputeNotYours):
        raised(city, paid, by=FINANCE_JIAYU, claimed_county=OTHER)
    with pytest.raises(errors.DisputeCountyBad):
        raised(city, paid, by=FINANCE_TONGSHAN)
    with pytest.raises(errors.DisputeCountyBad):
        raised(city, paid, claimed_county="420000")
    with pytest.raises(errors.DisputeNotYours):
        raised(city, paid, by=FINANCE_CITY)
    with pytest.raises(errors.DisputeNotFound):
        raised(city, paid, line_no=9)
    dispute_no = raised(city, paid, by=FINANCE_TONGSHAN, claimed_county=OTHER)
    assert dispute(city, dispute_no).head.claimed_county == OTHER
    with pytest.raises(errors.DisputeRefused):
        raised(city, paid)


def test_a_line_is_disputed_within_the_days_of_the_dated_policy(city, cleared):
    with pytest.raises(errors.DisputeTooLate):
        raised(city, cleared, now=town.NOW + timedelta(days=31))
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE ref.county_policy SET dispute_days = 40")
    assert raised(city, cleared, now=town.NOW + timedelta(days=31))


def test_only_paid_lines_are_disputed(city, order):
    with pytest.raises(errors.DisputeRefused):
        raised(city, order)


def test_two_persons_of_the_city_rule(city, paid):
    dispute_no = proposed(city, paid)
    for actor in (FINANCE_TONGSHAN, FINANCE_CHIBI, town.REGISTRAR):
        with pytest.raises(errors.DisputeNotYours):
            service.end_ruling(city, actor, dispute_no, accept=True, comment="", now=town.NOW)
        with pytest.raises(errors.DisputeNotYours):
            service.propose_ruling(city, actor, dispute_no, county_code=OTHER, words=("d", "r"), now=town.NOW)
    with pytest.raises(errors.DisputeSamePerson):
        service.end_ruling(city, FINANCE_CITY, dispute_no, accept=True, comment="", now=town.NOW)
    with pytest.raises(errors.DisputeStateRefuses):
        service.withdraw(city, FINANCE_CHIBI, dispute_no, comment="", now=town.NOW)
    declined = service.end_ruling(city, SECOND, dispute_no, accept=False, comment="证据不足", now=town.NOW)
    assert declined.state == "held"
    with pytest.raises(errors.DisputeCountyBad):
        service.propose_ruling(city, SECOND, dispute_no, county_code="421221", words=("d", "r"), now=town.NOW)
    service.propose_ruling(city, SECOND, dispute_no, county_code=OTHER, words=("d", "r"), now=town.NOW)
    after = service.end_ruling(city, FINANCE_CITY, dispute_no, accept=True, comment="", now=town.NOW)
    assert after.state == "ruled"


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("INSERT INTO money.dispute_event VALUES (%(no)s, 9, 'held', 'ruled', now(), 'x')", "ruled_by_two"),
        ("INSERT INTO money.dispute_event VALUES (%(no)s, 9, 'held', 'adjusted', now(), 'x')", "transition"),
        ("INSERT INTO money.dispute_event VALUES (%(no)s, 9, 'held', 'withdrawn', now(), 'x')", "posted"),
        ("UPDATE money.dispute SET state = 'withdrawn'", "permission denied"),
        ("DELETE FROM money.dispute_event", "permission denied"),
        (
            "INSERT INTO money.batch_item SELECT l.line_id, b.batch_id, l.county_code, 'nontax', l.amount_fen"
            " FROM money.order_line l, money.batch b",
            "in dispute",
        ),
        (
            "INSERT INTO money.batch_adjustment SELECT batch_id, %(no)s, '421224', 'nontax', -5"
            " FROM money.batch",
            "adjustment does not fit",
        ),
    ],
)
def test_the_database_itself_refuses(city, paid, clearing, statement, why):
    dispute_no = held(city, paid)
    close(clearing)
    with psycopg.connect(city.url) as conn:
        prefix = conn.execute("SELECT current_user").fetchone()[0].removesuffix("_login")
        conn.execute(f"SET ROLE {prefix}_app")
        conn.execute("SELECT set_config('ningtu.scope', 'all', false)")
        with pytest.raises(psycopg.Error) as caught:
            conn.execute(statement, {"no": dispute_no})
    assert why in f"{caught.value} {caught.value.diag.constraint_name}"


def test_a_held_line_is_not_refunded(city, paid, books):
    held(city, paid)
    with pytest.raises(errors.LineInDispute):
        ask_refund(city, paid)
    assert one(city, "SELECT count(*) FROM money.refund") == 0
    assert books() == {}


def test_a_line_that_goes_back_is_not_disputed_nor_held(city, paid):
    dispute_no = raised(city, paid)
    ask_refund(city, paid)
    with pytest.raises(errors.DisputeRefused):
        service.hold(city, FINANCE_CITY, dispute_no, comment="", now=town.NOW)


def test_money_that_the_channel_gave_back_ends_the_dispute(city, paid, payer, books):
    dispute_no = held(city, paid)
    assert payer.pay(paid, kind="refunded") == "accepted"
    assert dispute(city, dispute_no).head.state == "withdrawn"
    assert balance(city, f"2401.{OWN}") == 0
    assert money_books(books) == {}


def test_after_the_ruling_the_other_county_pays_a_refund_back(city, paid, clearing, office, refunding, books):
    dispute_no = ruled(city, paid)
    close(clearing)
    rebill(office, dispute_no, now=town.NOW)
    refund_no = approved(city, paid)
    assert refunding.advance(refund_no, now=town.NOW).state == "returning"
    refund_returns.send_return(city, FINANCE_CHIBI, refund_no, OTHER, reference="TF-9", now=town.NOW)
    refund_returns.take_return(city, FINANCE_CITY, refund_no, OTHER, now=town.NOW)
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert sum(face[2] for face in faces(city)) == 0
    assert balance(city, f"1201.{OTHER}") == 0
    assert books() == {}


def test_counties_see_their_disputes_only(city, paid):
    dispute_no = held(city, paid)
    seen = {}
    for actor in (FINANCE_CHIBI, FINANCE_TONGSHAN, FINANCE_JIAYU, FINANCE_CITY, town.SUPERVISOR):
        with city.transaction(actor) as conn:
            found = service.list_disputes(conn)
            seen[actor.login] = [item.dispute_no for item in found]
            if actor is FINANCE_JIAYU:
                with pytest.raises(errors.DisputeNotFound):
                    service.get_dispute(conn, dispute_no)
                assert conn.execute("SELECT count(*) FROM money.dispute_event").fetchone() == (0,)
            else:
                assert found[0].line_name
    assert seen.pop("finance_jiayu") == []
    assert set(map(tuple, seen.values())) == {(dispute_no,)}
