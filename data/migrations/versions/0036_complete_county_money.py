"""Complete the money of counties: papers of decisions, comparisons step by step, refunds by number, stock."""

from data.migrations.run import run_ddl

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply."""
    run_ddl("0036_keep_papers.sql")
    run_ddl("0036_compare_step_by_step.sql")
    run_ddl("0036_tell_refunds_apart.sql")
    run_ddl("0036_date_bill_stock.sql")
