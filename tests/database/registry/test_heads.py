"""The daily heads of the register: what they cover, their chain, and that an altered row is found."""

from datetime import date, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.access.records import SYSTEM
from data.documents import signing
from data.errors import Conflict, NingtuError
from registry.reconciliation import heads
from registry.reconciliation.invariants import verify
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from spatial.parcels.service import register
from tests.database.registry import town

DAY = timedelta(days=1)
TODAY = town.NOW.date()


@pytest.fixture
def signer(tmp_path):
    return signing.sandbox_signer(tmp_path / "keys", signing.HEADS_KEY)


@pytest.fixture
def registered(city):
    """Parcels with an edge of lineage, and two entries of which one has ended."""
    with city.transaction(SYSTEM) as conn:
        first = town.enter_right(conn, town.FLATS[0], town.LI, town.WANG)
        town.enter_right(conn, town.FLATS[1], town.ZHAO)
        conn.execute(
            "INSERT INTO registry.rrr_end (rrr_id, status, cause, ended_at, ended_by)"
            " VALUES (%s, '3', '注销', %s, 'registrar_tongshan')",
            [first, town.NOW],
        )
        conn.execute(
            "INSERT INTO spatial.lineage (parent_id, child_id, kind, effective_on, known_at)"
            " SELECT min(parcel_id), max(parcel_id), 'split', '2026-01-01', %s FROM spatial.parcel",
            [town.NOW],
        )
    return city


def enlarge(db, now):
    """Register a new shape of a parcel: one version ends, others come."""
    shape = NewVersion(town.BARE[:19], Layer.USE_SURFACE, town._square(0, 15.0), land_use="0501")
    with db.transaction(SYSTEM) as conn:
        register(conn, ChangeSet(date(2026, 11, 1), [shape]), now=now)


def head(db, signer, after=0):
    return heads.make_head(db, signer=signer, now=town.NOW + after * DAY)


def test_a_head_covers_the_day_that_ended_and_is_made_once(registered, signer):
    made = head(registered, signer)
    assert made.head_on == TODAY - DAY
    assert made.prev_sha256 == bytes(32)
    # Changes, versions, entries, an end, an edge.
    assert made.n_rows == 4 + 4 + 2 + 1 + 1 + buildings(registered)
    assert signing.verify(signer.certificates[0], made.sha256, made.signature)
    assert head(registered, signer) is None


def buildings(db):
    with db.transaction(SYSTEM) as conn:
        return conn.execute("SELECT count(*) FROM map.change WHERE layer <> 'use_surface'").fetchone()[0]


def test_heads_are_chained_and_each_covers_what_came_since(registered, signer):
    first = head(registered, signer)
    enlarge(registered, town.NOW)
    second = head(registered, signer, after=1)
    # A change; the old version until the day before, and the new one.
    assert (second.n_rows, second.prev_sha256) == (3, first.sha256)
    # Nobody worked the machine for two days: the next head covers them, here with nothing in them.
    third = head(registered, signer, after=4)
    assert (third.head_on, third.n_rows) == (TODAY + 3 * DAY, 0)
    assert third.sha256 != second.sha256
    assert heads.first_broken(registered) is None


def test_a_clock_that_was_set_back_makes_no_second_head(registered, signer):
    head(registered, signer, after=5)
    assert head(registered, signer) is None


ALTERED = {
    "change": ("map.change", "kind = 'retired'"),
    "area": ("spatial.parcel_version", "official_area_m2 = official_area_m2 + 1"),
    "shape": ("spatial.parcel_version", "geom = ST_Translate(geom, 0.001, 0)"),
    "known": (
        "spatial.parcel_version",
        "known = tstzrange(lower(known) - interval '1 second', upper(known)) WHERE NOT upper_inf(known)",
    ),
    "lineage": ("spatial.lineage", "kind = 'merge'"),
    "entry": ("registry.rrr", "registered_by = 'somebody'"),
    "holder": ("registry.rrr_holder", "share_den = share_den + 1"),
    "end": ("registry.rrr_end", "cause = '更正'"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_row_is_found(registered, signer, superuser_url, what):
    head(registered, signer)
    enlarge(registered, town.NOW)
    head(registered, signer, after=1)
    assert heads.first_broken(registered) is None
    table, words = ALTERED[what]
    alter(registered, superuser_url, table, f"UPDATE {table} SET {words}")
    assert heads.first_broken(registered) == TODAY - DAY
    (check,) = [item for item in verify(registered) if item.id == "H1"]
    assert check.breaches == ((TODAY - DAY).isoformat(),)


@pytest.mark.parametrize("table", ["registry.rrr_end", "registry.rrr_holder"])
def test_a_removed_row_is_found(registered, signer, superuser_url, table):
    head(registered, signer)
    alter(registered, superuser_url, table, f"DELETE FROM {table}")
    assert heads.first_broken(registered) == TODAY - DAY


def test_the_first_day_that_differs_is_told(registered, signer, superuser_url):
    head(registered, signer)
    enlarge(registered, town.NOW)
    head(registered, signer, after=1)
    alter(
        registered,
        superuser_url,
        "map.change",
        "UPDATE map.change SET at = at + interval '1 second'"
        " WHERE change_id = (SELECT max(change_id) FROM map.change)",
    )
    assert heads.first_broken(registered) == TODAY


@pytest.mark.parametrize("column", ["sha256", "prev_sha256"])
def test_a_replaced_hash_is_found(registered, signer, superuser_url, column):
    head(registered, signer)
    head(registered, signer, after=1)
    statement = f"UPDATE registry.head SET {column} = sha256({column}) WHERE head_on = %s"
    alter(registered, superuser_url, "registry.head", statement, [TODAY])
    assert heads.first_broken(registered) == TODAY


def test_a_chain_made_anew_by_another_key_is_found(registered, signer, tmp_path):
    """Rows and chain agree; the signature is not ours."""
    stranger = signing.sandbox_signer(tmp_path / "elsewhere", signing.HEADS_KEY)
    head(registered, signer)
    head(registered, stranger, after=1)
    assert heads.first_broken(registered) is None
    assert heads.first_broken(registered, certificate=signer.certificates[0]) == TODAY
    (check,) = [item for item in verify(registered, certificate=signer.certificates[0]) if item.id == "H1"]
    assert check.breaches == (TODAY.isoformat(),)


def alter(db, superuser_url, table, statement, values=()):
    """Change the books as only a superuser can who takes the guards off."""
    with psycopg.connect(superuser_url, dbname=conninfo_to_dict(db.url)["dbname"]) as conn:
        conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        assert conn.execute(statement, values).rowcount > 0
        conn.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_writer_under_way_is_not_cut_off(registered, signer):
    """A head made now would miss the writer's rows; it is made when the writer is done, and covers them."""
    with registered.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.FLATS[2], town.LI)
        with pytest.raises(Conflict):
            head(registered, signer)
    assert head(registered, signer).n_rows == 13 + buildings(registered)


def test_the_application_changes_no_head(registered, signer):
    head(registered, signer)
    for statement in ("UPDATE registry.head SET n_rows = 0", "DELETE FROM registry.head"):
        with pytest.raises(NingtuError), registered.transaction(SYSTEM) as conn:
            conn.execute(statement)
