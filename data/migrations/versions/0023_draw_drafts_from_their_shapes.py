"""Keep no second copy of draft shapes for tiles: they are transformed when a tile is asked for."""

from data.migrations.run import run_ddl

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply."""
    run_ddl("0023_draw_drafts_from_their_shapes.sql")
