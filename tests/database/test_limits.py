"""How long background work may take: a check of a whole file computes for minutes inside one transaction."""

import pytest

from api.cli import installation
from api.worker import open_database as open_for_worker
from data.access.records import SYSTEM
from data.settings import Settings

AT_LEAST_MS = 30 * 60 * 1000


def open_for_commands(settings):
    return installation.open_database(installation.Installation(settings, None))


@pytest.mark.parametrize("opened", [open_for_worker, open_for_commands])
@pytest.mark.parametrize("limit", ["statement_timeout", "idle_in_transaction_session_timeout"])
def test_background_work_is_not_cut_off(module_db_url, tmp_path, opened, limit):
    db = opened(Settings(home=tmp_path, database_url=module_db_url))
    try:
        with db.transaction(SYSTEM) as conn:
            row = conn.execute("SELECT setting::int FROM pg_settings WHERE name = %s", [limit]).fetchone()
    finally:
        db.close()
    assert row[0] >= AT_LEAST_MS
