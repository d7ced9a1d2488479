"""Keep what the audit at night finds: runs, counts by rule and county, findings from first seen to gone."""

from data.migrations.run import run_ddl

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Apply."""
    run_ddl("0026_keep_audits.sql")
