"""Several channels over HTTP: every row of the arrival table at two of them, payments begun by payers."""

import json
from datetime import timedelta

import pytest

from api import channel_jobs
from api import money as money_of
from data.access.records import SYSTEM
from data.messages import known
from data.signed_messages import sign
from registry.payments import rules
from tests.database.money.conftest import balance, rows
from tests.database.registry import town
from tests.web.money_desk import new_order

pytestmark = pytest.mark.town

WALLETS = ("wechat_sandbox", "unionpay_sandbox")
LAST4 = town.LI.id_number[-4:]


@pytest.fixture(params=WALLETS)
def channel(request):
    return request.param


def later(money, monkeypatch, **by):
    at = money.services.now() + timedelta(**by)
    monkeypatch.setattr(type(money.services.clock), "now", lambda _self: at)


def message(money, channel, order, *, key=None, kid=None, at=None, **facts):
    """Return a message signed with the channel's newest key."""
    now = money.services.now()
    known_kid, known_key = list(money_of.channel_keys(money.services, channel)[channel].items())[-1]
    body = {
        "channel_txn": "T1",
        "kind": "paid",
        "payment_code": order["payment_code"],
        "amount_fen": order["amount_fen"],
        "occurred_at": now.isoformat(),
        **facts,
    }
    raw = json.dumps(body).encode()
    return raw, sign(key or known_key, kid or known_kid, raw, at=int((at or now).timestamp()))


def tell(money, channel, order, **facts):
    answer = money.send(*message(money, channel, order, **facts), channel)
    return answer.status_code, answer.json.get("result", answer.json.get("code"))


def breaks(db):
    return [row[0] for row in rows(db, "SELECT type FROM money.break ORDER BY break_id")]


def state(money, order):
    return money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json["state"]


def refused(db):
    return rows(db, "SELECT count(*) FROM money.channel_event WHERE NOT sig_ok")[0][0]


def test_a_payment_has_its_own_receivable(money, db, order, channel):
    assert tell(money, channel, order) == (200, "accepted")
    assert state(money, order) == "paid"
    posted = rows(
        db,
        "SELECT a.code FROM money.transfer t JOIN money.account a ON a.account_id = t.dr"
        " JOIN money.posting p USING (posting_id) WHERE p.kind = 'pay'",
    )
    assert posted == [(f"1101.{channel}",)]
    assert balance(db, "1001") == order["amount_fen"]


def test_what_is_not_signed_well_is_kept_and_does_nothing(money, db, order, channel):
    late = money.services.now() - timedelta(seconds=301)
    for facts in ({"key": "wrong"}, {"kid": "unknown"}, {"at": late}):
        assert tell(money, channel, order, **facts) == (401, "signature_bad")
    other = next(name for name in WALLETS if name != channel)
    raw, signature = message(money, channel, order)
    assert money.send(raw, signature, other).status_code == 401
    assert refused(db) == 4
    assert (breaks(db), state(money, order)) == ([], "issued")


def test_an_old_message_is_believed_only_if_known_or_the_channel_says_so(
    money, db, order, channel, monkeypatch
):
    told = message(money, channel, order)
    assert money.send(*told, channel).json["result"] == "accepted"
    later(money, monkeypatch, minutes=6)
    assert money.send(*told, channel).json["result"] == "duplicate"
    begun = money_of.sandbox_channels(money.services)
    taken = begun.take(channel, "X1", 700, now=money.services.now())
    stale = {"payment_code": "X1", "at": money.services.now() - timedelta(hours=1)}
    assert tell(money, channel, order, channel_txn="T2", **stale) == (401, "signature_bad")
    found = tell(money, channel, order, channel_txn=taken.channel_txn, amount_fen=700, **stale)
    assert found == (200, "suspense")
    assert rows(db, "SELECT source FROM money.channel_event WHERE sig_ok ORDER BY event_id") == [
        ("callback",),
        ("poll",),
    ]


def test_the_same_number_with_other_bytes_is_a_conflict(money, db, order, channel):
    tell(money, channel, order)
    assert tell(money, channel, order, amount_fen=1) == (200, "conflict")
    assert (breaks(db), balance(db, "1001")) == (["DUP_CONFLICT"], order["amount_fen"])


def test_another_amount_waits_whole(money, db, order, channel):
    assert tell(money, channel, order, amount_fen=order["amount_fen"] - 1) == (200, "suspense")
    assert (breaks(db), state(money, order)) == (["WRONG_AMOUNT"], "issued")
    assert balance(db, "2301") == 1 - order["amount_fen"]


def test_two_channels_paid_the_same_order(money, db, order):
    assert [tell(money, name, order) for name in WALLETS] == [(200, "accepted"), (200, "suspense")]
    assert breaks(db) == ["DOUBLE_PAY"]
    assert (balance(db, "2301"), balance(db, "1001")) == (-order["amount_fen"], 2 * order["amount_fen"])


def test_a_payment_of_no_order(money, db, order, channel):
    assert tell(money, channel, order, payment_code="12345") == (200, "suspense")
    assert breaks(db) == ["UNKNOWN_ORDER"]


def test_a_payment_of_a_dead_order(money, db, order, channel):
    money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel", json={})
    assert tell(money, channel, order) == (200, "suspense")
    assert breaks(db) == ["LATE_PAY"]


def test_a_refund_told_before_its_payment_waits_for_it(money, db, order, channel):
    assert tell(money, channel, order, kind="refunded") == (200, "unapplied")
    assert tell(money, channel, order) == (200, "accepted")
    money.work()
    assert state(money, order) == "refunded"
    assert (balance(db, "1001"), breaks(db)) == (0, [])


def test_an_order_is_being_paid_until_the_channel_says_how_it_ended(money, db, order, channel):
    begun = money.start(order, channel)
    assert money.start(order, channel) == begun
    shown = money.ask(None, "GET", f"/pay/{order['payment_code']}?last4={LAST4}").json
    assert (shown["state"], shown["attempt"]["page"]) == ("paying", begun["page"])
    path = f"/sandbox/payments/{channel}/{begun['channel_txn']}"
    assert money.ask(None, "POST", path, json={"act": "refuse"}).json["state"] == "failed"
    assert state(money, order) == "paying"
    money.work()
    assert state(money, order) == "issued"
    # At the channel a second try succeeds after all: the money counts.
    assert money.ask(None, "POST", path, json={"act": "pay"}).json["state"] == "paid"
    again = money.ask(None, "POST", path, json={"act": "refuse"})
    assert (again.status_code, again.json["code"]) == (409, "sandbox_payment_over")
    money.work()
    assert state(money, order) == "paid"
    assert breaks(db) == []


def test_coming_back_asks_the_channel_before_its_message_comes(money, db, order):
    channel = "alipay_sandbox"
    begun = money.start(order, channel)
    back = f"/pay/{order['payment_code']}/return"
    assert money.ask(None, "POST", back, json={"last4": LAST4}).json["state"] == "paying"
    money.ask(None, "POST", f"/sandbox/payments/{channel}/{begun['channel_txn']}", json={"act": "pay"})
    assert money.ask(None, "POST", back, json={"last4": LAST4}).json["state"] == "paid"
    money.work()
    sources = rows(db, "SELECT source FROM money.channel_event ORDER BY event_id")
    assert sources == [("return",), ("callback",)]
    assert rows(db, "SELECT result FROM money.event_result") == [("duplicate",)]
    assert (breaks(db), balance(db, "1001")) == ([], order["amount_fen"])


def test_choosing_another_channel_gives_the_first_up(money, order):
    first, second = (money.start(order, name) for name in WALLETS)
    left = money.ask(None, "GET", f"/sandbox/payments/{WALLETS[0]}/{first['channel_txn']}").json
    assert left["state"] == "failed"
    money.ask(None, "POST", f"/sandbox/payments/{WALLETS[1]}/{second['channel_txn']}", json={"act": "pay"})
    money.work()
    assert state(money, order) == "paid"


def test_one_who_paid_at_the_first_channel_cannot_begin_at_another(money, order):
    first = money.start(order, WALLETS[0])
    money.ask(None, "POST", f"/sandbox/payments/{WALLETS[0]}/{first['channel_txn']}", json={"act": "pay"})
    body = {"last4": LAST4, "channel": WALLETS[1]}
    late = money.ask(None, "POST", f"/pay/{order['payment_code']}/start", json=body)
    assert (late.status_code, late.json["code"]) == (409, "order_state_refuses")
    assert state(money, order) == "paid"


def test_a_wrong_amount_at_the_channel_lets_the_order_be_paid_again(money, db, order):
    channel = "alipay_sandbox"
    begun = money.start(order, channel)
    path = f"/sandbox/payments/{channel}/{begun['channel_txn']}"
    money.ask(None, "POST", path, json={"act": "pay", "amount_fen": 1})
    money.work()
    assert (state(money, order), breaks(db)) == ("issued", ["WRONG_AMOUNT"])


def test_a_payment_left_alone_is_over_when_the_channel_gives_it_up(money, order, monkeypatch):
    channel = "alipay_sandbox"
    money.start(order, channel)
    later(money, monkeypatch, seconds=rules.ATTEMPT_LIFE.total_seconds() - 60)
    desk = money_of.channel_desk(money.services)
    assert desk.poll(now=money.services.now()) == 1
    assert state(money, order) == "paying"
    later(money, monkeypatch, minutes=2)
    desk.poll(now=money.services.now())
    assert state(money, order) == "issued"


def test_the_worker_asks_about_what_is_open_though_one_channel_cannot_be_asked(money, db, monkeypatch):
    orders = [new_order(money) for _ in WALLETS]
    for name, order in zip(WALLETS, orders, strict=True):
        money.ask("finance_city", "PUT", f"/channels/{name}/faults", json={"lose_pct": 100})
        begun = money.start(order, name)
        path = f"/sandbox/payments/{name}/{begun['channel_txn']}"
        assert money.ask(None, "POST", path, json={"act": "pay"}).json["state"] == "paid"
    money.work()
    # The key of the first channel is lost: what it answers cannot be believed.
    assert money_of.channel_keys(money.services, WALLETS[0])[WALLETS[0]]
    for path in (money.services.settings.keys_dir / "channels").glob(f"{WALLETS[0]}.*"):
        path.unlink()
    later(money, monkeypatch, seconds=61)
    channel_jobs.poll_channels(money.services, None)
    assert [state(money, order) for order in orders] == ["paying", "paid"]
    due = rows(db, "SELECT count(*) FROM registry.job WHERE kind = 'poll_channels' AND run_at > now()")
    assert due == [(1,)]


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("no last four", {"channel": "wechat_sandbox"}, 422),
        ("wrong last four", {"channel": "wechat_sandbox", "last4": "0000"}, 404),
        ("no such channel", {"channel": "nowhere", "last4": LAST4}, 404),
        ("a name that is none", {"channel": "../x", "last4": LAST4}, 422),
        ("a terminal", {"channel": "pos_sandbox", "last4": LAST4}, 409),
    ],
)
def test_what_cannot_be_begun(money, order, who, body, status):
    answer = money.ask(None, "POST", f"/pay/{order['payment_code']}/start", json=body)
    assert answer.status_code == status, who
    assert state(money, order) == "issued"


def test_a_card_at_the_window(money, db, order):
    sale = {"order_no": order["order_no"]}
    assert money.ask("finance_city", "POST", "/sandbox/terminals/sales", json=sale).status_code == 403
    assert money.ask("registrar_chibi", "POST", "/sandbox/terminals/sales", json=sale).status_code == 404
    assert money.ask("clerk_xianan", "POST", "/sandbox/terminals/sales", json=sale).status_code == 201
    money.work()
    assert state(money, order) == "paid"
    assert rows(db, "SELECT channel FROM money.channel_event") == [("pos_sandbox",)]
    again = money.ask("clerk_xianan", "POST", "/sandbox/terminals/sales", json=sale)
    assert (again.status_code, again.json["code"]) == (409, "order_state_refuses")


def test_a_transfer_with_the_code_pays_and_one_without_waits(money, db, order):
    path = f"/pay/{order['payment_code']}/transfer"
    wrong = {"last4": LAST4, "amount_fen": order["amount_fen"], "reference": "登记费"}
    assert money.ask(None, "POST", path, json=wrong).status_code == 201
    money.work()
    assert (state(money, order), breaks(db)) == ("issued", ["UNKNOWN_ORDER"])
    right = {**wrong, "reference": order["payment_code"]}
    assert money.ask(None, "POST", path, json=right).status_code == 201
    money.work()
    assert state(money, order) == "paid"


def test_the_worker_fetches_the_statement_of_yesterday(money, db, order, monkeypatch):
    channels = money_of.sandbox_channels(money.services)
    channels.take("bank_sandbox", order["payment_code"], order["amount_fen"], now=money.services.now())
    with db.transaction(SYSTEM) as conn:
        conn.execute("DELETE FROM registry.job WHERE kind = 'sandbox_notices'")
    later(money, monkeypatch, days=1, hours=1)
    channel_jobs.channel_statements(money.services, None)
    assert state(money, order) == "paid"
    assert channel_jobs.fetch_statements(money.services) == 0
    due = rows(db, "SELECT count(*) FROM registry.job WHERE kind = 'channel_statements' AND run_at > now()")
    assert due == [(1,)]
    assert breaks(db) == []


@pytest.mark.parametrize("prefix", ["ui.finance.channel.", "ui.channels.name."])
def test_every_channel_has_a_name_on_the_pages(money, prefix):
    found = {row["channel"] for row in money.ask("finance_city", "GET", "/channels").json["items"]}
    assert len(found) >= 5
    assert {name for name in found if not known(f"{prefix}{name}")} == set()
