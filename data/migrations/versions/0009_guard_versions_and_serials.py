"""Guard versions and serials."""

from data.migrations.run import run_ddl

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    run_ddl("0009_guard_versions_and_serials.sql")
