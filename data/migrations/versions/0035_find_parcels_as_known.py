"""Find on the map what the register said before it knew better."""

from data.migrations.run import run_ddl

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Apply."""
    run_ddl("0035_find_parcels_as_known.sql")
