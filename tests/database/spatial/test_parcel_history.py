"""Correcting, merging and splitting: what was in force, and what the register knew, on any day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from spatial.parcels import service
from spatial.parcels.errors import AreasDiffer, ParcelNotLive
from spatial.parcels.records import ParcelQuery
from tests.database.spatial.parcel_cases import DAY, NOW, change, code, parcel, square

LATER = datetime(2026, 3, 1, 9, tzinfo=UTC)
LAST = datetime(2026, 5, 1, 9, tzinfo=UTC)
TODAY = date(2026, 6, 1)
MERGED_ON = date(2024, 7, 1)


def put(conn, *parcels, now=NOW, **more):
    return service.register(conn, change(*parcels, **more), now=now)


def area(conn, serial, at, known_at=None):
    found = service.get_live(conn, code(serial), at=at, known_at=known_at)
    return None if found is None else int(found.calculated_area_m2)


def said(conn, serial):
    """Everything ever said of a parcel: area, valid range, known range."""
    return [
        (int(row.calculated_area_m2), row.valid_from, row.valid_to, row.known_from, row.known_to)
        for row in service.history(conn, code(serial), today=TODAY)
    ]


def test_a_correction_keeps_what_was_said_before(conn):
    put(conn, parcel(1, square(0, 0)))
    result = service.correct(conn, parcel(1, square(0, 0, 9, 10)), on=date(2022, 1, 1), now=LATER)
    assert (result.added, result.changed, result.retired) == (0, 1, 0)
    assert said(conn, 1) == [(100, DAY, None, NOW, LATER), (90, DAY, None, LATER, None)]
    assert area(conn, 1, DAY) == 90
    assert area(conn, 1, DAY, known_at=LATER - timedelta(days=1)) == 100
    assert area(conn, 1, DAY, known_at=LATER) == 90
    assert area(conn, 1, DAY, known_at=NOW - timedelta(seconds=1)) is None


def test_a_correction_of_the_past_leaves_the_present(conn):
    put(conn, parcel(1, square(0, 0)))
    put(conn, parcel(1, square(0, 0, 12, 10)), valid_from=date(2023, 1, 1), now=LATER)
    service.correct(conn, parcel(1, square(0, 0, 8, 10)), on=date(2021, 1, 1), now=LAST)
    assert [area(conn, 1, day) for day in (date(2021, 1, 1), date(2022, 12, 31), date(2023, 1, 1))] == [
        80,
        80,
        120,
    ]
    assert [area(conn, 1, date(2021, 1, 1), known_at=known) for known in (NOW, LATER, LAST)] == [100, 100, 80]
    assert said(conn, 1) == [
        (100, DAY, None, NOW, LATER),
        (100, DAY, date(2023, 1, 1), LATER, LAST),
        (120, date(2023, 1, 1), None, LATER, None),
        (80, DAY, date(2023, 1, 1), LAST, None),
    ]


def test_a_correction_moves_the_guard_too(conn):
    """The strip that a correction gives back is free for the neighbour, in the past as well."""
    put(conn, parcel(1, square(0, 0)))
    service.correct(conn, parcel(1, square(0, 0, 9, 10)), on=DAY, now=LATER)
    put(conn, parcel(2, square(9, 0)), now=LAST)
    assert area(conn, 2, DAY) == 100


def test_what_was_not_in_force_cannot_be_corrected(conn):
    put(conn, parcel(1, square(0, 0)))
    with pytest.raises(ParcelNotLive):
        service.correct(conn, parcel(1, square(0, 0, 9, 10)), on=DAY - timedelta(days=1), now=LATER)
    with pytest.raises(ParcelNotLive):
        service.correct(conn, parcel(2, square(20, 0)), on=DAY, now=LATER)


def merge(conn, shape, **more):
    return service.merge(conn, [code(1), code(2)], parcel(3, shape), valid_from=MERGED_ON, now=LATER, **more)


@pytest.fixture
def pair(conn):
    put(conn, parcel(1, square(0, 0)), parcel(2, square(10, 0, 20, 10)))
    return conn


def test_a_merger_ends_the_parents_on_the_day_the_child_begins(pair):
    result = merge(pair, square(0, 0, 30, 10))
    assert (result.added, result.changed, result.retired) == (1, 0, 2)
    eve = MERGED_ON - timedelta(days=1)
    assert [area(pair, serial, eve) for serial in (1, 2, 3)] == [100, 200, None]
    assert [area(pair, serial, MERGED_ON) for serial in (1, 2, 3)] == [None, None, 300]
    # Before it was registered, the register knew of no end.
    assert [area(pair, serial, MERGED_ON, known_at=NOW) for serial in (1, 2, 3)] == [100, 200, None]
    assert said(pair, 1) == [(100, DAY, None, NOW, LATER), (100, DAY, MERGED_ON, LATER, None)]


def test_a_merger_is_remembered_from_both_sides(pair):
    merge(pair, square(0, 0, 30, 10))
    for serial, depths in ((1, [1]), (3, [-1, -1])):
        assert [edge.depth for edge in service.lineage(pair, code(serial))] == depths
    edges = service.lineage(pair, code(3))
    assert [(edge.parent_code, edge.child_code, edge.kind) for edge in edges] == [
        (code(1), code(3), "merge"),
        (code(2), code(3), "merge"),
    ]
    assert {edge.effective_on for edge in edges} == {MERGED_ON}
    assert [edge.area_m2 for edge in edges] == [Decimal("100.00"), Decimal("200.00")]


def test_a_merger_tells_the_map(pair):
    merge(pair, square(0, 0, 30, 10))
    rows = pair.execute("SELECT object_code, kind FROM map.change ORDER BY change_id DESC LIMIT 3").fetchall()
    assert sorted(rows) == [(code(1), "retired"), (code(2), "retired"), (code(3), "new")]


def test_a_merger_keeps_the_ground(pair):
    with pytest.raises(AreasDiffer) as caught:
        merge(pair, square(0, 0, 31, 10))
    assert (caught.value.params["before_m2"], caught.value.params["after_m2"]) == (300, 310)
    assert area(pair, 3, MERGED_ON) is None


def test_a_parcel_that_ended_cannot_be_merged_again(pair):
    merge(pair, square(0, 0, 30, 10))
    with pytest.raises(ParcelNotLive) as caught:
        service.merge(pair, [code(1), code(3)], parcel(4, square(0, 0, 40, 10)), valid_from=TODAY, now=LAST)
    assert caught.value.params["parcel_codes"] == [code(1)]


def test_grandchildren_know_their_grandparents(pair):
    merge(pair, square(0, 0, 30, 10))
    thirds = [parcel(serial, square(10 * (serial - 4), 0)) for serial in (4, 5, 6)]
    service.split(pair, code(3), thirds, valid_from=date(2025, 1, 1), now=LAST)
    assert [(edge.parent_code, edge.depth) for edge in service.lineage(pair, code(5))] == [
        (code(3), -1),
        (code(1), -2),
        (code(2), -2),
    ]
    assert [edge.depth for edge in service.lineage(pair, code(1))] == [1, 2, 2, 2]


def test_a_list_answers_for_a_day_and_for_what_was_known(pair):
    merge(pair, square(0, 0, 30, 10))

    def codes(**asked):
        query = ParcelQuery(county_code=code(1)[:6], **asked)
        return [found.parcel_code for found in service.find(pair, query, today=TODAY)]

    assert codes(at=DAY) == [code(1), code(2)]
    assert codes(at=MERGED_ON) == [code(3)]
    assert codes(at=MERGED_ON, known_at=NOW) == [code(1), code(2)]


def test_two_changes_within_one_instant_follow_each_other(conn):
    put(conn, parcel(1, square(0, 0)))
    result = service.correct(conn, parcel(1, square(0, 0, 9, 10)), on=DAY, now=NOW)
    assert result.known_at == NOW + timedelta(microseconds=1)
    assert [(row[0], row[3], row[4]) for row in said(conn, 1)] == [
        (100, NOW, result.known_at),
        (90, result.known_at, None),
    ]
