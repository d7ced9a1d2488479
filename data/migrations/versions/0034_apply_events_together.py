"""Apply the events of channels together."""

from data.migrations.run import run_ddl

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Apply."""
    run_ddl("0034_apply_events_together.sql")
