"""Say who pays and who grants a relief, follow taxes, and revive orders."""

from data.migrations.run import run_ddl

revision = "0022"
down_revision = "0021"

FILES = ("0022_complete_tariff.sql", "0022_follow_taxes.sql", "0022_revive_orders.sql")


def upgrade() -> None:
    """Apply."""
    for name in FILES:
        run_ddl(name)
