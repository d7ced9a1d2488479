"""Create map."""

from data.migrations.run import run_ddl

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    run_ddl("0007_create_map.sql")
