"""A parcel across a county line: accepted, waiting, settled by two people."""

import pytest

from data.access.records import SYSTEM
from registry.cases import service
from registry.cases.errors import CountyUndecided
from registry.cases.records import CaseQuery
from registry.cases.service import accept
from spatial.counties.records import Statement
from spatial.counties.register import confirm, propose
from tests.database.registry import town


@pytest.fixture
def waiting(city):
    with city.transaction(SYSTEM) as conn:
        town.build_straddler(conn)
    new = town.application(city, "land_use_first", [town.STRADDLER], ("holder", town.LI))
    return accept(city, town.CLERK, new, now=town.NOW, search_key=town.KEY).case


def decide(db, *, second):
    with db.transaction(SYSTEM) as conn:
        statement = Statement(
            town.STRADDLER, "421224", "咸自然资规函〔2026〕1号", "协商一致", "registrar_xianan"
        )
        stored = propose(conn, statement, as_of=town.NOW.date(), now=town.NOW)
        if second:
            confirm(conn, stored.decision_id, confirmed_by="registrar_tongshan", now=town.NOW)


def test_the_case_is_accepted_but_nobody_decides_it(city, waiting):
    assert (waiting.county_code, waiting.decide_office) == (None, None)
    assert waiting.decision_id is not None
    service.act(city, town.CLERK, waiting.case_no, "submit_review", now=town.NOW)
    steps = service.open_steps(city, town.CLERK, waiting.case_no, now=town.NOW)
    assert (steps.allowed, steps.waiting) == ([], ["county_undecided"])


def test_no_order_while_undecided(city, waiting):
    with city.transaction(town.CLERK) as conn, pytest.raises(CountyUndecided) as raised:
        service.require_orderable(conn, waiting.case_no)
    assert raised.value.params["decision_id"] == waiting.decision_id


def test_it_stands_in_the_queue(city, waiting):
    query = CaseQuery(undecided=True)
    found = service.list_cases(city, town.SUPERVISOR, query, today=town.NOW.date())
    assert [case.case_no for case in found] == [waiting.case_no]


def test_one_person_alone_settles_nothing(city, waiting):
    decide(city, second=False)
    with city.transaction(SYSTEM) as conn:
        assert service.settle_counties(conn, town.NOW) == 0


def test_two_people_settle_case_fee_and_parties(city, waiting, follow):
    decide(city, second=True)
    with city.transaction(SYSTEM) as conn:
        jobs = conn.execute("SELECT count(*) FROM registry.job WHERE kind = 'settle_counties'").fetchone()
        assert jobs == (1,)
        assert service.settle_counties(conn, town.NOW) == 1
        assert {line.county_code for line in service.fee_lines(conn, waiting.case_no)} == {"421224"}
    with city.transaction(town.REGISTRAR) as conn:
        case = service.get_case(conn, waiting.case_no)
        assert conn.execute("SELECT count(*) FROM registry.party").fetchone() == (1,)
    assert (case.county_code, case.decide_office) == ("421224", "tongshan")
    assert follow(waiting.case_no).node == "issue"


def test_the_unit_to_decide_is_found_from_the_case(city, waiting):
    with city.transaction(SYSTEM) as conn:
        assert service.unit_to_decide(conn, waiting.case_no) == town.STRADDLER
