"""Keep the files of the documents by which county boundaries change."""

from data.migrations.run import run_ddl

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Apply."""
    run_ddl("0041_keep_papers_of_publications.sql")
