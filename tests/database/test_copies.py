"""Copies of a database of somebody else's, where no superuser is at hand."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from api.cli.copies import CopyUnfit, backup, check_copy, empty, fill, restore
from api.cli.installation import Installation
from data.settings import Settings

PARTIES = (
    "INSERT INTO registry.party"
    " (kind, name, id_type, id_number, id_masked, id_hash, county_code, accept_office)"
    " SELECT 'person', '示例', 'other', 'x', 'x', decode(repeat('00', 32), 'hex'), county, 'xianan'"
    " FROM unnest(ARRAY['421202', '421224', NULL]) county"
)


@pytest.fixture
def given(superuser_url, db_url, template, tmp_path):
    """An installation on a given database that holds a person of two counties and one of none."""
    dbname = psycopg.conninfo.conninfo_to_dict(db_url)["dbname"]
    with psycopg.connect(superuser_url, dbname=dbname) as conn:
        conn.execute(PARTIES)
    owner = make_conninfo(db_url, user=f"{template}_owner")
    settings = Settings(home=tmp_path / "home", database_url=db_url, owner_url=owner)
    return Installation(settings, None)


def parties(superuser_url, installation):
    dbname = psycopg.conninfo.conninfo_to_dict(installation.settings.owner_url)["dbname"]
    with psycopg.connect(superuser_url, dbname=dbname) as conn:
        return conn.execute("SELECT county_code FROM registry.party ORDER BY 1").fetchall()


def test_the_owner_copies_and_restores_the_rows_of_every_county(superuser_url, given, tmp_path):
    before = parties(superuser_url, given)
    list(backup(given, tmp_path / "copy"))
    check_copy(tmp_path / "copy")
    empty(given)
    fill(given)
    assert parties(superuser_url, given) == []
    list(restore(given, tmp_path / "copy"))
    assert parties(superuser_url, given) == before == [("421202",), ("421224",), (None,)]


def test_what_is_followed_is_over_in_the_cluster_it_is_restored_to(superuser_url, given, tmp_path):
    """Numbers of another cluster would lie in the future: such rows would never be told, or always."""
    dbname = psycopg.conninfo.conninfo_to_dict(given.settings.owner_url)["dbname"]
    with psycopg.connect(superuser_url, dbname=dbname) as conn:
        conn.execute(
            "INSERT INTO map.change (layer, kind, object_code, tx)"
            " VALUES ('buildings', 'new', 'x', '999999999')"
        )
    list(backup(given, tmp_path / "copy"))
    list(restore(given, tmp_path / "copy"))
    with psycopg.connect(superuser_url, dbname=dbname) as conn:
        found = conn.execute(
            "SELECT object_code, tx::text FROM map.change WHERE object_code = 'x'"
        ).fetchall()
        assert found == [("x", "2")]
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            conn.execute("UPDATE map.change SET tx = '3'")


@pytest.mark.parametrize("place", ["a file", "a file/below", "full"])
def test_a_place_that_cannot_take_a_copy_is_told(given, tmp_path, place):
    (tmp_path / "a file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    with pytest.raises(CopyUnfit):
        list(backup(given, tmp_path / place))


def test_what_is_still_being_written_is_no_part_of_a_copy(given, tmp_path):
    """Such a file may be gone before its turn comes."""
    folder = given.settings.files_dir
    (folder / "ab").mkdir(parents=True)
    for name in ("kept", "ab/kept", ".incoming-x", ".lock-abc", "ab/tmpx.tmp"):
        (folder / name).write_text("x")
    list(backup(given, tmp_path / "copy"))
    copied = (tmp_path / "copy" / "files").rglob("*")
    assert sorted(str(path.relative_to(tmp_path / "copy")) for path in copied if path.is_file()) == [
        "files/ab/kept",
        "files/kept",
    ]
