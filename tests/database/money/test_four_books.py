"""I18: what is found is what was put in, over every kind of difference, and nothing else."""

from collections import Counter
from datetime import datetime

from psycopg.conninfo import conninfo_to_dict

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from registry.reconciliation import matching
from tests.database.money import four_books
from tests.database.money.conftest import rows

PLAN = {
    "C1": 120, "C2": 120, "C3": 120, "C4": 40, "C5": 2, "C3S": 2, "K1": 2, "K2": 25, "K3": 25, "K4": 25,
    "K5": 25, "K6": 25, "K7": 110, "K8": 12, "UNPAID": 90, "B1": 90, "B3": 50, "B3c": 40, "B4": 60, "B5": 60,
    "B6": 60, "S1": 60,
}  # fmt: skip
# Entries of statements are named by their statement's key, which the books do not know beforehand.
BY_COUNT = ("K2", "K4", "K6", "K7", "K8")


def settle(db, superuser_url, plan, *, days, a_day):
    """Write books with these faults, keep the statements, and match them."""
    books = four_books.plan_books(days, a_day, plan)
    four_books.write_books(books, superuser_url, conninfo_to_dict(db.url)["dbname"])
    last = books.days[-1]
    now = datetime(last.year, last.month, last.day, 23, 59, tzinfo=SHANGHAI)
    with db.transaction(SYSTEM) as conn:
        four_books.keep_statements(
            conn, four_books.channel_files_of(books), four_books.bank_files_of(books), now
        )
        opened = matching.match(conn, books.days[0], last, now=now)
    return books, opened, now


def test_clean_books_have_no_difference(db, superuser_url):
    _, opened, _ = settle(db, superuser_url, {}, days=12, a_day=40)
    assert (opened, rows(db, "SELECT key FROM money.break")) == (0, [])


def test_every_difference_put_in_is_found_and_no_other(db, superuser_url):
    books, opened, now = settle(db, superuser_url, PLAN, days=20, a_day=110)
    found = {row[0] for row in rows(db, "SELECT key FROM money.break")}
    kinds = Counter(key.split(":")[0] for key in found)
    put_in = Counter(key.split(":")[0] for key in books.expected) + Counter(
        {kind: PLAN[kind] for kind in BY_COUNT if kind != "K8"}
    )
    assert kinds == put_in
    assert {key for key in found if key.split(":")[0] not in BY_COUNT} == {
        key for key in books.expected if key.split(":")[0] not in BY_COUNT
    }
    assert opened == len(found) == sum(put_in.values()) >= 1_000
    assert len(put_in) == 20
    with db.transaction(SYSTEM) as conn:
        assert matching.match(conn, books.days[0], books.days[-1], now=now) == 0
