"""Bills in bulk: paid orders to stored, signed files, by the processes that work off a backlog."""

import tempfile
import threading
import time
from pathlib import Path

from api import bill_backlog
from data.access.records import SYSTEM
from data.settings import Settings
from registry.receipts import service as receipts
from tests.benchmarks.bench_money import fill, work
from tests.benchmarks.harness import Context, Result

NAME = "bills"
WORKERS = 2
BATCH = 2_000
MINUTES = 6.0


def run(ctx: Context) -> list[Result]:
    count = ctx.pick(BATCH, 200)
    with ctx.database("bench_bills") as city, tempfile.TemporaryDirectory() as home:
        work(city.login_url, fill(city, count), threading.Barrier(1))
        settings = Settings(home=Path(home), secret_key="bench")
        with city.db.transaction(SYSTEM) as conn:
            order_nos = receipts.orders_without_files(conn, limit=count)
        assert len(order_nos) == count
        steps = [
            (time.perf_counter(), step)
            for step in bill_backlog.issue_all(settings, city.login_url, order_nos, workers=WORKERS)
        ]
    begin, end, last = steps[0][0], steps[-1][0], steps[-1][1]
    assert last.signed == count
    # The start of the processes counts once, not with every bill.
    minutes = (end - begin) / 60 * BATCH / (count - 1)
    return [
        ctx.result(
            NAME,
            f"{BATCH:,} bills from a backlog, {WORKERS} processes",
            minutes,
            "min",
            limit=MINUTES,
            limit_name="what a day's bills may take",
            n=count,
        ),
        ctx.result(NAME, "CPU of a bill with its SQL", last.cpu_s / count * 1_000, "ms CPU", n=count),
    ]
