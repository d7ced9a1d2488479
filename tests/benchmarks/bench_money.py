"""Channel event to committed posting: in process by up to 8 worker processes, and over HTTP.

Each worker process has as many threads as callbacks may wait in it at a time, many more than a server has by
default: while one transaction runs, a full one gathers for the next.
Processes with one thread show what an event costs that comes alone.
"""

import gc
import http.client
import json
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from statistics import fmean
from urllib.parse import urlsplit

import psycopg

from data.clock import SHANGHAI
from data.db import Database
from data.settings import Settings
from data.signed_messages import SIGNATURE_HEADER, sign
from registry.payments import channel, rules, sandbox
from registry.payments.channel_port import Delivery
from registry.reconciliation.invariants import verify
from tests.benchmarks.harness import City, Context, Result

NAME = "money"
LIMIT = "pgbench one-row insert and commit"
CLIENTS = 8
WORKERS = 2
THREADS = 192
ALONE = 4
FEN = 55_000
KEY = Settings().sandbox_channel_key
ISSUED = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)

FILL = """
INSERT INTO spatial.county_decision (subject, set_id, rule, county_overlaps, outside_ppm, code_county,
                                     county_code, by_person, engine, as_of, decided_by, decided_at)
SELECT 'bench', set_id, 'R5', '[]', 0, '421224', '421224', false, '{}', '2026-11-24', 'bench', now()
FROM spatial.boundary_set LIMIT 1;
INSERT INTO money.payment_order (order_no, payment_code, amount_fen, payer_name, accept_office, county_codes,
                                 created_by, issued_at, expires_at)
SELECT 'O20261124' || lpad(n::text, 8, '0'), code, 55000, '缴款人', 'xianan', '{421224}', 'bench', %(at)s,
       %(at)s + interval '30 days'
FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c(code, n);
INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id, case_no,
                              source, county_code, decision_id, accept_office)
SELECT order_no, 1, 'fee', '452002', '不动产登记费', 55000, 'R03', 'YW' || right(order_no, 14), 'fee:1',
       '421224', (SELECT max(decision_id) FROM spatial.county_decision), 'xianan'
FROM money.payment_order;
INSERT INTO money.order_event (order_no, seq, from_state, to_state, at, actor)
SELECT order_no, 1, 'draft', 'issued', issued_at, 'bench' FROM money.payment_order;
"""


def run(ctx: Context) -> list[Result]:
    events = ctx.pick(24_000, 6_000)
    alone = events // 4
    over_http = ctx.pick(4_000, 400)
    with ctx.database("bench_money") as city:
        codes = fill(city, 2 * events + alone + over_http)
        shares = iter(codes)
        limits = {clients: [one_row_inserts(ctx, city, clients)] for clients in (1, CLIENTS)}
        ctx.say(f"{events:,} events by {WORKERS} processes, then by one")
        many = by_processes(city, list(islice(shares, events)), WORKERS, THREADS)
        one = by_processes(city, list(islice(shares, events)), 1, THREADS)
        single = by_processes(city, list(islice(shares, alone)), ALONE, 1)
        for clients, rates in limits.items():
            rates.append(one_row_inserts(ctx, city, clients))
        http_rate = by_http(ctx, city, list(shares))
        check_books(city, len(codes))

    def result(case: str, rate: float, clients: int, n: int, goal: str | None = None) -> Result:
        limit, name = fmean(limits[clients]), f"{LIMIT}, {clients} clients"
        return ctx.result(NAME, case, rate, "events/s", limit=limit, limit_name=name, goal=goal, n=n)

    return [
        result(f"event to committed posting, {WORKERS} processes", many, CLIENTS, events, ">= 0.25"),
        result("the same, 1 process", one, 1, events, ">= 0.35"),
        result(f"the same, {ALONE} processes, each event alone", single, CLIENTS, alone),
        result("the same over HTTP, 8 connections", http_rate, CLIENTS, over_http),
    ]


def fill(city: City, count: int) -> list[str]:
    """Issue orders; return their payment codes."""
    codes = [rules.payment_code(ISSUED.date(), serial) for serial in range(count)]
    statements = [part for part in FILL.split(";\n") if part.strip()]
    with psycopg.connect(city.superuser_url) as conn:
        for statement in statements:
            conn.execute(statement, {"codes": codes, "at": ISSUED})
    with psycopg.connect(city.superuser_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS public.bench_one (id bigserial PRIMARY KEY, value bigint)")
        conn.execute("VACUUM ANALYZE money.payment_order, money.order_line, money.order_event")
    return codes


def one_row_inserts(ctx: Context, city: City, clients: int) -> float:
    """Return the rate of one-row insert-and-commit."""
    script = "INSERT INTO public.bench_one (value) VALUES (1);"
    settle(city)
    return ctx.pgbench(city, script, clients=clients, seconds=ctx.pick(5, 2)).tps


def settle(city: City) -> None:
    """Write out what the part before left in memory, so that it is not written during the next."""
    with psycopg.connect(city.superuser_url, autocommit=True) as conn:
        conn.execute("CHECKPOINT")


def by_processes(city: City, codes: list[str], workers: int, threads: int) -> float:
    """Return events a second from signed bytes to committed posting."""
    processes = multiprocessing.get_context("spawn")
    barrier = processes.Barrier(workers + 1)
    running = [
        processes.Process(target=work, args=(city.login_url, codes[start::workers], threads, barrier))
        for start in range(workers)
    ]
    for worker in running:
        worker.start()
    settle(city)
    barrier.wait(120)
    begin = time.perf_counter()
    barrier.wait(300)
    seconds = time.perf_counter() - begin
    for worker in running:
        worker.join(60)
    assert [worker.exitcode for worker in running] == [0] * workers
    return len(codes) / seconds


def work(login_url: str, codes: list[str], threads: int, barrier: threading.Barrier) -> None:
    """Check, read and apply events as the app role, by some threads."""
    now = ISSUED + timedelta(minutes=5)
    keys = {sandbox.KEY_ID: KEY}
    deliveries = [sandbox.signed_event(KEY, code, FEN, now=now, txn=f"B{code}") for code in codes]
    db = Database(login_url, max_size=2).open()
    arrivals = channel.Arrivals(db)

    def take(share: list[Delivery]) -> None:
        for delivery in share:
            found = channel.receive(
                arrivals, delivery, keys={sandbox.CHANNEL: keys}, now=now, arrive_at_once=False
            )
            assert found.result == "accepted"

    # The deliveries are the benchmark's: the collector need not look through them while events are taken.
    gc.freeze()
    with ThreadPoolExecutor(threads) as pool:
        barrier.wait(120)
        for _ in pool.map(take, [deliveries[start::threads] for start in range(threads)]):
            pass
        barrier.wait(300)
    db.close()


def by_http(ctx: Context, city: City, codes: list[str]) -> float:
    """Return events a second over HTTP with 8 connections kept open."""
    with ctx.server(city, env={"NINGTU_SANDBOX_BANK": "late"}) as base:
        parts = [codes[start::CLIENTS] for start in range(CLIENTS)]
        answers: list[str] = []
        threads = [threading.Thread(target=post, args=(base, part, answers)) for part in parts]
        begin = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begin
    assert answers.count("accepted") == len(codes)
    return len(codes) / seconds


def post(base: str, codes: list[str], answers: list[str]) -> None:
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80)
    for code in codes:
        # The orders of the bench were issued on a fixed day; the payment happens on it, the request now.
        now = datetime.now(SHANGHAI)
        raw = json.dumps(
            {
                "channel_txn": f"W{code}",
                "kind": "paid",
                "payment_code": code,
                "amount_fen": FEN,
                "occurred_at": ISSUED.isoformat(),
            }
        ).encode()
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: sign(KEY, sandbox.KEY_ID, raw, at=int(now.timestamp())),
        }
        connection.request("POST", "/api/v1/channels/sandbox/events", raw, headers)
        answers.append(json.loads(connection.getresponse().read()).get("result", ""))


def check_books(city: City, count: int) -> None:
    """Every event has its posting, and the books balance."""
    with psycopg.connect(city.superuser_url) as conn:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM money.posting WHERE kind = 'pay'),"
            " (SELECT count(*) FROM money.channel_event),"
            " (SELECT sum(b.cr_fen - b.dr_fen) FROM money.balances('infinity') b"
            "  JOIN money.account a USING (account_id) WHERE a.code = '2101.421224')"
        ).fetchone()
    assert row == (count, count, count * FEN), row
    broken = {check.id: check.breaches[:3] for check in verify(city.db) if check.breaches}
    assert set(broken) <= {"I11"}, broken
