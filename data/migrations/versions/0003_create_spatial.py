"""Create spatial."""

from data.migrations.run import run_ddl

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    run_ddl("0003_create_spatial.sql")
