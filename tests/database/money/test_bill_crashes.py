"""Bill numbers under kills and rollbacks: SIGKILL before every step of an issue, and seven pools at once."""

import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from data.access.records import SYSTEM
from data.errors import NingtuError
from registry.receipts import store
from registry.receipts.bureau import SandboxBureau
from tests.database.money.conftest import new_order, one, rows
from tests.database.registry import town

ROOT = Path(__file__).resolve().parents[3]
CODE = "42060126"
COUNTIES = ("421200", "421202", "421221", "421222", "421223", "421224", "421281")
GAPS = (
    "SELECT l.pool_id, l.next - l.lo, count(b.number), count(DISTINCT b.number) FROM money.bill_pool l"
    " LEFT JOIN money.bill b USING (pool_id) GROUP BY l.pool_id, l.next, l.lo"
    " HAVING count(b.number) <> l.next - l.lo OR count(DISTINCT b.number) <> l.next - l.lo"
)


def work(url, folder, order_no, step):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "tests.database.money.bill_worker", url, str(folder), order_no, str(step)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )


def test_a_kill_before_any_step_burns_no_number(city, order, payer, tmp_path, books):
    """First the steps up to the number, then those after it, each on what the kills before it left."""
    payer.pay(order)
    killed, step, numbered = 0, 1, 0
    while (done := work(city.url, tmp_path, order.head.order_no, step)).returncode != 0:
        assert done.returncode == -9, done.stderr
        killed, step = killed + 1, step + 1
        before, numbered = numbered, one(city, "SELECT count(*) FROM money.bill")
        assert numbered <= 1
        assert rows(city, GAPS) == []
        if numbered > before:
            step = 3
    assert killed >= 30
    assert rows(city, "SELECT number, state FROM money.bill") == [("0000000001", "signed")]
    assert {key: value for key, value in books().items() if key != "I11"} == {}


class Rollback(Exception):
    """The writer changes its mind."""


def numbers(city, template, count, seed):
    """Take numbers and write bills; a third of the transactions is rolled back, some backends are ended."""
    rng = random.Random(seed)
    made = 0
    for serial in range(count):
        try:
            with city.transaction(SYSTEM) as conn:
                county = rng.choice(COUNTIES)
                taken = store.take_number(conn, CODE, county)
                if taken is None:
                    SandboxBureau().allocate(conn, CODE, county)
                    taken = store.take_number(conn, CODE, county)
                pool_id, number = taken
                case = f"{seed}-{serial}"
                store.insert_bill(
                    conn, replace(template, number=number, county_code=county, case_no=case), pool_id
                )
                disturb(conn, rng.random())
            made += 1
        except (Rollback, NingtuError, psycopg.Error):
            continue
    return made


def disturb(conn, chance):
    if chance < 0.3:
        raise Rollback
    if chance < 0.33:
        conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def many(city, payer, office, count):
    order = new_order(city, town.BARE)
    payer.pay(order)
    (template,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    with ThreadPoolExecutor(8) as pool:
        parts = pool.map(lambda seed: numbers(city, template, count // 8, seed), range(8))
        made = sum(parts)
    assert rows(city, GAPS) == []
    assert one(city, "SELECT count(*) FROM money.bill") == made + 1
    assert one(city, "SELECT count(DISTINCT county_code) FROM money.bill_pool") == 7
    assert one(city, "SELECT count(*) FROM (SELECT DISTINCT code, number FROM money.bill) b") == made + 1
    return made


def test_numbers_of_seven_pools_have_no_gap_under_rollbacks_and_lost_connections(city, payer, office):
    # About a third of the transactions is rolled back or loses its connection.
    assert many(city, payer, office, 7_800) >= 5_000


@pytest.mark.long
def test_200000_numbers_have_no_gap(city, payer, office):
    many(city, payer, office, 200_000)
