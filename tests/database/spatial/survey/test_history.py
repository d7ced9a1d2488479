"""The real history of 9,600 parcels: loaded, then replaced by the state two years later."""

import zipfile
from datetime import date, datetime

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.affinity import translate

from api.survey_jobs import check_survey
from data.access.records import SYSTEM, Actor
from data.clock import SHANGHAI
from data.jobs import service as jobs
from spatial.parcels.records import Layer, ParcelQuery
from spatial.parcels.service import find, lineage
from spatial.survey import service as surveys
from spatial.survey import store
from spatial.survey.predicates import loose_points
from spatial.survey.records import Decision, Incoming, Kind, Order, Scope
from spatial.survey.review import service as review
from spatial.survey.runs import store as runs
from spatial.survey.tolerances import GRID_M, NEAR_LINE_M

pytestmark = pytest.mark.shared_data

SURVEYOR = Actor(1, "surveyor", "测绘", frozenset({"surveyor"}), None, None)
REVIEWER = Actor(2, "reviewer", "审核", frozenset({"reviewer"}), None, None)
NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)


class Services:
    def __init__(self, db):
        self.db = db

    def now(self):
        return NOW


def run_jobs(db):
    services = Services(db)
    return jobs.drain(db, {"check_survey": lambda job: check_survey(services, job)})


def load(db, path, files_dir, order):
    survey, new = surveys.send(db, SURVEYOR, Incoming(path, path.name, order), files_dir=files_dir, now=NOW)
    assert new
    run_jobs(db)
    surveys.submit(db, SURVEYOR, survey.survey_id, now=NOW)
    return review.decide(db, REVIEWER, survey.survey_id, Decision(True, "四至清楚"), now=NOW)


@pytest.fixture(scope="module")
def history_file(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    with zipfile.ZipFile(shared_data / "soA_history_moved_to_xianning.gpkg.zip") as archive:
        archive.extractall(folder)
    (path,) = folder.glob("*.gpkg")
    return path


@pytest.fixture(scope="module")
def history(module_db, history_file):
    """Both years registered; returns the database and the two submissions."""
    path, folder = history_file, history_file.parent
    first = Order(
        "SO-2014", "use_surface", Kind.INITIAL_LOAD, Scope.PARTIAL, date(2014, 3, 31),
        source_layer="parcels_2014_03",
    )  # fmt: skip
    second = Order(
        "SO-2016", "use_surface", Kind.INITIAL_LOAD, Scope.COMPLETE, date(2016, 4, 5),
        source_layer="parcels_2016_04",
    )  # fmt: skip
    old = load(module_db, path, folder / "files", first)
    new = load(module_db, path, folder / "files", second)
    return module_db, old, new


def found_by_rule(db, survey):
    with db.transaction(SYSTEM) as conn:
        run = runs.last_run(conn, survey.survey_id)
        rows = runs.findings(conn, run["run_id"], after=0, limit=10_000)
    by_rule = {}
    for row in rows:
        by_rule.setdefault(row["rule_id"], []).append(row)
    return by_rule


def codes_in_force(db, at):
    with db.transaction(SYSTEM) as conn:
        query = ParcelQuery(layer=Layer.USE_SURFACE, at=at, limit=20_000)
        return {version.parcel_code: version for version in find(conn, query, today=date(2026, 11, 24))}


def test_both_years_are_registered(history):
    _, old, new = history
    assert (old.status, new.status) == ("registered", "registered")


def test_known_faults_come_out_as_warnings(history):
    db, old, new = history
    first, second = found_by_rule(db, old), found_by_rule(db, new)
    assert {row["severity"] for rows in [*first.values(), *second.values()] for row in rows} <= {
        "warning",
        "info",
    }
    assert [len(found["T10"]) for found in (first, second)] == [1, 1]
    assert [len(found["county_straddle"]) for found in (first, second)] == [208, 210]
    assert len(first["outside_subdistrict"]) == 9
    assert "outside_subdistrict" not in second


def test_no_other_rule_warns_of_what_is_no_fault(history):
    """Close points and sharp corners are in the real survey; points that neighbours do not share are not."""
    db, old, new = history
    first, second = found_by_rule(db, old), found_by_rule(db, new)
    counts = [{rule: len(rows) for rule, rows in found.items()} for found in (first, second)]
    # The reader says that the file has another layer, which is not taken.
    known = {"T03": 10, "T10": 1, "T06": 10, "narrow_passage": 1, "reader": 1}
    places = {"county_straddle": 208, "outside_subdistrict": 9}
    assert counts[0] == known | places | {"T02": 8, "datum_not_verifiable": 1}
    # Three successors do not cover exactly the ground they take over.
    changed = {"T31": 101, "moved_boundary": 140, "redefinition": 3}
    assert counts[1] == known | changed | {"T02": 4, "county_straddle": 210}


@pytest.mark.parametrize("layer", ["parcels_2014_03", "parcels_2016_04"])
def test_neighbours_share_their_points_to_one_step_of_the_grid(history_file, layer):
    """Eight polygons break the coverage, all by points 1 mm apart: rounding, so T12 is silent.

    Moved by 3 mm, a parcel is told with its neighbours, and nobody else is.
    """
    shapes = shapely.from_wkb(pyogrio.raw.read(history_file, layer=layer, columns=[])[2])
    parcels = np.array([shapely.MultiPolygon([shape]) for shape in shapes], dtype=object)
    assert len(loose_points(parcels).xy) == 0
    broken = ~shapely.is_empty(shapely.coverage_invalid_edges(parcels, gap_width=GRID_M))
    assert broken.sum() == 8
    twelve = np.flatnonzero(~broken)[:: len(parcels) // 12][:12]
    for at in twelve:
        parcels[at] = translate(parcels[at], 0.003, 0.003)
    told = loose_points(parcels)
    assert set(twelve) <= set(told.holder) | set(told.lacking)
    edges = shapely.coverage_invalid_edges(parcels, gap_width=NEAR_LINE_M)
    assert set(told.holder) | set(told.lacking) <= set(np.flatnonzero(~shapely.is_empty(edges)))


def test_the_two_days_differ_by_twelve_gone_and_ninety_one_new(history):
    db, *_ = history
    before, after = codes_in_force(db, date(2015, 1, 1)), codes_in_force(db, date(2016, 12, 31))
    assert (len(before), len(after)) == (9_615, 9_694)
    assert len(before.keys() - after.keys()) == 12
    assert len(after.keys() - before.keys()) == 91


def test_what_did_not_change_keeps_its_version(history):
    db, *_ = history
    before, after = codes_in_force(db, date(2015, 1, 1)), codes_in_force(db, date(2016, 12, 31))
    kept = [
        code for code in before.keys() & after.keys() if before[code].version_id == after[code].version_id
    ]
    assert len(kept) == 9_362


def test_a_split_parcel_leads_to_its_children(history):
    db, *_ = history
    with db.transaction(SYSTEM) as conn:
        edges = lineage(conn, "421221901004GB00146")
    assert [(edge.parent_code, edge.kind) for edge in edges] == [("421221901004GB00043", "split")]


def test_the_datum_is_confirmed_by_the_register(history):
    db, _, new = history
    with db.transaction(SYSTEM) as conn:
        assert store.fetch(conn, new.survey_id).source["datum_verified"] is True


def test_the_changes_are_told(history):
    db, _, new = history
    with db.transaction(SYSTEM) as conn:
        changes = runs.last_run(conn, new.survey_id)["changes"]
    assert (changes["retired"], changes["written"], changes["unchanged"]) == (12, 332, 9_362)
    assert changes["counts"] == {"new": 91, "changed": 131, "minor": 110, "attributes": 0, "retired": 12}
    assert {item["change"] for item in changes["items"]} == {"changed", "split", "merged"}


def test_the_areas_of_changes_are_balanced(history):
    db, _, new = history
    with db.transaction(SYSTEM) as conn:
        items = runs.last_run(conn, new.survey_id)["changes"]["items"]
    slight = [item for item in items if item["minor"]]
    assert slight
    assert {item["change"] for item in slight} == {"changed"}
    assert all(item["balanced"] for item in slight)
    for item in items:
        apart = abs(item["new_area_m2"] - item["old_area_m2"])
        assert item["balanced"] is (apart <= item["area_tolerance_m2"])
