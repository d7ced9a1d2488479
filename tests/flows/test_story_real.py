"""The main job on a real cadastral file: 9,615 real shapes, from upload to the county's account."""

import pytest

from tests.flows.acts import accept_land, close_day, inner_parcel, pay, register_survey, send_survey
from tests.flows.conftest import START
from tests.flows.test_story_http import HOLDER

pytestmark = pytest.mark.shared_data

CLERK = "clerk_tongshan"


@pytest.fixture(scope="module")
def survey(empty_city, shared_data):
    """The real file, checked, accepted and registered through the HTTP interface."""
    path = shared_data / "soA_history_moved_to_xianning.gpkg.zip"
    sent = send_survey(empty_city, path, "REAL-2014", "parcels_2014_03", "2014-03-31")
    return register_survey(empty_city, sent["id"])


@pytest.fixture(scope="module")
def parcel(empty_city, survey):
    """A registered parcel that lies well inside its county."""
    return inner_parcel(empty_city, "421281")


def test_the_real_file_is_registered_with_its_known_faults(survey):
    assert survey["status"] == "registered"
    assert survey["counts"]["features"] == 9615
    assert survey["counts"]["errors"] == 0
    assert survey["counts"]["warnings"] > 208


def test_a_fee_on_a_real_parcel_reaches_its_county(empty_city, parcel):
    clerk = empty_city.as_user(CLERK)
    case = accept_land(empty_city, CLERK, parcel["unit_code"], HOLDER)
    assert (case["decide_office"], case["county_code"]) == ("chibi", "421281")
    order = clerk.post(f"/api/v1/cases/{case['case_no']}/orders")
    pay(empty_city, CLERK, order)
    day = close_day(empty_city, START.date(), now=True)
    confirmed = {
        row["county_code"]: row["confirmed_fen"] for row in day["counties"] if row["kind"] == "nontax"
    }
    assert confirmed["421281"] == order["amount_fen"] == 55_000
    assert sum(confirmed.values()) == 55_000
