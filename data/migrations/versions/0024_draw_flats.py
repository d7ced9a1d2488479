"""Keep the outlines of flats floor by floor, and whose their walls are."""

from data.migrations.run import run_ddl

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Apply."""
    run_ddl("0024_draw_flats.sql")
