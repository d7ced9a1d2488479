"""Layers beside the use rights: contracted plots and forest stands by the one upload path, and disputes."""

import geopandas as gpd
from shapely.geometry import box

from data.access.records import SYSTEM
from spatial.boundaries.service import land_of
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT

FARM = f"{SUBDISTRICT}JD00001"
WOODS = [f"{SUBDISTRICT}JE0000{number}" for number in (1, 2)]
PLOT = f"{SUBDISTRICT}0100001"


def plain(rows, east=0.0, size=20.0):
    shapes = [
        box(EAST + east + size * n, NORTH, EAST + east + size * (n + 1), NORTH + 30) for n in range(len(rows))
    ]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4547")


def land(city, code):
    with city.db.transaction(SYSTEM) as conn:
        return land_of(conn, code)


def test_contracted_land_keeps_its_plot_code_and_both_areas(city):
    survey = city.registered(
        plain([{"ZDDM": FARM, "DKBM": PLOT, "HTMJ": 580.0, "SCMJ": 600.0}]), layer="contract"
    )
    assert survey["objects"] == {"DK": 1}
    ((plot,), stands) = land(city, FARM)
    assert (plot.plot_code, float(plot.contract_area_m2), float(plot.measured_area_m2)) == (
        PLOT,
        580.0,
        600.0,
    )
    assert stands == []


def test_a_plot_code_in_the_place_of_a_parcel_code_is_named_as_such(city):
    survey = city.checked(plain([{"ZDDM": PLOT}]), layer="contract")
    (error,) = [
        one["properties"]
        for one in city.get(f"/surveys/{survey['id']}/findings")["features"]
        if one["properties"]["rule_id"] == "T30"
    ]
    assert error["code"] == "T30_plot_code"


def test_stands_and_forest_parcels_are_many_to_many(city):
    rows = [{"ZDDM": WOODS[0], "LB": "3", "XB": "12、13"}, {"ZDDM": WOODS[1], "LB": "3", "XB": "13"}]
    city.registered(plain(rows), layer="forest")
    named = [[(stand.compartment, stand.stand_no) for stand in land(city, code)[1]] for code in WOODS]
    assert named == [[("3", "12"), ("3", "13")], [("3", "13")]]
    with city.db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM spatial.forest_stand").fetchone() == (2,)


def test_contract_over_a_use_right_is_a_dispute_that_is_not_solved(city):
    city.registered(plain([{"ZDDM": f"{SUBDISTRICT}JC00001"}]))
    survey = city.registered(plain([{"ZDDM": FARM}], east=15.0), layer="contract", project_code="P2")
    (found,) = [
        one
        for one in city.get(f"/surveys/{survey['id']}/findings")["features"]
        if one["properties"]["rule_id"] == "layer_pair"
    ]
    assert (found["properties"]["severity"], found["properties"]["measured"]) == ("warning", 150.0)
    assert found["properties"]["other_id"] == f"{SUBDISTRICT}JC00001"
    assert found["geometry"]["type"] == "MultiPolygon"
    areas = {code: city.get(f"/parcels/{code}")["properties"]["calculated_area_m2"] for code in (FARM,)}
    assert areas == {FARM: 600}


def test_use_rights_inside_collective_land_pass_and_outside_are_a_warning(city):
    city.registered(plain([{"ZDDM": f"{SUBDISTRICT}JA00001"}], size=100.0), layer="collective")
    rows = [{"ZDDM": f"{SUBDISTRICT}JC0000{number}"} for number in (1, 2)]
    survey = city.registered(plain(rows, east=65.0), project_code="P2")
    found = city.get(f"/surveys/{survey['id']}/findings")["features"]
    told = [(one["properties"]["rule_id"], one["properties"]["measured"]) for one in found]
    assert ("inside_ownership", 150.0) in told
    assert "layer_pair" not in {rule for rule, _ in told}
