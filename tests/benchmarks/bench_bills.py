"""Bills in bulk: paid orders to stored, signed files, by the processes that work off a backlog.

Then the same beside payments: they come over HTTP at a steady rate, first alone, then while bills are made.
"""

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, takewhile
from pathlib import Path

from api import bill_backlog
from data.access.records import SYSTEM
from data.settings import Settings
from registry.receipts import service as receipts
from tests.benchmarks.bench_load import kept, send
from tests.benchmarks.bench_money import fill, work
from tests.benchmarks.harness import City, Context, Result

NAME = "bills"
WORKERS = 2
BATCH = 2_000
MINUTES = 6.0
LIMIT = "what a day's bills may take"
# Payments a second beside bills: in the two minutes that a thousand bills take, more than pay in a busy hour.
RATE = 20
# How much longer the slowest of twenty payments may take beside bills than alone. Bills take both cores then,
# and an event needs one of them five times on its way; without giving way it takes four times as long.
SLOWER = 3


def run(ctx: Context) -> list[Result]:
    count, beside, alone = ctx.pick(BATCH, 60), ctx.pick(500, 40), ctx.pick(60, 5) * RATE
    with ctx.database("bench_bills") as city, tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), secret_key="bench")
        # Two seconds a bill are more than it takes; the payments end with the bills.
        codes = iter(fill(city, count + alone + 2 * RATE * beside))
        work(city.login_url, list(islice(codes, count)), 1, threading.Barrier(1))
        minutes, cpu_s = issue(city, settings, count)
        with ctx.server(city, env={"NINGTU_SANDBOX_BANK": "late"}) as base:
            send(base, [], warm=20)
            ctx.say(f"{RATE} payments/s alone, then beside {beside} bills")
            quiet, answers = send(base, islice(codes, alone), rate=RATE)
            slower, more, beside_minutes = issue_beside(city, settings, beside, base, codes)
        answers += more
        missing = count + len(answers) - kept(city.superuser_url)
    bills = f"{BATCH:,} bills from a backlog, {WORKERS} processes"
    return [
        ctx.result(NAME, bills, minutes, "min", limit=MINUTES, limit_name=LIMIT, n=count),
        ctx.result(NAME, "CPU of a bill with its SQL", cpu_s / count * 1_000, "ms CPU", n=count),
        ctx.result(
            NAME,
            f"callback over HTTP at {RATE}/s beside bills, p95",
            p95_ms(slower),
            "ms",
            limit=p95_ms(quiet),
            limit_name="p95 of the same without bills",
            goal=f"<= {SLOWER}",
            n=len(slower),
        ),
        ctx.result(
            NAME,
            "payments lost or not accepted",
            missing + len(answers) - answers.count("accepted"),
            "",
            n=len(answers),
        ),
        ctx.result(
            NAME,
            f"{bills}, beside {RATE} payments/s",
            beside_minutes,
            "min",
            limit=MINUTES,
            limit_name=LIMIT,
            n=beside,
        ),
    ]


def issue(city: City, settings: Settings, count: int) -> tuple[float, float]:
    """Issue the bills of so many paid orders; return minutes for a batch, and CPU seconds."""
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
    return (end - begin) / 60 * BATCH / (count - 1), last.cpu_s


def issue_beside(
    city: City, settings: Settings, count: int, base: str, codes: Iterator[str]
) -> tuple[list[float], list[str], float]:
    """Send payments while bills are issued; return their seconds and answers, and minutes for a batch."""
    with ThreadPoolExecutor(1) as pool:
        bills = pool.submit(issue, city, settings, count)
        times, answers = send(base, takewhile(lambda _: not bills.done(), codes), rate=RATE)
        return times, answers, bills.result()[0]


def p95_ms(times: list[float]) -> float:
    """Return the 95th percentile of seconds, in milliseconds."""
    return statistics.quantiles(times, n=100)[94] * 1_000
