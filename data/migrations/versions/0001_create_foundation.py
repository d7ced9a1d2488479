"""Create foundation."""

from data.migrations.run import run_ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    run_ddl("0001_create_foundation.sql")
