"""Keep fee lines that a later assessment replaced."""

from data.migrations.run import run_ddl

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Apply."""
    run_ddl("0033_grant_reliefs_later.sql")
