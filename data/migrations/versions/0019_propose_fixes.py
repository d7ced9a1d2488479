"""Keep accepted fixes and proposals to neighbours; tell open cases on parcels without persons."""

from data.migrations.run import run_ddl

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply."""
    run_ddl("0019_propose_fixes.sql")
