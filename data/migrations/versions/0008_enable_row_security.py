"""Enable row security."""

from data.migrations.run import run_ddl

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    run_ddl("0008_enable_row_security.sql")
