"""Open several channels: attempts, sources of events, keys by time, the book of the sandbox; payers ask."""

from data.migrations.run import run_ddl

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply."""
    run_ddl("0028_open_channels.sql")
    run_ddl("0028_keep_sandbox_channels.sql")
