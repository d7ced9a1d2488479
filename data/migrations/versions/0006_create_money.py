"""Create money."""

from data.migrations.run import run_ddl

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    run_ddl("0006_create_money.sql")
