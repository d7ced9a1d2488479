"""Complete bills and refunds: two signatures, voids, copies, entries; two persons, parts, returns."""

from data.migrations.run import run_ddl

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply."""
    run_ddl("0027_complete_bills.sql")
    run_ddl("0027_complete_refunds.sql")
