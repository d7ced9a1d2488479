"""Ask once a statement, not once a row, whether the survey of draft parcels is there."""

from data.migrations.run import run_ddl

revision = "0032"
down_revision = "0030"


def upgrade() -> None:
    """Apply."""
    run_ddl("0032_ask_once_for_the_survey_of_drafts.sql")
