"""Correct a bill made out to the wrong payer: two persons, a red bill and a new blue one, no money moves."""

from data.migrations.run import run_ddl

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Apply."""
    run_ddl("0030_correct_bills.sql")
