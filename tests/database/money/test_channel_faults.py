"""Sandbox channels that delay, repeat, reorder and lose: question and statement bring every payment once."""

from datetime import timedelta
from functools import partial

import pytest

from data.access.records import SYSTEM
from data.clock import day_of
from registry.payments.channel_attempts import POLL_AFTER
from registry.payments.records import Switch
from registry.payments.sandbox_faults import BEHIND_S, fates
from registry.reconciliation import statements
from tests.database.money.conftest import balance, new_order, one, rows, state_of
from tests.database.registry import town

WALLET = "wechat_sandbox"
PAYMENTS = 6
SOON = timedelta(seconds=1)
LATER = timedelta(seconds=BEHIND_S + 3600)


def send(channels, desk, at):
    """Let the channels send what is due; returns what we answered, in the order of sending."""
    channels.clock.at = at
    answers = []

    def deliver(delivery):
        answers.append(desk.receive(delivery, now=at).result)
        return answers[-1]

    while channels.send_due(deliver, now=at)[0]:
        pass
    return answers


def pay_strangers(channels, count=PAYMENTS):
    """Pay so many codes that are none of ours: their money is to reach the ledger all the same."""
    return [
        channels.take(WALLET, f"X{number}", 100 + number, now=town.NOW).channel_txn for number in range(count)
    ]


def in_ledger(city):
    """Return (transaction, fen) of all payments in the ledger, each as often as it stands there."""
    return rows(
        city,
        "SELECT e.channel_txn, p.total_fen FROM money.posting p JOIN money.channel_event e USING (event_id)"
        " WHERE p.kind IN ('pay', 'suspend') ORDER BY e.channel_txn",
    )


def load_statement(city, channels, at):
    raw = channels.statement(WALLET, day_of(town.NOW))
    return statements.load_channel(city, SYSTEM, raw, now=at, arrive_at_once=True)


def all_there(city, txns):
    return [row[0] for row in in_ledger(city)] == sorted(txns) and balance(city, "2301") == -sum(
        100 + number for number in range(len(txns))
    )


def test_without_a_switch_every_message_comes_once_and_at_once(city, channels, desk):
    txns = pay_strangers(channels)
    assert send(channels, desk, town.NOW) == ["suspense"] * PAYMENTS
    assert all_there(city, txns)


def test_delayed_messages_come_later(city, channels, desk):
    channels.switch(SYSTEM, Switch(WALLET, delay_s=600, seed=1))
    txns = pay_strangers(channels)
    assert send(channels, desk, town.NOW + SOON) == []
    assert send(channels, desk, town.NOW + timedelta(seconds=600)) == ["suspense"] * PAYMENTS
    assert all_there(city, txns)


def test_repeated_messages_are_one_payment(city, channels, desk):
    channels.switch(SYSTEM, Switch(WALLET, duplicate_pct=100, seed=1))
    txns = pay_strangers(channels)
    answers = send(channels, desk, town.NOW)
    assert sorted(answers) == ["duplicate"] * PAYMENTS + ["suspense"] * PAYMENTS
    assert all_there(city, txns)


def test_reordered_messages_are_all_applied(city, channels, desk):
    channels.switch(SYSTEM, Switch(WALLET, reorder_pct=50, seed=4))
    txns = pay_strangers(channels)
    send(channels, desk, town.NOW)
    send(channels, desk, town.NOW + LATER)
    sent = [row[0] for row in rows(city, "SELECT channel_txn FROM money.channel_event ORDER BY event_id")]
    assert sorted(sent) == sorted(txns)
    assert sent != txns
    assert all_there(city, txns)


def test_lost_messages_are_found_by_the_statement(city, channels, desk):
    channels.switch(SYSTEM, Switch(WALLET, lose_pct=100, seed=1))
    txns = pay_strangers(channels)
    assert send(channels, desk, town.NOW + LATER) == []
    loaded = load_statement(city, channels, town.NOW + LATER)
    assert (loaded.entries, loaded.breaks) == (PAYMENTS, 0)
    assert all_there(city, txns)
    assert {row[0] for row in rows(city, "SELECT source FROM money.channel_event")} == {"statement"}


@pytest.mark.parametrize("seed", range(3))
def test_after_all_faults_together_nothing_is_lost_and_nothing_double(city, channels, desk, books, seed):
    order = new_order(city, town.BARE)
    channels.switch(
        SYSTEM, Switch(WALLET, delay_s=900, duplicate_pct=50, reorder_pct=50, lose_pct=50, seed=seed)
    )
    attempt = desk.begin(order.head.order_no, WALLET, now=town.NOW)
    channels.end(WALLET, attempt.channel_txn, "paid", now=town.NOW)
    txns = pay_strangers(channels)
    for minute in (1, 5, 30):
        send(channels, desk, town.NOW + timedelta(minutes=minute))
        desk.poll(now=channels.clock.now())
    load_statement(city, channels, town.NOW + LATER)
    # What was delayed comes after poll and statement told the same.
    send(channels, desk, town.NOW + 2 * LATER)
    assert [row[0] for row in in_ledger(city)] == sorted([*txns, attempt.channel_txn])
    assert state_of(city, order) == "paid"
    assert balance(city, "2101.421224") == -order.head.amount_fen
    assert one(city, "SELECT count(*) FROM money.break WHERE type = 'DUP_CONFLICT'") == 0
    assert one(city, "SELECT count(*) FROM money.break WHERE type IN ('C1', 'C2', 'C3')") == 0
    assert books() == {}


def test_the_poll_finds_a_payment_whose_message_was_lost(city, channels, desk):
    order = new_order(city, town.BARE)
    channels.switch(SYSTEM, Switch(WALLET, lose_pct=100))
    attempt = desk.begin(order.head.order_no, WALLET, now=town.NOW)
    assert state_of(city, order) == "paying"
    channels.end(WALLET, attempt.channel_txn, "paid", now=town.NOW)
    assert desk.poll(now=town.NOW + POLL_AFTER - SOON) == 0
    assert state_of(city, order) == "paying"
    assert desk.poll(now=town.NOW + POLL_AFTER) == 1
    assert state_of(city, order) == "paid"
    assert desk.poll(now=town.NOW + 2 * POLL_AFTER) == 0
    assert rows(city, "SELECT source, sig_ok FROM money.channel_event") == [("poll", True)]


def test_the_same_seed_and_payment_have_the_same_fate():
    made = partial(fates, Switch("a", 60, 50, 50, 50, seed=7), kind="paid")
    assert [made(f"T{n}") for n in range(20)] == [made(f"T{n}") for n in range(20)]
    assert len({len(made(f"T{n}")) for n in range(20)}) == 2
    other = fates(Switch("a", 60, 50, 50, 50, seed=8), "T0", "paid")
    assert other != made("T0")
