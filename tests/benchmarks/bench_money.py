"""Channel event to committed posting: in process by up to 8 worker processes, and over HTTP."""

import http.client
import json
import multiprocessing
import threading
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import psycopg

from data.clock import SHANGHAI
from data.db import role_prefix
from data.settings import Settings
from data.signed_messages import SIGNATURE_HEADER, sign
from registry.payments import channel, rules, sandbox
from registry.reconciliation.invariants import verify
from tests.benchmarks.harness import City, Context, Result

NAME = "money"
LIMIT = "pgbench one-row insert and commit"
CLIENTS = 8
# Two a core: with more, each backend finds the processor caches cold; with fewer, they wait for the disk.
WORKERS = 4
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
    over_http = ctx.pick(4_000, 800)
    with ctx.database("bench_money") as city:
        codes = fill(city, events + over_http)
        limit = one_row_inserts(ctx, city, ctx.pick(5, 3))
        ctx.say(f"{events:,} events by {WORKERS} processes")
        in_process = by_processes(city, codes[:events])
        after = one_row_inserts(ctx, city, ctx.pick(5, 3))
        http_rate = by_http(ctx, city, codes[events:])
        check_books(city, len(codes))
    limit_tps = (limit + after) / 2
    return [
        ctx.result(
            NAME,
            f"event to committed posting, {WORKERS} processes",
            in_process,
            "events/s",
            limit=limit_tps,
            limit_name=LIMIT,
            goal=">= 0.15",
            n=events,
        ),
        ctx.result(
            NAME,
            "the same over HTTP, 8 connections",
            http_rate,
            "events/s",
            limit=limit_tps,
            limit_name=LIMIT,
            n=over_http,
        ),
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


def one_row_inserts(ctx: Context, city: City, seconds: int) -> float:
    """Return the rate of one-row insert-and-commit of 8 clients."""
    script = "INSERT INTO public.bench_one (value) VALUES (1);"
    return ctx.pgbench(city, script, clients=CLIENTS, seconds=seconds).tps


def by_processes(city: City, codes: list[str]) -> float:
    """Return events a second from signed bytes to committed posting."""
    processes = multiprocessing.get_context("spawn")
    barrier = processes.Barrier(WORKERS + 1)
    workers = [
        processes.Process(target=work, args=(city.login_url, codes[start::WORKERS], barrier))
        for start in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    barrier.wait(120)
    begin = time.perf_counter()
    barrier.wait(300)
    seconds = time.perf_counter() - begin
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    return len(codes) / seconds


def work(login_url: str, codes: list[str], barrier: threading.Barrier) -> None:
    """Check, read and apply events, one transaction each, as the app role."""
    now = ISSUED + timedelta(minutes=5)
    keys = {sandbox.KEY_ID: KEY}
    deliveries = [sandbox.signed_event(KEY, code, FEN, now=now, txn=f"B{code}") for code in codes]
    with psycopg.connect(login_url, autocommit=True, prepare_threshold=1) as conn:
        conn.execute(f"SET ROLE {role_prefix(login_url)}_app".encode())
        conn.execute("SELECT set_config('ningtu.scope', 'all', false)")
        barrier.wait(120)
        for delivery in deliveries:
            rules.authentic(delivery.signature, keys, delivery.raw)
            event = rules.read_event("sandbox", delivery.raw, {SIGNATURE_HEADER: delivery.signature or ""})
            result = channel.apply_channel_event(conn, event, now=now, arrive_at_once=False)
            assert result.result == "accepted"
        barrier.wait(300)


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
