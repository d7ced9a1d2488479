"""A draft of the county lines comes into force: by two persons, from a day on, nothing moves back."""

import math
import threading
from datetime import timedelta

import numpy as np
import psycopg
import pytest
import shapely
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.access.records import PUBLIC, SYSTEM, Actor
from data.reference.upkeep import ReferenceTooFar
from registry.reconciliation import reports
from registry.reconciliation.reports import Question
from spatial.counties import service
from spatial.counties.drafts import publishing
from spatial.counties.drafts.errors import (
    DraftBad,
    DraftWithoutShapes,
    PublicationInPast,
    PublicationNameTaken,
    PublicationNotFound,
    PublicationOpen,
    PublicationOver,
    PublicationSamePerson,
)
from spatial.counties.drafts.records import Terms
from spatial.counties.errors import BoundarySetsOverlap
from spatial.counties.records import Subject
from spatial.crs import to_degrees
from spatial.parcels.rules import snap
from tests.database.money.conftest import FINANCE_CITY, one, rows
from tests.database.money.test_boundary_change import replayed
from tests.database.money.test_what_if import OTHER, OWN, TODAY, compared, kept, moved_town, shapes_now, write
from tests.database.registry import town
from tiles.records import Address, Request
from tiles.service import TileService

TOMORROW = TODAY + timedelta(days=1)
REVIEWER = Actor(21, "reviewer", "r", frozenset({"reviewer"}), "city", None)
WORDS = ("咸民政〔2026〕9号", "勘界", "勘界成果", "内部使用", "注意", "notice")


def terms(on=TOMORROW, name="xianning-v2"):
    return Terms(name, on, 10.0, *WORDS, legal=True)


def propose(db, draft, wanted=None, by=FINANCE_CITY, now=town.NOW):
    return publishing.propose(db, by, draft.draft_id, wanted or terms(), now=now)


def confirm(db, made, by=REVIEWER, now=town.NOW):
    return publishing.confirm(db, by, made.draft_id, made.publication_id, comment="", now=now)


def sets(db):
    return rows(db, "SELECT name, lower(valid), upper(valid) FROM spatial.boundary_set ORDER BY lower(valid)")


def county_of(db, on):
    with db.transaction(SYSTEM) as conn:
        return service.decide(conn, Subject(geom=town_point(conn)), as_of=on).county_code


def town_point(conn):
    (geom,) = conn.execute(
        "SELECT geom FROM spatial.parcel_version WHERE parcel_code = %s", [town.BARE[:19]]
    ).fetchone()
    return geom


@pytest.fixture
def draft(city, tmp_path):
    return compared(city, write(tmp_path / "draft.gpkg", moved_town(city).items()))


@pytest.mark.parametrize("on", [TOMORROW, TODAY])
def test_it_is_in_force_from_its_day_on(city, draft, on):
    first = sets(city)[0][1]
    made = propose(city, draft, terms(on))
    assert made.state == "proposed"
    assert len(sets(city)) == 1
    done = confirm(city, made)
    assert (done.state, done.ended_by) == ("confirmed", "reviewer")
    assert sets(city) == [("xianning-v1", first, on), ("xianning-v2", on, None)]
    assert county_of(city, on - timedelta(days=1)) == OWN
    assert county_of(city, on) == OTHER
    with city.transaction(SYSTEM) as conn:
        used, known = service.counties(conn, on)
        before = {row["county_code"]: row for row in service.counties(conn, on - timedelta(days=1))[1]}
    assert (used.source_doc, used.source, used.notice_zh, used.legal, used.accuracy_m) == (
        "咸民政〔2026〕9号",
        "勘界成果",
        "注意",
        True,
        10.0,
    )
    wanted = moved_town_of(before)
    for row in known:
        assert row["geom"].equals(wanted.get(row["county_code"], before[row["county_code"]]["geom"]))
    acts = "SELECT action, login FROM registry.audit WHERE action LIKE 'boundary.%%' ORDER BY audit_id"
    assert rows(city, acts) == [("boundary.propose", "finance_city"), ("boundary.publish", "reviewer")]


def moved_town_of(before):
    """Return what the draft said, from the shapes before."""
    shapes = {code: row["geom"] for code, row in before.items() if row["in_city"]}
    ground = shapely.box(town.EAST - 100, town.NORTH - 100, town.EAST + 70, town.NORTH + 100)
    shapes[OWN] = shapes[OWN].difference(ground)
    shapes[OTHER] = shapely.union(shapes[OTHER], ground)
    return {code: snap([shape])[0] for code, shape in shapes.items()}


def test_what_was_paid_keeps_its_county_and_the_report_tells_both(city, draft, order, payer):
    payer.pay(order)
    confirm(city, propose(city, draft))
    assert {item.same for item in replayed(city, TODAY)} == {True}
    found = reports.make(
        city, FINANCE_CITY, "boundary_lines", Question(TODAY, TODAY), now=town.NOW + timedelta(days=1)
    )
    (line,) = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    assert (line["county_code"], line["county_today"]) == (OWN, OTHER)


def test_the_tiles_of_a_day_show_the_lines_of_that_day(city, draft):
    """Also at midnight: a tile that is kept is one of a day."""
    lon, lat = to_degrees(np.array([[town.EAST + 70.0, town.NORTH]]))[0]
    x = int((lon + 180) / 360 * 2**14)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**14)
    tiles = TileService(city)

    def drawn(today, at=None):
        return tiles.tile(Request("counties", Address(14, x, y), at), PUBLIC, today=today).body

    before = drawn(TODAY)
    confirm(city, propose(city, draft))
    assert before
    assert drawn(TODAY) == drawn(TOMORROW, at=TODAY) == before
    assert drawn(TOMORROW) == drawn(TODAY, at=TOMORROW) != before
    assert one(city, "SELECT count(*) FROM map.change WHERE layer = 'counties'") == 1
    tiles.close()


def test_the_neighbours_give_way_to_the_city(city, tmp_path):
    shapes = shapes_now(city)
    with city.transaction(SYSTEM) as conn:
        _, known = service.counties(conn, TODAY)
    neighbour = next(row for row in known if not row["in_city"])
    beside = next(code for code, shape in shapes.items() if shape.distance(neighbour["geom"]) == 0)
    edge = shapes[beside].intersection(neighbour["geom"]).representative_point()
    others = shapely.union_all([shape for code, shape in shapes.items() if code != beside])
    ground = shapely.box(edge.x - 30, edge.y - 30, edge.x + 30, edge.y + 30).difference(others)
    taken = ground.intersection(neighbour["geom"])
    shapes[beside] = shapes[beside].union(ground)
    draft = compared(city, write(tmp_path / "grown.gpkg", shapes.items()))
    confirm(city, propose(city, draft))
    with city.transaction(SYSTEM) as conn:
        _, after = service.counties(conn, TOMORROW)
    less = next(row["geom"] for row in after if row["county_code"] == neighbour["county_code"])
    assert neighbour["geom"].area - less.area == pytest.approx(taken.area, abs=0.5)


def test_one_person_alone_publishes_nothing(city, draft):
    made = propose(city, draft)
    with pytest.raises(PublicationSamePerson):
        confirm(city, made, by=FINANCE_CITY)
    with pytest.raises(PublicationSamePerson), city.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO spatial.boundary_publication_end VALUES (%s, 'confirmed', '',"
            " (SELECT set_id FROM spatial.boundary_set), 'finance_city', now())",
            [made.publication_id],
        )
    assert len(sets(city)) == 1


def test_what_is_over_stays_over(city, draft):
    made = propose(city, draft)
    with pytest.raises(PublicationOpen):
        propose(city, draft, by=REVIEWER)
    publishing.decline(city, REVIEWER, draft.draft_id, made.publication_id, comment="x", now=town.NOW)
    with pytest.raises(PublicationOver):
        confirm(city, made)
    again = propose(city, draft)
    with pytest.raises(PublicationNotFound):
        publishing.confirm(city, REVIEWER, draft.draft_id + 1, again.publication_id, comment="", now=town.NOW)
    assert confirm(city, again).state == "confirmed"


def test_the_past_and_a_name_that_stands_are_refused(city, draft):
    with pytest.raises(PublicationInPast):
        propose(city, draft, terms(TODAY - timedelta(days=1)))
    with pytest.raises(PublicationNameTaken):
        propose(city, draft, terms(name="xianning-v1"))
    made = propose(city, draft)
    with pytest.raises(PublicationInPast):
        confirm(city, made, now=town.NOW + timedelta(days=2))
    assert len(sets(city)) == 1


def test_a_year_that_is_a_slip_of_the_pen_does_not_shut_out_all_before_it(city, draft):
    with pytest.raises(ReferenceTooFar):
        propose(city, draft, terms(TOMORROW.replace(year=TOMORROW.year + 100)))
    assert confirm(city, propose(city, draft, terms(TOMORROW + timedelta(days=365)))).state == "confirmed"


@pytest.mark.parametrize("days", [0, 5])
def test_no_set_comes_into_force_before_one_that_is_announced(city, draft, days, tmp_path):
    announced = TOMORROW + timedelta(days=days)
    confirm(city, propose(city, draft, terms(announced)))
    second = kept(city, write(tmp_path / "second.gpkg", shapes_now(city).items()))
    with pytest.raises(BoundarySetsOverlap):
        propose(city, second, terms(TOMORROW, "xianning-v3"))
    later = propose(city, second, terms(announced + timedelta(days=1), "xianning-v3"))
    assert confirm(city, later).state == "confirmed"
    assert [row[0] for row in sets(city)] == ["xianning-v1", "xianning-v2", "xianning-v3"]


def test_a_draft_that_lacks_a_county_or_its_shapes_is_refused(city, db_url, superuser_url, draft):
    """As one loaded before shapes were kept: the file's own check refuses a county that is missing."""
    name = str(conninfo_to_dict(db_url)["dbname"])
    with psycopg.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as conn:
        conn.execute("ALTER TABLE spatial.boundary_draft_county DISABLE TRIGGER ALL")
        conn.execute("DELETE FROM spatial.boundary_draft_county WHERE county_code = %s", [OTHER])
        with pytest.raises(DraftBad):
            propose(city, draft)
        conn.execute("DELETE FROM spatial.boundary_draft_county")
        with pytest.raises(DraftWithoutShapes):
            propose(city, draft)


def test_what_nobody_saw_is_said(city, draft, tmp_path):
    unseen = kept(city, write(tmp_path / "unseen.gpkg", shapes_now(city).items()))

    def told(which):
        with city.transaction(SYSTEM) as conn:
            return publishing.warnings(conn, which)

    assert told(unseen) == ["not_compared"]
    assert told(draft) == []
    confirm(city, propose(city, unseen, terms(name="xianning-v3")))
    assert told(draft) == ["compared_with_other"]
    assert told(unseen) == []


def test_of_two_at_once_one_is_published(city, draft, tmp_path):
    """Both hold their own draft; the newest set is what they race for."""
    second = kept(city, write(tmp_path / "second.gpkg", shapes_now(city).items()))
    made = [propose(city, draft), propose(city, second, terms(name="xianning-v3"))]
    together, outcomes = threading.Barrier(2), []

    def run(publication):
        together.wait(30)
        try:
            outcomes.append(confirm(city, publication).state)
        except BoundarySetsOverlap:
            outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(item,)) for item in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["confirmed", "refused"]
    assert len(sets(city)) == 2
    assert one(city, "SELECT count(*) FROM spatial.boundary_publication_end") == 1
    with city.transaction(SYSTEM) as conn:
        left = [item.state for item in publishing.publications(conn, second.draft_id)]
    assert left in (["proposed"], ["confirmed"])
