"""What the writers write, the readers read back: shapes, codes, tables, manifest."""

import json
import math
import sqlite3
import zipfile
from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from spatial.survey.readers.records import Asked, ObjectTable
from spatial.survey.readers.sandbox import read_file
from spatial.survey.readers.text_content import text_content
from spatial.survey.records import Features
from spatial.survey.writers.boundary_txt import boundary_text
from spatial.survey.writers.bundle import NOT_STATED, TEXT, bundle, geopackage_bytes
from spatial.survey.writers.records import Result
from spatial.survey.writers.samples import COLUMNS, SAMPLES, sample

E, N = 572_000.0, 3_268_000.0
CODE = "421224001001GB00001"


def array(geoms):
    made = np.full(len(geoms), None, dtype=object)
    made[:] = geoms
    return made


def result(geoms, *, rows=(), objects=None, declared=None, address=None, manifest=None, codes=None):
    count = len(geoms)
    parcels = Features(
        geoms=array(geoms),
        codes=codes or [f"421224001001GB{at + 1:05d}" for at in range(count)],
        unit_codes=[None] * count,
        declared_m2=declared or [None] * count,
        resolution_m2=[None] * count,
        land_use=["住宅"] * count,
        address=address or [None] * count,
        rows=list(rows),
    )
    return Result(parcels, objects or {}, date(2026, 5, 6), "某队", manifest or {})


def same(first, second, within=0.0005):
    return shapely.equals_exact(shapely.normalize(first), shapely.normalize(second), within)


@st.composite
def parcels(draw):
    """A parcel of up to three separate stars around a place, each perhaps with a hole; 1 mm grid."""
    parts = []
    for at in range(draw(st.integers(1, 3))):
        corners = draw(st.integers(3, 12))
        radii = draw(st.lists(st.integers(10_000, 30_000), min_size=corners, max_size=corners))
        turn = draw(st.floats(0, 1))
        centre = E + 100 * at, N + draw(st.integers(-50, 50))

        def ring(share, centre=centre, radii=radii, turn=turn):
            angles = [2 * math.pi * (k + turn) / len(radii) for k in range(len(radii))]
            return [
                (
                    round(centre[0] + share * r / 1000 * math.cos(a), 3),
                    round(centre[1] + share * r / 1000 * math.sin(a), 3),
                )
                for a, r in zip(angles, radii, strict=True)
            ]

        parts.append(Polygon(ring(1), [ring(0.4)] if draw(st.booleans()) else []))
    return MultiPolygon(parts)


@settings(max_examples=150, deadline=None)
@given(st.lists(parcels(), min_size=1, max_size=4), st.sampled_from(["utf-8", "gb18030"]))
def test_a_text_read_back_is_what_was_written_within_half_a_millimetre(geoms, encoding):
    written = result(geoms)
    content = text_content(boundary_text(written, encoding=encoding), Asked())
    assert [row["zddm"] for row in content.rows] == written.parcels.codes
    assert all(same(read, geom) for read, geom in zip(content.geoms, geoms, strict=True))
    assert [note for note in content.notes if note.severity == "warning"] == []


def test_the_count_of_a_head_is_its_rows_and_lines_end_with_cr_lf():
    text = boundary_text(result([MultiPolygon([box(E, N, E + 20, N + 30)])])).decode()
    head = next(line for line in text.split("\r\n") if line.endswith("@"))
    assert head == f"5,0.0600,{CODE},{CODE},面,,住宅,,@"
    assert text.count("\n") == text.count("\r\n")
    assert f"J1,1,{N + 30:.3f},{E + 38e6:.3f}\r\n" in text


@pytest.mark.parametrize("word", ["甲,乙@", "甲，乙＠", "甲\r\n[地块坐标]\r\n1,1,1,1", "甲\u2028乙"])
def test_no_word_of_a_parcel_can_break_the_text(word):
    geoms = [MultiPolygon([box(E, N, E + 20, N + 30)])] * 2
    content = text_content(boundary_text(result(geoms, address=[word, None])), Asked())
    assert [geom.area for geom in content.geoms] == [600.0, 600.0]


OBJECTS = {
    "JZD": ObjectTable(array([Point(E, N), None]), [{"JZDH": "J1", "SXH": 1}, {"JZDH": "J2", "SXH": 2}]),
    "H": ObjectTable(
        array([None, None]), [{"BDCDYH": "甲", "SCJZMJ": 88.5}, {"BDCDYH": None, "SCJZMJ": None}]
    ),
}
ROWS = [
    {"zddm": "old", "权利人": "甲", "fid": 7, "flag": True, "list": [1, 2], "A": 1, "a": "x", "big": 2**70},
    {},
]


def test_a_geopackage_read_back_has_shapes_attributes_and_tables(tmp_path):
    geoms = [MultiPolygon([box(E, N, E + 20, N + 30)]), MultiPolygon([box(E + 20, N, E + 40, N + 30)])]
    path = tmp_path / "a.gpkg"
    path.write_bytes(geopackage_bytes(result(geoms, rows=ROWS, objects=OBJECTS, declared=[600.0, None])))
    content = read_file(path, path.name, Asked())
    assert all(same(read, geom) for read, geom in zip(content.geoms, geoms, strict=True))
    first = content.rows[0]
    assert (first["ZDDM"], first["ZDMJ"], first["权利人"], first["list"]) == (CODE, 600.0, "甲", "[1, 2]")
    assert [key for key in first if key.lower().startswith("zddm")] == ["ZDDM"]
    assert {"A", "a_", "fid_"} <= first.keys()
    assert set(content.objects) == {"JZD", "H"}
    assert [None if geom is None else geom.wkt for geom in content.objects["JZD"].geoms] == [
        Point(E, N).wkt,
        None,
    ]
    assert content.objects["H"].rows == [{"BDCDYH": "甲", "SCJZMJ": 88.5}, {"BDCDYH": None, "SCJZMJ": None}]


def test_a_parcel_without_a_shape_stays_a_row_of_the_package_and_is_no_plot(tmp_path):
    written = result([MultiPolygon([box(E, N, E + 20, N + 30)]), None])
    path = tmp_path / "a.gpkg"
    path.write_bytes(geopackage_bytes(written))
    assert read_file(path, path.name, Asked()).faults == {2: "geometry_absent"}
    assert len(text_content(boundary_text(written), Asked()).geoms) == 1


def test_a_bundle_read_back_states_what_it_knows_and_no_more(tmp_path):
    path = tmp_path / "a.zip"
    known = {"project_code": "XN-1", "survey_unit": "某队", "items": ["地籍调查"], "previous_version": "1"}
    path.write_bytes(
        bundle(result([MultiPolygon([box(E, N, E + 20, N + 30)])], objects=OBJECTS, manifest=known))
    )
    content = read_file(path, path.name, Asked())
    manifest = content.manifest
    assert (manifest["project_code"], manifest["items"], manifest["previous_version"]) == (
        "XN-1",
        ["地籍调查"],
        "1",
    )
    assert (manifest["surveyor"], manifest["instrument"]) == (NOT_STATED, NOT_STATED)
    assert set(content.objects) == {"JZD", "H"}
    assert [row["role"] for row in manifest["files"]] == ["data", "source"]
    with zipfile.ZipFile(path) as archive:
        assert archive.read(TEXT).decode().count(",@") == 1
        assert json.loads(archive.read("manifest.json"))["crs"] == "EPSG:4547"


# ---------------------------------------------------------------- samples


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "template.gpkg"])
def test_a_sample_is_read_and_breaks_no_rule_a_file_can_break_alone(tmp_path, name):
    from datetime import UTC, datetime

    from spatial.survey.offline import check_offline
    from spatial.survey.records import Incoming, Kind, Order, Scope

    path = tmp_path / name
    path.write_bytes(sample(name))
    order = Order("P", "use_surface", Kind.NEW, Scope.PARTIAL, date(2026, 5, 6))
    report, features = check_offline(Incoming(path, name, order), now=datetime.now(UTC))
    assert len(features) == 2
    assert [finding.message for finding in report.findings if finding.severity.value == "error"] == []


def test_the_template_has_every_layer_and_column_and_no_row(tmp_path):
    import pyogrio

    path = tmp_path / "t.gpkg"
    path.write_bytes(sample("template.gpkg"))
    layers = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    assert layers == {
        "ZD": "MultiPolygon", "JZD": "Point", "JZX": "LineString", "ZRZ": "MultiPolygon",
        "LJZ": "MultiPolygon", "C": None, "H": None, "FHT": "Polygon",
    }  # fmt: skip
    for name, columns in COLUMNS.items():
        info = pyogrio.read_info(path, layer=name, force_feature_count=True)
        assert (info["features"], set(info["fields"])) == (0, set(columns))
    assert pyogrio.read_info(path, layer="ZD")["crs"] == "EPSG:4547"


@pytest.mark.parametrize("own", [{}, {"attributes": "own"}])
def test_more_attributes_than_a_table_has_columns_are_all_there(tmp_path, own):
    written = own | {f"c{number}": number for number in range(2_500)}
    path = tmp_path / "a.gpkg"
    path.write_bytes(geopackage_bytes(result([MultiPolygon([box(E, N, E + 9, N + 9)])], rows=[written])))
    (row,) = read_columns(path)
    rest = row.pop("attributes_" if own else "attributes")
    found = {key: value for key, value in row.items() if key in written} | json.loads(rest)
    assert found == written


def read_columns(path):
    with sqlite3.connect(path) as conn:
        conn.row_factory = sqlite3.Row
        return [dict(row) for row in conn.execute("SELECT * FROM ZD")]
