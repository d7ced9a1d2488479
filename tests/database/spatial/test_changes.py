"""The change feed: nothing is skipped, nothing comes twice, whatever the order of commits."""

import time

import pytest

from data.access.records import SYSTEM
from data.following.errors import CursorOutlived
from spatial.changes import service
from spatial.changes.records import LAYERS, Wanted
from spatial.parcels import service as parcels
from spatial.parcels.records import Layer
from tests.database.spatial.parcel_cases import NOW, change, code, parcel, square

PATIENCE_S = 120


# Parcels ask for new overview cells, once a minute for all: two of them would wait for each other.
def note(conn, name, layer="buildings", county="421202"):
    conn.execute(
        "INSERT INTO map.change (layer, county_code, kind, object_code) VALUES (%s, %s, 'new', %s)",
        [layer, county, name],
    )


def names_after(db, since, wanted=None, limit=100):
    with db.transaction(SYSTEM) as conn:
        found, place = service.follow(conn, since, wanted or Wanted(), limit=limit)
    return [item.object_code for item in found], place


def settle(db):
    """Wait for the transactions of other tests that run on the same cluster now."""
    with db.transaction(SYSTEM) as conn:
        mine = conn.execute("SELECT pg_current_xact_id()::text").fetchone()[0]
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with db.transaction(SYSTEM) as conn:
            query = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8"
            if conn.execute(query, [mine]).fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("a transaction of somebody else does not end")


def test_a_late_commit_of_an_earlier_key_is_not_skipped(db):
    with db.transaction(SYSTEM) as early:
        note(early, "early")
        with db.transaction(SYSTEM) as late:
            note(late, "late")
        names, place = names_after(db, None)
        assert "late" not in names, "the reader would pass the place where the early one will appear"
    settle(db)
    names, place = names_after(db, place)
    assert names[-2:] == ["early", "late"]
    assert names_after(db, place)[0] == []


def test_keys_that_cross_transactions_are_not_skipped(db):
    """The transaction that began first writes the higher key and commits first."""
    begin = names_after(db, None)[1]
    with db.transaction(SYSTEM) as second:
        with db.transaction(SYSTEM) as first:
            first.execute("SELECT pg_current_xact_id()")
            note(second, "low key")
            note(first, "high key")
        seen, place = names_after(db, begin)
    settle(db)
    rest, place = names_after(db, place)
    assert [*seen, *rest] == ["high key", "low key"]


def test_pages_of_any_size_give_the_same_order(db):
    for number in range(7):
        with db.transaction(SYSTEM) as conn:
            note(conn, f"n{number}")
            note(conn, f"m{number}")
    settle(db)
    whole, end = names_after(db, None)
    paged, place = [], None
    while True:
        names, place = names_after(db, place, limit=3)
        if not names:
            break
        paged += names
    assert paged == whole
    assert place == end
    assert [name for name in whole if name[0] in "nm"] == [f"{x}{n}" for n in range(7) for x in "nm"]


def test_filters_leave_out_and_go_on(db):
    with db.transaction(SYSTEM) as conn:
        note(conn, "here")
        note(conn, "elsewhere", county="421224")
        note(conn, "everywhere", county=None)
        note(conn, "wood", layer="forest")
        note(conn, "a case", layer="cases")
        note(conn, "cells", layer="overview")
    settle(db)
    everything, end = names_after(db, None)
    assert everything[-4:] == ["here", "elsewhere", "everywhere", "wood"]
    assert names_after(db, None, Wanted(county_code="421202"))[0][-3:] == ["here", "everywhere", "wood"]
    found, place = names_after(db, None, Wanted(("forest",)))
    assert (found, place) == (["wood"], end), "what was left out is passed all the same"
    assert "cells" not in everything
    assert "a case" not in everything


def test_what_the_register_does_is_told_with_its_box(db):
    begin = names_after(db, None)[1]
    with db.transaction(SYSTEM) as conn:
        parcels.register(conn, change(parcel(1, square(0, 0))), now=NOW)
    settle(db)
    with db.transaction(SYSTEM) as conn:
        (item,), _ = service.follow(conn, begin, Wanted(), limit=10)
        west, south, east, north = conn.execute(
            "SELECT ST_XMin(g), ST_YMin(g), ST_XMax(g), ST_YMax(g)"
            " FROM (SELECT ST_Transform(geom, 4490) AS g FROM spatial.parcel_version) v"
        ).fetchone()
    assert (item.layer, item.kind, item.object_code) == ("use_surface", "new", code(1))
    assert item.bbox[0] <= west < east <= item.bbox[2]
    assert item.bbox[1] <= south < north <= item.bbox[3]
    # A square of 10 m is 1e-4 degrees wide.
    assert item.bbox[2] - item.bbox[0] < 2e-4


def test_every_layer_of_the_register_can_be_followed():
    assert {str(layer) for layer in Layer} <= set(LAYERS)


def test_a_place_from_before_a_restore_is_refused(db):
    with db.transaction(SYSTEM) as conn:
        note(conn, "x")
    settle(db)
    _, (tx, change_id) = names_after(db, None)
    for place in ((tx + 1, change_id), (tx, change_id + 1)):
        with pytest.raises(CursorOutlived):
            names_after(db, place)
