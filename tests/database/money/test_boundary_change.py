"""A boundary set that comes into force later: open and paid lines keep their county, reports show both."""

from datetime import timedelta

import pytest
import shapely

from data.access.records import SYSTEM, Actor
from registry.cases.errors import CountyUndecided
from registry.cases.service import accept
from registry.payments.issuing import issue_order
from registry.reconciliation import reports
from registry.reconciliation.reports import Question
from spatial.counties import register, service
from spatial.counties.records import BoundarySet, CountyShape
from spatial.crs import to_degrees
from tests.database.money.conftest import FINANCE_CITY, FINANCE_TONGSHAN, new_order, one, rows
from tests.database.money.test_what_if import OTHER, OWN, TODAY, moved_town
from tests.database.registry import town

TOMORROW = TODAY + timedelta(days=1)
LATER = town.NOW + timedelta(days=1)
CHONGYANG = Actor(7, "finance_chongyang", "f", frozenset({"finance_county"}), "chongyang", OTHER)
CHIBI = Actor(6, "finance_chibi", "f", frozenset({"finance_county"}), "chibi", "421281")


def publish(db, shapes, *, on):
    """Put the counties of the city under a new set in force from a day on; neighbours stay."""
    with db.transaction(SYSTEM) as conn:
        used, known = service.counties(conn, TODAY)
        conn.execute(
            "UPDATE spatial.boundary_set SET valid = daterange(lower(valid), %s) WHERE set_id = %s",
            [on, used.set_id],
        )
        facts = ("勘界成果", "咸民政〔2026〕9号", "—", "注意", "notice")
        boundary = BoundarySet("xianning-v2", on, None, used.accuracy_m, *facts, legal=False)
        made = [
            CountyShape(
                row["county_code"],
                row["name_zh"],
                row["name_en"],
                row["in_city"],
                shapely.transform(shapes.get(row["county_code"], row["geom"]), to_degrees),
            )
            for row in known
        ]
        return service.load_boundary_set(conn, boundary, made)


def replayed(db, day):
    with db.transaction(SYSTEM) as conn:
        return register.replay_decisions(
            conn, day, midnight=town.NOW.replace(hour=0, minute=0), sample_percent=100.0
        )


@pytest.fixture
def changed(city, order, payer):
    """One line paid and one open, both on ground that is another county's from tomorrow on."""
    payer.pay(order)
    still_open = new_order(city, town.HOUSE_LAND + "W00000000", town.WANG)
    publish(city, moved_town(city), on=TOMORROW)
    return order, still_open


def test_an_open_order_keeps_its_county_and_pays_it(city, changed, payer, office, clearing, books):
    paid, still_open = changed
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    payer.clock.at = LATER
    assert payer.pay(still_open, txn="T2") == "accepted"
    for order in changed:
        (bill,) = office.issue_for_order(order.head.order_no, now=LATER)
        assert (bill.county_code, order.lines[0].county_code) == (OWN, OWN)
    clearing.close_day(FINANCE_CITY, TOMORROW, run_now=True)
    settled = rows(
        city, "SELECT county_code, amount_fen FROM money.payout WHERE state = 'settled' ORDER BY 1"
    )
    assert settled == [(OWN, paid.head.amount_fen), (OWN, still_open.head.amount_fen)]
    assert {one.same for one in replayed(city, TODAY)} == {True}
    assert one(city, "SELECT count(DISTINCT set_id) FROM spatial.county_decision") == 1
    assert books() == {}


def test_orders_from_the_day_on_follow_the_new_lines(city, changed):
    """The code still begins with the old county: a person decides, with the new set as evidence."""
    new = town.application(city, "land_use_first", [town.BARE], ("holder", town.LI))
    case = accept(city, town.CLERK, new, now=LATER, search_key=town.KEY).case
    with pytest.raises(CountyUndecided):
        issue_order(city, town.CLERK, [case.case_no], now=LATER)
    facts = "d.reason, d.county_overlaps -> 0 ->> 'county_code', s.name"
    query = f"SELECT {facts} FROM spatial.county_decision d JOIN spatial.boundary_set s USING (set_id)"
    assert rows(city, f"{query} WHERE d.as_of = %s", TOMORROW)[-1] == (
        "prefix_disagrees",
        OTHER,
        "xianning-v2",
    )


def report(db, name, who=FINANCE_CITY, at=LATER, **narrowed):
    asked = Question(TODAY, TOMORROW, **narrowed)
    found = reports.make(db, who, name, asked, now=at)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_the_report_has_both_counties_and_opens_its_lines(city, changed, payer):
    paid, still_open = changed
    payer.clock.at = LATER
    payer.pay(still_open, txn="T2")
    elsewhere = new_order(city, town.SECOND_LAND + "W00000000", town.ZHAO)
    payer.pay(elsewhere, txn="T3")
    moving = paid.head.amount_fen + still_open.head.amount_fen
    stays = elsewhere.head.amount_fen
    county = elsewhere.lines[0].county_code
    found = {row["county_code"]: row for row in report(city, "boundary")}
    assert found[OTHER]["today_fen"] == found[OTHER]["difference_fen"] == moving
    assert found[OWN]["difference_fen"] == -moving
    assert found[county]["decided_fen"] == (stays + moving if county == OWN else stays)
    assert sum(row["difference_fen"] for row in found.values()) == 0
    lines = report(city, "boundary_lines")
    assert {
        (row["order_no"], row["parcel_code"], row["county_code"], row["county_today"]) for row in lines
    } == {(order.head.order_no, order.lines[0].parcel_code, OWN, OTHER) for order in changed}
    assert {row["boundary_set"] for row in lines} == {"xianning-v1"}
    for which, column in (("decided", "decided_fen"), ("today", "today_fen")):
        for code, row in found.items():
            behind = report(city, "boundary_lines", county=code, type=which)
            assert sum(line["amount_fen"] for line in behind) == row[column], (which, code)


def test_on_the_old_day_nothing_differs(city, changed):
    assert {row["difference_fen"] for row in report(city, "boundary", at=town.NOW)} == {0}
    assert report(city, "boundary_lines", at=town.NOW) == []


def test_each_county_sees_what_is_or_would_be_its_own(city, changed):
    (paid, _) = changed
    amount = paid.head.amount_fen
    assert [(row["county_code"], row["difference_fen"]) for row in report(city, "boundary", CHONGYANG)] == [
        (OTHER, amount)
    ]
    for who in (CHONGYANG, FINANCE_TONGSHAN):
        assert [row["order_no"] for row in report(city, "boundary_lines", who)] == [paid.head.order_no]
    assert report(city, "boundary", CHIBI) == report(city, "boundary_lines", CHIBI) == []


def test_ground_that_leaves_the_city_has_no_county_today(city, order, payer):
    payer.pay(order)
    shapes = moved_town(city)
    with city.transaction(SYSTEM) as conn:
        _, known = service.counties(conn, TODAY)
    shapes[OTHER] = next(row["geom"] for row in known if row["county_code"] == OTHER)
    publish(city, shapes, on=TOMORROW)
    found = {row["county_code"]: row["today_fen"] for row in report(city, "boundary")}
    assert found == {OWN: 0, None: order.head.amount_fen}
    (line,) = report(city, "boundary_lines")
    assert line["county_today"] is None
