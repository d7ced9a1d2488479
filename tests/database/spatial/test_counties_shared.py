"""County decisions for 9,694 real parcel shapes, moved across a corner of three counties."""

from datetime import UTC, date, datetime

import numpy as np
import pyogrio
import pytest

from data.access.records import SYSTEM
from spatial.counties import service, store
from spatial.counties.measuring import measure
from spatial.counties.records import Rule, Subject
from spatial.counties.rules import judge
from spatial.parcels import service as parcels
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from spatial.parcels.rules import snap

pytestmark = pytest.mark.shared_data
TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def real(shared_data):
    return pyogrio.read_dataframe(shared_data / "soA_parcels_moved_to_xianning.gpkg")


@pytest.fixture(scope="module")
def answers(real, module_db):
    """Register all, look all up at once, and give row by row the answers in the order of the file."""
    codes = [f"{county}901001GB{n + 1:05d}" for n, county in enumerate(real.county_max_area)]
    new = [NewVersion(code, Layer.USE_SURFACE, geom) for code, geom in zip(codes, real.geometry, strict=True)]
    with module_db.transaction(SYSTEM) as conn:
        result = parcels.register(conn, ChangeSet(date(2020, 1, 1), new), now=NOW)
        run_id, _ = service.decide_all(conn, as_of=TODAY, started_by="test", now=NOW)
        rows = conn.execute(
            "SELECT version_id, main_county, main_ppm, outside_ppm,"
            " coalesce(jsonb_array_length(county_overlaps), 1), county_code, rule"
            " FROM spatial.county_answer WHERE run_id = %s",
            [run_id],
        ).fetchall()
    by_version = {row[0]: row[1:] for row in rows}
    return [by_version[result.version_ids[code]] for code in codes]


def test_the_county_of_the_larger_part_equals_the_truth_for_every_parcel(real, answers):
    assert len(answers) == 9_694
    assert [answer[0] for answer in answers] == real.county_max_area.tolist()


def test_all_straddling_parcels_are_recognised(real, answers):
    truth = real.n_counties.to_numpy() > 1
    assert truth.sum() == 210
    assert np.array_equal(np.array([answer[3] > 1 for answer in answers]), truth)


def test_no_parcel_between_the_thresholds_is_decided_without_a_person(answers):
    between = [answer for answer in answers if 20_000 < answer[1] < 980_000]
    assert between
    assert all(answer[4] is None and answer[5] == "R3" for answer in between)


def test_one_by_one_by_sql_and_by_shapely_equal_all_at_once(real, answers, module_db):
    """The code's county is the truth here, so only straddling parcels stay undecided."""
    shapes = snap(real.geometry.to_numpy())
    with module_db.transaction(SYSTEM) as conn:
        used = service.boundary_set(conn, TODAY)
        evidence = measure(shapes, store.boundary_pieces(conn, used.set_id))
        for position in np.flatnonzero(real.n_counties.to_numpy() > 1):
            subject = Subject(shapes[position], parcel_code=real.county_max_area[position] + "901001GB00001")
            decision = service.decide(conn, subject, as_of=TODAY)
            assert decision.overlaps == evidence[position].overlaps
            assert (decision.county_code, str(decision.rule)) == answers[position][4:]
    for measured, answer, county in zip(evidence, answers, real.county_max_area, strict=True):
        rule, chosen, _ = judge(measured, code_county=county, accuracy_m=used.accuracy_m)
        assert (measured.overlaps[0].county_code, measured.overlaps[0].ratio_ppm) == answer[:2]
        assert (measured.outside_ppm, chosen, str(rule)) == (answer[2], answer[4], answer[5])
        assert rule in {Rule.ONE_COUNTY, Rule.STRADDLE}
