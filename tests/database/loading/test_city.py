"""The synthetic city in the database."""

from dataclasses import replace

import pytest

from api.loading.errors import OtherCityLoaded
from data.access.records import SYSTEM
from data.clock import day_of
from tests.database.loading.conftest import NOW, ORDER, SEARCH_KEY


@pytest.fixture
def ask(loaded):
    """Run a query as the system; returns the rows."""
    database, _ = loaded

    def run(query, *values):
        with database.transaction(SYSTEM) as connection:
            return connection.execute(query, list(values)).fetchall()

    return run


def test_what_was_counted_is_there(loaded, ask):
    _, counted = loaded
    assert ask("SELECT count(*) FROM spatial.parcel_version") == [(1500,)]
    assert ask("SELECT count(*) FROM registry.case") == [(counted.cases,)]
    assert ask("SELECT count(*) FROM spatial.building_unit") == [(counted.units,)]
    assert ask("SELECT count(*) FROM money.payment_order") == [(counted.orders,)]
    assert counted.cases > 250


def test_bills_of_the_weeks_that_are_compared_will_be_signed(loaded, ask):
    from registry.receipts import service as receipts
    from registry.reconciliation.matching import LOOK_BACK

    database, _ = loaded
    ((payload,),) = ask("SELECT payload FROM registry.job WHERE kind = 'issue_backlog'")
    since = day_of(NOW) - LOOK_BACK
    assert payload == {"since": since.isoformat()}
    with database.transaction(SYSTEM) as conn:
        waiting = receipts.orders_without_files(conn, limit=1_000, since=since)
    paid = ask("SELECT order_no FROM money.posting WHERE kind = 'pay' AND biz_date >= %s", since)
    assert sorted(waiting) == sorted(order_no for (order_no,) in paid) != []


def test_loading_again_leaves_it_as_it_is(loaded, ask):
    from api.loading.city import load_city

    database, _ = loaded
    again = load_city(database, ORDER, search_key=SEARCH_KEY, now=NOW)
    assert (again.parcels, again.cases, again.orders) == (0, 0, 0)
    assert ask("SELECT count(*) FROM spatial.parcel_version") == [(1500,)]


def test_another_city_is_refused(loaded):
    from api.loading.city import load_city

    database, _ = loaded
    with pytest.raises(OtherCityLoaded):
        load_city(database, replace(ORDER, seed=4), search_key=SEARCH_KEY, now=NOW)


def test_every_parcel_lies_in_its_subdistrict(ask):
    rows = ask(
        "SELECT v.parcel_code FROM spatial.parcel_version v LEFT JOIN spatial.cadastral_district d"
        " ON d.district_code = left(v.parcel_code, 12) AND ST_Covers(d.geom, v.geom)"
        " WHERE d.district_code IS NULL"
    )
    assert rows == []


def test_every_case_is_decided_by_its_place(ask):
    assert ask(
        "SELECT count(*) FROM registry.case c JOIN spatial.county_decision d USING (decision_id)"
        " WHERE d.county_code IS DISTINCT FROM c.county_code"
    ) == [(0,)]
    assert ask("SELECT count(*) FROM registry.case WHERE decision_id IS NULL") == [(0,)]


def test_each_unit_has_at_most_one_live_right_of_its_own(ask):
    rows = ask(
        "SELECT unit_code FROM registry.rrr_now WHERE live AND kind <> 'mortgage'"
        " GROUP BY 1 HAVING count(*) > 1"
    )
    assert rows == []


def test_pages_count_their_entries(ask):
    rows = ask(
        "SELECT unit_code FROM registry.unit_page p JOIN registry.rrr r USING (unit_code)"
        " GROUP BY unit_code, p.last_seq HAVING max(r.seq) <> p.last_seq OR count(*) <> p.last_seq"
    )
    assert rows == []


def test_paid_cases_have_their_order_and_its_amount(ask):
    rows = ask(
        "SELECT c.case_no FROM registry.case c LEFT JOIN money.payment_order o USING (order_no)"
        " WHERE c.paid_at IS NOT NULL AND o.amount_fen IS DISTINCT FROM c.fee_total_fen"
    )
    assert rows == []


def test_the_books_balance(loaded):
    from registry.reconciliation.invariants import verify

    database, _ = loaded
    assert [check for check in verify(database) if not check.holds] == []


def test_certificates_are_numbered_without_gaps_in_order_of_registration(ask):
    rows = ask(
        "SELECT authority FROM registry.certificate GROUP BY authority, kind, year"
        " HAVING max(serial) <> count(*)"
    )
    assert rows == []
    assert ask("SELECT count(*) FROM registry.certificate") == ask(
        "SELECT count(*) FROM registry.case WHERE registered_at IS NOT NULL"
    )


def test_cases_end_before_today_and_fill_two_years(ask):
    ((first, last),) = ask("SELECT min(accepted_on), max(accepted_on) FROM registry.case")
    assert last < day_of(NOW)
    assert (last - first).days > 600


def test_a_story_of_each_county_is_accepted(loaded):
    from api.loading.accounts import create_demo_accounts
    from api.loading.story import stories
    from data.access.store import actor_by_login
    from registry.cases.acceptance import accept
    from registry.cases.records import NewApplicant, NewCase, NewMaterial
    from registry.parties.records import PartyInput

    database, _ = loaded
    create_demo_accounts(database, "a long password")
    with database.transaction(SYSTEM) as conn:
        clerk = actor_by_login(conn, "clerk_xianan")
    told = stories(database, now=NOW)
    assert [story["county_code"] for story in told] == [
        "421202",
        "421281",
        "421221",
        "421222",
        "421223",
        "421224",
    ]
    fees = {"flat": 8000, "homestead": 1000, "bare": 55000}
    for story in told:
        for what, amount_fen in fees.items():
            body = story[what]["case"]
            new = NewCase(
                body["type_code"],
                body["unit_codes"],
                [
                    NewApplicant(item["role"], PartyInput(item["name"], item["id_type"], item["id_number"]))
                    for item in body["applicants"]
                ],
                [NewMaterial(item["code"], item["copies"]) for item in body["materials"]],
            )
            accepted = accept(database, clerk, new, now=NOW, search_key=SEARCH_KEY)
            assert accepted.case.county_code == story["county_code"]
            assert accepted.case.decide_office == story["office"]
            assert accepted.case.fee_total_fen == amount_fen


def test_a_load_that_was_stopped_goes_on(db):
    """Stopped after the third batch: what was written stays, the rest is added, nothing twice."""
    from api.loading import city

    def stop_after_three(done, _total):
        steps.append(done)
        if len(steps) == 3:
            raise KeyboardInterrupt

    steps: list[int] = []
    order = replace(ORDER, parcels=600, cases=60)
    with pytest.raises(KeyboardInterrupt):
        city.load_city(db, order, search_key=SEARCH_KEY, now=NOW, progress=stop_after_three)
    rest = city.load_city(db, order, search_key=SEARCH_KEY, now=NOW)
    assert 0 < rest.parcels == 600 - steps[2]
    with db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM spatial.parcel_version").fetchone() == (600,)
        cases = conn.execute("SELECT count(*), count(DISTINCT unit_code) FROM registry.case_unit").fetchone()
    assert cases[0] == cases[1] > rest.cases
