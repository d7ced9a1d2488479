"""A draft of the county boundaries: what it would move, counted by hand; hostile files leave nothing."""

import sqlite3
import struct
from datetime import timedelta

import numpy as np
import pytest
import shapely
from shapely import transform
from shapely.geometry import MultiPolygon, Polygon, box

from data.access.records import SYSTEM
from data.messages import text
from registry.reconciliation import report_files, what_if
from spatial.counties import service as counties
from spatial.counties.drafts import service as drafts
from spatial.counties.drafts.errors import DraftBad, DraftOver, DraftUnreadable
from spatial.crs import to_degrees
from tests.database.money.conftest import new_order, one
from tests.database.registry import town

TODAY = town.NOW.date()
OWN, OTHER = "421224", "421223"


def shapes_now(db):
    """Return the counties in force by code, EPSG:4547."""
    with db.transaction(SYSTEM) as conn:
        _, rows = counties.counties(conn, TODAY)
    return {row["county_code"]: row["geom"] for row in rows if row["in_city"]}


def moved_town(db):
    """Give the ground of the bare parcel's west half-town from 通山 to 崇阳."""
    shapes = shapes_now(db)
    ground = box(town.EAST - 100, town.NORTH - 100, town.EAST + 70, town.NORTH + 100)
    assert shapes[OWN].contains(ground)
    shapes[OWN] = shapes[OWN].difference(ground)
    shapes[OTHER] = shapely.union(shapes[OTHER], ground)
    return shapes


def write(path, shapes, *, crs=4547, column="county_code"):
    """Write a GeoPackage of few tables, as any tool would."""
    package = sqlite3.connect(path)
    package.executescript(
        "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization_coordsys_id INTEGER);"
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);"
        f"CREATE TABLE county (fid INTEGER PRIMARY KEY, {column} TEXT, geom BLOB);"
        f"INSERT INTO gpkg_spatial_ref_sys VALUES ({crs}, {crs});"
        f"INSERT INTO gpkg_geometry_columns VALUES ('county', 'geom', {crs});"
    )
    for code, shape in shapes:
        blob = b"GP\x00\x01" + struct.pack("<i", crs) + shapely.to_wkb(shape)
        package.execute(f"INSERT INTO county ({column}, geom) VALUES (?, ?)", [code, blob])
    package.commit()
    package.close()
    return path


def kept(db, path):
    with db.transaction(SYSTEM) as conn:
        return drafts.keep(conn, drafts.read(conn, path, "草案", on=TODAY), by="x", now=town.NOW)


def compared(db, path, **how):
    return drafts.compare(db, kept(db, path).draft_id, as_of=TODAY, now=town.NOW, **how)


def moved(db, draft):
    with db.transaction(SYSTEM) as conn:
        return drafts.moved_parcels(conn, draft.draft_id)


def lines_of(db, draft, first=TODAY, last=TODAY):
    with db.transaction(SYSTEM) as conn:
        return what_if.moved_lines(conn, draft.draft_id, first, last, limit=100)


@pytest.fixture
def file(city, tmp_path):
    return write(tmp_path / "draft.gpkg", moved_town(city).items())


def test_what_would_move_is_what_lies_on_the_ground(city, payer, order, file):
    payer.pay(order)
    still_open = new_order(city, town.HOUSE_LAND + "W00000000", town.WANG)
    elsewhere = new_order(city, town.SECOND_LAND + "W00000000", town.ZHAO)
    draft = compared(city, file)
    parcels = moved(city, draft)
    assert {parcel.parcel_code for parcel in parcels} == {town.BARE[:19], town.HOUSE_LAND}
    assert {(parcel.from_county, parcel.to_county) for parcel in parcels} == {(OWN, OTHER)}
    assert [parcel.moved_m2 for parcel in parcels] == pytest.approx([parcel.area_m2 for parcel in parcels])
    found = lines_of(city, draft)
    assert {line.order_no: line.order_state for line in found} == {
        order.head.order_no: "paid",
        still_open.head.order_no: "open",
    }
    assert elsewhere.head.order_no not in {line.order_no for line in found}
    (movement,) = what_if.matrix(found)
    assert (movement.from_county, movement.to_county, movement.kind, movement.lines) == (
        OWN,
        OTHER,
        "nontax",
        2,
    )
    assert movement.amount_fen == order.head.amount_fen + still_open.head.amount_fen
    yesterday = TODAY.replace(day=1)
    assert [line.order_state for line in lines_of(city, draft, yesterday, yesterday)] == ["open"]
    words = report_files.Words(str, lambda _, value: value)
    table = report_files.report_csv(what_if.report(found, now=town.NOW), words).decode()
    assert table.count("\r\n") == 3
    assert f",{OWN},{OTHER},550.00" in table


def test_the_ground_is_what_was_given_away(city, file):
    draft = compared(city, file)
    m2 = one(
        city, "SELECT sum(ST_Area(geom)) FROM spatial.boundary_draft_zone WHERE draft_id = %s", draft.draft_id
    )
    assert m2 == pytest.approx(170 * 200, abs=0.5)


def test_a_draft_in_degrees_moves_the_same(city, tmp_path, file):
    """A draft in EPSG:4490 (longitude, latitude) is brought to the plane before anything is measured."""
    degrees = {code: transform(shape, to_degrees) for code, shape in moved_town(city).items()}
    lon, lat, *_ = shapely.total_bounds(list(degrees.values()))
    assert 113 < lon < 115
    assert 29 < lat < 31
    here = compared(city, write(tmp_path / "degrees.gpkg", degrees.items(), crs=4490))
    there = compared(city, file)
    assert here.parcels == there.parcels == 2
    facts = [
        [(one.parcel_code, one.from_county, one.to_county) for one in moved(city, draft)]
        for draft in (here, there)
    ]
    assert facts[0] == facts[1]
    areas = [sum(one.moved_m2 for one in moved(city, draft)) for draft in (here, there)]
    assert areas[0] == pytest.approx(areas[1], abs=0.01)


def test_a_comparison_goes_in_steps_and_tells_how_far_it_is(city, file):
    told = []
    draft = compared(city, file, step=1, on_step=lambda one: told.append((one.checked, one.candidates)))
    assert told == [(0, 2), (1, 2)]
    assert (draft.state, draft.checked, draft.parcels) == ("compared", 2, 2)
    assert draft.seconds > 0


def test_a_comparison_that_is_cancelled_stops_after_its_step(city, file):
    draft_id = kept(city, file).draft_id

    def cancel(draft):
        if draft.checked == 1:
            with city.transaction(SYSTEM) as conn:
                drafts.cancel(conn, draft.draft_id, now=town.NOW)

    draft = drafts.compare(city, draft_id, as_of=TODAY, now=town.NOW, step=1, on_step=cancel)
    assert (draft.state, draft.checked, draft.parcels) == ("cancelled", 1, 1)
    again = drafts.compare(city, draft_id, as_of=TODAY, now=town.NOW)
    assert (again.state, again.checked) == ("cancelled", 1)
    with city.transaction(SYSTEM) as conn, pytest.raises(DraftOver):
        drafts.cancel(conn, draft_id, now=town.NOW)


def test_a_comparison_that_was_killed_goes_on_where_it_stopped(city, file):
    draft_id = kept(city, file).draft_id

    def killed(draft):
        if draft.checked == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drafts.compare(city, draft_id, as_of=TODAY, now=town.NOW, step=1, on_step=killed)
    told = []
    draft = drafts.compare(
        city,
        draft_id,
        as_of=TODAY + timedelta(days=1),
        now=town.NOW,
        on_step=lambda one: told.append(one.checked),
    )
    assert told == [1]
    assert (draft.state, draft.checked, draft.parcels, draft.as_of) == ("compared", 2, 2, TODAY)


def test_nothing_is_decided_with_a_draft(city, file):
    before = new_order(city, town.BARE)
    compared(city, file)
    after = new_order(city, town.HOUSE_LAND + "W00000000", town.WANG)
    assert [order.lines[0].county_code for order in (before, after)] == [OWN, OWN]
    assert one(city, "SELECT count(*) FROM spatial.boundary_set") == 1


def test_the_same_boundaries_move_nothing(city, tmp_path, order):
    draft = compared(city, write(tmp_path / "same.gpkg", shapes_now(city).items()))
    assert draft.parcels == 0
    assert lines_of(city, draft) == []


def test_ground_that_leaves_the_city_leaves_the_parcel_without_a_county(city, tmp_path, order):
    shapes = moved_town(city)
    shapes[OTHER] = shapes_now(city)[OTHER]
    draft = compared(city, write(tmp_path / "less.gpkg", shapes.items()))
    assert {line.to_county for line in lines_of(city, draft)} == {None}


ELSEWHERE = {
    "zone prefix": lambda found: np.add(found, [38_000_000, 0]),
    "swapped axes": lambda found: found[:, ::-1],
    "another place": lambda found: np.add(found, [200_000, 0]),
}


def spoilt(db, how):
    shapes = dict(moved_town(db))
    if how == "missing":
        del shapes[OTHER]
    elif how == "overlap":
        shapes[OTHER] = shapely.union(shapes[OTHER], shapes[OWN].representative_point().buffer(50))
    elif how == "invalid":
        shapes[OTHER] = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    elif how == "point":
        shapes[OTHER] = shapes[OTHER].representative_point()
    elif how == "empty":
        shapes[OTHER] = MultiPolygon()
    elif how in ELSEWHERE:
        shapes = {code: transform(shape, ELSEWHERE[how]) for code, shape in shapes.items()}
    rows = list(shapes.items())
    return rows + rows[:1] if how == "twice" else rows


@pytest.mark.parametrize("how", ["missing", "overlap", "invalid", "point", "empty", "twice", *ELSEWHERE])
def test_a_bad_draft_is_refused_and_leaves_nothing(city, tmp_path, how):
    path = write(tmp_path / "bad.gpkg", spoilt(city, how))
    with pytest.raises(DraftBad) as refused:
        compared(city, path)
    said = [text(refused.value.error_code, lang, **refused.value.params) for lang in ("zh", "en")]
    assert said[0].isascii() is False
    assert not any("{" in words or "boundary_fault" in words for words in said)
    assert refused.value.params["reason"] not in said[0]
    assert one(city, "SELECT count(*) FROM spatial.boundary_draft") == 0


def test_shapes_within_shapes_do_not_end_the_process(city, tmp_path):
    """The reader of WKB calls itself for each collection: 900 kB of them overflow its stack."""
    path = write(tmp_path / "nested.gpkg", moved_town(city).items())
    nested = struct.pack("<BII", 1, 7, 1) * 100_000 + shapely.to_wkb(Polygon())
    package = sqlite3.connect(path)
    package.execute("UPDATE county SET geom = ?", [b"GP\x00\x01" + struct.pack("<i", 4547) + nested])
    package.commit()
    package.close()
    with pytest.raises(DraftBad):
        compared(city, path)


@pytest.mark.parametrize("what", ["text", "cut", "crs", "column", "view"])
def test_an_unreadable_file_is_refused(city, file, tmp_path, what):
    path = tmp_path / "odd.gpkg"
    if what == "text":
        path.write_text("no database")
    elif what == "cut":
        path.write_bytes(file.read_bytes()[:5_000])
    elif what == "crs":
        write(path, moved_town(city).items(), crs=4326)
    elif what == "column":
        write(path, moved_town(city).items(), column="name")
    else:
        write(path, moved_town(city).items())
        package = sqlite3.connect(path)
        package.executescript(
            "ALTER TABLE county RENAME TO c; CREATE VIEW county AS SELECT * FROM c, c AS d, c AS e"
        )
        package.close()
    with pytest.raises(DraftUnreadable):
        compared(city, path)
    assert one(city, "SELECT count(*) FROM spatial.boundary_draft") == 0
