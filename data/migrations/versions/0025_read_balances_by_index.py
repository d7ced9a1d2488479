"""Read one account's balance without a join to the reservations."""

from data.migrations.run import run_ddl

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply."""
    run_ddl("0025_read_balances_by_index.sql")
