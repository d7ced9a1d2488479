"""Create reference."""

from data.migrations.run import run_ddl

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    run_ddl("0002_create_reference.sql")
