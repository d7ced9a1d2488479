"""Create registry."""

from data.migrations.run import run_ddl

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    run_ddl("0005_create_registry.sql")
