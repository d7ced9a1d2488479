"""Read the list of bills, newest first, from an index."""

from data.migrations.run import run_ddl

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Apply."""
    run_ddl("0043_list_bills_by_time.sql")
