"""Check a posting once, as a whole, and write a payment in one statement."""

from data.migrations.run import run_ddl

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply."""
    run_ddl("0014_check_postings_as_a_whole.sql")
