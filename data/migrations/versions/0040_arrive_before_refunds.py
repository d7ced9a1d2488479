"""Let money arrive before what was told earlier gives it back."""

from data.migrations.run import run_ddl

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Apply."""
    run_ddl("0040_arrive_before_refunds.sql")
