"""Each comparison of the auditor sees what it is for: books or world are broken by hand, one way each.

A comparison that nothing makes speak proves nothing: the last test finds one that was left out.
"""

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest

from data.clock import SHANGHAI
from tests.money_proof import auditor as main
from tests.money_proof import runs
from tests.money_proof.auditor import Auditor
from tests.money_proof.history import Acts
from tests.money_proof.rows import FACTS
from tests.money_proof.window import Window
from tests.money_proof.world import World

DAY = "2026-11-26"
ELSEWHERE = "(SELECT account_id FROM money.account WHERE code = '5001')"
ONE_PAYOUT = "(SELECT min(msg_id) FROM money.payout WHERE state = 'settled')"
POSTING = (
    "INSERT INTO money.posting OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(p, jsonb_build_object("
    "'posting_id', 999, 'key', 'by:hand', 'event_id', NULL, 'biz_date', '{}'))).*"
    " FROM money.posting p WHERE posting_id = 1"
)
# Constraints that keep a breach from being written: they fall with it.
FREE = {
    "sides": "ALTER TABLE money.transfer DROP CONSTRAINT transfer_sides_check",
    "keys": "ALTER TABLE money.posting DROP CONSTRAINT posting_key_key CASCADE",
    "items": "ALTER TABLE money.batch_item DROP CONSTRAINT batch_item_pkey CASCADE",
    "live": "DROP INDEX money.payout_live_key",
}


def lived(world, auditor):
    """Let something of everything happen, and all work be done."""
    acts, desk = Acts(world), Window(world, Acts(world))
    for fen in (1_000, 600, 700, 1_000, 900):
        world.issue([("nontax", "421224", fen, "a"), ("tax", "421202", 50, "a")])
    for number in range(3):
        acts.pay(number)
    world.close_day()
    world.work()
    auditor.check()
    for act in ("raise", "hold", "rule other"):
        acts.dispute(1, act)
    desk.do("new", 0, errand=((), (), 1))
    world.bank.mood = "reject"
    acts.pay(3)
    world.close_day()
    auditor.check()
    acts.ask_refund(2, 400)
    acts.decide(0, True)
    acts.pay(4, 1)
    acts.ask_suspense(0)
    acts.decide(0, True)
    acts.pay(0)
    acts.correct(0)
    acts.calm()
    acts.pass_hours(24)
    acts.close_yesterday()
    acts.seal_yesterday()
    acts.calm()


@pytest.fixture(scope="module")
def scene(place):
    runs.forget(place.superuser_url, place.tables)
    world = World(place.url, place.superuser_url, place.folder, datetime(2026, 11, 26, 9, tzinfo=SHANGHAI))
    auditor = Auditor(place.superuser_url, world)
    lived(world, auditor)
    auditor.check(ended=True)
    yield world, auditor
    auditor.close()
    world.close()


def first(items):
    return next(iter(items.values()))


# What is done to the world by hand, where the books alone cannot show it.
def paid_twice(world, patch):
    patch.setattr(first(world.bank.book), "executions", 2)


def paid_back_too_much(world, patch):
    patch.setitem(world.payers.own, "T1", 10_000)


def not_paid_back(world, patch):
    patch.setattr(world.payers, "book", {})


def debited_later(world, patch):
    patch.setattr(world, "stated", {datetime(2026, 11, 26, tzinfo=SHANGHAI).date()})
    patch.setattr(first(world.bank.book), "debited_on", datetime(2026, 11, 27, tzinfo=SHANGHAI).date())


def still_paid(world, patch):
    patch.setattr(first(world.book.orders), "state", "paid")


def still_approved(world, patch):
    patch.setattr(first(world.book.refunds), "state", "approved")


def received_more(world, patch):
    patch.setattr(world.book, "received", world.book.received + 1)


# (invariant, what it says): what is done, one after the other with a look in between.
BREAKS = {
    ("I1", "transfer"): [f"{FREE['sides']}; UPDATE money.transfer SET cr = dr WHERE transfer_id = 1"],
    ("I1", "posting"): ["UPDATE money.posting SET total_fen = total_fen + 1 WHERE posting_id = 1"],
    ("I2", "changed"): ["DELETE FROM money.bank_message"],
    ("I3", "posting"): ["UPDATE money.channel_event SET amount_fen = amount_fen + 1 WHERE event_id = 1"],
    ("I3", "transaction"): ["UPDATE money.channel_event SET channel_txn = 'T1' WHERE channel_txn = 'T2'"],
    ("I3", "key"): [
        f"{FREE['keys']}; UPDATE money.posting SET key = 'pay:sandbox:T1' WHERE key = 'pay:sandbox:T2'"
    ],
    ("I4", "holds"): [f"UPDATE money.transfer SET cr = {ELSEWHERE} WHERE transfer_id = 1"],
    ("I4", "reserved"): [f"UPDATE money.payout SET state = 'sent' WHERE msg_id = {ONE_PAYOUT}"],
    ("I4", "received"): [received_more],
    ("I5", "overdrawn"): [
        f"UPDATE money.transfer SET dr = {ELSEWHERE} WHERE phase = 'FINAL' AND line_id IS NULL"
    ],
    ("I6", "runs"): [f"{FREE['items']}; INSERT INTO money.batch_item SELECT * FROM money.batch_item LIMIT 1"],
    ("I6", "paid out otherwise"): ["UPDATE money.batch_item SET county_code = '421222'"],
    ("I6", "adjusted otherwise"): ["UPDATE money.batch_adjustment SET amount_fen = amount_fen + 1"],
    ("I6", "frozen otherwise"): [
        "DELETE FROM money.batch_item WHERE line_id = (SELECT min(line_id) FROM money.batch_item)"
    ],
    ("I6", "is not the sum"): ["UPDATE money.payout SET amount_fen = amount_fen + 1"],
    ("I6", "two live payouts"): [
        f"{FREE['live']}; UPDATE money.payout SET state = 'settled' WHERE state = 'rejected'"
    ],
    ("I7", "otherwise than we"): ["UPDATE money.payout SET creditor_number = creditor_number || '0'"],
    ("I7", "asked to pay"): [paid_twice],
    ("I7", "here and"): [f"UPDATE money.payout SET state = 'planned' WHERE msg_id = {ONE_PAYOUT}"],
    ("I8", "here and"): [f"UPDATE money.payout SET state = 'rejected' WHERE msg_id = {ONE_PAYOUT}"],
    ("I8", "credited"): [
        f"{FREE['live']}; UPDATE money.payout SET state = 'settled' WHERE state = 'rejected'"
    ],
    ("I8", "paid back"): [paid_back_too_much],
    ("I8", "we hold"): [not_paid_back],
    ("I9", "transfer"): [
        "UPDATE money.transfer SET amount_fen = amount_fen + 1 WHERE pending_id IS NOT NULL"
    ],
    ("I10", "pool"): ["UPDATE money.bill_pool SET next = next + 1"],
    ("I11", "billed"): ["UPDATE money.bill SET state = 'void' WHERE number = '0000000002'"],
    ("I11", "is numbered"): ["UPDATE money.bill SET state = 'numbered' WHERE number = '0000000002'"],
    ("I12", "without a refund"): ["UPDATE money.bill SET refund_no = NULL, correction_id = NULL"],
    ("I12", "left while"): ["UPDATE money.bill SET state = 'void' WHERE kind = 'red'"],
    ("I13", "is of"): ["UPDATE money.order_line SET county_code = '421222'"],
    ("I13", "on 21"): [
        "UPDATE money.transfer SET cr = (SELECT account_id FROM money.account WHERE code = '2101.421222')"
        " WHERE line_id IS NOT NULL"
    ],
    ("I14", f"on {DAY}"): [POSTING.format(DAY)],
    ("I14", "on 2026-11-30"): [
        "INSERT INTO money.period (month, state, trial_sha256, signature, algorithm, moved_by, moved_at)"
        " VALUES ('2026-11-01', 'closed', sha256(''), '', '', 'x', now())",
        POSTING.format("2026-11-30"),
    ],
    ("I15", "transfer"): ["UPDATE money.order_line SET kind = 'tax'"],
    ("I16", "do not follow"): ["DELETE FROM money.order_event WHERE to_state = 'paid'"],
    ("I16", "order"): ["UPDATE money.payment_order SET state = 'cancelled' WHERE state = 'issued'"],
    ("I16", "is not the sum"): ["UPDATE money.payment_order SET amount_fen = amount_fen + 1"],
    ("I16", "fee"): ["UPDATE registry.fee_line SET amount_fen = amount_fen + 1"],
    ("I16", "fee .* expected None"): [
        "INSERT INTO registry.fee_line SELECT (jsonb_populate_record(l, '{\"line_no\": 9}')).*"
        " FROM registry.fee_line l"
    ],
    ("I16", "asks for"): ["UPDATE money.order_line SET amount_fen = amount_fen + 1"],
    ("I16", "refund S"): ["UPDATE money.refund SET state = 'paying' WHERE suspended_id IS NOT NULL"],
    ("I16", "refund R"): ["UPDATE money.refund SET amount_fen = 399 WHERE suspended_id IS NULL"],
    ("I16", "dispute"): ["UPDATE money.dispute SET ruled_county = '421222'"],
    ("I16", "dispute .* is adjusted"): ["UPDATE money.dispute SET state = 'adjusted'"],
    ("I17", "is sent"): [f"UPDATE money.payout SET state = 'sent' WHERE msg_id = {ONE_PAYOUT}"],
    ("I17", "did not reach"): [
        "UPDATE money.payout SET state = 'sent' WHERE state = 'settled'",
        still_paid,
    ],
    ("I17", "refund"): [still_approved],
    ("I17", "job"): ["UPDATE registry.job SET state = 'waiting' WHERE kind = 'order_paid'"],
    ("I17", "still on its way"): [
        f"UPDATE money.transfer SET cr = {ELSEWHERE}"
        " WHERE cr IN (SELECT account_id FROM money.account WHERE code LIKE '1901.%')"
    ],
    ("I18", "is missing"): [debited_later],
    ("I18", "has no cause"): [
        f"UPDATE money.break SET type = 'K3', msg_id = {ONE_PAYOUT} WHERE type = 'DOUBLE_PAY'"
    ],
    ("I18", "differences, expected"): ["DELETE FROM money.break WHERE type = 'DOUBLE_PAY'"],
}


@pytest.fixture
def seen_after(scene, monkeypatch):
    """Return what the auditor sees once something was done; all is as before in the end."""
    world, auditor = scene
    kept = auditor.seen, auditor.shut, auditor._known

    def look(acts):
        with auditor.conn.transaction(force_rollback=True), monkeypatch.context() as patch:
            auditor.conn.execute("SET LOCAL session_replication_role = replica")
            found = []
            for act in acts:
                if callable(act):
                    act(world, patch)
                else:
                    assert auditor.conn.execute(act).rowcount, "the statement changes nothing"
                found = auditor.breaches(ended=True)
        auditor.seen, auditor.shut, auditor._known = kept
        return found

    return look


def test_a_sound_world_breaks_nothing(seen_after):
    assert seen_after(["SELECT 1"]) == []


@pytest.mark.parametrize("comparison", BREAKS, ids=" ".join)
def test_a_comparison_sees_what_it_is_for(seen_after, comparison):
    name, words = comparison
    found = seen_after(BREAKS[comparison])
    assert [item for item in found if item[0] == name and re.search(words, item[1])], found


@pytest.mark.parametrize("table", FACTS)
def test_a_fact_that_goes_is_seen(seen_after, scene, table):
    _, auditor = scene
    assert auditor.seen[table], "nothing of it happened in the scene"
    # Of some rows the auditor needs to know what they were.
    statements = {
        "channel_event": "UPDATE money.channel_event SET raw = 'x'",
        "order_line": "UPDATE money.order_line SET name = 'x'",
    }
    found = seen_after([statements.get(table, f"DELETE FROM money.{table}")])
    assert ("I2", table) in {(name, words.split()[0]) for name, words in found}


def comparisons():
    """Return (invariant, pattern of its words, how many letters stand fixed) of the auditor's code."""
    for path in sorted(Path(main.__file__).parent.glob("audit*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Tuple(elts=[ast.Constant(value=str() as name), words]) if re.fullmatch(
                    r"I\d+", name
                ):
                    parts = words.values if isinstance(words, ast.JoinedStr) else [words]
                    fixed = [part.value if isinstance(part, ast.Constant) else None for part in parts]
                    pattern = "".join(".*" if part is None else re.escape(part) for part in fixed)
                    yield name, pattern, sum(len(part or "") for part in fixed)


def test_no_comparison_is_left_out(seen_after):
    """What the breaks above make the auditor say is all that it can say."""
    unheard = set(comparisons())
    every = set(unheard)
    assert len(every) > 40
    for acts in BREAKS.values():
        for name, words in seen_after(acts):
            fit = [one for one in every if one[0] == name and re.fullmatch(one[1], words)]
            unheard.discard(max(fit, key=lambda one: one[2]))
    assert unheard == set()
