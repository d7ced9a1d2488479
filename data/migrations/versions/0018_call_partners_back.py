"""Let versions of a project follow each other, say at which step a job is, and call partners back."""

from data.migrations.run import run_ddl

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply."""
    run_ddl("0018_call_partners_back.sql")
