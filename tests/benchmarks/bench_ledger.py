"""Any balance as of any day, with years of sealed days behind it; a clearing run of 2,000 lines."""

import random
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.documents import signing
from registry.ledger import rules, store
from registry.ledger import service as ledger
from registry.ledger.records import Entry, PostingDraft
from registry.reconciliation.invariants import verify
from tests.benchmarks.harness import City, Context, Result
from tests.database.money import killing

NAME = "ledger"
BALANCE_GOAL_MS = 50
BATCH_GOAL_S = 10
LINES = 2_000
PER_DAY = 5_000
PER_POSTING = 10
FIRST = date(2024, 1, 1)

POSTINGS = """
INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, actor, n_rows, total_fen)
SELECT 'bench:' || n, sha256(int8send(n)), 'bench', %(first)s::date + (n / %(a_day)s)::int, now(), 'bench',
       %(rows)s, %(rows)s * 100
FROM generate_series(0, %(postings)s - 1) AS n
"""
# Payments and arrivals, so that hot accounts are hot: every second transfer touches 1001, the rest a county.
TRANSFERS = """
INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
SELECT p.posting_id, p.biz_date, p.n_rows, s,
       CASE WHEN s %% 2 = 0 THEN col.account_id ELSE rec.account_id END,
       CASE WHEN s %% 2 = 0 THEN rec.account_id
            ELSE county.ids[1 + (p.posting_id + s) %% cardinality(county.ids)] END,
       100
FROM money.posting p, generate_series(1, %(rows)s) AS s,
     (SELECT account_id FROM money.account WHERE code = '1001') AS col,
     (SELECT account_id FROM money.account WHERE code = '1101.sandbox') AS rec,
     (SELECT array_agg(account_id) AS ids FROM money.account WHERE code LIKE '2101.%%') AS county
"""


SNAPSHOTS = """
INSERT INTO money.balance_day (account_id, biz_date, dr_fen, cr_fen, pend_dr_fen, pend_cr_fen)
SELECT account_id, biz_date, dr_fen, cr_fen, pend_dr_fen, pend_cr_fen FROM money.balance_over
WHERE biz_date <= %(last)s
"""
DIFFERENT = """
SELECT count(*) FROM (SELECT * FROM money.balance_day WHERE biz_date = %(last)s) AS sealed
FULL JOIN (SELECT * FROM money.balance_over WHERE biz_date = %(last)s) AS summed USING (account_id)
WHERE (sealed.dr_fen, sealed.cr_fen) IS DISTINCT FROM (summed.dr_fen, summed.cr_fen)
"""


def run(ctx: Context) -> list[Result]:
    transfers = ctx.pick(5_000_000, 300_000)
    with ctx.database("bench_ledger") as city:
        days, sealing = fill(ctx, city, transfers)
        sealed, few, many = balances(city, days)
        guarded = post_guarded(city, days)
    with ctx.database("bench_clearing") as city:
        seconds = close(city)

    def balance(case: str, took_ms: float) -> Result:
        return ctx.result(
            NAME, case, took_ms, "ms",
            limit=float(BALANCE_GOAL_MS), limit_name=f"{BALANCE_GOAL_MS} ms", goal="<= 1", n=transfers,
        )  # fmt: skip

    return [
        balance("a balance as of a sealed day, p95 of 300", sealed),
        balance("the hottest account 5 days after the last seal", few),
        balance("the same 30 days after, nights in between", many),
        ctx.result(NAME, "a posting out of the guarded collection account", guarded, "ms", n=transfers),
        ctx.result(NAME, "the seal of a day of 5,000 transfers", sealing, "s", n=transfers),
        ctx.result(
            NAME,
            "clearing run, frozen to settled",
            seconds,
            "s",
            n=LINES,
            limit=float(BATCH_GOAL_S),
            limit_name=f"{BATCH_GOAL_S} s",
            goal="<= 1",
        ),
    ]


def fill(ctx: Context, city: City, transfers: int) -> tuple[list[date], float]:
    """Write the transfers, seal all days but the last 30; return the days and the last seal's seconds."""
    postings, a_day = transfers // PER_POSTING, PER_DAY // PER_POSTING
    values = {"first": FIRST, "a_day": a_day, "rows": PER_POSTING, "postings": postings}
    ctx.say(f"{transfers:,} transfers")
    with psycopg.connect(city.superuser_url, autocommit=True) as conn:
        # Rows as the triggers would let them in; they are not what is measured.
        conn.execute("SET session_replication_role = replica")
        conn.execute(POSTINGS, values)
        conn.execute(TRANSFERS, values)
        conn.execute("VACUUM ANALYZE money.posting, money.transfer")
    days = [FIRST + timedelta(days=step) for step in range(postings // a_day)]
    ctx.say(f"{len(days) - 30:,} seals")
    seconds = seal(city, days[:-30])
    with psycopg.connect(city.superuser_url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE money.balance_day, money.balance_over, money.day_seal")
    return days, seconds


def seal(city: City, days: list[date]) -> float:
    """Seal the days, each with its own hash and signature; return the seconds of the last.

    The product seals one day a night and may take its time over it, which a thousand days add up. All days
    but the last therefore take the sums that the product's ``sum_days`` makes of all at once; the last is
    sealed as the product does it, and must say the same.
    """
    now = datetime(2026, 11, 24, tzinfo=SHANGHAI)
    with tempfile.TemporaryDirectory() as folder:
        signer = signing.sandbox_signer(Path(folder), signing.HEADS_KEY)
        with city.db.transaction(SYSTEM) as conn:
            ledger.sum_days(conn, days[-1])
            previous, before = rules.ZERO_SHA256, None
            for day in days[:-1]:
                n_rows, rows_sha256 = store.day_digest(conn, before, day)
                digest = rules.seal_sha256(previous, day, rows_sha256)
                head = [day, digest, n_rows, previous, signer.sign(digest), signer.algorithm, "bench", now]
                conn.execute("SELECT money.seal_day(%s, %s, %s, %s, %s, %s, %s, %s)", head)
                previous, before = digest, day
        with psycopg.connect(city.superuser_url, autocommit=True) as conn:
            conn.execute(SNAPSHOTS, {"last": days[-2]})
            conn.execute("VACUUM ANALYZE money.balance_day, money.day_seal")
        begin = time.perf_counter()
        with city.db.transaction(SYSTEM) as conn:
            ledger.seal(conn, days[-1], sign=signer.sign, algorithm=signer.algorithm, by="bench", now=now)
        seconds = time.perf_counter() - begin
    with city.db.transaction(SYSTEM) as conn:
        assert conn.execute(DIFFERENT, {"last": days[-1]}).fetchone() == (0,)
    return seconds


def balances(city: City, days: list[date]) -> tuple[float, float, float]:
    """Return the milliseconds (p95) of a balance of a sealed day, and of the hottest 5 and 30 days after."""
    chosen = random.Random(1)
    codes = ["1001", "1101.sandbox", "2101.421224", "2101.421202", "1201.421224"]
    with city.db.transaction(SYSTEM) as conn:
        ledger.balance(conn, "1001", days[0])
        asked = [(chosen.choice(codes), chosen.choice(days[:-30])) for _ in range(300)]
        sealed = sorted(timed(conn, code, day) for code, day in asked)[284]
        ledger.sum_days(conn, days[-2])
        few = sorted(timed(conn, "1101.sandbox", days[-26]) for _ in range(9))[4]
        many = sorted(timed(conn, "1101.sandbox", days[-1]) for _ in range(9))[4]
        alone = ledger.balance(conn, "1001", days[-31])
        among = next(row for row in ledger.trial_balance(conn, days[-31]).rows if row.code == "1001")
    assert alone.debit_fen == among.debit_fen > 0
    return sealed, few, many


def post_guarded(city: City, days: list[date]) -> float:
    """Return the milliseconds of a posting that is refused if account 1001 falls below zero."""
    now = datetime(2026, 11, 24, tzinfo=SHANGHAI)
    seconds = []
    with city.db.transaction(SYSTEM) as conn, conn.transaction(force_rollback=True):
        for n in range(9):
            entries = (Entry("1901.421224", "1001", 100),)
            draft = PostingDraft(f"guarded:{n}", "bench", days[-1] + timedelta(days=1), now, "bench", entries)
            begin = time.perf_counter()
            assert ledger.post(conn, draft).created
            seconds.append(time.perf_counter() - begin)
    return sorted(seconds)[4] * 1000


def timed(conn: psycopg.Connection, code: str, day: date) -> float:
    begin = time.perf_counter()
    ledger.balance(conn, code, day)
    return (time.perf_counter() - begin) * 1000


def close(city: City) -> float:
    """Return the seconds from the call to every payout settled, for a day of 2,000 lines."""
    day = date(2026, 11, 24)
    killing.lay_decisions(city.db)
    assert killing.lay_day(city.db, day, each=LINES // 6 + 1) >= LINES
    with tempfile.TemporaryDirectory() as folder:
        clearing = killing.clearing(city.db, Path(folder), day)
        begin = time.perf_counter()
        result = clearing.close_day(SYSTEM, day)
        seconds = time.perf_counter() - begin
    assert result.state == "done"
    broken = {check.id: check.breaches[:3] for check in verify(city.db) if check.breaches}
    assert set(broken) <= {"I11"}, broken
    return seconds
