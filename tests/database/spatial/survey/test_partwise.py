"""Large files come in part by part, and are stored as if they had been read at once, or not at all."""

import contextlib
import signal
import zipfile
from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from spatial.survey import intake
from spatial.survey.bulk import LOADER
from spatial.survey.checking import GivenUp
from spatial.survey.errors import FileRefused
from spatial.survey.partwise import receive_in_parts
from spatial.survey.readers import sandbox
from spatial.survey.readers.limits import COMMAND_LINE
from spatial.survey.records import Incoming, Kind, Order, Scope

NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)
COUNT = 20_500  # one part and a bit
EAST, NORTH = 531_000.0, 3_302_000.0
COUNTED = ("survey", "survey_feature", "survey_event", "survey_subdistrict", "survey_extent", "survey_object")


def squares(count=COUNT):
    at = np.arange(count)
    west, south = EAST + at % 100 * 20.0, NORTH + at // 100 * 20.0
    return shapely.box(west, south, west + 20, south + 20)


def frame(shapes, crs="EPSG:4547"):
    at = np.arange(len(shapes))
    rows = {
        "ZDDM": [f"421202001004 gb{n:05d}" for n in at],
        "ZDMJ": [None if n % 7 == 0 else 400.0 + n for n in at],
        "YT": ["0701" if n % 2 else None for n in at],
        "权利人": [f'甲"{n}%s\n' for n in at],
        "LAYERS": pd.array([None if n % 5 == 0 else n for n in at], dtype="Int64"),
        "DAY": pd.to_datetime("2020-01-01") + pd.to_timedelta(at % 300, unit="D"),
    }
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=crs)


def package(path, written):
    written.to_file(path, layer="parcels", driver="GPKG")
    return path


def receive(db, tmp_path, path, how=receive_in_parts, project="P", **more):
    order = Order(project, "use_surface", Kind.INITIAL_LOAD, Scope.PARTIAL, date(2020, 1, 1))
    incoming = Incoming(path, path.name, order)
    return how(db, LOADER, incoming, files_dir=tmp_path / "files", now=NOW, limits=COMMAND_LINE, **more)[0]


def stored(db, survey_id):
    with db.transaction(SYSTEM) as conn:
        return conn.execute(
            "SELECT feature_no, parcel_code, unit_code, ST_AsEWKB(geom), fault, declared_area_m2,"
            " resolution_m2, land_use, address, attributes FROM spatial.survey_feature"
            " WHERE survey_id = %s ORDER BY feature_no",
            [survey_id],
        ).fetchall()


def nothing_stored(db, tmp_path):
    with db.transaction(SYSTEM) as conn:
        for table in COUNTED:
            assert conn.execute(f"SELECT count(*) FROM spatial.{table}").fetchone() == (0,)
    return not [file for file in (tmp_path / "files").glob("*") if not file.name.startswith(".lock-")]


def mixed():
    """Squares, among them one without a shape, a line, a bow tie, and two parts off the grid."""
    shapes = squares()
    shapes[3] = None
    shapes[4] = shapely.LineString([(EAST, NORTH), (EAST + 1, NORTH)])
    shapes[5] = shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9)])
    shapes[20_400] = shapely.MultiPolygon(
        [
            shapely.box(EAST, NORTH, EAST + 1.00049, NORTH + 1),
            shapely.box(EAST + 5, NORTH, EAST + 6, NORTH + 1),
        ]
    )
    return frame(shapes)


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:4490", "EPSG:4526"])
def test_in_parts_or_at_once_the_same_is_stored(db, tmp_path, crs):
    path = package(tmp_path / "a.gpkg", mixed().to_crs(crs))
    steps = []
    whole = receive(db, tmp_path, path, intake.send, "W")
    parts = receive(db, tmp_path, path, told=lambda *step: steps.append(step))
    reading = [done for step, done, total in steps if (step, total) == ("reading", COUNT)]
    assert reading[0] == 0
    assert reading[-1] == COUNT
    assert reading == sorted(reading)
    assert parts.feature_count == whole.feature_count == COUNT
    extra = {"invalid": 1}
    assert parts.source == whole.source | extra
    ours, others = stored(db, parts.survey_id), stored(db, whole.survey_id)
    assert len(ours) == COUNT
    for one, other in zip(ours, others, strict=True):
        assert one == other
    assert ours[1][1] == "421202001004GB00001"
    assert ours[4][4] == "not_a_polygon"


def test_a_contradiction_in_a_later_part_refuses_the_whole(db, tmp_path):
    shapes = squares(30_000)
    shapes[20_000:] = shapely.transform(shapes[20_000:], lambda xy: xy + np.array([38_000_000.0, 0.0]))
    path = package(tmp_path / "a.gpkg", frame(shapes))
    with pytest.raises(FileRefused) as error:
        receive(db, tmp_path, path)
    assert error.value.code == "zone_prefix"
    assert nothing_stored(db, tmp_path)


def test_strays_at_the_end_are_left_to_the_rules(db, tmp_path):
    shapes = squares()
    shapes[20_000:] = shapely.transform(shapes[20_000:], lambda xy: xy + np.array([0.0, 900_000.0]))
    assert receive(db, tmp_path, package(tmp_path / "a.gpkg", frame(shapes))).feature_count == COUNT


def watched_children(monkeypatch):
    """Let a test see the reading processes."""
    children = []

    @contextlib.contextmanager
    def watched(*args, **options):
        with child_of(*args, **options) as child:
            children.append(child)
            yield child

    child_of = sandbox.child_of
    monkeypatch.setattr(sandbox, "child_of", watched)
    return children


def test_a_reader_that_dies_half_way_leaves_nothing(db, tmp_path, monkeypatch):
    children = watched_children(monkeypatch)
    path = package(tmp_path / "a.gpkg", frame(squares(70_000)))
    with pytest.raises(FileRefused) as error:
        receive(db, tmp_path, path, told=lambda _, done, __: done and children[0].kill())
    assert error.value.code == "unreadable_file"
    assert nothing_stored(db, tmp_path)


def test_a_file_without_polygons_is_refused(db, tmp_path):
    path = package(tmp_path / "a.gpkg", frame(shapely.points([[EAST, NORTH]] * 3)))
    with pytest.raises(FileRefused) as error:
        receive(db, tmp_path, path)
    assert error.value.code == "wrong_type"
    assert nothing_stored(db, tmp_path)


def beside(db, survey_id):
    with db.transaction(SYSTEM) as conn:
        return conn.execute(
            "SELECT kind, object_no, ST_AsEWKB(geom), attributes FROM spatial.survey_object"
            " WHERE survey_id = %s ORDER BY kind, object_no",
            [survey_id],
        ).fetchall()


def with_tables(path):
    """A package with boundary points, sub-districts, and parcels that name plots and stands."""
    squares_of_three = frame(squares(3))
    squares_of_three["DKBM"] = ["4212020010010000001", None, "4212020010010000003"]
    squares_of_three["LB"], squares_of_three["XB"] = "12", ["1、2", None, "3"]
    package(path, squares_of_three)
    points = gpd.GeoDataFrame({"JZDH": ["J1"]}, geometry=shapely.points([[EAST, NORTH]]), crs="EPSG:4547")
    points = points.to_crs("EPSG:4490")
    points.to_file(path, layer="JZD", driver="GPKG", mode="a")
    around = gpd.GeoDataFrame(
        {"djzqdm": ["421202001004"]},
        geometry=[shapely.box(EAST, NORTH, EAST + 99, NORTH + 99)],
        crs="EPSG:4547",
    )
    around.to_file(path, layer="subdistricts", driver="GPKG", mode="a")
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_what_stands_beside_the_parcels_comes_with_the_parts(db, tmp_path, packed):
    path = with_tables(tmp_path / "a.gpkg")
    if packed:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "a.gpkg")
        path = tmp_path / "a.zip"
    steps = []
    whole = receive(db, tmp_path, path, intake.send, "W")
    parts = receive(db, tmp_path, path, told=lambda *step: steps.append(step))
    assert [row[0] for row in beside(db, parts.survey_id)] == ["DK", "DK", "JZD", "XB", "XB", "XB"]
    assert beside(db, parts.survey_id) == beside(db, whole.survey_id)
    assert parts.source == whole.source | {"invalid": 0}
    assert ("reading", 3 + 1 + 1, 5) in steps
    assert ("unpacking" in {step for step, _, _ in steps}) == packed


def test_a_file_of_another_format_is_read_whole(db, tmp_path):
    path = tmp_path / "a.geojson"
    frame(squares(30)).drop(columns="DAY").to_crs(4490).to_file(path, driver="GeoJSON")
    steps = []
    whole = receive(db, tmp_path, path, intake.send, "W")
    parts = receive(db, tmp_path, path, told=lambda *step: steps.append(step))
    assert stored(db, parts.survey_id) == stored(db, whole.survey_id)
    assert {("reading", 30, 30), ("storing", 0, 30), ("storing", 30, 30)} <= set(steps)


def test_a_large_table_read_in_pieces_is_as_written(db, tmp_path):
    path = package(tmp_path / "a.gpkg", frame(squares(3)))
    at = np.arange(COUNT)
    written = gpd.GeoDataFrame(
        {
            "JZDH": [f"J{n}" for n in at],
            "SXH": pd.array([None if n == 20_100 else n for n in at], dtype="Int64"),
        },
        geometry=shapely.points(EAST + at % 100, NORTH + at // 100),
        crs="EPSG:4547",
    )
    written.to_file(path, layer="JZD", driver="GPKG", mode="a")
    rows = beside(db, receive(db, tmp_path, path).survey_id)
    assert [(row[1], row[3]["JZDH"]) for row in rows] == [(n + 1, f"J{n}") for n in at]
    assert [row[3]["SXH"] for row in rows[20_099:20_102]] == [20_099, None, 20_101]


@pytest.mark.parametrize("step", ["unpacking", "reading"])
def test_a_listener_who_wants_no_more_ends_reader_and_transaction(db, tmp_path, monkeypatch, step):
    children = watched_children(monkeypatch)
    package(tmp_path / "a.gpkg", frame(squares(70_000)))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "a.gpkg", "a.gpkg")
    heard = []

    def told(at, done, total):
        heard.append((at, done, total))
        if at == step and done:
            raise GivenUp

    with pytest.raises(GivenUp):
        receive(db, tmp_path, tmp_path / "a.zip", told=told)
    assert heard[-1][0] == step
    assert children[0].returncode == -signal.SIGKILL
    assert nothing_stored(db, tmp_path)


def test_a_listener_is_asked_while_the_reader_is_silent(db, tmp_path, monkeypatch):
    children = watched_children(monkeypatch)
    path = package(tmp_path / "a.gpkg", frame(squares(70_000)))
    asked = []

    def told(step, done, total):
        for child in children:  # none at the very first
            child.send_signal(signal.SIGSTOP)
            asked.append((step, done, total))
        if len(asked) > 1 and asked[-1] == asked[-2]:
            raise GivenUp

    with pytest.raises(GivenUp):
        receive(db, tmp_path, path, told=told)
    assert nothing_stored(db, tmp_path)
