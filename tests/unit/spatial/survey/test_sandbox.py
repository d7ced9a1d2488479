"""The child process: what it reads, what it refuses, and that its death is no death of ours."""

import http.server
import json
import sqlite3
import threading
import zipfile
from dataclasses import replace

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from spatial.survey.readers.drivers import DRIVER_OF, HARMLESS, KNOWN
from spatial.survey.readers.limits import UPLOAD
from spatial.survey.readers.records import Asked, Unreadable
from spatial.survey.readers.sandbox import read_file

E, N = 530_000.0, 3_300_000.0
FRAME = gpd.GeoDataFrame(
    {"权利人": ["甲", "乙"], "ZDMJ": [400.0, 400.0]},
    geometry=[box(E, N, E + 20, N + 20), box(E + 20, N, E + 40, N + 20)],
    crs="EPSG:4547",
)


def refused(path, name=None, asked=Asked(), limits=UPLOAD):  # noqa: B008  an immutable value
    with pytest.raises(Unreadable) as error:
        read_file(path, name or path.name, asked, limits)
    return error.value.code, error.value.reason


def package(tmp_path, frame=FRAME, **options):
    path = tmp_path / "a.gpkg"
    frame.to_file(path, layer="zd", driver="GPKG", **options)
    return path


def shapefile(tmp_path, *, encoding="gb18030", drop=(), cpg=True):
    folder = tmp_path / "shp"
    folder.mkdir(exist_ok=True)
    FRAME.to_file(folder / "zd.shp", driver="ESRI Shapefile", encoding=encoding)
    if not cpg:
        (folder / "zd.cpg").unlink()
    path = tmp_path / "zd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member in sorted(folder.iterdir()):
            if member.suffix not in drop:
                archive.write(member, member.name)
    return path


def test_a_geopackage_is_read_in_metres(tmp_path):
    content = read_file(package(tmp_path), "a.gpkg", Asked())
    assert [geom.area for geom in content.geoms] == [400.0, 400.0]
    assert content.rows[0] == {"权利人": "甲", "ZDMJ": 400.0}
    assert content.source.epsg == 4547


@pytest.mark.parametrize(("encoding", "cpg"), [("gb18030", True), ("gb18030", False), ("utf-8", False)])
def test_a_shapefile_keeps_its_chinese(tmp_path, encoding, cpg):
    content = read_file(shapefile(tmp_path, encoding=encoding, cpg=cpg), "zd.zip", Asked())
    assert [row["权利人"] for row in content.rows] == ["甲", "乙"]


@pytest.mark.parametrize("member", [".shx", ".dbf"])
def test_a_shapefile_needs_its_members(tmp_path, member):
    assert refused(shapefile(tmp_path, drop=(member,))) == ("unreadable_file", "shp_member_missing")


def test_a_shapefile_without_prj_needs_a_word_of_the_sender(tmp_path):
    path = shapefile(tmp_path, drop=(".prj",))
    assert refused(path) == ("crs_missing", "shp_without_prj")
    assert read_file(path, path.name, Asked(crs="EPSG:4547")).source.epsg == 4547


def test_file_and_sender_must_agree(tmp_path):
    path = package(tmp_path)
    assert refused(path, asked=Asked(crs="EPSG:4490")) == ("crs_contradicted", "crs_two_words")


def test_other_datums_and_projections_are_refused_by_name(tmp_path):
    assert refused(package(tmp_path, FRAME.set_crs(2383, allow_override=True)))[0] == "datum_refused"
    other = tmp_path / "utm"
    other.mkdir()
    assert refused(package(other, FRAME.to_crs(32649))) == ("crs_contradicted", "projection_unsupported")


def test_degrees_in_a_plane_system_are_contradicted(tmp_path):
    path = package(tmp_path, FRAME.to_crs(4490).set_crs(4547, allow_override=True))
    assert refused(path) == ("crs_contradicted", "units_disagree")


def test_zone_38_is_brought_to_the_plane(tmp_path):
    content = read_file(package(tmp_path, FRAME.to_crs(4526)), "a.gpkg", Asked())
    assert content.geoms[0].bounds == (E, N, E + 20, N + 20)


def test_points_are_the_wrong_type(tmp_path):
    points = gpd.GeoDataFrame(geometry=[Point(E, N)], crs="EPSG:4547")
    assert refused(package(tmp_path, points))[0] == "wrong_type"


def test_several_layers_need_a_choice(tmp_path):
    path = package(tmp_path)
    FRAME.to_file(path, layer="zd2", driver="GPKG", mode="a")
    assert refused(path)[0] == "source_layer_unknown"
    assert len(read_file(path, path.name, Asked(source_layer="zd2")).geoms) == 2


def test_a_geopackage_with_code_is_refused_and_its_code_not_run(tmp_path):
    path = package(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIEW v AS SELECT 1")
    connection.close()
    assert refused(path) == ("unreadable_file", "gpkg_code")


@pytest.mark.parametrize(
    "name",
    ["a.gpkg", "a.geojson", "a.txt", "a.zip", "a.fgb", "a.csv", "a.xlsx", "a.dxf", "a.parquet"],
)
def test_a_virtual_layer_reads_nothing_and_asks_nobody(tmp_path, name):
    hits = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815  the name the server calls

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"/vsicurl/http://127.0.0.1:{server.server_port}/x.gpkg"
        text = (
            f"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>{address}</SrcDataSource></OGRVRTLayer>"
        )
        path = tmp_path / name
        path.write_text(text + "</OGRVRTDataSource>")
        assert refused(path) == ("wrong_type", "markup_refused")
        inside = tmp_path / "inside.zip"
        with zipfile.ZipFile(inside, "w", zipfile.ZIP_DEFLATED) as archive:
            for suffix in ("shp", "shx", "dbf"):
                archive.writestr(f"a.{suffix}", text * 3)
        assert refused(inside)[0] == "unreadable_file"
        for member in ("a.gdb/a00000001.gdbtable", "a.fgb", "a.gpkg"):
            with zipfile.ZipFile(inside, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(member, text * 3)
            assert refused(inside)[0] == "unreadable_file"
        assert hits == []
    finally:
        server.shutdown()
        server.server_close()


def test_only_the_needed_driver_is_left():
    import pyogrio

    assert set(pyogrio.list_drivers()) <= set(KNOWN) | HARMLESS
    assert set(DRIVER_OF.values()) <= set(KNOWN)


def test_a_child_that_takes_too_long_is_ended(tmp_path):
    assert refused(package(tmp_path), limits=replace(UPLOAD, wall_s=0)) == (
        "unreadable_file",
        "reading_too_long",
    )


def test_a_child_without_memory_is_an_unreadable_file(tmp_path):
    code, _ = refused(package(tmp_path), limits=replace(UPLOAD, memory_bytes=60 * 1024 * 1024))
    assert code in {"unreadable_file", "too_large"}


def test_a_file_over_the_limit_is_not_read(tmp_path):
    assert refused(package(tmp_path), limits=replace(UPLOAD, file_bytes=10)) == ("too_large", "file_large")


def test_too_many_features_are_refused(tmp_path):
    assert refused(package(tmp_path), limits=replace(UPLOAD, features=1)) == (
        "too_large",
        "too_many_features",
    )


def geojson(tmp_path, geometry, **more):
    body = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": geometry}],
    }
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(body | more))
    return path


RING = [[114.32, 29.84], [114.33, 29.84], [114.33, 29.85], [114.32, 29.84]]


def test_geojson_without_crs_is_in_degrees(tmp_path):
    content = read_file(geojson(tmp_path, {"type": "Polygon", "coordinates": [RING]}), "a.geojson", Asked())
    assert content.source.epsg == 4326
    assert content.geoms[0].bounds[0] == pytest.approx(530_925.1, abs=0.1)


@pytest.mark.parametrize(
    ("coordinates", "fault"),
    [
        ([RING[:3]], "ring_short"),
        ([[*RING[:3], [114.4, 29.9]]], "ring_open"),
        ([[["a", 1]] * 4], "geometry_unreadable"),
    ],
)
def test_a_bad_ring_is_a_fault_of_its_feature(tmp_path, coordinates, fault):
    path = geojson(tmp_path, {"type": "Polygon", "coordinates": coordinates})
    body = json.loads(path.read_text())
    body["features"].append(
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [RING]}}
    )
    path.write_text(json.dumps(body))
    assert read_file(path, path.name, Asked()).faults == {1: fault}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too_deep"),
        ('{"type": "FeatureCollection", "features": [NaN]}', "geometry_not_finite"),
        ('{"type": "FeatureCollection", "features": []}', "unreadable_file"),
        ('{"type": "Topology"}', "wrong_type"),
        ('{"a": ', "unreadable_file"),
        ("", "unreadable_file"),
        ('{"type": "FeatureCollection", "features": [{"n": ' + "9" * 5_000 + "}]}", "geometry_not_finite"),
    ],
)
def test_json_that_is_no_collection_is_refused(tmp_path, text, code):
    path = tmp_path / "a.geojson"
    path.write_text(text)
    assert refused(path)[0] == code


def with_a_good_one(tmp_path, geometry):
    path = geojson(tmp_path, geometry)
    body = json.loads(path.read_text())
    good = {"type": "Polygon", "coordinates": [RING]}
    body["features"] += [{"type": "Feature", "properties": {}, "geometry": good}] * 3
    path.write_text(json.dumps(body))
    return path


def test_a_type_that_is_no_word_is_a_fault_of_its_feature(tmp_path):
    path = with_a_good_one(tmp_path, {"type": ["Polygon"], "coordinates": [RING]})
    assert read_file(path, path.name, Asked()).faults == {1: "not_a_polygon"}


def test_a_number_that_nothing_can_be_measured_with_is_refused(tmp_path):
    ring = [[1e300, 29.84], *RING[1:3], [1e300, 29.84]]
    path = with_a_good_one(tmp_path, {"type": "Polygon", "coordinates": [ring]})
    assert refused(path) == ("geometry_not_finite", "coordinate_beyond")


def test_a_heap_of_shapes_is_refused_before_they_are_compared(tmp_path):
    heap = gpd.GeoDataFrame(geometry=[box(E, N, E + 20, N + 20)] * 500, crs="EPSG:4547")
    assert refused(package(tmp_path, heap)) == ("too_large", "too_crowded")
    row = gpd.GeoDataFrame(
        geometry=[box(E + 20 * n, N, E + 20 * n + 20, N + 20) for n in range(500)], crs="EPSG:4547"
    )
    (tmp_path / "a.gpkg").unlink()
    path = package(tmp_path, row)
    assert len(read_file(path, path.name, Asked()).geoms) == 500
