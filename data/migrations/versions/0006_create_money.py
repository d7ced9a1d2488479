"""Create money."""

from data.migrations.run import run_ddl

revision = "0006"
down_revision = "0005"

FILES = (
    "0006_create_ledger.sql",
    "0006_create_payments.sql",
    "0006_create_clearing.sql",
    "0006_create_channel_functions.sql",
)


def upgrade() -> None:
    """Apply."""
    for name in FILES:
        run_ddl(name)
