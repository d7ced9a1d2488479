"""A steady 100 payments a second over HTTP: how long a callback takes, and whether anything is lost.

Open loop: each message leaves at its own instant whether or not earlier ones were answered, and its time
counts from that instant. The figure is absolute: it is reported with the machine's load and not gated.
"""

import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from queue import SimpleQueue
from urllib.parse import urlsplit

import psycopg

from data.clock import SHANGHAI
from data.signed_messages import SIGNATURE_HEADER, sign
from registry.payments import sandbox
from registry.reconciliation.invariants import verify
from tests.benchmarks.bench_money import FEN, ISSUED, KEY, fill
from tests.benchmarks.harness import Context, Result

NAME = "load"
RATE = 100
CONNECTIONS = 24
P95_MS = 150.0


def run(ctx: Context) -> list[Result]:
    seconds = ctx.pick(60, 6)
    count = RATE * seconds
    with ctx.database("bench_load") as city:
        codes = fill(city, count)
        with ctx.server(city, env={"NINGTU_SANDBOX_BANK": "late"}) as base:
            ctx.say(f"{RATE} payments/s for {seconds} s")
            send(base, codes[:0], warm=20)
            begin = os.getloadavg()[0]
            times, answers = send(base, codes)
            load = (begin + os.getloadavg()[0]) / 2
        lost = count - kept(city.superuser_url)
        broken = {item.id: item.breaches[:3] for item in verify(city.db) if item.breaches}
        assert set(broken) <= {"I11"}, broken
    assert len(answers) == count
    figures = {
        "median": statistics.median(times),
        "p95": statistics.quantiles(times, n=100)[94],
        "p99": statistics.quantiles(times, n=100)[98],
    }
    made = [
        ctx.result(
            NAME,
            f"callback over HTTP at {RATE}/s, {name} (load {load:.1f})",
            1_000 * value,
            "ms",
            limit=P95_MS if name == "p95" else None,
            limit_name="asked for" if name == "p95" else None,
            n=count,
        )
        for name, value in figures.items()
    ]
    refused = count - answers.count("accepted")
    made.append(ctx.result(NAME, "payments lost or not accepted", lost + refused, "", n=count))
    return made


def send(
    base: str, codes: Iterable[str], *, warm: int = 0, rate: int = RATE
) -> tuple[list[float], list[str]]:
    """Send a message every 1/rate second; return seconds from its instant to the answer, and the answers."""
    queue: SimpleQueue[tuple[float, str] | None] = SimpleQueue()
    times: list[float] = []
    answers: list[str] = []
    threads = [threading.Thread(target=post, args=(base, queue, times, answers)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    begin = time.perf_counter() + 0.2
    for number in range(warm):
        queue.put((begin, f"0{number}"))
    for number, code in enumerate(codes):
        due = begin + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        queue.put((due, code))
    for _ in threads:
        queue.put(None)
    for thread in threads:
        thread.join()
    return times, answers


def post(
    base: str, queue: "SimpleQueue[tuple[float, str] | None]", times: list[float], answers: list[str]
) -> None:
    """Send what comes out of the queue over one connection; a code with a zero in front only warms it."""
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=60)
    while (item := queue.get()) is not None:
        due, code = item
        body = {
            "channel_txn": f"L{code}",
            "kind": "failed" if code.startswith("0") else "paid",
            "payment_code": code,
            "amount_fen": FEN,
            "occurred_at": ISSUED.isoformat(),
        }
        raw = json.dumps(body).encode()
        signed = sign(KEY, sandbox.KEY_ID, raw, at=int(datetime.now(SHANGHAI).timestamp()))
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signed}
        connection.request("POST", f"/api/v1/channels/{sandbox.CHANNEL}/events", raw, headers)
        answer = json.loads(connection.getresponse().read())
        if not code.startswith("0"):
            times.append(time.perf_counter() - due)
            answers.append(answer.get("result", str(answer)))


def kept(superuser_url: str) -> int:
    """Return how many of the messages have their posting."""
    with psycopg.connect(superuser_url) as conn:
        row = conn.execute(
            "SELECT count(DISTINCT e.channel_txn) FROM money.channel_event e"
            " JOIN money.posting p ON p.key = 'pay:' || e.channel || ':' || e.channel_txn"
            " WHERE e.kind = 'paid'"
        ).fetchone()
    return row[0] if row else 0
