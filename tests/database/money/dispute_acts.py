"""What the tests of disputes do: claim, hold, propose, rule, and look at what was paid out."""

from dataclasses import replace

from data.access.records import SYSTEM, Actor
from registry.clearing.disputes import service
from registry.clearing.disputes.records import Claim
from tests.database.money.conftest import (
    FINANCE_CITY,
    rows,
)
from tests.database.registry import town

TODAY = town.NOW.date()

SECOND = Actor(10, "finance_city_2", "f", frozenset({"finance_city"}), "city", None)


FINANCE_CHIBI = Actor(7, "finance_chibi", "f", frozenset({"finance_county"}), "chibi", "421281")


FINANCE_JIAYU = Actor(6, "finance_jiayu", "f", frozenset({"finance_county"}), "jiayu", "421221")


OWN, OTHER = "421224", "421281"


NEIGHBOUR = town.SECOND_LAND + "W00000000"


def close(clearing):
    return clearing.close_day(FINANCE_CITY, TODAY, run_now=True)


def claim(order, **facts):
    return replace(Claim(order.head.order_no, 1, None, "宗地在赤壁境内", "赤财函〔2026〕8号"), **facts)


def raised(db, order, *, by=FINANCE_CHIBI, now=town.NOW, **facts):
    return service.raise_dispute(db, by, claim(order, **facts), now=now).dispute_no


def held(db, order):
    dispute_no = raised(db, order)
    service.hold(db, FINANCE_CITY, dispute_no, comment="", now=town.NOW)
    return dispute_no


def proposed(db, order, county=OTHER):
    dispute_no = held(db, order)
    words = ("咸自然资裁〔2026〕1号", "勘界后在赤壁")
    service.propose_ruling(db, FINANCE_CITY, dispute_no, county_code=county, words=words, now=town.NOW)
    return dispute_no


def ruled(db, order, county=OTHER):
    dispute_no = proposed(db, order, county)
    service.end_ruling(db, town.SUPERVISOR, dispute_no, accept=True, comment="", now=town.NOW)
    return dispute_no


def dispute(db, dispute_no):
    with db.transaction(SYSTEM) as conn:
        return service.get_dispute(conn, dispute_no)


def paid_out(db):
    return dict(
        rows(
            db,
            "SELECT county_code || ' ' || kind, sum(amount_fen)::bigint FROM money.payout"
            " WHERE state = 'settled' GROUP BY 1",
        )
    )
