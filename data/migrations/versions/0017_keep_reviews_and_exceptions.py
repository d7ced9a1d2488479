"""Keep answers to findings, every review, and cases against the register."""

from data.migrations.run import run_ddl

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    run_ddl("0017_keep_reviews_and_exceptions.sql")
