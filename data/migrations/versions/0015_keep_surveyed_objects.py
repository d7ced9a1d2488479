"""Keep the objects of a survey: points, lines, versions of buildings and flats, plots and forest stands."""

from data.migrations.run import run_ddl

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply."""
    run_ddl("0015_keep_surveyed_objects.sql")
