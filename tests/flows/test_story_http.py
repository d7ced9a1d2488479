"""The main job, by the HTTP interface alone: from a survey file to a county's account."""

import subprocess

import pytest

from tests.flows.acts import (
    accept_land,
    advance,
    channel_event,
    close_day,
    money_of,
    register_survey,
    send_event,
    send_survey,
    wait_for,
)
from tests.flows.conftest import START
from tests.flows.survey_files import write_block

IN_FORCE, BEFORE = "2026-06-02", "2026-06-01"
HOLDER = {
    "name": "通山某某建材有限公司",
    "role": "holder",
    "id_type": "uscc",
    "id_number": "91421224MA4876543X",
}


@pytest.fixture(scope="module")
def registered(city, tmp_path_factory):
    """A surveyor's file, checked, submitted, accepted and registered; returns the unit codes."""
    block = write_block(city.db, tmp_path_factory.mktemp("survey") / "tongshan.gpkg")
    path, units = block.path, block.unit_codes
    survey = send_survey(city, path, "TS-2026-001", "parcels", IN_FORCE)
    assert survey["counts"]["features"] == len(units)
    assert survey["counts"]["errors"] == 0, survey
    assert survey["counts"]["rules_passed"] > 5
    register_survey(city, survey["id"])
    return units


@pytest.fixture(scope="module")
def case(city, registered):
    """A case accepted in 咸安 about land in 通山."""
    found = accept_land(city, "clerk_xianan", registered[0], HOLDER)
    assert found["decide_office"] == "tongshan"
    assert found["county_code"] == "421224"
    assert sum(line["amount_fen"] for line in found["fee_preview"]) == 55_000
    return found


@pytest.fixture(scope="module")
def order(city, case):
    return city.as_user("clerk_xianan").post(f"/api/v1/cases/{case['case_no']}/orders")


@pytest.fixture(scope="module")
def paid(city, order):
    event = channel_event(city, order)
    assert (send_event(city, event), send_event(city, event)) == ("accepted", "duplicate")
    clerk = city.as_user("clerk_xianan")
    return wait_for(
        lambda: clerk.get(f"/api/v1/orders/{order['order_no']}"),
        lambda found: found["state"] == "paid" and found["receipts"],
    )


@pytest.fixture(scope="module")
def closed(city, paid):
    return close_day(city, START.date(), now=True)


def test_the_parcels_are_in_force(city, registered):
    found = city.as_public().get(f"/api/v1/parcels?code={registered[0]}")
    assert [feature["properties"]["county_code"] for feature in found["features"]] == ["421224"]
    before = city.as_public().get(f"/api/v1/parcels?code={registered[0]}&at={BEFORE}")
    assert before["features"] == []


def test_the_order_names_its_county_and_rule(order):
    (line,) = order["lines"]
    assert (line["kind"], line["amount_fen"], line["county_code"]) == ("fee", 55_000, "421224")
    assert line["rule_id"]
    assert line["decision_id"]
    assert len(order["payment_code"]) == 20
    assert order["payment_code"].isdigit()


def test_the_bill_is_sealed_and_its_signature_holds(city, paid, tmp_path):
    (receipt,) = paid["receipts"]
    assert (receipt["amount_fen"], receipt["county_code"]) == (55_000, "421224")
    path = f"/api/v1/receipts/{receipt['code']}/{receipt['number']}.pdf?check_code={receipt['check_code']}"
    pdf = tmp_path / "bill.pdf"
    pdf.write_bytes(city.as_public().call("GET", path).content)
    said = subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert "伍佰伍拾元整" in text
    # The payer is an organisation: its credit code is public and on the bill.
    assert HOLDER["id_number"] in text


def test_the_bill_is_verified_and_a_changed_one_is_not(city, paid, tmp_path):
    (receipt,) = paid["receipts"]
    public = city.as_public()
    path = f"/api/v1/receipts/{receipt['code']}/{receipt['number']}.pdf?check_code={receipt['check_code']}"
    pdf = public.call("GET", path).content
    good = public.call("POST", "/api/v1/receipts/verify", files={"file": ("bill.pdf", pdf)}).json()
    assert (good["valid"], good["bytes_match"], good["status"]) == (True, True, "live")
    changed = pdf[:-20] + bytes([pdf[-20] ^ 1]) + pdf[-19:]
    bad = public.call("POST", "/api/v1/receipts/verify", files={"file": ("bill.pdf", changed)}).json()
    assert bad["valid"] is False


def test_the_county_has_its_money_the_same_day(closed):
    assert closed["state"] == "done"
    row = money_of(closed, "421224")
    assert [row[f"{name}_fen"] for name in ("due", "paid", "arrived", "cleared", "confirmed")] == [55_000] * 5
    assert row["payout_msg_id"]
    others = [row for row in closed["counties"] if row["county_code"] != "421224"]
    assert all(row["cleared_fen"] == 0 for row in others)


def test_the_payout_file_pays_that_county(city, closed):
    row = next(row for row in closed["counties"] if row["payout_msg_id"])
    xml = city.as_user("finance_city").call("GET", f"/api/v1/payouts/{row['payout_msg_id']}.xml").text
    assert "pain.001.001.09" in xml
    assert ">550.00<" in xml


def test_the_trial_balance_is_zero(city, closed):
    found = city.as_user("finance_city").get(f"/api/v1/ledger/trial-balance?date={closed['date']}")
    assert found["difference_fen"] == 0


def test_every_fen_is_explained(city, closed, order):
    trace = city.as_user("finance_city").get(f"/api/v1/orders/{order['order_no']}/trace")
    kinds = [step["kind"] for step in trace["steps"]]
    expected = [
        "parcel",
        "decision",
        "order",
        "payment",
        "posting",
        "batch",
        "payout",
        "bank_debit",
        "county_credit",
        "receipt",
    ]
    assert set(expected) <= set(kinds)
    assert kinds.index("decision") < kinds.index("payment") < kinds.index("county_credit")
    order_state = city.as_user("finance_city").get(f"/api/v1/orders/{order['order_no']}")["state"]
    assert order_state == "cleared"


def test_a_county_sees_its_own_money_only(city, closed):
    own = city.as_user("finance_tongshan").get(f"/api/v1/days/{closed['date']}")
    assert {row["county_code"] for row in own["counties"]} == {"421224"}


def test_the_case_is_registered_by_the_county_of_the_land(city, case, paid):
    case_no = case["case_no"]
    assert advance(city, case_no)["status"] == "archived"
    certificate = city.as_user("registrar_tongshan").call("GET", f"/api/v1/cases/{case_no}/certificate.pdf")
    assert certificate.content.startswith(b"%PDF")


def test_another_countys_registrar_cannot_read_it(city, case):
    refused = city.as_user("registrar_tongcheng").call("GET", f"/api/v1/cases/{case['case_no']}", expect=404)
    assert refused.json()["code"] == "case_not_found"


def test_the_supervisor_sees_it_on_the_heatmap(city, closed):
    supervisor = city.as_user("supervisor")
    cells = supervisor.get(
        f"/api/v1/supervision/heatmap?metric=cases&from={closed['date']}&to={closed['date']}&cell_m=1000"
    )
    assert sum(cell["properties"]["value"] for cell in cells["features"]) == 1
    fees = supervisor.get(
        f"/api/v1/supervision/heatmap?metric=fees&from={closed['date']}&to={closed['date']}&cell_m=1000"
    )
    assert sum(cell["properties"]["value"] for cell in fees["features"]) == 55_000
    assert supervisor.call("POST", "/api/v1/cases", json={}, expect=403).json()["code"] == "forbidden"
