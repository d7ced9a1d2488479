"""Loading files by command, in parts, whole or not at all."""

from datetime import date, datetime

import geopandas as gpd
import pytest
from shapely.geometry import box

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from spatial.survey import registering
from spatial.survey.bulk import load_file
from spatial.survey.errors import SurveyHasErrors
from spatial.survey.records import Incoming, Kind, Order, Scope

EAST, NORTH = 572_000.0, 3_268_000.0
SUBDISTRICT = "421224001001"


def now():
    return datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)


def package(path, shapes, codes):
    frame = gpd.GeoDataFrame({"zddm": codes}, geometry=shapes, crs="EPSG:4547")
    frame.to_file(path, layer="parcels", driver="GPKG")
    around = box(EAST - 500, NORTH - 500, EAST + 2_000, NORTH + 900)
    district = gpd.GeoDataFrame({"djzqdm": [SUBDISTRICT]}, geometry=[around], crs="EPSG:4547")
    district.to_file(path, layer="subdistricts", driver="GPKG", mode="a")
    return path


def row(count, *, width=20.0, moved=0.0):
    return [
        box(EAST + width * n + moved, NORTH, EAST + width * (n + 1) + moved, NORTH + 30) for n in range(count)
    ]


def codes(count, first=1):
    return [f"{SUBDISTRICT}GB{n + first:05d}" for n in range(count)]


def load(db, tmp_path, path, project, scope=Scope.PARTIAL, day=date(2020, 1, 1)):
    order = Order(project, "use_surface", Kind.INITIAL_LOAD, scope, day)
    incoming = Incoming(path, path.name, order)
    steps = []
    survey = load_file(
        db, incoming, files_dir=tmp_path / "files", now=now, say=lambda *step: steps.append(step)
    )
    return survey, steps


def in_force(db, day):
    with db.transaction(SYSTEM) as conn:
        rows = conn.execute(
            "SELECT parcel_code, ST_XMin(geom) FROM spatial.parcel_version"
            " WHERE upper_inf(known) AND valid @> %s::date",
            [day],
        ).fetchall()
    return dict(rows)


def test_a_file_is_loaded_in_parts_and_a_second_time_changes_nothing(db, tmp_path, monkeypatch):
    monkeypatch.setattr(registering, "AT_ONCE", 3)
    path = package(tmp_path / "a.gpkg", row(10), codes(10))
    survey, steps = load(db, tmp_path, path, "L1")
    assert survey.status == "registered"
    assert list(dict.fromkeys(step for step, *_ in steps)) == ["reading", "check", "register", "done"]
    rules = [(done, total) for step, done, total in steps if step == "check" and total is not None]
    assert rules == [(number, len(rules)) for number in range(1, len(rules) + 1)]
    assert len(rules) > 5
    assert sorted(in_force(db, "2020-01-01")) == codes(10)
    again, _ = load(db, tmp_path, path, "L1")
    assert again.survey_id == survey.survey_id
    assert len(in_force(db, "2020-01-01")) == 10


def test_moved_boundaries_and_new_parcels_register_together_in_parts(db, tmp_path, monkeypatch):
    monkeypatch.setattr(registering, "AT_ONCE", 3)
    load(db, tmp_path, package(tmp_path / "a.gpkg", row(4), codes(4)), "L1")
    shapes = [*row(4, width=19.0), *row(8, moved=100.0)]
    path = package(tmp_path / "b.gpkg", shapes, codes(12))
    survey, _ = load(db, tmp_path, path, "L2", day=date(2021, 1, 1))
    assert survey.status == "registered"
    assert in_force(db, "2020-06-01")[codes(2)[1]] == EAST + 20
    assert in_force(db, "2021-06-01")[codes(2)[1]] == EAST + 19
    assert len(in_force(db, "2021-06-01")) == 12


def test_errors_stop_the_load_and_leave_it_for_a_person(db, tmp_path):
    path = package(tmp_path / "a.gpkg", [*row(2), row(1, moved=5.0)[0]], codes(3))
    with pytest.raises(SurveyHasErrors):
        load(db, tmp_path, path, "L1")
    assert in_force(db, "2020-01-01") == {}
    with db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT status FROM spatial.survey").fetchall() == [("checked",)]
