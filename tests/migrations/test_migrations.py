"""The migrated database equals the declared tables, and its rules equal the golden text."""

import hashlib
import os
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

GOLDEN = Path(__file__).with_name("golden_rules.txt")
SCHEMAS = ["map", "money", "ref", "registry", "share", "spatial"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def superuser_conn(superuser_url, db_url):
    with psycopg.connect(superuser_url, dbname=conninfo_to_dict(db_url)["dbname"]) as conn:
        yield conn


def declared():
    from data.tables import metadata

    for room in ("data", "spatial", "registry", "tiles"):
        for path in sorted((ROOT / room).rglob("tables.py")):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return metadata


def test_declared_tables_equal_the_database(superuser_conn):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from geoalchemy2 import alembic_helpers
    from sqlalchemy import create_engine

    def ours(name, type_, parent_names):
        return name in SCHEMAS if type_ == "schema" else name != "alembic_version"

    engine = create_engine("postgresql+psycopg://", creator=lambda: superuser_conn)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": ours,
                "include_object": alembic_helpers.include_object,
                "compare_type": True,
            },
        )
        assert compare_metadata(context, declared()) == []


def test_every_table_and_column_has_a_comment(superuser_conn):
    rows = superuser_conn.execute(
        """
        SELECT c.oid::regclass::text, a.attname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
          AND NOT c.relispartition
          AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
        """,
        [SCHEMAS],
    ).fetchall()
    assert rows == []


RULES = {
    "constraint": "SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = ANY(%s::regnamespace[]) AND conrelid <> 0",
    "function": "SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc"
    " WHERE pronamespace = ANY(%s::regnamespace[]) AND prokind = 'f'",
    "trigger": "SELECT tgrelid::regclass::text, pg_get_triggerdef(t.oid) FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = tgrelid"
    " WHERE NOT tgisinternal AND c.relnamespace = ANY(%s::regnamespace[])",
    "view": "SELECT oid::regclass::text, pg_get_viewdef(oid) FROM pg_class"
    " WHERE relkind IN ('v', 'm') AND relnamespace = ANY(%s::regnamespace[])",
    "policy": "SELECT schemaname || '.' || tablename || ' ' || policyname || ' ' || cmd,"
    " coalesce(qual, '') || ' / ' || coalesce(with_check, '') FROM pg_policies WHERE schemaname = ANY(%s)",
}
LONG = 300


def rules(conn, prefix):
    """Yield one line a constraint, function, trigger, view and policy; a long text stands as its SHA-256."""
    for kind, query in RULES.items():
        for name, definition in conn.execute(query, [SCHEMAS]).fetchall():
            said = " ".join(definition.replace(prefix, "PREFIX").split())
            if len(said) > LONG:
                said = "sha256 " + hashlib.sha256(said.encode()).hexdigest()
            yield f"{kind} {' '.join(name.split())} {said}"


def test_rules_equal_the_golden_text(superuser_conn, template):
    """With WRITE_GOLDEN=1 the file is written anew."""
    found = sorted(rules(superuser_conn, template))
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8").splitlines()
