"""Who decides the county of what: the counties it concerns, and the city; never one county alone."""

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.database.registry import town
from tests.web.money_desk import Money
from tests.web.people import PASSWORD

pytestmark = pytest.mark.town
XIANAN, TONGSHAN, CHIBI = "421202", "421224", "421281"
MORE = {
    "registrar_xianan": "xianan",
    "registrar_tongshan_2": "tongshan",
    "registrar_jiayu": "jiayu",
}


@pytest.fixture
def desk(money, db):
    with db.transaction(SYSTEM) as conn:
        town.build_straddler(conn)
        for login, office in MORE.items():
            access.create_user(
                conn, login=login, name=login, roles=["registrar"], office=office, password=PASSWORD
            )
    return money


def propose(desk: Money, who, subject, county_code):
    body = {"subject": subject, "county_code": county_code, "basis_doc": "函〔2026〕1号", "reason": "协商"}
    return desk.ask(who, "POST", "/decisions", json=body)


def confirm(desk: Money, who, decision_id):
    answer = desk.ask(who, "POST", f"/decisions/{decision_id}/confirm")
    return answer.status_code, answer.json.get("code", "confirmed")


def test_a_county_does_not_take_what_lies_in_another(desk):
    """One registrar of 赤壁 had stopped every order for a parcel of 通山, and with a second one taken it."""
    refused = propose(desk, "registrar_chibi", town.BARE, CHIBI)
    assert (refused.status_code, refused.json["code"]) == (403, "decision_not_yours")
    assert "本县区" in refused.json["detail"]
    order = desk.ask("clerk_xianan", "POST", f"/cases/{desk.case()}/orders")
    assert (order.status_code, order.json["county_codes"]) == (201, [TONGSHAN])


def test_a_document_can_be_read(desk):
    body = {"subject": town.STRADDLER, "county_code": TONGSHAN, "basis_doc": "\u200b", "reason": "协商"}
    refused = desk.ask("registrar_tongshan", "POST", "/decisions", json=body)
    assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")


def test_a_third_county_does_not_confirm(desk):
    made = propose(desk, "registrar_tongshan", town.STRADDLER, TONGSHAN).json
    assert confirm(desk, "registrar_jiayu", made["decision_id"]) == (403, "decision_not_yours")
    assert confirm(desk, "registrar_xianan", made["decision_id"]) == (200, "confirmed")


def test_two_persons_of_one_county_do_not_decide(desk):
    made = propose(desk, "registrar_tongshan", town.STRADDLER, TONGSHAN).json
    assert confirm(desk, "registrar_tongshan_2", made["decision_id"]) == (409, "decision_one_county")
    assert confirm(desk, "registrar_tongshan", made["decision_id"]) == (409, "decision_same_person")
    assert confirm(desk, "finance_city", made["decision_id"]) == (200, "confirmed")


def test_the_city_decides_for_all(desk):
    made = propose(desk, "finance_city", town.BARE, XIANAN)
    assert made.status_code == 201
    assert confirm(desk, "registrar_tongshan", made.json["decision_id"]) == (200, "confirmed")
