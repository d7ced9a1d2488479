"""Fixtures every test may use: a clone of a migrated database, the application, the shared data."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

PASSWORD = "test"


@pytest.fixture(scope="session", autouse=True)
def product_hash_cost() -> Iterator[dict[str, int]]:
    """Hash passwords at the least cost: thousands are made and checked; return what the product asks."""
    from data.access import service

    with pytest.MonkeyPatch.context() as patch:
        product = service.HASH_COST
        patch.setattr(service, "HASH_COST", {"time_cost": 1, "memory_cost": 8, "parallelism": 1})
        yield product


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """Keep what Werkzeug compiles for a route: every application has the same, and most tests make one.

    The kept function reads converters from the rule it is bound to, so that it serves an equal rule of
    another application.
    """
    from werkzeug.routing.rules import Rule

    compile_builder, kept = Rule._compile_builder, {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (*rule._trace, append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@pytest.fixture(scope="session")
def superuser_url() -> str:
    """Return the superuser URL of the throw-away cluster, or skip."""
    url = os.environ.get("NINGTU_TEST_DATABASE_URL")
    if not url:
        pytest.skip("NINGTU_TEST_DATABASE_URL is not set; run ./ningtu test")
    return url


@pytest.fixture(scope="session")
def template(superuser_url: str) -> Iterator[str]:
    """Migrate and fill a database once; its name is the prefix of the roles."""
    from data.cluster.bootstrap import bootstrap
    from data.migrations.run import upgrade

    name = f"tpl_{os.getpid()}_{secrets.token_hex(2)}"
    urls = bootstrap(superuser_url, name, password=PASSWORD)
    upgrade(urls.owner_url)
    load_reference_data(urls.login_url)
    yield name
    drop_database(superuser_url, name)
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        for suffix in ("owner", "login", "app", "tiles", "share"):
            conn.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"{name}_{suffix}")))


@pytest.fixture(scope="session")
def db_source(template: str) -> str:
    """Return the database that clones begin as; tests that begin in the town override it."""
    return template


@pytest.fixture(scope="session")
def town_template(superuser_url: str, template: str) -> Iterator[str]:
    """Build the registry's small town once; the name of its database, to clone."""
    from data.access.records import SYSTEM
    from data.db import Database
    from tests.database.registry import town

    url = clone(superuser_url, template)
    name = str(conninfo_to_dict(url)["dbname"])
    database = Database(url).open()
    with database.transaction(SYSTEM) as connection:
        town.build(connection)
    database.close()
    yield name
    drop_database(superuser_url, name)


@pytest.fixture(scope="session")
def sandbox_key_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sandbox's keys of bills once, to copy: SM2 in Python takes its time."""
    from registry.receipts.keys import sandbox_keys

    folder = tmp_path_factory.mktemp("made") / "keys"
    sandbox_keys(folder)
    return folder


def load_reference_data(login_url: str) -> None:
    from api.loading.reference import load_reference
    from data.db import Database

    database = Database(login_url, statement_timeout_ms=600_000).open()
    try:
        load_reference(database)
    finally:
        database.close()


def drop_database(superuser_url: str, name: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def clone(superuser_url: str, template: str, *, source: str | None = None) -> str:
    """Clone a database, by default the template; return the login URL of the clone."""
    name = f"t_{os.getpid()}_{secrets.token_hex(4)}"
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                sql.Identifier(name),
                sql.Identifier(source or template),
                sql.Identifier(f"{template}_owner"),
            )
        )
        conn.execute(sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(name)))
    parts: dict[str, Any] = conninfo_to_dict(superuser_url)
    parts.update(dbname=name, user=f"{template}_login", password=PASSWORD)
    return make_conninfo("", **parts)


@pytest.fixture
def db_url(superuser_url: str, template: str, db_source: str) -> Iterator[str]:
    """Return the login URL of a fresh clone for one test that commits."""
    url = clone(superuser_url, template, source=db_source)
    yield url
    drop_database(superuser_url, str(conninfo_to_dict(url)["dbname"]))


@pytest.fixture
def db(db_url: str) -> Iterator[Any]:
    """Return an open Database on a fresh clone."""
    from data.db import Database

    database = Database(db_url, statement_timeout_ms=120_000, lock_timeout_ms=10_000).open()
    yield database
    database.close()


@pytest.fixture(scope="module")
def module_db_url(superuser_url: str, template: str, db_source: str) -> Iterator[str]:
    """Return the login URL of a clone that one module shares."""
    url = clone(superuser_url, template, source=db_source)
    yield url
    drop_database(superuser_url, str(conninfo_to_dict(url)["dbname"]))


@pytest.fixture(scope="module")
def module_db(module_db_url: str) -> Iterator[Any]:
    """Return an open Database that one module shares."""
    from data.db import Database

    database = Database(module_db_url, statement_timeout_ms=120_000, lock_timeout_ms=10_000).open()
    yield database
    database.close()


@pytest.fixture
def conn(module_db: Any) -> Iterator[Any]:
    """Return a connection as the system, rolled back after the test."""
    from data.access.records import SYSTEM

    with module_db.transaction(SYSTEM) as connection, connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture
def settings(tmp_path: Path, sandbox_key_files: Path) -> Any:
    """Return settings with a home of their own, in which the sandbox's keys lie."""
    from data.settings import Settings

    shutil.copytree(sandbox_key_files, tmp_path / "home" / "keys")
    return Settings(home=tmp_path / "home", secret_key="test-secret", clock="sandbox")


@pytest.fixture
def app(db: Any, settings: Any) -> Any:
    """Return the application on a fresh clone."""
    from api.app import create_app

    return create_app(settings, db=db)


@pytest.fixture
def client(app: Any) -> Any:
    """Return a test client."""
    return app.test_client()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real trial data; skip without it, fail on CI."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("NINGTU_SHARED_DATA", default))
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is absent")
        pytest.skip(f"{folder} is absent")
    return folder
