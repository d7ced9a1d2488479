"""Publish a draft of the county boundaries from a day on, by two persons."""

from data.migrations.run import run_ddl

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Apply."""
    run_ddl("0039_publish_boundaries.sql")
