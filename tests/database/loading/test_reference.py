"""The reference data in the database."""

from datetime import date

import psycopg
import pytest

from data.access.records import SYSTEM
from data.reference import files, service
from data.reference.errors import AccountUnknown


def test_a_second_load_changes_nothing(module_db):
    from api.loading.reference import load_reference

    assert load_reference(module_db) == []


def test_a_changed_file_is_loaded_again(conn):
    conn.execute("UPDATE ref.loaded_set SET sha256 = %s WHERE set_name = 'fee_item'", ["0" * 64])
    conn.execute("UPDATE ref.fee_item SET standard_fen = 1")
    assert service.load_tables(conn) == ["fee_item"]
    assert conn.execute("SELECT min(standard_fen) FROM ref.fee_item").fetchone() == (1000,)


def test_an_account_that_was_edited_stays(conn):
    conn.execute("UPDATE ref.loaded_set SET sha256 = %s WHERE set_name = 'county_account'", ["0" * 64])
    conn.execute("UPDATE ref.county_account SET bank = 'X' WHERE county_code = '421224' AND kind = 'tax'")
    assert service.load_tables(conn) == ["county_account"]
    assert service.county_account(conn, "421224", "tax", on=date(2026, 1, 1)).bank == "X"


def test_every_row_of_the_files_is_there(conn):
    for found in files.reference_sets():
        query = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier("ref", found.name))
        assert conn.execute(query).fetchone() == (len(found.rows),), found.name


def test_rows_of_one_key_cannot_overlap_in_time(conn):
    with pytest.raises(psycopg.errors.ExclusionViolation):
        conn.execute(
            "INSERT INTO ref.county_account SELECT county_code, kind, owner_code, name, bank, number, cnaps,"
            " date '2025-01-01', NULL, source_doc, verified"
            " FROM ref.county_account WHERE county_code = '421224'"
        )


def test_the_money_of_xianan_goes_to_the_city_account(conn):
    account = service.county_account(conn, "421202", "nontax", on=date(2026, 1, 1))
    assert (account.owner_code, "示例" in account.name) == ("421200", True)


def test_before_the_first_day_there_is_no_account(conn):
    with pytest.raises(AccountUnknown):
        service.county_account(conn, "421202", "nontax", on=date(2020, 1, 1))


def test_the_exclave_of_honghu_is_a_neighbour_and_outside_the_city(conn):
    rows = conn.execute(
        "SELECT county_code, in_city FROM spatial.county_boundary WHERE ST_Covers(geom,"
        " ST_Transform(ST_SetSRID(ST_Point(113.906, 30.017), 4490), 4547))"
    ).fetchall()
    assert rows == [("421083", False)]


def test_the_demo_accounts_are_made_once(db):
    from api.loading.accounts import create_demo_accounts

    first, second = (create_demo_accounts(db, "a long password") for _ in range(2))
    assert len(first.logins) == 20
    assert first.partner_key
    assert (second.logins, second.partner_key) == ([], None)
    with db.transaction(SYSTEM) as conn:
        rows = conn.execute("SELECT office FROM registry.app_user WHERE login = 'clerk_tongshan'").fetchall()
    assert rows == [("tongshan",)]
