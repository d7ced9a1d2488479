"""Read the ledger by day, and a guarded account by itself."""

from data.migrations.run import run_ddl

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Apply."""
    run_ddl("0037_read_the_ledger_by_day.sql")
