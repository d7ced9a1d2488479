"""Complete bills and refunds: two signatures, voids, copies, entries; two persons, parts, returns."""

from data.migrations.run import run_ddl

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply."""
    run_ddl("0028_complete_bills.sql")
    run_ddl("0028_complete_refunds.sql")
