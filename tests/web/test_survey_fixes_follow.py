"""Points and lines of a bundle follow an accepted fix: into the next check and into the register."""

import geopandas as gpd
from shapely.geometry import LineString, Point, Polygon, box

from data.access.records import SYSTEM
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT
from tests.web.survey_people import work
from tests.web.test_survey_fixes import findings, fix

CODES = [f"{SUBDISTRICT}GB{number:05d}" for number in (1, 2)]
# The second's north-west corner lies 3 cm below the first's north-east one.
RINGS = [[(0, 30), (20, 30), (20, 0), (0, 0)], [(20, 29.97), (40, 30), (40, 0), (20, 0)]]
RULES = ("T20", "T21", "T22", "T23")


def layers(path):
    places = [[Point(EAST + east, NORTH + north) for east, north in ring] for ring in RINGS]
    points, sides = [], []
    for code, ring in zip(CODES, places, strict=True):
        for number, (start, end) in enumerate(zip(ring, [*ring[1:], ring[0]], strict=True), 1):
            points.append(({"ZDZHDM": code, "JZDH": f"J{number}", "SXH": number}, start))
            sides.append(({"ZDZHDM": code, "JZXCD": round(start.distance(end), 2)}, LineString([start, end])))
    tables = {
        "ZD": [({"ZDDM": code}, Polygon(ring)) for code, ring in zip(CODES, places, strict=True)],
        "subdistricts": [({"djzqdm": SUBDISTRICT}, box(EAST - 500, NORTH - 500, EAST + 900, NORTH + 900))],
        "JZD": points,
        "JZX": sides,
    }
    for name, members in tables.items():
        rows, shapes = zip(*members, strict=True)
        frame = gpd.GeoDataFrame(list(rows), geometry=list(shapes), crs="EPSG:4547")
        frame.to_file(path, layer=name, mode="w" if name == "ZD" else "a")
    return path.read_bytes()


def results(city, survey_id):
    run = city.get(f"/surveys/{survey_id}")["run"]
    return [rule["result"] for name in RULES for rule in run["rules"] if rule["rule_id"] == name]


def query(city, text, *values):
    with city.db.transaction(SYSTEM) as conn:
        return conn.execute(text, list(values)).fetchall()


def test_points_and_lines_follow_the_corner_that_a_fix_moves(city):
    order = {"project_code": "P1", "kind": "initial_load", "source_layer": "ZD"}
    survey_id = city.send(layers(city.tmp_path / "a.gpkg"), **order).json["id"]
    work(city.app)
    assert results(city, survey_id) == ["passed"] * 4
    survey = city.get(f"/surveys/{survey_id}")
    loose = findings(city, survey, "T12")
    codes = {row["properties"]["fix_facts"]["code"] for row in loose}
    assert codes == {"snap_point"}
    fix(city, survey, loose)
    work(city.app)
    assert findings(city, survey, "T12") == []
    assert results(city, survey_id) == ["passed"] * 4
    # What was sent is kept as it was sent.
    sent = "SELECT st_y(geom) FROM spatial.survey_object WHERE survey_id = %s AND kind = 'JZD'"
    assert [round(north - NORTH, 3) for (north,) in query(city, f"{sent} AND object_no = 2", survey_id)] == [
        30
    ]
    city.post(f"/surveys/{survey_id}/submit")
    answer = city.post(f"/surveys/{survey_id}/decision", {"decision": "accept"}, "reviewer")
    assert answer["status"] == "registered"
    north_east = city.get(f"/parcels/{CODES[0]}/points?crs=EPSG:4547")["points"][1]
    assert north_east["shared_with"] == [CODES[1]]
    (corner,) = {
        tuple(place)
        for place in city.get(f"/parcels/{CODES[0]}?crs=EPSG:4547")["geometry"]["coordinates"][0]
        if place[0] > EAST + 10 and place[1] > NORTH + 15
    }
    assert tuple(north_east["geometry"]["coordinates"]) == corner
