"""Keep channel statements, chain those of banks, give each difference a side, a due day and evidence."""

from data.migrations.run import run_ddl

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply."""
    run_ddl("0025_reconcile_four_books.sql")
