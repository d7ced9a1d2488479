"""Keys and faults of channels: two keys during a rotation, faults dated and seen, who may."""

from datetime import timedelta

import pytest

from api import money as money_of
from data.access import service as access
from data.access.records import SYSTEM
from registry.payments import channel_keys
from tests.database.money.conftest import rows
from tests.web.money_desk import Money
from tests.web.people import PASSWORD
from tests.web.test_channels import LAST4, message, refused, state, tell

pytestmark = pytest.mark.town

WALLET = "alipay_sandbox"


@pytest.fixture
def money(app, db):
    made = Money(app, db)
    with db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="boss", name="b", roles=["admin"], office="city", password=PASSWORD)
    return made


def shown(money, name=WALLET, who="boss"):
    return next(item for item in money.ask(who, "GET", "/channels").json["items"] if item["channel"] == name)


def test_two_keys_hold_during_a_rotation_and_the_old_one_not_after(money, db, order):
    old = message(money, WALLET, order, channel_txn="T1", payment_code="1")
    made = money.ask("boss", "POST", f"/channels/{WALLET}/keys")
    assert made.status_code == 201
    assert len(shown(money)["keys"]) == 2
    assert money.ask("boss", "POST", f"/channels/{WALLET}/keys").json["code"] == "key_rotation_refused"
    new = message(money, WALLET, order, channel_txn="T2", payment_code="1")
    assert new[1].split(",")[1] == f"kid={made.json['kid']}"
    assert [money.send(*sent, WALLET).status_code for sent in (old, new)] == [200, 200]
    unsent = message(
        money, WALLET, order, channel_txn="T3", payment_code="1", kid="k1", key=secret(money, "k1")
    )
    ended = money.ask("boss", "POST", f"/channels/{WALLET}/keys/finish")
    assert (ended.status_code, ended.json["kid"]) == (200, "k1")
    answer = money.send(*unsent, WALLET)
    assert (answer.status_code, answer.json["code"]) == (401, "signature_bad")
    assert refused(db) == 1
    assert money.ask("boss", "POST", f"/channels/{WALLET}/keys/finish").json["code"] == "key_rotation_refused"
    assert tell(money, WALLET, order, channel_txn="T4") == (200, "accepted")


def secret(money, kid):
    return money_of.key_vault(money.services).secret(WALLET, kid)


def test_the_database_holds_no_key_and_the_file_is_its_owners(money, db, order):
    tell(money, WALLET, order)
    key = secret(money, "k1")
    assert len(key) > 30
    assert key not in str(rows(db, "SELECT * FROM money.channel_key"))
    (path,) = (money.services.settings.keys_dir / "channels").glob(f"{WALLET}.*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_sandbox_goes_on_with_the_new_key(money, order):
    money.ask("boss", "POST", f"/channels/{WALLET}/keys")
    money.ask("boss", "POST", f"/channels/{WALLET}/keys/finish")
    begun = money.start(order, WALLET)
    money.ask(None, "POST", f"/sandbox/payments/{WALLET}/{begun['channel_txn']}", json={"act": "pay"})
    money.work()
    assert state(money, order) == "paid"


def test_the_key_of_the_settings_is_rotated_as_well(money, order):
    money.ask("boss", "POST", "/channels/sandbox/keys")
    assert money.send(*money.event(order)).json["result"] == "accepted"
    money.ask("boss", "POST", "/channels/sandbox/keys/finish")
    assert money.send(*money.event(order, channel_txn="T2")).status_code == 401


def test_a_key_that_ended_holds_no_more_whatever_the_clock_says(money, db):
    vault, now = money_of.key_vault(money.services), money.services.now()
    channel_keys.begin(db, SYSTEM, vault, WALLET, now=now)
    channel_keys.finish(db, SYSTEM, WALLET, now=now)
    assert list(channel_keys.live(db, vault, WALLET, now=now)) != ["k1"]
    assert "k1" not in channel_keys.live(db, vault, WALLET, now=now + timedelta(days=400))


def test_faults_are_dated_and_shown(money, order):
    faults = {"delay_s": 5, "duplicate_pct": 10, "reorder_pct": 20, "lose_pct": 100, "seed": 3}
    assert shown(money)["faults"]["set_at"] is None
    assert money.ask("finance_city", "PUT", f"/channels/{WALLET}/faults", json=faults).status_code == 200
    found = shown(money, who="supervisor")["faults"]
    assert {name: found[name] for name in faults} == faults
    assert found["set_by"] == "finance_city"
    assert found["set_at"] is not None
    begun = money.start(order, WALLET)
    money.ask(None, "POST", f"/sandbox/payments/{WALLET}/{begun['channel_txn']}", json={"act": "pay"})
    money.work()
    assert (shown(money)["lost_messages"] >= 1, state(money, order)) == (True, "paying")
    back = {"last4": LAST4}
    assert money.ask(None, "POST", f"/pay/{order['payment_code']}/return", json=back).json["state"] == "paid"
    assert shown(money)["sources_today"] == {"return": 1}


@pytest.mark.parametrize(
    "faults", [{"lose_pct": 101}, {"lose_pct": -1}, {"delay_s": 86_401}, {"seed": "x"}, {"other": 1}]
)
def test_faults_that_are_none(money, faults):
    answer = money.ask("boss", "PUT", f"/channels/{WALLET}/faults", json=faults)
    # Not only the last net refuses it, which names no field.
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_who_may(money):
    for who in ("clerk_xianan", "finance_tongshan"):
        assert money.ask(who, "GET", "/channels").status_code == 403
        assert money.ask(who, "PUT", f"/channels/{WALLET}/faults", json={}).status_code == 403
    assert money.ask("supervisor", "PUT", f"/channels/{WALLET}/faults", json={}).status_code == 403
    assert money.ask("finance_city", "POST", f"/channels/{WALLET}/keys").status_code == 403
    assert money.ask("finance_city", "PUT", "/channels/none/faults", json={}).status_code == 404
    assert money.ask("boss", "POST", "/channels/none/keys").status_code == 404
