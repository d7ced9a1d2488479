"""Create surveys."""

from data.migrations.run import run_ddl

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    run_ddl("0004_create_surveys.sql")
