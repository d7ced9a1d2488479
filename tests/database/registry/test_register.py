"""What the database itself refuses, and what another office may know."""

import pytest

from data.access.records import SYSTEM
from data.errors import NingtuError
from registry.handbook.errors import VersionChanged
from registry.handbook.service import handbook_sha256, publish
from registry.rights import service as rights
from registry.rights.errors import EntryEnded
from registry.rights.records import Kind
from tests.database.registry import town


@pytest.fixture
def owned(city):
    with city.transaction(SYSTEM) as conn:
        return town.enter_right(conn, town.FLATS[0], town.LI)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry.rrr SET cause = 'x'",
        "DELETE FROM registry.rrr",
        "DELETE FROM registry.rrr_holder",
        "UPDATE registry.handbook_version SET body = '{}'",
        "DELETE FROM registry.case",
        "UPDATE registry.party SET name = 'x'",
        "UPDATE registry.unit_page SET county_code = '421202'",
    ],
)
def test_nothing_legal_is_changed_in_place(city, owned, statement):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(statement)


def test_an_entry_ends_once(city, owned):
    with city.transaction(SYSTEM) as conn:
        rights.cancel(conn, owned, cause="注销", by="r", now=town.NOW)
    with pytest.raises(EntryEnded), city.transaction(SYSTEM) as conn:
        rights.cancel(conn, owned, cause="注销", by="r", now=town.NOW)


def test_another_office_learns_the_state_but_no_person(city, owned):
    with city.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.FLATS[0], town.LI, kind=Kind.SEIZURE, right_type="")
    with city.transaction(town.CLERK) as conn:
        found = rights.live_entries(conn, [town.FLATS[0]])
        assert [entry.kind for entry in found] == ["ownership", "seizure"]
        assert rights.unit_page(conn, town.FLATS[0]).entries == []
        assert conn.execute("SELECT count(*) FROM registry.party").fetchone() == (0,)


def test_asking_the_state_does_not_widen_the_scope(city, owned):
    with city.transaction(town.CLERK) as conn:
        rights.live_entries(conn, [town.FLATS[0]])
        rights.homesteads_of(conn, [b"x" * 32], "421224")
        assert conn.execute("SELECT current_setting('ningtu.scope')").fetchone() == ("county",)


def test_entries_are_numbered_without_gaps(city, owned):
    with city.transaction(SYSTEM) as conn:
        for _ in range(3):
            town.enter_right(conn, town.FLATS[0], town.BANK, kind=Kind.MORTGAGE, right_type="")
        page = rights.unit_page(conn, town.FLATS[0])
    assert [entry.seq for entry in page.entries] == [1, 2, 3, 4]


def test_a_published_version_is_never_changed(db):
    from data.reference import files

    entries = [file.entry for file in files.handbook()]
    with db.transaction(SYSTEM) as conn:
        before, _ = handbook_sha256(conn, town.NOW.date())
        assert publish(conn, entries) == 0
    changed = {**entries[0], "scope": "另一范围"}
    with pytest.raises(VersionChanged), db.transaction(SYSTEM) as conn:
        publish(conn, [changed])
    with db.transaction(SYSTEM) as conn:
        assert publish(conn, [{**changed, "version": 2, "valid_from": town.NOW.date()}]) == 1
        after, _ = handbook_sha256(conn, town.NOW.date())
    assert after != before


def test_map_points_carry_no_number_and_no_person(city, accepted):
    with city.transaction(SYSTEM) as conn:
        columns = {column.name for column in conn.execute("SELECT * FROM map.case_point").description} | {
            column.name for column in conn.execute("SELECT * FROM map.cases").description
        }
        row = conn.execute("SELECT county_code, status, open FROM map.case_point").fetchone()
    assert row == ("421224", "accepted", True)
    assert not columns & {"case_no", "applicant", "address", "accepted_by"}
