"""Keep the answers for parcels inside one core piece together, a row a piece."""

from data.migrations.run import run_ddl

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    run_ddl("0020_answer_cores_together.sql")
