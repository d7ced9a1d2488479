"""Keep a daily signed head of the register."""

from data.migrations.run import run_ddl

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    run_ddl("0012_chain_register_heads.sql")
