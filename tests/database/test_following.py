"""What is followed is found by its transaction, also under row-level security, however much lies before."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.access.records import SYSTEM
from data.db import load_sql
from data.following import service as following
from data.following.records import is_snapshot
from tests.database.test_row_security import CASE, CHIBI

PAST = 30_000
CASES = {"start": 0, "office": "chibi", "decide": "chibi", "county": "421281", "n": 1}
OF_CASES = (
    "INSERT INTO registry.case_event (case_no, at, action, to_node, to_status, login)"
    " SELECT 'YW00000000000001', now(), 'accept', 'a', 'accepted', 'x' FROM generate_series(1, %s)"
)
OF_SURVEYS = (
    "INSERT INTO spatial.survey_event (survey_id, at, status, login)"
    " SELECT survey_id, now(), 'received', 'x' FROM spatial.survey, generate_series(1, %s)"
)
SURVEY = (
    "INSERT INTO spatial.survey (project_code, version, layer, kind, scope, effective_on, status, file_name,"
    " file_sha256, file_bytes, source, feature_count, submitted_by, created_at) VALUES ('P', '1',"
    " 'use_surface', 'new', 'partial', '2026-01-01', 'received', 'f', repeat('0', 64), 1, '{}', 1, 's',"
    " now())"
)


@pytest.fixture(scope="module")
def past(module_db, module_db_url, superuser_url):
    """Many events of the past, and the snapshot after them."""
    with module_db.transaction(SYSTEM) as conn:
        conn.execute(CASE, CASES)
        conn.execute(SURVEY)
        conn.execute(OF_CASES, [PAST])
        conn.execute(OF_SURVEYS, [PAST])
    dbname = conninfo_to_dict(module_db_url)["dbname"]
    with psycopg.connect(superuser_url, dbname=dbname, autocommit=True) as conn:
        conn.execute("ANALYZE registry.case_event")
        conn.execute("ANALYZE spatial.survey_event")
    with module_db.transaction(SYSTEM) as conn:
        return following.present(conn)


@pytest.mark.parametrize(
    ("package", "name", "index", "more"),
    [
        ("registry.cases", "case_news.sql", "case_event_tx_idx", {}),
        ("spatial.survey", "survey_news.sql", "survey_event_tx_idx", {"login": None}),
    ],
)
def test_the_index_of_transactions_serves_an_office(module_db, past, package, name, index, more):
    with module_db.transaction(CHIBI) as conn:
        span = following.span(conn, past)
        values = {**span.values(), "limit": 101, **more}
        plan = "\n".join(row[0] for row in conn.execute("EXPLAIN " + load_sql(package, name), values))
    assert f"using {index}" in plan, plan


def test_what_postgresql_writes_is_read_as_a_snapshot(module_db):
    """With several transactions under way, so that the list in it is not empty."""
    begin = "SELECT pg_current_xact_id()"
    with module_db.transaction(SYSTEM) as one, module_db.transaction(SYSTEM) as two:
        for conn in (one, two):
            conn.execute(begin)
        with module_db.transaction(SYSTEM) as over:
            over.execute(begin)
        with module_db.transaction(SYSTEM) as conn:
            snapshot = following.present(conn)
    assert len(snapshot.split(",")) > 1
    assert is_snapshot(snapshot)
