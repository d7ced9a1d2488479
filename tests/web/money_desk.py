"""The small town over HTTP: who works with money there, and the steps of the tests."""

import json

import psycopg

from api import wiring
from data.access import service as access
from data.access.records import SYSTEM
from data.jobs.service import drain
from data.signed_messages import sign
from registry.payments import sandbox
from tests.database.registry import town
from tests.web.people import PASSWORD

STAFF = {
    "clerk_xianan": (["clerk"], "xianan"),
    "registrar_tongshan": (["registrar"], "tongshan"),
    "registrar_chibi": (["registrar"], "chibi"),
    "finance_city": (["finance_city"], "city"),
    "finance_tongshan": (["finance_county"], "tongshan"),
    "finance_chibi": (["finance_county"], "chibi"),
    "supervisor": (["supervisor"], None),
}


class Money:
    """What a test does over HTTP, with a name for who does it; the database begins in the town."""

    def __init__(self, app, db):
        self.app, self.db = app, db
        self.client = app.test_client()
        self.services = app.extensions["ningtu"]
        self.headers = {}
        with db.transaction(SYSTEM) as conn:
            for login, (roles, office) in STAFF.items():
                access.create_user(
                    conn, login=login, name=login, roles=roles, office=office, password=PASSWORD
                )

    def ask(self, who, method, path, **more):
        headers = {**self._token(who), **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def _token(self, who):
        if who is None:
            return {}
        if who not in self.headers:
            answer = self.client.post("/api/v1/auth/token", json={"username": who, "password": PASSWORD})
            self.headers[who] = {"Authorization": f"Bearer {answer.json['access_token']}"}
        return self.headers[who]

    def case(self):
        entry = self.client.get("/api/v1/handbook/land_use_first").json
        body = {
            "type_code": "land_use_first",
            "unit_codes": [town.BARE],
            "applicants": [
                {"name": "李四", "role": "holder", "id_type": "id_card", "id_number": town.LI.id_number}
            ],
            "materials": [
                {"code": item["code"], "copies": 1}
                for item in entry["materials"]
                if not item["required_when"]
            ],
        }
        return self.ask("clerk_xianan", "POST", "/cases", json=body).json["case_no"]

    def event(self, order, **facts):
        body = {
            "channel_txn": "T1",
            "kind": "paid",
            "payment_code": order["payment_code"],
            "amount_fen": order["amount_fen"],
            "occurred_at": self.services.now().isoformat(),
            **facts,
        }
        raw = json.dumps(body).encode()
        key = self.services.settings.sandbox_channel_key
        at = int(self.services.now().timestamp())
        return raw, sign(key, sandbox.KEY_ID, raw, at=at)

    def send(self, raw, signature, channel="sandbox"):
        return self.ask(
            None,
            "POST",
            f"/channels/{channel}/events",
            data=raw,
            headers={"X-Ningtu-Signature": signature, "Content-Type": "application/json"},
        )

    def start(self, order, channel="wechat_sandbox"):
        """Begin to pay at a channel; returns the payment under way, with its number there."""
        body = {"last4": town.LI.id_number[-4:], "channel": channel}
        begun = self.ask(None, "POST", f"/pay/{order['payment_code']}/start", json=body)
        assert begun.status_code == 201, begun.json
        return {**begun.json, "channel_txn": begun.json["page"].rpartition("/")[2]}

    def work(self):
        return drain(self.db, wiring.handlers(self.services))


def statements(monkeypatch, ask):
    """Return the queries that an answer takes, in order."""
    seen = []
    execute = psycopg.Cursor.execute

    def noted(cursor, query, *given, **more):
        seen.append(str(query))
        return execute(cursor, query, *given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noted)
        assert ask().status_code == 200
    return seen


def new_order(money):
    """Issue the order of a new case."""
    answer = money.ask("clerk_xianan", "POST", f"/cases/{money.case()}/orders")
    assert answer.status_code == 201, answer.json
    return answer.json


def pay(money, order, **facts):
    """Pay an order, let the worker work, and return the order as it is then."""
    assert money.send(*money.event(order, **facts)).json["result"] == "accepted"
    money.work()
    return money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json


def close(money):
    """Close the day now."""
    return money.ask("finance_city", "POST", f"/days/{money.services.today()}/close", json={"run": "now"})


def give_back(money, order, **asked):
    """Ask for a refund, let another person approve it, let the worker work; return the refund."""
    path = f"/orders/{order['order_no']}/refunds"
    refund = money.ask("registrar_tongshan", "POST", path, json={"reason": "误收", **asked})
    assert refund.status_code == 202, refund.json
    decided = money.ask(
        "finance_city", "POST", f"/refunds/{refund.json['refund_no']}/decision", json={"approve": True}
    )
    assert decided.status_code == 200, decided.json
    money.work()
    return money.ask("finance_city", "GET", f"/refunds/{refund.json['refund_no']}").json
