"""Which handler does which job."""

from collections.abc import Callable
from importlib import import_module

from api.context import Services
from data.jobs.records import Job
from data.jobs.service import Handler

# kind -> "module:function"; the function takes (services, job).
HANDLERS: dict[str, str] = {
    "receive_survey": "api.survey_jobs:receive_survey",
    "check_survey": "api.survey_jobs:check_survey",
    "deliver_callbacks": "api.callback_jobs:deliver_callbacks",
    "register_survey": "api.survey_jobs:register_survey",
    "close_day": "api.money_jobs:close_day",
    "clearing_round": "api.clearing_jobs:clearing_round",
    "refund_order": "api.money_jobs:refund_order",
    "compare_draft": "api.reconcile_jobs:compare_draft",
    "dispute_adjusted": "api.money_jobs:dispute_adjusted",
    "issue_backlog": "api.money_jobs:issue_backlog",
    "issue_bills": "api.money_jobs:issue_bills",
    "order_paid": "api.money_jobs:order_paid",
    "case_ended": "api.money_jobs:case_ended",
    "report_tax": "api.money_jobs:report_tax",
    "expire_orders": "api.money_jobs:expire_orders",
    "poll_channels": "api.channel_jobs:poll_channels",
    "channel_statements": "api.channel_jobs:channel_statements",
    "sandbox_notices": "api.channel_jobs:send_notices",
    "settle_counties": "api.registry_jobs:settle_counties",
    "reconcile_books": "api.reconcile_jobs:reconcile_books",
    "make_head": "api.head_jobs:make_head",
    "build_overview": "api.overview:handle",
    "audit_register": "api.audit_jobs:audit_register",
}

# Jobs that take minutes have a worker of their own, so that no short one waits for them; jobs that wait for
# foreign servers have threads of their own.
LONG = frozenset({"issue_backlog", "receive_survey", "register_survey", "build_overview"})
# Half an hour of work that nobody waits for: it has a thread beside the long jobs.
NIGHTLY = frozenset({"audit_register"})
OUTSIDE = frozenset({"deliver_callbacks"})


def handlers(services: Services) -> dict[str, Handler]:
    """Bind every handler to the services; modules are imported when a job first needs them."""
    return {kind: _bound(services, target) for kind, target in HANDLERS.items()}


def _bound(services: Services, target: str) -> Handler:
    def run(job: Job) -> None:
        module, _, name = target.partition(":")
        function: Callable[[Services, Job], None] = getattr(import_module(module), name)
        function(services, job)

    return run
