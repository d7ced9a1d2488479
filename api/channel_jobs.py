"""Background work of payment channels: what the sandbox says, open payments, day statements."""

import logging
from datetime import timedelta

from api import money
from api.context import Services
from data.access.records import SYSTEM
from data.clock import SystemClock
from data.jobs.records import Job
from data.jobs.service import enqueue
from registry.payments import sandbox, store_channels
from registry.payments.channel_port import Delivery
from registry.reconciliation import channel_files, statements

log = logging.getLogger(__name__)

POLL_EVERY_S = 30
STATEMENTS_EVERY_S = 3600
# While messages wait for another to go first, they are looked at this often.
LOOK_AGAIN_S = 5.0
# A channel's statement of a day is there half an hour after it.
STATEMENT_AFTER = timedelta(minutes=30)
STATEMENT_DAYS = 7


def ask_to_poll(services: Services) -> None:
    """Ask for the next look at open payments."""
    _ask(services, "poll_channels", POLL_EVERY_S)


def ask_for_statements(services: Services) -> None:
    """Ask for the next look for statements of channels."""
    _ask(services, "channel_statements", STATEMENTS_EVERY_S)


def _ask(services: Services, kind: str, every_s: int) -> None:
    """Ask for a job at the next point of a grid of time, so that several workers ask once."""
    now = SystemClock().now()
    due = now + timedelta(seconds=every_s - now.timestamp() % every_s)
    with services.db.transaction(SYSTEM) as conn:
        enqueue(conn, kind, {}, key=f"{kind}:{due:%Y%m%d%H%M%S}", run_at=due)


def poll_channels(services: Services, _job: Job) -> None:
    """Ask about payments that have been open for long."""
    ask_to_poll(services)
    asked = money.channel_desk(services).poll(now=services.now())
    if asked:
        log.info("asked about %d open payments", asked)


def channel_statements(services: Services, _job: Job) -> None:
    """Fetch the statements of channels that are missing."""
    ask_for_statements(services)
    fetch_statements(services)


def fetch_statements(services: Services) -> int:
    """Fetch and load the missing statements of the last days; returns how many."""
    now = services.now()
    last = (now - STATEMENT_AFTER).date() - timedelta(days=1)
    first = last - timedelta(days=STATEMENT_DAYS - 1)
    with services.db.transaction(SYSTEM) as conn:
        names = [item.channel for item in store_channels.channels(conn) if item.channel != sandbox.CHANNEL]
        missing = [
            (name, day) for name in names for day in store_channels.unstated_days(conn, name, first, last)
        ]
    port, loaded = money.sandbox_channels(services), 0
    for name, day in missing:
        raw = port.statement(name, day)
        with services.db.transaction(SYSTEM) as conn:
            quiet = not channel_files.read(raw).lines and not store_channels.spoke_on(conn, name, day)
        if quiet:
            continue
        found = statements.load_channel(
            services.db, SYSTEM, raw, now=now, arrive_at_once=money.arrive_at_once(services)
        )
        loaded += 1
        log.info("statement of %s for %s: %d lines, %d differences", name, day, found.entries, found.breaks)
    return loaded


def send_notices(services: Services, _job: Job) -> None:
    """Let the sandbox channels send what is due, and look again while something waits."""
    desk = money.channel_desk(services)

    def deliver(delivery: Delivery) -> str:
        return desk.receive(delivery, now=services.now()).result

    sent, waiting = money.sandbox_channels(services).send_due(deliver, now=services.now())
    if waiting:
        with services.db.transaction(SYSTEM) as conn:
            enqueue(conn, "sandbox_notices", {}, delay_s=0.0 if sent else LOOK_AGAIN_S)
