"""Texts and numbers that JSON can hold and PostgreSQL cannot: they are taken out, or the file is refused."""

import json

import pytest

from tests.web.survey_city import SUBDISTRICT
from tests.web.survey_people import work

RING = [[114.7, 29.52], [114.701, 29.52], [114.701, 29.521], [114.7, 29.521], [114.7, 29.52]]
LONE = "\ud800"


def geojson(properties=None, **members):
    feature = {
        "type": "Feature",
        "properties": {"zddm": f"{SUBDISTRICT}GB00001", **(properties or {})},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature], **members})


def crs(name):
    return {"crs": {"type": "name", "properties": {"name": name}}}


@pytest.mark.parametrize(
    "text",
    [
        geojson({"zl": "a\0b"}),
        geojson({"zl": f"a{LONE}b"}),
        geojson({f"z\0{LONE}": 1}),
        geojson({"deep": {"x\0": [f"{LONE}"]}}),
        geojson(name="a\0b"),
        geojson(name=f"a{LONE}b"),
        geojson(**crs("urn:ogc:def:crs:EPSG::4490\0")),
        geojson({"ZDMJ": "BIG"}).replace('"BIG"', "1e999"),
        geojson({"other": "BIG"}).replace('"BIG"', "-1e999"),
        geojson({"deep": {"x": ["BIG"]}}).replace('"BIG"', "1e999"),
    ],
)
def test_what_the_database_cannot_hold_is_taken_out(city, text):
    survey_id = city.send(text.encode(), "a.geojson", project_code="P1").json["id"]
    work(city.app)
    assert city.get(f"/surveys/{survey_id}")["status"] == "checked"
    (feature,) = city.get(f"/surveys/{survey_id}/features")["features"]
    assert feature["properties"]["parcel_code"] == f"{SUBDISTRICT}GB00001"


@pytest.mark.parametrize("name", ["EPSG:\0", f"EPSG:{LONE}"])
def test_a_refusal_can_always_be_told(city, name):
    answer = city.send(geojson(**crs(name)).encode(), "a.geojson", project_code="P1", expect=422)
    assert answer.json["code"] == "crs_missing"
    assert answer.json["errors"][0]["message"]
