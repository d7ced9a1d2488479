import secrets

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from data.cluster.bootstrap import bootstrap
from data.cluster.errors import DatabaseUnfit
from data.cluster.given import check_owner, inspect
from tests.conftest import drop_database

SUFFIXES = ("owner", "login", "app", "tiles", "share")


@pytest.fixture
def town(superuser_url):
    """A database that somebody else made, and its name."""
    name = f"town_{secrets.token_hex(4)}"
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield name
    drop_database(superuser_url, name)
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        for suffix in SUFFIXES:
            conn.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"{name}_{suffix}")))


def run(url, statements):
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement)


def test_the_printed_statements_are_exactly_what_is_missing(superuser_url, town):
    url = make_conninfo(superuser_url, dbname=town)
    missing = inspect(url).missing
    assert "ALTER FUNCTION geometry_overlaps(geometry,geometry) LEAKPROOF;" in missing
    assert 'CREATE EXTENSION "postgis";' in missing
    run(url, missing)
    assert inspect(url).missing == ()


@pytest.mark.parametrize(
    ("damage", "cure"),
    [
        ("ALTER FUNCTION geometry_overlaps(geometry,geometry) NOT LEAKPROOF", "LEAKPROOF"),
        ("DROP EXTENSION btree_gist CASCADE", "btree_gist"),
        ('REVOKE "{0}_app" FROM "{0}_login"', "_app"),
        ('ALTER DATABASE "{0}" RESET jit', "jit"),
        ('REVOKE CREATE ON DATABASE "{0}" FROM "{0}_owner"', "GRANT CREATE"),
    ],
)
def test_one_thing_missing_is_one_statement(superuser_url, town, damage, cure):
    url = make_conninfo(superuser_url, dbname=town)
    run(url, [*inspect(url).missing, damage.format(town)])
    missing = inspect(url).missing
    assert len(missing) == 1
    assert cure in missing[0]


def test_the_login_role_sees_the_same(superuser_url, town):
    url = make_conninfo(superuser_url, dbname=town)
    run(url, inspect(url).missing)
    login = make_conninfo(url, user=f"{town}_login", password="choose a password")
    given = inspect(login)
    assert (given.missing, given.superuser, given.dbname) == ((), False, town)
    assert inspect(url).superuser


@pytest.mark.parametrize(
    "url", ["postgresql://x:y@127.0.0.1:1/z", "not an address", "postgresql://x:y@h:port/z"]
)
def test_a_database_that_does_not_answer_is_told(url):
    with pytest.raises(DatabaseUnfit):
        inspect(url)


def test_the_owner_s_address_must_be_the_owner_s(superuser_url, town):
    url = make_conninfo(superuser_url, dbname=town)
    run(url, inspect(url).missing)
    login = make_conninfo(url, user=f"{town}_login", password="choose a password")
    given = inspect(login)
    check_owner(make_conninfo(login, user=f"{town}_owner"), given)
    for wrong in (login, make_conninfo(login, user=f"{town}_owner", dbname="postgres"), "not an address"):
        with pytest.raises(DatabaseUnfit):
            check_owner(wrong, given)


def test_bootstrap_twice_changes_nothing(superuser_url):
    name = f"town_{secrets.token_hex(4)}"
    try:
        urls = bootstrap(superuser_url, name, password="first")
        assert bootstrap(superuser_url, name, password="first") == urls
        assert inspect(urls.login_url).missing == ()
        with psycopg.connect(urls.owner_url) as conn:
            assert conn.execute("SHOW jit").fetchone() == ("off",)
    finally:
        drop_database(superuser_url, name)
        with psycopg.connect(superuser_url, autocommit=True) as conn:
            for suffix in SUFFIXES:
                conn.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"{name}_{suffix}")))
