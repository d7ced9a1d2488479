"""The main job with what ``./ningtu city story --json`` tells: flat, mortgage, bare parcel, homestead.

Each is accepted at the window of another county. The sandbox clock goes on from the morning of one day over
its cut-off to the next day and past a public notice; the fixtures are the acts of that story, in their order.
"""

from datetime import timedelta

import pytest

from registry.parties.rules import normalised_number
from tests.flows import acts
from tests.flows.conftest import START

FLAT, BARE, HOMESTEAD, FREE = "421224", "421281", "421222", "421202"
DAY = START.date()
NEXT = DAY + timedelta(days=1)
FEE_HOUSE, FEE_LAND, FEE_MORTGAGE = 8_000, 55_000, 8_000
# A homestead pays for the paper of its certificate only.
FEE_PAPER = 1_000
DEED_TAX = 1_234_500
LENDER = {
    "name": "咸宁合成银行股份有限公司",
    "role": "mortgagee",
    "id_type": "uscc",
    "id_number": "91421224MA4876543X",
}


@pytest.fixture(scope="module")
def told(city):
    return acts.told_story(city)


@pytest.fixture(scope="module")
def flat(city, told):
    """In the morning a flat in 通山 changes hands at the window of 咸安: fee and tax are paid at once."""
    story = told["tongshan"]["flat"]
    case = city.as_user("clerk_xianan").post("/api/v1/cases", story["case"])
    (buyer,) = [person for person in story["case"]["applicants"] if person["role"] == "transferee"]
    acts.assess_tax(
        city,
        case["case_no"],
        amount_fen=DEED_TAX,
        unit_code=story["unit_code"],
        payer_name=buyer["name"],
    )
    order = city.as_user("clerk_xianan").post(f"/api/v1/cases/{case['case_no']}/orders")
    # Without the tax paid the county does not register.
    stopped = acts.advance(city, case["case_no"])
    paid = acts.pay(city, "clerk_xianan", order)
    done = acts.advance(city, case["case_no"])
    return {**story, "accepted": case, "order": paid, "stopped": stopped, "done": done, "buyer": buyer}


@pytest.fixture(scope="module")
def bare(city, told):
    """A bare parcel in 赤壁 is registered, accepted at the window of 通山."""
    story = told["chibi"]["bare"]
    clerk = city.as_user("clerk_tongshan")
    case = clerk.post("/api/v1/cases", story["case"])
    order = clerk.post(f"/api/v1/cases/{case['case_no']}/orders")
    paid = acts.pay(city, "clerk_tongshan", order)
    return {**story, "accepted": case, "order": paid, "done": acts.advance(city, case["case_no"])}


@pytest.fixture(scope="module")
def mortgage(city, flat):
    """The buyer mortgages the flat in the afternoon; the bank has not paid the fee yet."""
    clerk = city.as_user("clerk_xianan")
    entry = clerk.get("/api/v1/handbook/mortgage_first")
    case = clerk.post(
        "/api/v1/cases",
        {
            "type_code": "mortgage_first",
            "unit_codes": [flat["unit_code"]],
            "applicants": [{**flat["buyer"], "role": "mortgagor"}, LENDER],
            "materials": [
                {"code": item["code"], "copies": 1}
                for item in entry["materials"]
                if not item.get("required_when")
            ],
            "amount_fen": 50_000_000,
            "term_from": f"{DAY}",
            "term_to": f"{DAY.replace(year=DAY.year + 10)}",
        },
    )
    return {"accepted": case, "order": clerk.post(f"/api/v1/cases/{case['case_no']}/orders")}


@pytest.fixture(scope="module")
def early(city, flat, bare, mortgage):
    """Before the cut-off the day cannot be closed, and no day to come."""
    finance = city.as_user("finance_city")
    today = finance.call("POST", f"/api/v1/days/{DAY}/close", json={}, expect=409).json()
    tomorrow = finance.call("POST", f"/api/v1/days/{NEXT}/close", json={}, expect=422).json()
    return today, tomorrow, finance.get(f"/api/v1/days/{DAY}")


@pytest.fixture(scope="module")
def closed(city, early):
    """Past 17:30 it closes without being told to."""
    city.set_time(17, 31)
    return acts.close_day(city, DAY)


@pytest.fixture(scope="module")
def late(city, closed, mortgage):
    """The bank pays after the cut-off: the day stays as it was closed, until the late window."""
    city.set_time(18, 0)
    paid = acts.pay(city, "clerk_xianan", mortgage["order"])
    same = acts.close_day(city, DAY)
    city.set_time(21, 31)
    return {"order": paid, "same": same, "second": acts.close_day(city, DAY)}


@pytest.fixture(scope="module")
def homestead(city, told, late):
    """The next day a homestead in 通城 is accepted at the window of 咸安; its notice hangs for weeks."""
    city.set_time(9, days=1)
    story = told["tongcheng"]["homestead"]
    clerk = city.as_user("clerk_xianan")
    case = clerk.post("/api/v1/cases", story["case"])
    order = acts.pay(city, "clerk_xianan", clerk.post(f"/api/v1/cases/{case['case_no']}/orders"))
    hanging = acts.advance(city, case["case_no"])
    waits = city.as_user("registrar_tongcheng").get(f"/api/v1/cases/{case['case_no']}/actions")
    city.set_time(9, days=30)
    done = acts.advance(city, case["case_no"])
    return {**story, "accepted": case, "order": order, "hanging": hanging, "waits": waits, "done": done}


@pytest.fixture(scope="module")
def free(city, told, homestead):
    """A small enterprise has a bare parcel in 咸安 registered at the window of 通山, free of charge."""
    clerk = city.as_user("clerk_tongshan")
    case = clerk.post("/api/v1/cases", {**told["xianan"]["bare"]["case"], "declares": ["small_micro"]})
    order = clerk.post(f"/api/v1/cases/{case['case_no']}/orders")
    return {"accepted": case, "order": order, "done": acts.advance(city, case["case_no"])}


def test_the_story_has_a_flat_a_homestead_and_a_bare_parcel_in_each_county(told):
    assert len(told) == 6
    for county in told.values():
        assert {"flat", "homestead", "bare"} <= county.keys(), county["office"]


def test_everybody_told_of_has_a_number_that_checks(told):
    people = [
        person
        for county in told.values()
        for what in ("flat", "homestead", "bare")
        for person in county[what]["case"]["applicants"]
    ]
    assert len(people) == 6 * 4
    for person in people:
        assert normalised_number(person["id_type"], person["id_number"]) == person["id_number"]


def test_the_flat_is_decided_where_it_lies(flat):
    assert (flat["accepted"]["decide_office"], flat["accepted"]["county_code"]) == ("tongshan", FLAT)
    assert [(line["kind"], line["amount_fen"], line["county_code"]) for line in flat["order"]["lines"]] == [
        ("fee", FEE_HOUSE, FLAT),
        ("tax", DEED_TAX, FLAT),
    ]


def test_the_county_registers_the_flat_once_the_tax_is_paid(flat):
    assert (flat["stopped"]["node"], flat["stopped"]["status"]) == ("review", "review")
    assert flat["done"]["status"] == "archived"


def test_the_buyer_holds_the_flat(city, flat):
    page = city.as_user("registrar_tongshan").get(f"/api/v1/units/{flat['unit_code']}")
    holders = {holder["name"]: right for right in page["rights"] for holder in right["holders"]}
    (certificate,) = flat["done"]["certificates"]
    assert holders[flat["buyer"]["name"]]["certificate_no"] == certificate["certificate_no"]
    (seller,) = [person for person in flat["case"]["applicants"] if person["role"] == "transferor"]
    assert seller["name"] not in {
        holder["name"] for right in page["rights"] if right["status"] == "live" for holder in right["holders"]
    }


def test_the_bare_parcel_is_registered_by_its_county(bare):
    assert (bare["accepted"]["decide_office"], bare["accepted"]["county_code"]) == ("chibi", BARE)
    assert (bare["order"]["amount_fen"], bare["done"]["status"]) == (FEE_LAND, "archived")
    (receipt,) = bare["order"]["receipts"]
    assert (receipt["amount_fen"], receipt["county_code"]) == (FEE_LAND, BARE)


def test_the_day_is_not_closed_before_its_cutoff(early):
    today, tomorrow, day = early
    assert (today["code"], tomorrow["code"]) == ("before_cutoff", "day_in_future")
    assert day["state"] == "open"
    assert acts.money_of(day, FLAT)["arrived_fen"] == FEE_HOUSE
    assert day["totals"]["cleared_fen"] == 0


def test_after_the_cutoff_each_county_has_its_own(closed):
    assert closed["state"] == "done"
    for code, kind, amount_fen in (
        (FLAT, "nontax", FEE_HOUSE),
        (FLAT, "tax", DEED_TAX),
        (BARE, "nontax", FEE_LAND),
    ):
        row = acts.money_of(closed, code, kind)
        figures = [row[f"{name}_fen"] for name in ("paid", "arrived", "cleared", "confirmed")]
        assert figures == [amount_fen] * 4
    assert closed["totals"]["confirmed_fen"] == FEE_HOUSE + DEED_TAX + FEE_LAND


def test_what_is_paid_after_the_cutoff_goes_with_the_next_run(late):
    before, after = (acts.money_of(late[name], FLAT) for name in ("same", "second"))
    assert (before["arrived_fen"], before["cleared_fen"]) == (FEE_HOUSE + FEE_MORTGAGE, FEE_HOUSE)
    assert after["confirmed_fen"] == FEE_HOUSE + FEE_MORTGAGE
    assert late["second"]["state"] == "done"


def test_the_second_run_has_a_payout_of_its_own(city, late):
    trace = city.as_user("finance_city").get(f"/api/v1/orders/{late['order']['order_no']}/trace")
    payouts = [step["id"] for step in trace["steps"] if step["kind"] == "payout"]
    assert payouts == [f"XN{FLAT}{DAY:%Y%m%d}02N1"]


def test_the_mortgage_stands_behind_the_ownership(city, flat, late, mortgage):
    done = acts.advance(city, mortgage["accepted"]["case_no"])
    assert done["status"] == "archived"
    page = city.as_user("registrar_tongshan").get(f"/api/v1/units/{flat['unit_code']}")
    kinds = {right["kind"] for right in [*page["rights"], *page["restrictions"]] if right["status"] == "live"}
    assert kinds == {"ownership", "mortgage"}


def test_a_homestead_pays_for_its_certificate_only(homestead):
    (line,) = homestead["order"]["lines"]
    assert (line["amount_fen"], line["county_code"]) == (FEE_PAPER, HOMESTEAD)


def test_the_notice_of_the_homestead_hangs_until_its_day(homestead):
    assert homestead["accepted"]["county_code"] == HOMESTEAD
    assert homestead["hanging"]["status"] == "notice"
    assert "end_notice" not in {step["action"] for step in homestead["waits"]["allowed"]}
    assert homestead["done"]["status"] == "archived"


def test_the_next_day_is_closed_weeks_later_without_waiting(city, homestead):
    day = acts.close_day(city, NEXT)
    assert acts.money_of(day, HOMESTEAD)["confirmed_fen"] == day["totals"]["confirmed_fen"] == FEE_PAPER


def test_what_costs_nothing_is_paid_without_code_and_bill(free):
    assert (free["accepted"]["decide_office"], free["accepted"]["county_code"]) == ("xianan", FREE)
    order = free["order"]
    assert (order["state"], order["amount_fen"], order["payment_code"]) == ("paid", 0, None)
    assert order["receipts"] == []
    assert free["done"]["status"] == "archived"


def test_the_books_balance_at_the_end(city, free):
    trial = city.as_user("finance_city").get(f"/api/v1/ledger/trial-balance?date={city.today()}")
    assert trial["difference_fen"] == 0
    assert trial["debit_fen"] > 0


def test_the_supervisor_sees_the_three_cases_of_the_day(city, late):
    query = f"from={DAY}&to={DAY}&cell_m=1000"
    supervisor = city.as_user("supervisor")
    cases = supervisor.get(f"/api/v1/supervision/heatmap?metric=cases&{query}")
    fees = supervisor.get(f"/api/v1/supervision/heatmap?metric=fees&{query}")
    assert sum(cell["properties"]["value"] for cell in cases["features"]) == 3
    assert sum(cell["properties"]["value"] for cell in fees["features"]) == (
        FEE_HOUSE + FEE_LAND + FEE_MORTGAGE
    )
