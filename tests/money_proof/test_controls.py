"""The proof proves something: with a guard switched off, the same runs report the breach.

Each control takes away what the design says keeps money from moving twice, in a throw-away database or
process, and expects the auditor to see it.
"""

import re
from dataclasses import dataclass

import psycopg
import pytest

from data.access.records import SYSTEM
from registry.clearing.bank import BankStatus
from tests.conftest import clone, drop_database
from tests.money_proof import runs
from tests.money_proof.auditor import Auditor, Breach
from tests.money_proof.history import Acts
from tests.money_proof.world import CHANNEL, World

LINES = [("nontax", "421224", 55_000, "a"), ("tax", "421202", 1_200, "a")]


class Crash(BaseException):
    """The process ends here."""


@dataclass
class Blind:
    """A bank that is not asked: every message seems absent to a process that has not sent it itself."""

    bank: object
    visibility_s: float = 0.0
    name: str = "blind"
    keeps_bank_days: bool = False

    def status(self, msg_id):
        return self.bank.status(msg_id) if msg_id in self.sent else BankStatus("absent")

    def submit(self, msg_id, message):
        self.bank.submit(msg_id, message)
        self.sent.add(msg_id)

    def messages(self):
        return []

    def __post_init__(self):
        self.sent = set()


def paid_city(place, start):
    runs.forget(place.superuser_url, place.tables)
    world = World(place.url, place.superuser_url, place.folder, start)
    order = world.issue(LINES)
    world.deliver(world.message(order.code, order.fen, txn="T1"))
    return world


def die_once_sent(world):
    """Close the day in a process that dies when the first message has left."""

    def die(point):
        if point.startswith("send:submitted"):
            raise Crash

    world.hook(die)
    with pytest.raises(Crash):
        world.clearing.close_day(SYSTEM, world.now.date(), run_now=True)
    world.checkpoint = lambda _point: None
    world.open()


@pytest.mark.parametrize("blind", [False, True])
def test_without_asking_before_sending_again_a_crash_pays_twice(place, start, blind):
    world = paid_city(place, start)
    auditor = Auditor(place.superuser_url, world)
    if blind:
        object.__setattr__(world.clearing, "bank", Blind(world.bank))
    die_once_sent(world)
    if blind:
        object.__setattr__(world.clearing, "bank", Blind(world.bank))
    world.close_day()
    executions = [item.executions for item in world.bank.book.values()]
    if blind:
        assert max(executions) > 1
        with pytest.raises(Breach, match="I7 the bank was asked to pay"):
            auditor.check()
    else:
        assert max(executions) == 1
        auditor.check()
    world.close()
    auditor.close()


# ---------------------------------------------------------------- without unique keys

KEYS = (
    "ALTER TABLE money.posting DROP CONSTRAINT posting_key_key CASCADE",
    "ALTER TABLE money.channel_event DROP CONSTRAINT"
    " channel_event_channel_channel_txn_kind_body_sha256_key CASCADE",
)
KEYED = r"ON CONFLICT \((key|channel, channel_txn, kind, body_sha256)\) DO NOTHING"
QUEUE = "INSERT INTO registry.job"
FUNCTIONS = ("store_events", "post_payments", "suspend", "arrive", "post")


def drop_keys(superuser_url):
    """Take the unique keys away, and the clauses that need them."""
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        for statement in KEYS:
            conn.execute(statement)
        for name in FUNCTIONS:
            for (text,) in conn.execute(
                "SELECT pg_get_functiondef(oid) FROM pg_proc"
                " WHERE pronamespace = 'money'::regnamespace AND proname = %s",
                [name],
            ).fetchall():
                # The queue keeps its key: it is no part of the books.
                parts = re.split(r"(INSERT INTO registry\.job)", text)
                kept = [
                    part if n and parts[n - 1] == QUEUE else re.sub(KEYED, "", part)
                    for n, part in enumerate(parts)
                ]
                conn.execute("".join(kept))


@pytest.fixture
def keyless(superuser_url, template):
    url = clone(superuser_url, template)
    with runs.place(url, superuser_url) as made:
        drop_keys(made.superuser_url)
        yield made
    drop_database(superuser_url, psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def test_without_unique_keys_a_repeated_message_is_money_twice(keyless, start):
    world = paid_city(keyless, start)
    auditor = Auditor(keyless.superuser_url, world)
    auditor.check()
    again = world.resign(world.deliveries[0])
    with pytest.raises(AssertionError, match="expected duplicate"):
        world.deliver(again)
    with pytest.raises(Breach, match=r"I3 transaction .*posted 2 times"):
        auditor.check()
    world.close()
    auditor.close()


def test_with_them_it_is_not(place, start):
    world = paid_city(place, start)
    assert world.deliver(world.resign(world.deliveries[0])) == "duplicate"
    assert world.deliveries[0].channel == CHANNEL
    Acts(world).contradict(0, 5)
    auditor = Auditor(place.superuser_url, world)
    auditor.check()
    world.close()
    auditor.close()
