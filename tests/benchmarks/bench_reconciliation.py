"""Match the four books: channel lines, payments, bills and bank entries of some days."""

import time
from datetime import datetime

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from registry.reconciliation import matching
from tests.benchmarks.harness import Context, Result
from tests.database.money import four_books

NAME = "reconciliation"
DAYS = 12
LIMIT_S = 20.0
PLAN = {"C1": 50, "C2": 50, "C3": 50, "K3": 20, "K6": 20, "K7": 50, "B1": 50, "B3": 50, "B6": 50, "S1": 50}


def run(ctx: Context) -> list[Result]:
    """Measure one match of all days over books with some hundred differences."""
    lines = ctx.pick(100_000, 12_000)
    books = four_books.plan_books(DAYS, lines // DAYS, PLAN)
    last = books.days[-1]
    now = datetime(last.year, last.month, last.day, 23, 59, tzinfo=SHANGHAI)
    with ctx.database("bench_reconciliation") as city:
        ctx.say(f"writing books of {lines:,} payments")
        four_books.write_books(books, ctx.superuser_url, "bench_reconciliation")
        with city.db.transaction(SYSTEM) as conn:
            four_books.keep_statements(
                conn, four_books.channel_files_of(books), four_books.bank_files_of(books), now
            )
        with city.db.transaction(SYSTEM) as conn:
            conn.execute("SET LOCAL statement_timeout = '10min'")
            begin = time.perf_counter()
            opened = matching.match(conn, books.days[0], last, now=now)
            seconds = time.perf_counter() - begin
        if opened != sum(PLAN.values()):
            raise AssertionError(f"{opened} differences, {sum(PLAN.values())} were put in")
    return [
        ctx.result(
            NAME,
            f"four-book match of {lines:,} payments, {opened} differences found",
            seconds,
            "s",
            limit=LIMIT_S,
            limit_name="20 s for 100,000 lines",
            n=lines,
        )
    ]
