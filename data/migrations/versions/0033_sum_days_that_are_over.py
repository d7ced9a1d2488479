"""Keep sums of days that are over and not sealed, so that any balance is a few rows away."""

from data.migrations.run import run_ddl

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Apply."""
    run_ddl("0033_sum_days_that_are_over.sql")
