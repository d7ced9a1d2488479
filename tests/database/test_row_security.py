"""A county's people see their own rows, and the map's index still serves them."""

import pytest

from data.access.records import PUBLIC, SYSTEM, Actor
from data.errors import Forbidden

CASE = """
INSERT INTO registry.case (case_no, type_code, handbook_version, status, node, accept_office, decide_office,
  county_code, unit_count, place, applicant, address, accepted_by, accepted_at, accepted_on, due_on,
  node_since, fee_total_fen)
SELECT 'YW' || lpad((%(start)s + i)::text, 14, '0'), 'land_use_first', 1, 'accepted', 'review', %(office)s,
  %(decide)s, %(county)s, 1, st_setsrid(st_makepoint(530000 + (i %% 200) * 100, 3270000 + i * 2), 4547),
  '某人', '某地', 'clerk', now(), current_date, current_date, now(), 0
FROM generate_series(1, %(n)s) AS i
"""


def person(role, office, county):
    return Actor(1, f"{role}_{office}", "某人", frozenset({role}), office, county)


CHIBI = person("clerk", "chibi", "421281")
TONGSHAN = person("registrar", "tongshan", "421224")
SUPERVISOR = person("supervisor", "city", None)


@pytest.fixture(scope="module")
def cases(module_db):
    """10,000 cases of 赤壁, 10,000 of 通山, and one of 通山 that the window in 赤壁 accepted."""
    with module_db.transaction(SYSTEM) as conn:
        for start, office, decide, county, n in (
            (0, "chibi", "chibi", "421281", 10_000),
            (20_000, "tongshan", "tongshan", "421224", 10_000),
            (40_000, "chibi", "tongshan", "421224", 1),
        ):
            conn.execute(CASE, {"start": start, "office": office, "decide": decide, "county": county, "n": n})
    return module_db


def seen(db, actor, table="registry.case"):
    with db.transaction(actor) as conn:
        return conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize(
    ("actor", "count"), [(CHIBI, 10_001), (TONGSHAN, 10_001), (SUPERVISOR, 20_001), (PUBLIC, 0)]
)
def test_whose_cases_are_seen(cases, actor, count):
    assert seen(cases, actor) == count


@pytest.mark.parametrize(("actor", "count"), [(CHIBI, 10_001), (TONGSHAN, 10_001), (PUBLIC, 0)])
def test_the_maps_views_obey(cases, actor, count):
    assert seen(cases, actor, "map.cases") == count


def test_a_row_cannot_be_written_for_another_county(cases):
    row = {"start": 50_000, "office": "tongshan", "decide": "tongshan", "county": "421224", "n": 1}
    with pytest.raises(Forbidden, match="row_hidden"), cases.transaction(CHIBI) as conn:
        conn.execute(CASE, row)


def test_a_scope_does_not_stay_on_a_pooled_connection(cases):
    with cases.transaction(SUPERVISOR):
        pass
    with cases._pool.connection() as conn:
        assert conn.execute("SELECT current_setting('ningtu.scope', true)").fetchone()[0] in ("", None)


def test_the_maps_index_serves_a_county(cases):
    with cases.transaction(CHIBI) as conn:
        plan = "\n".join(
            row[0]
            for row in conn.execute(
                "EXPLAIN SELECT count(*) FROM map.cases WHERE geom_3857 &&"
                " st_transform(st_makeenvelope(530000, 3270000, 530500, 3270500, 4547), 3857)"
            )
        )
    assert "idx_case_place_3857" in plan
    assert "Seq Scan" not in plan


PERSONAL = [
    "registry.case",
    "registry.case_event",
    "registry.case_party",
    "registry.case_unit",
    "registry.certificate",
    "registry.fee_line",
    "registry.material",
    "registry.party",
    "registry.rating",
    "registry.rrr",
    "registry.rrr_end",
    "registry.rrr_holder",
    "money.bill",
    "money.order_line",
    "money.payment_order",
]


def test_every_table_with_an_office_has_row_security(conn):
    """Tables that carry both a county (or counties) and an accepting office, and their children."""
    rows = conn.execute(
        """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('registry', 'money', 'spatial') AND c.relkind = 'r' AND NOT c.relrowsecurity
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'accept_office')
        """
    ).fetchall()
    assert rows == []
    guarded = {
        row[0] for row in conn.execute("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity")
    }
    assert [name for name in PERSONAL if name not in {g.replace('"', "") for g in guarded}] == []
