"""A day of money in all six counties, and a process that dies at the n-th step of its close."""

import os
import signal
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.documents import signing
from registry.clearing.files import PayoutFiles
from registry.clearing.rules import COUNTIES
from registry.clearing.sandbox_bank import SandboxBank
from registry.clearing.service import Clearing
from registry.payments import channel, rules, sandbox
from registry.payments.records import Arrival
from tests.database.money.processes import opened

FEN = 55_000
# It pays whatever it is sent, as often as it is sent: a second sending is a second payment.
BANK = "confirm,careless"
DECISIONS = """
INSERT INTO spatial.county_decision (subject, set_id, rule, county_overlaps, outside_ppm, code_county,
                                     county_code, by_person, engine, as_of, decided_by, decided_at)
SELECT 'kill', (SELECT min(set_id) FROM spatial.boundary_set), 'R5', '[]', 0, c, c, false, '{}', '2026-01-01',
       'kill', now()
FROM unnest(%(counties)s::text[]) AS c
"""
ORDERS = """
WITH made AS (
  SELECT c AS county, 'O' || %(day)s || lpad((100 * k + n)::text, 8, '0') AS order_no,
         %(day)s || lpad((100 * k + n)::text, 12, '0') AS code
  FROM unnest(%(counties)s::text[]) WITH ORDINALITY AS u(c, n), generate_series(1, %(each)s) AS k
), o AS (
  INSERT INTO money.payment_order (order_no, payment_code, amount_fen, payer_name, accept_office,
                                   county_codes, created_by, issued_at, expires_at)
  SELECT order_no, code, %(fen)s, '缴款人', 'xianan', ARRAY[county], 'kill', %(at)s,
         %(at)s + interval '9 days'
  FROM made
), l AS (
  INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id, case_no,
                                source, county_code, decision_id, accept_office)
  SELECT order_no, 1, 'fee', '452002', '不动产登记费', %(fen)s, 'R03', 'YW' || right(order_no, 14),
         'fee:1', county,
         (SELECT max(decision_id) FROM spatial.county_decision WHERE county_code = county), 'xianan'
  FROM made
), e AS (
  INSERT INTO money.order_event (order_no, seq, from_state, to_state, at, actor)
  SELECT order_no, 1, 'draft', 'issued', %(at)s, 'kill' FROM made
)
SELECT code FROM made ORDER BY 1
"""


@dataclass
class Standing:
    """A clock that shows what it is set to."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Steps:
    """Counts the steps that are passed, and dies before one."""

    dies_at: int | None = None

    def __post_init__(self):
        self.names = []

    def __call__(self, name):
        if len(self.names) == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append(name)


def evening(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 18, tzinfo=SHANGHAI)


def lay_decisions(db) -> None:
    with db.transaction(SYSTEM) as conn:
        conn.execute(DECISIONS, {"counties": list(COUNTIES)})


def issue_day(db, day: date, *, each: int = 1, counties=COUNTIES) -> list[str]:
    """Issue orders of the counties at noon of a day; returns their payment codes."""
    noon = evening(day) - timedelta(hours=6)
    values = {"day": f"{day:%Y%m%d}", "at": noon, "fen": FEN, "each": each, "counties": list(counties)}
    with db.transaction(SYSTEM) as conn:
        return [row[0] for row in conn.execute(ORDERS, values).fetchall()]


def lay_day(db, day: date, *, each: int = 1, counties=COUNTIES) -> int:
    """Pay orders of the counties at noon of a day; returns how many."""
    noon = evening(day) - timedelta(hours=6)
    codes = issue_day(db, day, each=each, counties=counties)
    deliveries = [sandbox.signed_event("k", code, FEN, now=noon, txn=f"T{code}") for code in codes]
    events = [rules.read_event("sandbox", delivery.raw, {}) for delivery in deliveries]
    with db.transaction(SYSTEM) as conn:
        found = channel.apply_channel_events(conn, [Arrival(event, noon, True) for event in events])
    assert {one.result for one in found} == {"accepted"}
    return len(codes)


def clearing(db, folder: Path, day: date, *, steps=None, mode=BANK) -> Clearing:
    clock = Standing(evening(day))
    signer = signing.sandbox_signer(folder / "keys", signing.HEADS_KEY)
    more = {"checkpoint": steps} if steps is not None else {}
    files = PayoutFiles(folder / "payouts", **more)
    return Clearing(db, clock, SandboxBank(db, clock, mode), files, signer, **more)


def close_and_die(url: str, folder: Path, day: date, dies_at: int) -> None:
    """Close a day in this process, which ends before the n-th step."""
    db = opened(url, max_size=2)
    clearing(db, folder, day, steps=Steps(dies_at)).close_day(SYSTEM, day)
