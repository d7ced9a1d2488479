"""Pay out, and pay back, only what arrived of the payment that paid the order."""

from data.migrations.run import run_ddl

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    run_ddl("0010_pay_out_what_arrived.sql")
