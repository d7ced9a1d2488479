"""Ask for the overview without waiting for other registrations."""

from data.migrations.run import run_ddl

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    run_ddl("0013_ask_for_overview_without_waiting.sql")
