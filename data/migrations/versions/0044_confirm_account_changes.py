"""Let a second person confirm to which account a county is paid."""

from data.migrations.run import run_ddl

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Apply."""
    run_ddl("0044_confirm_account_changes.sql")
