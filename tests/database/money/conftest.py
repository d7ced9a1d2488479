"""A paid case in the small town, and the pieces of the money path with a clock that stands."""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.access.records import SYSTEM, Actor
from data.clock import Reading
from data.documents import signing
from data.documents.archive import Archive
from registry.cases.service import accept
from registry.clearing.files import PayoutFiles
from registry.clearing.sandbox_bank import SandboxBank
from registry.clearing.service import Clearing
from registry.payments import channel, channel_keys, refund_decisions, refund_requests, sandbox
from registry.payments.channel_attempts import ChannelDesk
from registry.payments.channel_keys import KeyVault
from registry.payments.issuing import issue_order
from registry.payments.records import Asked
from registry.payments.refund_channel import SandboxRefunds
from registry.payments.refund_steps import RefundDesk
from registry.payments.sandbox_provider import SandboxChannels
from registry.receipts.bureau import SandboxBureau
from registry.receipts.issuing import BillOffice
from registry.receipts.keys import sandbox_keys
from registry.receipts.refunding import Refunding
from registry.reconciliation.invariants import verify
from tests.database.registry import town

KEY = "test-channel-key"
KEYS = {"sandbox": {"demo": KEY}}
FINANCE_CITY = Actor(9, "finance_city", "f", frozenset({"finance_city"}), "city", None)
FINANCE_TONGSHAN = Actor(8, "finance_tongshan", "f", frozenset({"finance_county"}), "tongshan", "421224")


@dataclass
class StandingClock:
    """A clock that shows what it is set to."""

    at: datetime = town.NOW

    def now(self) -> datetime:
        return self.at

    def steady(self) -> Reading:
        return Reading("standing", self.at.timestamp())


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture(scope="session")
def db_source(town_template):
    return town_template


@pytest.fixture
def city(db):
    return db


@pytest.fixture
def keys_folder(tmp_path, sandbox_key_files):
    """The folder of the installation's keys, with the sandbox's in it."""
    return shutil.copytree(sandbox_key_files, tmp_path / "keys")


@pytest.fixture
def order(city):
    """An order of 550.00 for the bare parcel in 通山, accepted at 咸安's window."""
    return new_order(city, town.BARE)


def new_order(city, unit, who=town.LI, **facts):
    new = town.application(city, "land_use_first", [unit], ("holder", who), **facts)
    case = accept(city, town.CLERK, new, now=town.NOW, search_key=town.KEY).case
    return issue_order(city, town.CLERK, [case.case_no], now=town.NOW)


@dataclass
class Payer:
    """Sends signed events of the sandbox channel."""

    db: object
    clock: StandingClock
    arrive: bool = True

    def send(self, code, fen, *, kind="paid", txn="T1", at=None, sent_at=None):
        now = self.clock.now()
        delivery = sandbox.signed_event(KEY, code, fen, now=sent_at or at or now, kind=kind, txn=txn)
        return self.deliver(delivery)

    def deliver(self, delivery):
        return channel.receive(
            channel.Arrivals(self.db), delivery, keys=KEYS, now=self.clock.now(), arrive_at_once=self.arrive
        ).result

    def pay(self, order, **facts):
        return self.send(order.head.payment_code, order.head.amount_fen, **facts)


@pytest.fixture
def payer(city, clock):
    return Payer(city, clock)


@pytest.fixture
def channels(city, clock, tmp_path):
    """The sandbox channels with their own book."""
    return SandboxChannels(city, clock, KeyVault(tmp_path / "channel-keys", {("sandbox", "demo"): KEY}))


@pytest.fixture
def desk(city, channels):
    """What begins and follows payments at the sandbox channels."""

    def keys(name):
        return {name: channel_keys.live(city, channels.vault, name, now=channels.clock.now())}

    return ChannelDesk(channel.Arrivals(city), channels, keys, arrive_at_once=True)


@pytest.fixture
def office(city, keys_folder, tmp_path):
    keys = sandbox_keys(keys_folder)
    return BillOffice(city, keys, SandboxBureau(), Archive(tmp_path / "files"), "http://localhost/verify")


@pytest.fixture
def refunding(office, clock):
    return Refunding(office, RefundDesk(office.db, SandboxRefunds(office.db, clock)))


def ask_refund(db, order, *, by=town.REGISTRAR, lines=None, cause="mistaken"):
    asked = Asked(cause, "x", lines)
    return refund_requests.request_refund(db, by, order.head.order_no, asked=asked, now=town.NOW)


def approved(db, order, **facts):
    """Return the number of a refund of an order that two persons agreed on."""
    refund = ask_refund(db, order, **facts)
    refund_decisions.decide(db, FINANCE_CITY, refund.refund_no, approve=True, comment="", now=town.NOW)
    return refund.refund_no


def give_back(refunding, order, **facts):
    """Refund an order to the end."""
    refund_no = approved(refunding.office.db, order, **facts)
    return refunding.advance(refund_no, now=town.NOW)


@pytest.fixture
def clearing(city, clock, heads, tmp_path):
    bank = SandboxBank(city, clock)
    return Clearing(city, clock, bank, PayoutFiles(tmp_path / "payouts"), heads, steady=clock.steady)


@pytest.fixture
def bill(order, payer, office):
    """The bill of the order, which is paid."""
    payer.pay(order)
    (found,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    return found


@pytest.fixture
def paid(order, bill):
    """The order, paid and billed."""
    return order


@pytest.fixture
def cleared(city, paid, clearing):
    """The order, paid and cleared."""
    clearing.close_day(FINANCE_CITY, town.NOW.date(), run_now=True)
    assert state_of(city, paid) == "cleared"
    return paid


@pytest.fixture
def books(city):
    """Return the breaches of the invariants; bills are looked at only where their job is done."""

    def check():
        return {item.id: item.breaches for item in verify(city) if item.breaches}

    return check


@pytest.fixture
def heads(keys_folder):
    """What signs heads of days and months."""
    return signing.sandbox_signer(keys_folder, signing.HEADS_KEY)


@pytest.fixture
def owner(city, superuser_url):
    """A connection as superuser: what a thief of the database could do."""
    with psycopg.connect(superuser_url, dbname=conninfo_to_dict(city.url)["dbname"], autocommit=True) as conn:
        yield conn


def with_mode(clearing, mode):
    return replace(clearing, bank=replace(clearing.bank, mode=mode))


def rows(db, query, *values):
    with db.transaction(SYSTEM) as conn:
        return conn.execute(query, list(values)).fetchall()


def one(db, query, *values):
    return rows(db, query, *values)[0][0]


def state_of(db, order):
    return one(db, "SELECT state FROM money.payment_order WHERE order_no = %s", order.head.order_no)


def balance(db, code):
    return one(
        db,
        "SELECT coalesce(sum(b.dr_fen - b.cr_fen), 0)::bigint FROM money.balances('infinity') b"
        " JOIN money.account a USING (account_id) WHERE a.code = %s",
        code,
    )


def body(order, **facts):
    """A channel's message as bytes."""
    message = {
        "channel_txn": "T1",
        "kind": "paid",
        "payment_code": order.head.payment_code,
        "amount_fen": order.head.amount_fen,
        "occurred_at": town.NOW.isoformat(),
        **facts,
    }
    return json.dumps(message).encode()


@pytest.fixture
def held(city, payer, office):
    """A bill whose payer has a name that no font can draw."""
    order = new_order(city, town.BARE, replace(town.LI, name="李\U0003fffd"))
    payer.pay(order)
    (found,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    assert found.state == "held"
    return found
