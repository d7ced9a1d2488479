"""Read one account's balance without a join to the reservations."""

from data.migrations.run import run_ddl

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply."""
    run_ddl("0027_read_balances_by_index.sql")
