"""Carry the shapes of counties in their indexes."""

from data.migrations.run import run_ddl

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Apply."""
    run_ddl("0038_carry_shapes_in_county_indexes.sql")
