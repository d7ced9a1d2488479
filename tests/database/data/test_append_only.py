import psycopg
import pytest

from data.access import audit
from data.access.records import SYSTEM
from data.errors import NingtuError


@pytest.mark.parametrize(
    "statement",
    ["UPDATE registry.audit SET login = 'x'", "DELETE FROM registry.audit", "TRUNCATE registry.audit"],
)
def test_the_application_cannot_change_the_trail(db, statement):
    with db.transaction(SYSTEM) as conn:
        audit.record(conn, SYSTEM, "test", "x")
    with pytest.raises(NingtuError), db.transaction(SYSTEM) as conn:
        conn.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE registry.audit SET login = 'x'", "DELETE FROM registry.audit", "TRUNCATE registry.audit"],
)
def test_not_even_a_superuser_by_accident(db, db_url, superuser_url, statement):
    with db.transaction(SYSTEM) as conn:
        audit.record(conn, SYSTEM, "test", "x")
    name = psycopg.conninfo.conninfo_to_dict(db_url)["dbname"]
    with (
        psycopg.connect(superuser_url, dbname=name) as conn,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changed"),
    ):
        conn.execute(statement)
