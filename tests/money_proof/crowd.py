"""Many channels' messages at once: most as they should be, some twice, some that contradict themselves."""

import random
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import psycopg

from data.errors import NingtuError
from registry.clearing.rules import COUNTIES
from registry.payments import channel, rules, sandbox

KEY = "crowd"
KEYS = {"sandbox": {"demo": KEY}}
FEN = 55_000
REPEATED, CONTRADICTED = 0.3, 0.1
ORDERS = """
WITH o AS (
  INSERT INTO money.payment_order (order_no, payment_code, amount_fen, payer_name, accept_office,
                                   county_codes, created_by, issued_at, expires_at)
  SELECT 'O20261126' || lpad(n::text, 8, '0'), code, %(fen)s, '缴款人', 'xianan',
         ARRAY[(%(counties)s::text[])[1 + n %% 6]], 'crowd', %(at)s, %(at)s + interval '30 days'
  FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c(code, n) RETURNING order_no, county_codes[1] AS county
), l AS (
  INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id, case_no,
                                source, county_code, decision_id, accept_office)
  SELECT order_no, 1, 'fee', '452002', '不动产登记费', %(fen)s, 'R03',
         'YW' || right(order_no, 14), 'fee:1', county,
         (SELECT max(decision_id) FROM spatial.county_decision d WHERE d.county_code = county), 'xianan'
  FROM o
)
INSERT INTO money.order_event (order_no, seq, from_state, to_state, at, actor)
SELECT order_no, 1, 'draft', 'issued', %(at)s, 'crowd' FROM o
"""


def lay_orders(db_conn, count, at):
    """Issue so many orders; return their payment codes."""
    codes = [rules.payment_code(at.date(), n) for n in range(1, count + 1)]
    # First the orders: the trigger that writes their state must see them.
    orders, events = ORDERS.rsplit("INSERT INTO money.order_event", 1)
    values = {"fen": FEN, "counties": list(COUNTIES), "at": at, "codes": codes}
    db_conn.execute(orders + "SELECT 1", values)
    db_conn.execute(
        "INSERT INTO money.order_event" + events.replace("FROM o", "FROM money.payment_order"), values
    )
    return codes


def messages(codes, count, at, seed=1):
    """Return ``count`` messages in any order: each code paid once; the rest repeats and contradicts."""
    dice = random.Random(seed)
    made = []
    for code in codes:
        made.append(sandbox.signed_event(KEY, code, FEN, now=at, txn=f"T{code}"))
    contradicted = [
        sandbox.signed_event(KEY, code, FEN + 1, now=at, txn=f"T{code}")
        for code in dice.sample(codes, int(count * CONTRADICTED))
    ]
    made += contradicted
    made += [dice.choice(made) for _ in range(count - len(made))]
    dice.shuffle(made)
    return made


def send_all(db, sent, at, *, threads=16, given_up=None):
    """Send them by many threads; one that gets no answer sends again. Returns the answers by message.

    Once the event ``given_up`` is set nobody sends any more.
    """
    given_up = given_up or threading.Event()
    answers = defaultdict(Counter)
    arrivals = channel.Arrivals(db)
    lock = threading.Lock()

    def send(delivery):
        while not given_up.is_set():
            try:
                found = channel.receive(arrivals, delivery, keys=KEYS, now=at, arrive_at_once=True).result
            except (NingtuError, psycopg.Error):
                with lock:
                    answers[delivery.raw]["unanswered"] += 1
                time.sleep(0.02)
                continue
            with lock:
                answers[delivery.raw][found] += 1
            return

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(send, sent):
            pass
    return answers


def check(conn, sent, answers):
    """Each message is kept once; each transaction moved money once; all of it is accounted for."""
    distinct = {delivery.raw for delivery in sent}
    kept = [bytes(row[0]) for row in conn.execute("SELECT raw FROM money.channel_event WHERE sig_ok")]
    assert len(kept) == len(set(kept))
    assert set(kept) == distinct
    effects = Counter()
    for raw, found in answers.items():
        first = sum(n for result, n in found.items() if result not in {"duplicate", "unanswered"})
        # A message whose answer was lost may have been kept before: then all its answers say duplicate.
        assert first == 1 or (first == 0 and found["unanswered"]), (raw, found)
        effects.update({name: n for name, n in found.items() if name not in {"duplicate", "unanswered"}})
    rows = conn.execute(
        "SELECT p.kind, p.total_fen, split_part(p.key, ':', 3) FROM money.posting p"
        " WHERE p.kind IN ('pay', 'suspend')"
    ).fetchall()
    txns = Counter(row[2] for row in rows)
    assert set(txns.values()) == {1}
    assert len(txns) == len({raw for raw in distinct if b"55000" in raw})
    assert all(fen == (FEN if kind == "pay" else FEN + 1) for kind, fen, _ in rows)
    arrived = conn.execute(
        "SELECT count(*), coalesce(sum(total_fen), 0) FROM money.posting WHERE kind = 'arrive'"
    ).fetchone()
    assert arrived == (len(rows), sum(row[1] for row in rows))
    return effects


def account_fen(conn, code):
    """Return what an account holds, added up from its transfers."""
    row = conn.execute(
        "SELECT coalesce(sum(CASE WHEN d.code = %(code)s THEN 1 ELSE -1 END * t.amount_fen), 0)::bigint"
        " FROM money.transfer t JOIN money.account d ON d.account_id = t.dr"
        " JOIN money.account c ON c.account_id = t.cr"
        " WHERE %(code)s IN (d.code, c.code) AND t.phase IN ('FINAL', 'POST')",
        {"code": code},
    ).fetchone()
    return row[0]
