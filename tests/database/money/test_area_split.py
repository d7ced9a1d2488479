"""A fee split by area: off by default, on from a day; lines, money and bills of each county, replayed."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.access.records import SYSTEM
from registry.cases.errors import CountyUndecided
from registry.cases.records import NewRelief
from registry.payments import reliefs
from spatial.counties import register
from spatial.counties.records import Statement
from tests.database.money.conftest import FINANCE_CITY, new_order, one, rows, state_of
from tests.database.registry import town

TODAY = town.NOW.date()
XIANAN, TONGSHAN = "421202", "421224"


@pytest.fixture
def straddler(city):
    with city.transaction(SYSTEM) as conn:
        town.build_straddler(conn)


@pytest.fixture
def splitting(city):
    """The city chose to split from today on."""
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE ref.county_policy SET valid_to = %s", [TODAY])
        conn.execute(
            "INSERT INTO ref.county_policy VALUES (%s, NULL, 30, true, '咸财综〔2026〕9号', true)", [TODAY]
        )


@pytest.mark.usefixtures("straddler")
def test_by_default_nothing_is_split(city):
    with pytest.raises(CountyUndecided):
        new_order(city, town.STRADDLER)


@pytest.mark.usefixtures("straddler", "splitting")
def test_each_county_has_its_line_its_money_and_its_bill(city, payer, clearing, office, books):
    order = new_order(city, town.STRADDLER)
    lines = {line.county_code: line.amount_fen for line in order.lines}
    assert set(lines) == {XIANAN, TONGSHAN}
    assert sum(lines.values()) == order.head.amount_fen == 55_000
    assert min(lines.values()) > 10_000
    assert order.head.county_codes == [XIANAN, TONGSHAN]
    payer.pay(order)
    office.issue_for_order(order.head.order_no, now=town.NOW)
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert state_of(city, order) == "cleared"
    assert (
        dict(rows(city, "SELECT county_code, amount_fen FROM money.payout WHERE state = 'settled'")) == lines
    )
    assert dict(rows(city, "SELECT county_code, amount_fen FROM money.bill WHERE state = 'signed'")) == lines
    assert books() == {}


@pytest.fixture
def some_relief(city, superuser_url):
    """Let the relief of a reform leave 200.01 of the fee."""
    name = conninfo_to_dict(city.url)["dbname"]
    with psycopg.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as conn:
        conn.execute(
            "UPDATE ref.fee_rule SET outcome = 'cost_only', amount_fen = 20001 WHERE rule_id = 'E12'"
        )


@pytest.mark.usefixtures("straddler", "splitting", "some_relief")
def test_of_a_relief_each_county_gives_back_its_share(city, payer):
    order = new_order(city, town.STRADDLER)
    payer.pay(order)
    relief = NewRelief("collective_reform", "通政函〔2026〕7号")
    case_no = order.lines[0].case_no
    refund = reliefs.grant_relief(city, town.CLERK, case_no, relief, reason="x", now=town.NOW).refund
    assert refund.amount_fen == 34_999
    back = dict(rows(city, "SELECT line_id, amount_fen FROM money.refund_line"))
    assert sum(back.values()) == 34_999
    for line in order.lines:
        assert abs(back[line.line_id] - 34_999 * line.amount_fen / 55_000) < 1


@pytest.mark.usefixtures("straddler", "splitting")
def test_the_evidence_says_by_which_parts_and_replays_the_same(city):
    order = new_order(city, town.STRADDLER)
    with city.transaction(SYSTEM) as conn:
        stored = register.get_decision(conn, order.lines[0].decision_id)
        assert register.replay(conn, stored).same
    assert (stored.decision.rule, stored.decision.decided, len(stored.decision.shares)) == ("R3", False, 2)
    assert sum(part.ratio_ppm for part in stored.decision.shares) == pytest.approx(1_000_000, abs=2)
    assert one(city, "SELECT count(*) FROM spatial.county_decision WHERE shares IS NOT NULL") == 1


@pytest.mark.usefixtures("straddler", "splitting")
def test_a_designated_county_goes_before_the_split(city):
    with city.transaction(SYSTEM) as conn:
        statement = Statement(town.STRADDLER, TONGSHAN, "咸自然资规函〔2026〕1号", "协商一致", "a")
        made = register.propose(conn, statement, as_of=TODAY, now=town.NOW)
        register.confirm(conn, made.decision_id, confirmed_by="b", now=town.NOW)
    order = new_order(city, town.STRADDLER)
    assert [(line.county_code, line.amount_fen) for line in order.lines] == [(TONGSHAN, 55_000)]


@pytest.mark.usefixtures("splitting")
def test_whole_parcels_are_not_split(city):
    assert len(new_order(city, town.BARE).lines) == 1
