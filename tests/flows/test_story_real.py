"""The main job on a real cadastral file: 9,615 real shapes, from upload to the county's account."""

import pytest

from tests.flows.acts import close_day, pay, wait_for
from tests.flows.conftest import START
from tests.flows.test_story_http import HOLDER

pytestmark = pytest.mark.shared_data

CLERK = "clerk_tongshan"


@pytest.fixture(scope="module")
def survey(empty_city, shared_data):
    """The real file, checked, accepted and registered through the HTTP interface."""
    path = shared_data / "soA_history_moved_to_xianning.gpkg.zip"
    surveyor = empty_city.as_user("surveyor")
    fields = {
        "project_code": "REAL-2014",
        "source_layer": "parcels_2014_03",
        "layer": "use_surface",
        "kind": "initial_load",
        "effective_on": "2014-03-31",
    }
    with path.open("rb") as file:
        sent = surveyor.call(
            "POST", "/api/v1/surveys", expect=202, files={"file": (path.name, file)}, data=fields
        ).json()
    address = f"/api/v1/surveys/{sent['id']}"
    checked = wait_for(
        lambda: surveyor.get(address), lambda found: found["status"] in {"checked", "failed"}, seconds=180
    )
    assert checked["status"] == "checked", checked
    surveyor.post(f"{address}/submit")
    empty_city.as_user("reviewer").post(f"{address}/decision", {"decision": "accept", "comment": "实测成果"})
    return wait_for(lambda: surveyor.get(address), lambda found: found["status"] == "registered", seconds=180)


@pytest.fixture(scope="module")
def parcel(empty_city, survey):
    """A registered parcel that lies well inside its county."""
    public = empty_city.as_public()
    for feature in public.get("/api/v1/parcels?limit=200&county=421281")["features"]:
        place = public.post("/api/v1/locate", {"parcel_code": feature["properties"]["parcel_code"]})
        if place["decided"] and place["distance_to_line_m"] > 300:
            return feature["properties"]
    return pytest.fail("no parcel inside its county")


def test_the_real_file_is_registered_with_its_known_faults(survey):
    assert survey["status"] == "registered"
    assert survey["counts"]["features"] == 9615
    assert survey["counts"]["errors"] == 0
    assert survey["counts"]["warnings"] > 208


def test_a_fee_on_a_real_parcel_reaches_its_county(empty_city, parcel):
    clerk = empty_city.as_user(CLERK)
    entry = clerk.get("/api/v1/handbook/land_use_first")
    needed = [one for one in entry["materials"] if not one.get("required_when")]
    case = clerk.post(
        "/api/v1/cases",
        {
            "type_code": "land_use_first",
            "unit_codes": [parcel["unit_code"]],
            "applicants": [HOLDER],
            "materials": [{"code": one["code"], "copies": 1} for one in needed],
        },
    )
    assert (case["decide_office"], case["county_code"]) == ("chibi", "421281")
    order = clerk.post(f"/api/v1/cases/{case['case_no']}/orders")
    pay(empty_city, CLERK, order)
    day = close_day(empty_city, START.date(), now=True)
    confirmed = {
        row["county_code"]: row["confirmed_fen"] for row in day["counties"] if row["kind"] == "nontax"
    }
    assert confirmed["421281"] == order["amount_fen"] == 55_000
    assert sum(confirmed.values()) == 55_000
