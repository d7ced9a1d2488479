"""Points, lines, buildings and flats that come with parcels: from the file to the register's answers."""

from urllib.parse import quote

import geopandas as gpd
from shapely.geometry import LineString, Point, box

from data.access.records import SYSTEM
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT

PARCELS = [f"{SUBDISTRICT}GB{number:05d}" for number in (1, 2)]
BUILDING = f"{PARCELS[0]}F0001"
FLATS = [f"{BUILDING}000{number}" for number in (1, 2)]
PREDICTED = {"YCJZMJ": 100.0, "YCTNJZMJ": 80.0, "YCFTJZMJ": 20.0}
MEASURED = {"SCJZMJ": 101.5, "SCTNJZMJ": 81.0, "SCFTJZMJ": 20.5}
# Of ZD the corners clockwise from the north-west.
CORNERS = [(0, 30), (20, 30), (20, 0), (0, 0)]


def ring(column):
    return [Point(EAST + 20 * column + east, NORTH + north) for east, north in CORNERS]


def frame(rows, shapes):
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4547")


def bundle(path, areas, *, flats=FLATS, points=2):
    """Write ZD, JZD, JZX, ZRZ and H as layers of one GeoPackage."""
    path.unlink(missing_ok=True)
    shapes = [box(EAST + 20 * n, NORTH, EAST + 20 * (n + 1), NORTH + 30) for n in range(2)]
    frame([{"ZDDM": code, "ZDMJ": 600.0} for code in PARCELS], shapes).to_file(path, layer="ZD")
    around = box(EAST - 500, NORTH - 500, EAST + 900, NORTH + 900)
    frame([{"djzqdm": SUBDISTRICT}], [around]).to_file(path, layer="subdistricts", mode="a")
    points_, lines = [], []
    for column, code in enumerate(PARCELS[:points]):
        corners = ring(column)
        points_ += [
            ({"ZDZHDM": code, "JZDH": f"J{at}", "SXH": at, "JBLX": "1", "JZDLX": "1", "JDDJ": "一级"}, corner)
            for at, corner in enumerate(corners, 1)
        ]
        sides = zip(corners, [*corners[1:], corners[0]], strict=True)
        lines += [
            ({"ZDZHDM": code, "JZXCD": a.distance(b), "JZXLB": "1", "JZXWZ": "2"}, LineString([a, b]))
            for a, b in sides
        ]
    for name, members in (("JZD", points_), ("JZX", lines)):
        if members:
            rows, places = zip(*members, strict=True)
            frame(list(rows), list(places)).to_file(path, layer=name, mode="a")
    whole = {key: value * len(flats) for key, value in areas.items() if key in {"YCJZMJ", "SCJZMJ"}}
    row = {"ZRZH": BUILDING, "ZDDM": PARCELS[0], "DSCS": 2, "FWJG": "3", "JZWMC": "一号楼", **whole}
    frame([row], [box(EAST + 5, NORTH + 5, EAST + 15, NORTH + 15)]).to_file(path, layer="ZRZ", mode="a")
    plain = {"ZRZH": BUILDING, "CH": 1, "FWYT1": "11", "FTTDMJ": 100.0, "ZL": "永安大道1号"}
    table = [plain | {"BDCDYH": code, "SHBW": code[-3:], **areas} for code in flats]
    frame(table, [None] * len(table)).to_file(path, layer="H", mode="a")
    return path.read_bytes()


def checked(city, areas, **more):
    from tests.web.survey_people import work

    form = {key: more.pop(key) for key in list(more) if key in {"project_code", "kind", "effective_on"}}
    data = bundle(city.tmp_path / "bundle.gpkg", areas, **more)
    order = {"project_code": "P1", "kind": "initial_load", "source_layer": "ZD", **form}
    survey_id = city.send(data, "bundle.gpkg", **order).json["id"]
    work(city.app)
    return city.get(f"/surveys/{survey_id}")


def registered(city, areas, **more):
    survey = checked(city, areas, **more)
    findings = city.get(f"/surveys/{survey['id']}/findings")["features"]
    errors = [one["properties"] for one in findings if one["properties"]["severity"] == "error"]
    assert errors == []
    city.post(f"/surveys/{survey['id']}/submit")
    answer = city.post(f"/surveys/{survey['id']}/decision", {"decision": "accept"}, "reviewer")
    assert answer["status"] == "registered"
    return survey


def rows(city, query):
    with city.db.transaction(SYSTEM) as conn:
        return conn.execute(query).fetchall()


def test_points_lines_buildings_and_flats_become_part_of_the_register(city):
    survey = registered(city, PREDICTED)
    assert survey["objects"] == {"H": 2, "JZD": 8, "JZX": 8, "ZRZ": 1}
    run = {rule["rule_id"]: rule["result"] for rule in survey["run"]["rules"]}
    assert [run[rule] for rule in ("T20", "T21", "T22", "T23", "T36", "T37", "T38", "T42")] == ["passed"] * 8
    # Eight corners of two neighbours are six places.
    assert rows(city, "SELECT count(*) FROM spatial.boundary_point") == [(6,)]
    assert rows(city, "SELECT count(*) FROM spatial.boundary_line") == [(8,)]
    points = city.get(f"/parcels/{PARCELS[0]}/points?crs=EPSG:4547")
    assert points["surveyed"]
    assert [(point["point_no"], point["accuracy_class"]) for point in points["points"]] == [
        (f"J{number}", 1) for number in range(1, 5)
    ]
    assert points["points"][1]["geometry"]["coordinates"] == [EAST + 20, NORTH + 30]
    assert [point["shared_with"] for point in points["points"]] == [[], [PARCELS[1]], [PARCELS[1]], []]
    assert [line["length_m"] for line in points["lines"]] == [20, 30, 20, 30]


def test_a_measurement_ends_the_prediction_and_both_stay_readable(city):
    first = registered(city, PREDICTED, effective_on="2026-01-01")
    second = registered(city, MEASURED, project_code="P2", kind="correction", effective_on="2026-06-01")
    (before,) = city.get(f"/parcels/{PARCELS[0]}/buildings?at=2026-05-31")["items"]
    (after,) = city.get(f"/parcels/{PARCELS[0]}/buildings?at=2026-06-01")["items"]
    assert (before["predicted_area_m2"], before["measured_area_m2"]) == (200, None)
    assert (after["predicted_area_m2"], after["measured_area_m2"]) == (200, 203)
    old, new = before["units"][0], after["units"][0]
    assert (old["stage"], old["predicted_area_m2"], old["measured_area_m2"]) == ("predicted", 100, None)
    assert (new["stage"], new["predicted_area_m2"], new["measured_area_m2"]) == ("measured", 100, 101.5)
    assert (new["inside_area_m2"], new["predicted_inside_area_m2"]) == (81, 80)
    history = city.get(f"/units/{FLATS[0]}", "reviewer")["area_history"]
    said = [(one["measured_area_m2"], one["valid_to"], one["survey_id"]) for one in history]
    # First said without end, then ended by the measurement; nothing is gone.
    assert said == [
        (None, None, first["id"]),
        (None, "2026-06-01", first["id"]),
        (101.5, None, second["id"]),
    ]
    assert [one["known_to"] is None for one in history] == [False, True, True]
    instant = quote(history[0]["known_from"])
    (then,) = city.get(f"/parcels/{PARCELS[0]}/buildings?at=2026-07-01&known_at={instant}")["items"]
    assert [unit["stage"] for unit in then["units"]] == ["predicted", "predicted"]
    assert city.get(f"/parcels/{PARCELS[0]}")["properties"]["buildings"][0]["measured_area_m2"] == 203


def test_a_flat_without_a_building_and_a_corner_without_a_point_are_found_with_their_place(city):
    survey = checked(city, PREDICTED, flats=[*FLATS, f"{PARCELS[1]}F00010001"], points=1)
    found = city.get(f"/surveys/{survey['id']}/findings")["features"]
    errors = [one for one in found if one["properties"]["severity"] == "error"]
    told = sorted((one["properties"]["rule_id"], one["properties"]["code"]) for one in errors)
    assert told == [("T20", "T20_no_points"), ("T42", "T42_other_building")]
    assert all(one["geometry"] for one in errors)
    city.post(f"/surveys/{survey['id']}/submit", expect=409)


def test_what_the_register_cannot_hold_is_refused_even_if_waived_and_nothing_stays(city):
    survey = checked(city, PREDICTED, flats=[*FLATS, "X"])
    found = city.get(f"/surveys/{survey['id']}/findings")["features"]
    errors = [one["id"] for one in found if one["properties"]["severity"] == "error"]
    waivers = [{"finding_id": number, "reason": "试"} for number in errors]
    body = {"decision": "accept", "waivers": waivers}
    answer = city.post(f"/surveys/{survey['id']}/decision", body, "reviewer", expect=409)
    assert answer["code"] == "survey_unregistrable"
    for table in ("parcel_version", "building_version", "boundary_point"):
        assert rows(city, f"SELECT count(*) FROM spatial.{table}") == [(0,)]


def test_a_parcel_without_surveyed_points_shows_the_corners_of_its_shape(city):
    registered(city, PREDICTED, points=0)
    points = city.get(f"/parcels/{PARCELS[0]}/points")
    assert not points["surveyed"]
    assert [(point["point_no"], point["accuracy_class"]) for point in points["points"]] == [
        (f"J{number}", None) for number in range(1, 5)
    ]


def test_points_of_a_known_shape_come_later_and_describe_it(city):
    registered(city, PREDICTED, points=0)
    registered(city, PREDICTED, project_code="P2", kind="correction")
    assert city.get(f"/parcels/{PARCELS[0]}/points")["surveyed"]
    # The same shape and areas said again make no new version.
    assert rows(city, "SELECT count(*) FROM spatial.building_unit_version") == [(2,)]


def test_an_export_hands_the_objects_out_again(city, tmp_path):
    survey = registered(city, PREDICTED)
    answer = city.client.get(
        f"/api/v1/surveys/{survey['id']}/export?format=gpkg", headers=city.as_("surveyor")
    )
    path = tmp_path / "out.gpkg"
    path.write_bytes(answer.data)
    rows_of = {name: len(gpd.read_file(path, layer=name)) for name in ("JZD", "JZX", "ZRZ", "H")}
    assert rows_of == {"JZD": 8, "JZX": 8, "ZRZ": 1, "H": 2}
