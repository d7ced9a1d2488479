"""County decisions on the reference boundary set: SQL and Shapely agree, evidence is kept, people confirm."""

from datetime import UTC, date, datetime

import hypothesis.strategies as st
import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from shapely.geometry import Point, box

from data.access.records import SYSTEM
from spatial.counties import register, service, store
from spatial.counties.errors import (
    BoundarySetChanged,
    BoundarySetMissing,
    CountyUnknown,
    DecisionClosed,
    SamePerson,
    SubjectWithoutShape,
)
from spatial.counties.measuring import measure
from spatial.counties.records import BoundarySet, CountyShape, Reason, Rule, Statement, Subject
from spatial.counties.rules import judge
from spatial.crs import to_degrees
from spatial.parcels import service as parcels
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from spatial.parcels.rules import geometry_sha256, snap

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
CITY = {"421202", "421281", "421221", "421222", "421223", "421224"}
CORNER = (510546.0, 3316911.0)  # where three counties nearly meet
EXCLAVE = (113.906, 30.017)  # Honghu's ground inside Jiayu, degrees


@pytest.fixture(scope="module")
def boundary(module_db):
    with module_db.transaction(SYSTEM) as conn:
        used = service.boundary_set(conn, TODAY)
        return used, store.boundary_pieces(conn, used.set_id), store.county_rows(conn, used.set_id)


def decide(conn, geom, unit_code=None):
    return service.decide(conn, Subject(geom, unit_code=unit_code), as_of=TODAY)


def county_shape(boundary, code):
    return next(row["geom"] for row in boundary[2] if row["county_code"] == code)


def deep_inside(boundary, code):
    shape = county_shape(boundary, code)
    return shape.buffer(-5_000).representative_point()


def test_six_counties_of_the_city_and_ten_neighbours(boundary):
    assert {row["county_code"] for row in boundary[2] if row["in_city"]} == CITY
    assert sum(not row["in_city"] for row in boundary[2]) == 10


def test_pieces_tile_the_counties(boundary):
    _, pieces, counties = boundary
    for row in counties:
        area = shapely.area(pieces.pieces[pieces.county_codes == row["county_code"]]).sum()
        assert area == pytest.approx(row["geom"].area, abs=0.01)
    assert shapely.get_num_coordinates(pieces.pieces).max() <= 65


def test_cores_are_farther_from_every_line_than_the_accuracy(conn, boundary):
    used, pieces, counties = boundary
    cores = conn.execute("SELECT county_code, geom FROM spatial.county_core").fetchall()
    shapes = np.array([shape for _, shape in cores], dtype=object)
    _, distances = shapely.STRtree(pieces.lines).query_nearest(
        shapes, return_distance=True, all_matches=False
    )
    assert distances.min() >= used.accuracy_m
    whole = {row["county_code"]: row["geom"] for row in counties}
    assert all(whole[code].contains(shape) for code, shape in cores)


@pytest.mark.parametrize("code", sorted(CITY))
def test_deep_inside_a_county(conn, boundary, code):
    decision = decide(conn, deep_inside(boundary, code))
    assert (decision.county_code, decision.decided, decision.rule) == (code, True, Rule.ONE_COUNTY)
    assert decision.overlaps[0].ratio_ppm == 1_000_000
    assert decision.overlaps[0].area_mm2 == 0
    assert decision.distance_to_line_m > 4_900


def test_the_exclave_of_honghu_is_outside_the_city(conn):
    lon, lat = EXCLAVE
    from spatial.crs import to_plane

    place = Point(to_plane(np.array([[lon, lat]]), 4490)[0])
    decision = decide(conn, place, "421221001001GB00001W00000000")
    assert (decision.county_code, decision.rule, decision.reason) == (None, Rule.OUTSIDE, Reason.OUTSIDE_CITY)
    assert decision.outside_ppm == 1_000_000
    assert [part.county_code for part in decision.neighbours] == ["421083"]


def test_invalid_shape_is_refused_not_repaired(conn):
    bow = shapely.Polygon([(530000, 3300000), (530010, 3300010), (530010, 3300000), (530000, 3300010)])
    decision = decide(conn, bow)
    assert (decision.decided, decision.reason) == (False, Reason.INVALID_GEOMETRY)


def test_without_shape_the_code_decides(conn):
    subject = Subject(unit_code="421222001001GB00001F00010001")
    decision = service.decide(conn, subject, as_of=TODAY)
    assert (decision.county_code, decision.rule, decision.geometry_sha256) == ("421222", Rule.NO_SHAPE, None)
    with pytest.raises(SubjectWithoutShape):
        service.decide(conn, Subject(), as_of=TODAY)


def test_no_boundary_set_before_the_first(conn):
    with pytest.raises(BoundarySetMissing):
        service.decide(conn, Subject(Point(530000, 3300000)), as_of=date(1900, 1, 1))


def random_shapes(boundary, seed, count):
    """Quads of 2 to 800 m at and around county lines, and some anywhere."""
    random = np.random.default_rng(seed)
    vertices = shapely.get_coordinates(boundary[1].lines)
    centres = vertices[random.integers(0, len(vertices), count)] + random.normal(0, 60, (count, 2))
    sizes = 10 ** random.uniform(0.3, 2.9, count)
    turned = [
        shapely.affinity.rotate(box(x - s / 2, y - s / 3, x + s / 2, y + s / 3), a)
        for (x, y), s, a in zip(centres, sizes, random.uniform(0, 180, count), strict=True)
    ]
    return snap(turned)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_sql_and_shapely_measure_the_same(conn, boundary, seed):
    used, pieces, _ = boundary
    shapes = random_shapes(boundary, seed, 20)
    assert [store.measure(conn, shape, used.set_id) for shape in shapes] == measure(shapes, pieces)


def test_a_shape_away_from_lines_lies_wholly_in_one_county_over_however_many_pieces(conn, boundary):
    """The parts that pieces share are rounded one by one; the whole is not their sum."""
    used, pieces, _ = boundary
    tips = shapely.get_coordinates(pieces.pieces[pieces.county_codes == "421224"])
    clear = shapely.distance(shapely.points(tips), shapely.union_all(pieces.lines)) > 900
    turned = [
        shapely.affinity.rotate(box(x - 400, y - 300, x + 411, y + 307), 17) for x, y in tips[clear][:20]
    ]
    shapes = snap(turned)
    assert len(shapes) == 20
    for shape, found in zip(shapes, measure(shapes, pieces), strict=True):
        assert store.measure(conn, shape, used.set_id) == found
        assert [(part.county_code, part.area_mm2) for part in found.overlaps] == [
            ("421224", round(shape.area * 1_000_000))
        ]


def test_parts_far_from_every_line_may_still_lie_in_two_counties(conn, boundary):
    used, pieces, _ = boundary
    both = shapely.MultiPolygon(
        [deep_inside(boundary, code).buffer(50).simplify(1) for code in ("421223", "421224")]
    )
    (shape,) = snap([both])
    found = store.measure(conn, shape, used.set_id)
    assert found == measure([shape], pieces)[0]
    assert {part.county_code for part in found.overlaps} == {"421223", "421224"}


def test_ground_around_an_exclave_is_not_wholly_in_the_county(conn, boundary):
    used, pieces, _ = boundary
    hole = shapely.Polygon(county_shape(boundary, "421221").geoms[0].interiors[0])
    (shape,) = snap([hole.buffer(200).simplify(20)])
    found = store.measure(conn, shape, used.set_id)
    assert found == measure([shape], pieces)[0]
    assert found.outside_ppm > 100_000


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lon=st.floats(113.4, 115.1), lat=st.floats(28.9, 30.4))
def test_each_point_is_in_exactly_one_county_or_outside(conn, lon, lat):
    from spatial.crs import to_plane

    decision = decide(conn, Point(to_plane(np.array([[lon, lat]]), 4490)[0]))
    assert len(decision.overlaps) == (0 if decision.outside_ppm else 1)


def test_all_parcels_at_once_equal_shapely_one_by_one(conn, boundary):
    used, pieces, _ = boundary
    shapes = random_shapes(boundary, 11, 1_500)
    # Layers keep random shapes from colliding: the guard is for one layer, here each gets its own day.
    kept = [n for n, shape in enumerate(shapes) if shape.area > 1]
    free = shapely.STRtree(shapes[kept])
    chosen, taken = [], set()
    for position, n in enumerate(kept):
        if taken.isdisjoint(free.query(shapes[n]).tolist()):
            taken.add(position)
            chosen.append(n)
    codes = [f"{sorted(CITY)[n % 6]}001001GB{n + 1:05d}" for n in chosen]
    new = [NewVersion(code, Layer.USE_SURFACE, shapes[n]) for code, n in zip(codes, chosen, strict=True)]
    result = parcels.register(conn, ChangeSet(date(2020, 1, 1), new), now=NOW)
    run_id, rules = service.decide_all(conn, as_of=TODAY, started_by="test", now=NOW)
    found = {
        row[0]: row[1:]
        for row in conn.execute(
            "SELECT version_id, county_code, rule, outside_ppm, distance_to_line_m::float8, main_county,"
            " main_ppm, county_overlaps FROM spatial.county_answer WHERE run_id = %s",
            [run_id],
        )
    }
    assert len(found) == len(chosen) == sum(rules.values())
    assert set(rules) == {"R1", "R2", "R3", "R4"}
    for code, n, evidence in zip(codes, chosen, measure(shapes[chosen], pieces), strict=True):
        rule, county, _ = judge(evidence, code_county=code[:6], accuracy_m=used.accuracy_m)
        distance = evidence.distance_to_line_m if evidence.distance_to_line_m < used.accuracy_m else None
        main = (None, 0)
        if evidence.overlaps:
            main = (evidence.overlaps[0].county_code, evidence.overlaps[0].ratio_ppm)
        parts = [
            {"county_code": p.county_code, "ratio_ppm": p.ratio_ppm, "area_mm2": p.area_mm2}
            for p in evidence.overlaps
        ]
        expected = (county, str(rule), evidence.outside_ppm, distance, *main)
        answer = found[result.version_ids[code]]
        assert answer[:6] == expected, (code, n)
        assert answer[6] == (None if main[1] == 1_000_000 else parts or None)


def test_the_hash_is_that_of_the_database(conn):
    shapes = [
        box(530000, 3300000, 530010.123, 3300007),
        box(530020, 3300000, 530030, 3300010).difference(box(530022, 3300002, 530024, 3300004)),
    ]
    for shape, sha256 in zip(shapes, geometry_sha256(shapes), strict=True):
        row = conn.execute(
            "SELECT sha256(ST_AsBinary(ST_Normalize(ST_SetSRID(%s::geometry, 4547)), 'NDR'))", [shape]
        ).fetchone()
        assert row[0] == sha256


def put_parcel(conn, code, geom):
    parcels.register(conn, ChangeSet(date(2020, 1, 1), [NewVersion(code, Layer.USE_SURFACE, geom)]), now=NOW)


def straddling(boundary):
    """A square half in one county of the city, half in another."""
    first, second = county_shape(boundary, "421281"), county_shape(boundary, "421221")
    x, y = first.boundary.intersection(second.boundary).representative_point().coords[0]
    return snap([box(x - 20, y - 20, x + 20, y + 20)])[0]


def test_a_decision_is_kept_and_found_again(conn, boundary):
    place = deep_inside(boundary, "421223")
    code = "421223001001GB00001W00000000"
    put_parcel(conn, code[:19], place.buffer(20, quad_segs=2))
    first = register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    again = register.ensure_decision(conn, code, as_of=TODAY, decided_by="other", now=NOW)
    assert (first.county_code, first.decided, first.decision_id) == ("421223", True, again.decision_id)
    assert register.replay(conn, first).same


def test_a_new_shape_makes_a_new_decision(conn, boundary):
    place = deep_inside(boundary, "421223")
    code = "421223001001GB00001W00000000"
    put_parcel(conn, code[:19], place.buffer(20, quad_segs=2))
    first = register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    bigger = NewVersion(code[:19], Layer.USE_SURFACE, place.buffer(30, quad_segs=2))
    parcels.register(conn, ChangeSet(date(2021, 1, 1), [bigger]), now=NOW)
    second = register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    assert second.supersedes == first.decision_id
    assert register.get_decision(conn, first.decision_id).superseded_by == second.decision_id


def test_a_straddling_parcel_is_decided_by_two_people(conn, boundary):
    code = "421281001001GB00007W00000000"
    put_parcel(conn, code[:19], straddling(boundary))
    undecided = register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    assert (undecided.decided, undecided.decision.reason) == (False, Reason.STRADDLE)
    assert undecided.decision_id in {row.decision_id for row in register.open_decisions(conn)}
    statement = Statement(code, "421281", "咸自然资函〔2026〕1号", "共同上级指定", "registrar_chibi")
    proposed = register.propose(conn, statement, as_of=TODAY, now=NOW)
    assert (proposed.decided, proposed.decision.reason, proposed.proposed_county) == (
        False,
        Reason.UNCONFIRMED,
        "421281",
    )
    with pytest.raises(SamePerson):
        register.confirm(conn, proposed.decision_id, confirmed_by="registrar_chibi", now=NOW)
    confirmed = register.confirm(conn, proposed.decision_id, confirmed_by="finance_city", now=NOW)
    assert (confirmed.county_code, confirmed.decided, confirmed.decision.rule) == (
        "421281",
        True,
        Rule.STRADDLE,
    )
    standing = register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    assert standing.decision_id == proposed.decision_id
    with pytest.raises(DecisionClosed):
        register.confirm(conn, proposed.decision_id, confirmed_by="reviewer", now=NOW)
    assert register.replay(conn, confirmed).same


def test_people_may_only_choose_a_county_of_the_city(conn):
    statement = Statement("421281001001GB00007W00000000", "421083", "doc", "reason", "a")
    with pytest.raises(CountyUnknown):
        register.propose(conn, statement, as_of=TODAY, now=NOW)


def test_the_database_itself_wants_a_second_person(conn, boundary):
    code = "421281001001GB00007W00000000"
    put_parcel(conn, code[:19], straddling(boundary))
    proposed = register.propose(conn, Statement(code, "421281", "doc", "why", "one"), as_of=TODAY, now=NOW)
    with pytest.raises(psycopg.errors.IntegrityError) as caught:
        store.insert_confirmation(conn, proposed.decision_id, "one", NOW)
    assert caught.value.diag.constraint_name == "county_confirmation_second_person"


def test_replay_tells_a_changed_answer(conn, boundary):
    code = "421223001001GB00001W00000000"
    put_parcel(conn, code[:19], deep_inside(boundary, "421223").buffer(20))
    made = register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    conn.execute("UPDATE spatial.county_piece SET county_code = '421224' WHERE county_code = '421223'")
    replayed = register.replay(conn, made)
    assert not replayed.same
    assert {"county_code", "overlaps"} <= set(replayed.differences)


def test_replay_of_a_day(conn, boundary):
    code = "421223001001GB00001W00000000"
    put_parcel(conn, code[:19], deep_inside(boundary, "421223").buffer(20))
    register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    midnight = datetime(2026, 6, 1, tzinfo=UTC)
    replays = register.replay_decisions(conn, TODAY, midnight=midnight, sample_percent=0)
    assert [replay.same for replay in replays] == [True]
    assert register.replay_decisions(conn, TODAY, midnight=midnight.replace(day=2), sample_percent=0) == []


def shapes_of(boundary):
    return [
        CountyShape(
            row["county_code"],
            row["name_zh"],
            row["name_en"],
            row["in_city"],
            shapely.transform(row["geom"], to_degrees),
        )
        for row in boundary[2]
    ]


def as_loaded(used, name):
    return BoundarySet(
        name, used.valid_from, used.valid_to, used.accuracy_m, "s", "d", "l", "注意", "notice", legal=False
    )


def test_loading_the_same_set_again_changes_nothing(conn, boundary):
    used = boundary[0]
    assert service.load_boundary_set(conn, as_loaded(used, used.name), shapes_of(boundary)) == used.set_id


def test_other_shapes_under_the_same_name_are_refused(conn, boundary):
    with pytest.raises(BoundarySetChanged):
        service.load_boundary_set(conn, as_loaded(boundary[0], boundary[0].name), shapes_of(boundary)[:-1])


def test_two_sets_on_one_day_are_refused(conn, boundary):
    with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
        service.load_boundary_set(conn, as_loaded(boundary[0], "other"), shapes_of(boundary))


def test_decisions_are_never_changed(conn, boundary):
    code = "421223001001GB00001W00000000"
    put_parcel(conn, code[:19], deep_inside(boundary, "421223").buffer(20))
    register.ensure_decision(conn, code, as_of=TODAY, decided_by="clerk", now=NOW)
    for statement in (
        "UPDATE spatial.county_decision SET county_code = '421224'",
        "DELETE FROM spatial.county_decision",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute(statement)
