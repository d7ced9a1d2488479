"""Settle disputes between counties about a line: held, ruled by two, adjusted in the next run."""

from data.migrations.run import run_ddl

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Apply."""
    run_ddl("0029_settle_county_disputes.sql")
    run_ddl("0029_split_by_area.sql")
    run_ddl("0029_compare_draft_boundaries.sql")
