"""Look up what postings point to for a whole statement, and join payments that come together by hash."""

from data.migrations.run import run_ddl

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Apply."""
    run_ddl("0042_check_postings_by_statement.sql")
