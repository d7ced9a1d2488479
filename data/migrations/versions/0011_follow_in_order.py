"""Let readers follow cases, surveys and changes in the order of their transactions."""

from data.migrations.run import run_ddl

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    run_ddl("0011_follow_in_order.sql")
