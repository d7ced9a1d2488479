"""Disputes over HTTP: who may do what, what each county sees, what waits in the inbox."""

import io

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.web.money_desk import Money, close
from tests.web.people import PASSWORD

pytestmark = pytest.mark.town

CLAIM = {"reason": "宗地在赤壁境内", "basis_doc": "赤财函〔2026〕8号"}
RULING = {"county_code": "421281", "basis_doc": "咸裁〔2026〕1号", "reason": "勘界"}


@pytest.fixture
def money(app, db):
    money = Money(app, db)
    with db.transaction(SYSTEM) as conn:
        access.create_user(
            conn,
            login="finance_jiayu",
            name="j",
            roles=["finance_county"],
            office="jiayu",
            password=PASSWORD,
        )
    return money


def raise_one(money, paid, who="finance_chibi", **more):
    return money.ask(who, "POST", "/disputes", json={"order_no": paid["order_no"], **CLAIM, **more})


def waiting(money, who):
    return {
        group["kind"]: group["count"]
        for group in money.ask(who, "GET", "/inbox").json["groups"]
        if group["count"] and ("dispute" in group["kind"] or "ruling" in group["kind"])
    }


@pytest.mark.parametrize(
    ("lang", "note"),
    [("zh", "不动产登记费（非住宅类） · 550.00 元"), ("en", "Registration fee, non-housing · CNY 550.00")],
)
def test_the_inbox_names_what_is_in_dispute_in_the_reader_s_language(money, paid, lang, note):
    raise_one(money, paid)
    (group,) = [
        group
        for group in money.ask("finance_city", "GET", f"/inbox?lang={lang}").json["groups"]
        if group["kind"] == "disputes_raised"
    ]
    assert [item["note"] for item in group["items"]] == [note]


def test_from_the_county_to_the_other_countys_money(money, paid):
    made = raise_one(money, paid)
    assert (made.status_code, made.json["state"]) == (201, "raised")
    path = f"/disputes/{made.json['dispute_no']}"
    assert waiting(money, "finance_city") == {"disputes_raised": 1}
    assert waiting(money, "finance_tongshan") == {"disputes_open": 1}
    assert money.ask("finance_chibi", "POST", f"{path}/hold", json={}).status_code == 403
    assert money.ask("finance_city", "POST", f"{path}/hold", json={}).json["state"] == "held"
    assert waiting(money, "finance_city") == {"disputes_to_rule": 1}
    refund = money.ask("finance_city", "POST", f"/orders/{paid['order_no']}/refunds", json={})
    assert (refund.status_code, refund.json["code"]) == (409, "line_in_dispute")
    assert money.ask("finance_tongshan", "POST", f"{path}/ruling", json=RULING).status_code == 403
    assert money.ask("supervisor", "POST", f"{path}/ruling", json=RULING).status_code == 403
    assert money.ask("finance_city", "POST", f"{path}/ruling", json=RULING).json["state"] == "held"
    own = money.ask("finance_city", "POST", f"{path}/ruling/end", json={"accept": True})
    assert (own.status_code, own.json["code"]) == (403, "dispute_same_person")
    assert waiting(money, "finance_city") == {}
    assert waiting(money, "supervisor") == {"rulings_to_confirm": 1}
    ended = money.ask("supervisor", "POST", f"{path}/ruling/end", json={"accept": True})
    assert (ended.json["state"], ended.json["ruled_county"]) == ("ruled", "421281")
    close(money)
    money.work()
    after = money.ask("finance_chibi", "GET", path).json
    assert after["state"] == "adjusted"
    decision = money.ask("finance_chibi", "GET", f"/decisions/{after['rulings'][0]['decision_id']}").json
    assert (decision["county_code"], decision["basis_doc"]) == ("421281", RULING["basis_doc"])
    day = money.ask("finance_city", "GET", f"/days/{money.services.today()}").json
    cleared = {row["county_code"]: row["cleared_fen"] for row in day["counties"] if row["cleared_fen"]}
    assert cleared == {"421281": 55_000}
    order = money.ask("finance_chibi", "GET", f"/orders/{paid['order_no']}").json
    assert order["state"] == "cleared"
    assert [(bill["kind"], bill["county_code"]) for bill in order["receipts"]] == [("blue", "421281")]


def test_who_sees_a_dispute(money, paid):
    no = raise_one(money, paid).json["dispute_no"]
    for who in ("finance_city", "finance_chibi", "finance_tongshan", "supervisor"):
        listed = money.ask(who, "GET", "/disputes?state=open").json["items"]
        assert [item["dispute_no"] for item in listed] == [no]
        assert money.ask(who, "GET", f"/disputes/{no}").json["line_name"]
    assert money.ask("finance_jiayu", "GET", "/disputes").json["items"] == []
    assert money.ask("finance_jiayu", "GET", f"/disputes/{no}").status_code == 404
    assert money.ask("finance_jiayu", "POST", f"/disputes/{no}/withdraw", json={}).status_code == 404
    assert money.ask("finance_tongshan", "POST", f"/disputes/{no}/withdraw", json={}).status_code == 403
    assert money.ask("clerk_xianan", "GET", "/disputes").status_code == 403
    assert (
        money.ask("finance_chibi", "POST", f"/disputes/{no}/withdraw", json={}).json["state"] == "withdrawn"
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"line_no": 7}, 404, "dispute_not_found"),
        ({"order_no": "O9999999999999999"}, 404, "dispute_not_found"),
        ({"order_no": "O1'; DROP TABLE money.dispute"}, 422, "request_invalid"),
        ({"claimed_county": "421224"}, 422, "dispute_county_bad"),
        ({"claimed_county": "421221"}, 403, "dispute_not_yours"),
        ({"reason": "  "}, 422, "request_invalid"),
        ({"basis_doc": ""}, 422, "request_invalid"),
        ({"basis_doc": "\u200b"}, 422, "request_invalid"),
        ({"basis_doc": "函\u202e1号"}, 422, "request_invalid"),
        ({"reason": "x" * 501}, 422, "request_invalid"),
    ],
)
def test_a_bad_claim_leaves_nothing(money, paid, body, status, code):
    answer = raise_one(money, paid, **body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert money.ask("finance_city", "GET", "/disputes").json["items"] == []


PDF = b"%PDF-1.4 a letter"


def attach(money, who, path, content=PDF, name="赤财函8号.pdf"):
    return money.ask(who, "POST", f"{path}/documents", data={"file": (io.BytesIO(content), name)})


def test_the_files_of_both_sides_and_of_the_ruling(money, paid):
    path = f"/disputes/{raise_one(money, paid).json['dispute_no']}"
    made = attach(money, "finance_chibi", path, name="../赤财函8号.pdf")
    assert (made.status_code, made.json["purpose"], made.json["file_name"]) == (
        201,
        "claim",
        ".._赤财函8号.pdf",
    )
    assert attach(money, "finance_chibi", path).json["document_id"] == made.json["document_id"]
    assert attach(money, "finance_tongshan", path, b"\x89PNG\r\n\x1a\n x", "a.png").json["purpose"] == "claim"
    assert attach(money, "finance_city", path, PDF + b"2").json["purpose"] == "ruling"
    for who in ("finance_chibi", "finance_tongshan", "finance_city", "supervisor"):
        found = money.ask(who, "GET", path).json["documents"]
        assert [row["purpose"] for row in found] == ["claim", "claim", "ruling"]
        answer = money.ask(who, "GET", made.json["url"].removeprefix("/api/v1"))
        assert (answer.data, answer.headers["Content-Type"]) == (PDF, "application/pdf")
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_files_of_others_and_of_other_kinds_leave_nothing(money, paid):
    path = f"/disputes/{raise_one(money, paid).json['dispute_no']}"
    assert attach(money, "finance_jiayu", path).status_code == 404
    assert attach(money, "supervisor", path).status_code == 403
    for content in (b"", b"<svg onload=alert(1)>"):
        answer = attach(money, "finance_chibi", path, content)
        assert (answer.status_code, answer.json["code"]) == (422, "material_refused")
    none = money.ask("finance_chibi", "POST", f"{path}/documents", data={})
    assert (none.status_code, none.json["code"]) == (422, "file_missing")
    money.ask("finance_chibi", "POST", f"{path}/withdraw", json={"comment": "误提"})
    late = attach(money, "finance_chibi", path)
    assert (late.status_code, late.json["code"]) == (409, "dispute_state_refuses")
    assert money.ask("finance_chibi", "GET", path).json["documents"] == []
    assert money.ask("finance_chibi", "GET", f"{path}/documents/1").status_code == 404


def test_a_file_that_was_changed_on_disk_is_not_given_out(money, paid):
    path = f"/disputes/{raise_one(money, paid).json['dispute_no']}"
    made = attach(money, "finance_chibi", path).json
    (stored,) = money.services.settings.files_dir.glob(f"*/{made['sha256']}")
    stored.write_bytes(PDF + b" and more")
    answer = money.ask("finance_city", "GET", made["url"].removeprefix("/api/v1"))
    assert (answer.status_code, answer.json["code"]) == (404, "document_not_found")


def test_the_lines_of_a_decision_are_shown_to_who_could_claim_them(money, paid):
    line = money.ask("finance_tongshan", "GET", f"/orders/{paid['order_no']}").json["lines"][0]
    path = f"/decisions/{line['decision_id']}/lines"
    for who in ("finance_city", "supervisor", "finance_tongshan"):
        found = money.ask(who, "GET", path).json["items"]
        assert [(row["order_no"], row["county_code"]) for row in found] == [(paid["order_no"], "421224")]
        assert set(found[0]) == {"order_no", "line_no", "item", "county_code", "order_state", "amount_fen"}
    assert money.ask("finance_jiayu", "GET", path).json["items"] == []
    assert money.ask("clerk_xianan", "GET", path).status_code == 403


def test_the_file_of_a_designation(money):
    subject = {"subject": "421224001001GB00001W00000000", **RULING}
    made = money.ask("finance_city", "POST", "/decisions", json=subject)
    path = f"/decisions/{made.json['decision_id']}"
    assert attach(money, "finance_chibi", path).status_code == 403
    kept = attach(money, "finance_city", path).json
    assert (kept["file_name"], kept["size_bytes"]) == ("赤财函8号.pdf", len(PDF))
    assert [row["sha256"] for row in money.ask("supervisor", "GET", path).json["documents"]] == [
        kept["sha256"]
    ]
    assert money.ask("supervisor", "GET", kept["url"].removeprefix("/api/v1")).data == PDF
    assert money.ask(None, "GET", kept["url"].removeprefix("/api/v1")).status_code == 401


def test_a_decision_by_rule_takes_no_file(money, paid):
    line = money.ask("finance_tongshan", "GET", f"/orders/{paid['order_no']}").json["lines"][0]
    answer = attach(money, "finance_city", f"/decisions/{line['decision_id']}")
    assert (answer.status_code, answer.json["code"]) == (409, "decision_closed")
