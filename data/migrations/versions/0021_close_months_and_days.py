"""Close months one way, reverse as a whole, date the cut-offs, take in bank messages, check the books."""

from data.migrations.run import run_ddl

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Apply."""
    run_ddl("0021_close_months_and_days.sql")
