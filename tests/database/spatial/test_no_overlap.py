"""The database refuses overlap of parcels of one layer, now, in the past, and between sessions."""

import threading
from datetime import date

import numpy as np
import psycopg
import pytest
import shapely
from shapely.affinity import translate

from data.access.records import SYSTEM
from spatial.parcels import service
from spatial.parcels.errors import ParcelChangedMeanwhile, ParcelShapeBad, ParcelsOverlap
from spatial.parcels.records import ChangeSet, Layer
from tests.database.spatial.parcel_cases import DAY, NOW, at_origin, change, code, parcel, square


def put(conn, *parcels, **more):
    return service.register(conn, change(*parcels, **more), now=NOW)


def refused(conn, *parcels, **more):
    """Register and tell whether the guard refused it; the transaction goes on."""
    try:
        with conn.transaction():
            put(conn, *parcels, **more)
    except psycopg.errors.ExclusionViolation as error:
        return error.diag.constraint_name == "parcel_piece_no_overlap"
    return False


DONUT = at_origin(shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20)))
ISLAND = square(10, 10)


def test_donut_island_and_neighbour_are_accepted(conn):
    put(conn, parcel(1, DONUT), parcel(2, ISLAND), parcel(3, square(30, 0, 10, 30)))
    assert service.get_live(conn, code(2)) is not None


def test_island_larger_than_the_hole_is_refused(conn):
    put(conn, parcel(1, DONUT))
    assert refused(conn, parcel(2, square(9.99, 10)))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (square(10, 0), False),  # shares a line
        (square(9.99, 0), True),  # 1 cm overlap
        (square(2, 2, 3), True),  # contained
        (square(0, 0), True),  # identical
        (square(9.995, 0, 5, 10), True),  # 5 mm sliver
        (square(9.998, 0), False),  # 2 mm: rounding, not overlap
        (square(9.997, 0), True),  # 3 mm
        (square(10.001, 0), False),  # 1 mm gap
        (at_origin(shapely.Polygon([(9.99, 5), (20, 0), (20, 10)])), True),  # a spike of 1 cm into it
    ],
)
def test_second_parcel_beside_a_square(conn, shape, expected):
    put(conn, parcel(1, square(0, 0)))
    assert refused(conn, parcel(2, shape)) is expected


def test_both_in_one_change_set(conn):
    assert refused(conn, parcel(1, square(0, 0)), parcel(2, square(5, 0)))


def test_another_layer_may_lie_over_it(conn):
    put(conn, parcel(1, square(0, 0)))
    assert not refused(conn, parcel(2, square(0, 0), Layer.USE_BELOW))


def test_an_earlier_time_is_free(conn):
    put(conn, parcel(1, square(0, 0)))
    assert not refused(conn, parcel(2, square(0, 0)), valid_from=date(2010, 1, 1), valid_to=DAY)


def test_back_dated_ghost_inside_history_is_refused(conn):
    put(conn, parcel(1, square(0, 0)))
    service.retire(conn, [code(1)], valid_from=date(2023, 1, 1), now=NOW)
    ghost = parcel(2, square(2, 2, 3))
    assert refused(conn, ghost, valid_from=date(2021, 1, 1), valid_to=date(2021, 2, 1))
    assert not refused(conn, ghost, valid_from=date(2023, 1, 1))


def test_atomic_split(conn):
    put(conn, parcel(1, square(0, 0)))
    halves = [parcel(2, square(0, 0, 5, 10)), parcel(3, square(5, 0, 5, 10))]
    result = service.split(conn, code(1), halves, valid_from=date(2024, 1, 1), now=NOW)
    assert (result.added, result.changed, result.retired) == (2, 0, 1)


def test_boundary_swap_between_neighbours(conn):
    """Each takes a strip of the other: only together are they free of overlap."""
    put(conn, parcel(1, square(0, 0)), parcel(2, square(10, 0)))
    wider, narrower = parcel(1, square(0, 0, 14, 10)), parcel(2, square(14, 0, 6, 10))
    assert refused(conn, wider, valid_from=date(2024, 1, 1))
    result = put(conn, wider, narrower, valid_from=date(2024, 1, 1))
    assert (result.added, result.changed, result.retired) == (0, 2, 0)


def test_deferred_swap_statement_by_statement(conn):
    """The constraint waits when told to, and speaks at the end."""
    put(conn, parcel(1, square(0, 0)), parcel(2, square(20, 0)))
    conn.execute("SET CONSTRAINTS ALL DEFERRED")
    first, second = conn.execute("SELECT version_id, piece FROM spatial.parcel_piece ORDER BY 1").fetchall()
    move = "UPDATE spatial.parcel_piece SET piece = %s::polygon WHERE version_id = %s"
    conn.execute(move, [second[1], first[0]])
    conn.execute(move, [first[1], second[0]])
    conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    conn.execute("SET CONSTRAINTS ALL DEFERRED")
    conn.execute(move, [second[1], second[0]])
    with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
        conn.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_narrower_than_two_millimetres_throughout_is_refused(conn):
    with pytest.raises(ParcelShapeBad) as caught:
        put(conn, parcel(1, square(0, 0, 0.002, 10)))
    assert caught.value.errors == [{"parcel_code": code(1), "reason": "too_narrow"}]


def test_copies_moved_by_four_millimetres_are_refused(conn):
    """Irregular quads at real coordinates, rounded to 1 mm: each copy meets its neighbour or its original."""
    random = np.random.default_rng(7)
    ticks = np.arange(13) * 23.0
    xs, ys = np.meshgrid(ticks, ticks)
    xs = np.round(xs + random.uniform(-6, 6, xs.shape), 3)
    ys = np.round(ys + random.uniform(-6, 6, ys.shape), 3)
    quads = [
        at_origin(
            shapely.Polygon(
                [(xs[i, j], ys[i, j]) for i, j in ((r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c))]
            )
        )
        for r in range(12)
        for c in range(12)
    ]
    put(conn, *[parcel(n, quad) for n, quad in enumerate(quads, start=1)])
    moved = [parcel(1000 + n, translate(quad, 0.004, 0.004)) for n, quad in enumerate(quads)]
    assert all(refused(conn, copy) for copy in moved)


def test_two_sessions_the_second_waits_and_fails(db):
    begun, outcome = threading.Event(), []

    def second():
        begun.wait(5)
        try:
            with db.transaction(SYSTEM) as conn:
                service.register(conn, change(parcel(2, square(5, 0))), now=NOW)
            outcome.append("accepted")
        except ParcelsOverlap:
            outcome.append("refused")

    thread = threading.Thread(target=second)
    thread.start()
    with db.transaction(SYSTEM) as conn:
        service.register(conn, change(parcel(1, square(0, 0))), now=NOW)
        begun.set()
        thread.join(0.7)
        assert outcome == []  # it waits for us
    thread.join(10)
    assert outcome == ["refused"]


def test_two_sessions_change_the_same_parcel(db):
    with db.transaction(SYSTEM) as conn:
        service.register(conn, change(parcel(1, square(0, 0))), now=NOW)
    begun, outcome = threading.Event(), []

    def second():
        begun.wait(5)
        try:
            with db.transaction(SYSTEM) as conn:
                narrower = ChangeSet(date(2024, 1, 1), [parcel(1, square(0, 0, 8, 10))])
                service.register(conn, narrower, now=NOW)
            outcome.append("accepted")
        except (ParcelChangedMeanwhile, ParcelsOverlap):
            outcome.append("refused")

    thread = threading.Thread(target=second)
    thread.start()
    with db.transaction(SYSTEM) as conn:
        service.register(conn, ChangeSet(date(2024, 1, 1), [parcel(1, square(0, 0, 9, 10))]), now=NOW)
        begun.set()
        thread.join(0.7)
    thread.join(10)
    assert outcome == ["refused"]
