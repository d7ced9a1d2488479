"""Reports over HTTP: the rows behind every number, files that are no formulas, counties apart, retries."""

import csv
import io
from calendar import monthrange
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from data.access.records import SYSTEM
from registry.reconciliation import months, reports
from tests.web.money_desk import close, give_back, new_order, pay

pytestmark = pytest.mark.town

FIGURES = ("due", "paid", "arrived", "cleared", "confirmed", "refunded", "suspense")


def report(money, name, who="finance_city", **query):
    return money.ask(who, "GET", f"/reports/{name}", query_string=query)


def test_every_number_of_the_day_sheet_opens_its_rows(money, paid):
    money.send(*money.event(paid, channel_txn="T9", amount_fen=77))
    close(money)
    day = money.ask("finance_city", "GET", f"/days/{money.services.today()}").json
    assert (day["totals"]["confirmed_fen"], day["totals"]["suspense_fen"]) == (55_000, 77)
    for figure in FIGURES:
        rows = report(money, "lines", figure=figure).json["items"]
        assert sum(row["amount_fen"] for row in rows) == day["totals"][f"{figure}_fen"], figure
        for sheet_row in day["counties"]:
            asked = {"figure": figure, "county": sheet_row["county_code"], "kind": sheet_row["kind"]}
            rows = report(money, "lines", **asked).json["items"]
            assert sum(row["amount_fen"] for row in rows) == sheet_row[f"{figure}_fen"], asked
    (row,) = report(money, "lines", figure="confirmed").json["items"]
    assert (row["order_no"], row["parcel_code"]) == (paid["order_no"], paid["lines"][0]["parcel_code"])


def test_a_county_sees_its_own_rows_only(money, paid):
    close(money)
    for name in ("lines", "unbilled", "straddles", "pools", "ageing", "rate"):
        answer = report(money, name, "finance_chibi")
        assert answer.status_code == 200
        counties = {row.get("county_code", "421281") for row in answer.json["items"]}
        assert counties <= {"421281"}, name
    assert report(money, "lines", "finance_chibi", county="421224").json["items"] == []
    assert [row["amount_fen"] for row in report(money, "lines", "finance_tongshan").json["items"]] == [55_000]
    assert report(money, "balance", "finance_chibi").status_code == 403
    assert report(money, "lines", "clerk_xianan").status_code == 403


def test_what_is_paid_and_not_billed_is_red(money):
    order = new_order(money)
    money.send(*money.event(order))
    (row,) = report(money, "unbilled").json["items"]
    assert (row["order_no"], row["amount_fen"]) == (order["order_no"], 55_000)
    money.work()
    assert report(money, "unbilled").json["items"] == []


def test_the_rate_is_whole_when_all_that_arrived_was_credited(money, paid):
    assert [row["rate"] for row in report(money, "rate").json["items"]] == ["0.00"]
    close(money)
    (row,) = report(money, "rate").json["items"]
    assert (row["arrived_fen"], row["credited_fen"], row["rate"]) == (55_000, 55_000, "100.00")


def test_what_went_back_before_it_was_cleared_counts_on_neither_side_of_the_rate(money, paid):
    gone = give_back(money, pay(money, new_order(money), channel_txn="T2"))
    day = money.services.today()
    (alone,) = report(money, "rate").json["items"]
    assert (alone["refunded_before_fen"], alone["rate"]) == (55_000, "0.00")
    close(money)
    told = report(money, "rate").json
    (row,) = told["items"]
    assert (row["arrived_fen"], row["credited_fen"], row["rate"]) == (110_000, 55_000, "100.00")
    assert "清分前已退付" in told["note"]
    assert money.ask("finance_city", "GET", f"/days/{day}").json["same_day"] == {
        "arrived_fen": 110_000,
        "refunded_before_fen": 55_000,
        "credited_fen": 55_000,
        "percent": "100.00",
    }
    (behind,) = report(money, "lines", figure="refunded_before").json["items"]
    assert (behind["order_no"], behind["amount_fen"]) == (gone["order_no"], 55_000)
    # What goes back after it was cleared was with its county the same day.
    give_back(money, paid)
    (later,) = report(money, "rate").json["items"]
    assert (later["refunded_before_fen"], later["rate"]) == (55_000, "100.00")
    sheet = load_workbook(io.BytesIO(report(money, "rate", format="xlsx").data)).active
    assert told["note"] in sheet["A2"].value
    pdf = PdfReader(io.BytesIO(report(money, "rate", format="pdf").data))
    assert "清分前退给缴款人" in "".join(page.extract_text() for page in pdf.pages).replace("\n", "")


def test_a_day_of_which_all_went_back_has_no_rate(money, paid):
    give_back(money, paid)
    (row,) = report(money, "rate").json["items"]
    assert (row["refunded_before_fen"], row["rate"]) == (55_000, None)
    other = money.services.today() - timedelta(days=1)
    assert money.ask("finance_city", "GET", f"/days/{other}").json["same_day"]["percent"] is None
    for kind in ("csv", "xlsx", "pdf"):
        assert report(money, "rate", format=kind).status_code == 200


def test_the_banks_balance_stands_beside_the_ledgers(money, paid):
    day = money.services.today()
    head = "account,statement_ref,booked_on,amount_fen,reference,counterparty"
    raw = "\n".join(
        f"990000421200000001,S1,{day},{fen},{reference},"
        for fen, reference in ((0, "OPBD"), (54_999, f"SETTLE:sandbox:{day}"), (54_999, "CLBD"))
    )
    file = {"file": (io.BytesIO(f"{head}\n{raw}".encode()), "s.csv")}
    assert money.ask("finance_city", "POST", "/statements", data=file).status_code == 201
    (row,) = report(money, "balance").json["items"]
    assert (row["bank_fen"], row["ledger_fen"], row["difference_fen"]) == (54_999, 55_000, -1)
    (aged,) = report(money, "ageing").json["items"]
    assert (aged["type"], aged["n"], aged["age_0"], aged["overdue"]) == ("C3", 1, 1, 0)


def test_files_hold_what_the_page_shows_and_no_formula(money, paid):
    with money.db.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id,"
            " case_no, source, county_code, decision_id, accept_office) SELECT order_no, 2, 'fee', 'x',"
            " '=HYPERLINK(1)', 1, 'x', case_no, 'fee:x', county_code, decision_id, accept_office"
            " FROM money.order_line"
        )
    text = report(money, "lines", figure="due", format="csv").data.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert (head[4], head[-1]) == ("项目", "金额(元)")
    assert [(row[4], row[-1]) for row in rows][1] == ("'=HYPERLINK(1)", "0.01")
    sheet = load_workbook(io.BytesIO(report(money, "lines", figure="due", format="xlsx").data)).active
    cells = [[cell.value for cell in line] for line in sheet]
    assert (cells[3][-1], cells[4][4], cells[4][-1]) == (550, "'=HYPERLINK(1)", 0.01)
    assert all(cell.data_type != "f" for line in sheet for cell in line)
    pdf = PdfReader(io.BytesIO(report(money, "lines", figure="due", format="pdf").data))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert "550.00" in text
    assert "通山" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", reports.COLUMNS)
def test_every_report_is_a_file_of_every_kind_in_both_languages(money, paid, name, lang):
    book = report(money, name, format="xlsx", lang=lang)
    assert book.status_code == 200, book.json
    sheet = load_workbook(io.BytesIO(book.data)).active
    title = report(money, name, lang=lang).json["title"]
    assert (sheet["A1"].value, sheet.title[:8]) == (title, title.replace(":", " -")[:8])
    assert report(money, name, format="csv", lang=lang).status_code == 200
    assert PdfReader(io.BytesIO(report(money, name, format="pdf", lang=lang).data)).pages


@pytest.mark.parametrize(
    ("lang", "state", "kind"),
    [("zh", "已签章", "K4 重复划拨"), ("en", "Signed", "K4 Paid out twice")],
)
def test_files_have_words_for_states_and_differences(money, paid, lang, state, kind):
    with money.db.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.break (key, type, biz_date, county_code, amount_fen, opened_at)"
            " VALUES ('K4:x', 'K4', %s, '421224', 1, now())",
            [money.services.today()],
        )

    def column(name, number):
        text = report(money, name, format="csv", lang=lang).data.decode("utf-8-sig")
        return [row[number] for row in csv.reader(io.StringIO(text))][1:]

    assert (column("bills", 4), column("breaks", 1), column("ageing", 0)) == ([state], [kind], [kind])


def test_a_print_names_counties_in_the_reader_s_language(money, paid):
    for lang, named, other in (("zh", "通山县", "Tongshan"), ("en", "Tongshan", "通山县")):
        pdf = PdfReader(io.BytesIO(report(money, "lines", format="pdf", lang=lang).data))
        text = "".join(page.extract_text() for page in pdf.pages)
        assert all((said in text) == (lang == "zh") for said in ("数据截至", "合计"))
        assert all((said in text) == (lang == "en") for said in ("Data as of", "Total"))
        assert (named in text, other in text) == (True, False)


def test_an_unknown_report_or_a_strange_day_is_refused(money, paid):
    assert report(money, "nothing").json["code"] == "report_unknown"
    assert report(money, "lines", date="2026-02-31").status_code == 422
    assert report(money, "rate", date="2026-02-01", to="2026-01-01").status_code == 422
    assert report(money, "lines", figure="'; DROP").status_code == 422


def test_of_several_rejected_payouts_the_one_asked_for_is_tried_again(money, paid, monkeypatch):
    """Another county's account may still have to be put right."""
    from api import money as wiring
    from registry.clearing.sandbox_bank import SandboxBank

    def payouts():
        day = money.ask("finance_city", "GET", f"/days/{money.services.today()}").json
        return {row["msg_id"]: row["state"] for row in day["payouts"]}

    monkeypatch.setattr(wiring, "SandboxBank", lambda db, clock, _mode: SandboxBank(db, clock, "reject"))
    close(money)
    pay(money, new_order(money), channel_txn="T2")
    close(money)
    *_, first, second = sorted(payouts())
    monkeypatch.undo()
    again = money.ask("finance_city", "POST", f"/payouts/{second}/retry").json
    assert again["state"] == "settled"
    assert (payouts()[first], payouts()[again["msg_id"]]) == ("rejected", "settled")
    assert sorted(payouts().values()).count("settled") == 1


def test_a_rejected_payout_is_tried_again_from_its_row(money, paid, monkeypatch):
    from api import money as wiring
    from registry.clearing.sandbox_bank import SandboxBank

    monkeypatch.setattr(wiring, "SandboxBank", lambda db, clock, _mode: SandboxBank(db, clock, "reject"))
    close(money)
    day = money.ask("finance_city", "GET", f"/days/{money.services.today()}").json
    (payout,) = day["payouts"]
    assert payout["state"] == "rejected"
    monkeypatch.undo()
    path = f"/payouts/{payout['msg_id']}/retry"
    assert money.ask("finance_tongshan", "POST", path).status_code == 403
    again = money.ask("finance_city", "POST", path).json
    assert (again["attempt"], again["state"]) == (2, "settled")
    assert money.ask("finance_city", "POST", f"/payouts/{again['msg_id']}/retry").json["code"] == (
        "payout_not_rejected"
    )


def test_a_month_says_what_it_lacks_and_is_closed_by_the_city(money, paid):
    month = f"{money.services.today():%Y-%m}"
    found = money.ask("supervisor", "GET", f"/months/{month}").json
    assert (found["state"], found["reasons"], found["trial_sha256"]) == ("open", ["unsealed"], None)
    assert money.ask("finance_city", "POST", f"/months/{month}/close").json["code"] == "month_not_over"
    assert money.ask("supervisor", "POST", f"/months/{month}/close").status_code == 403
    assert money.ask("finance_tongshan", "GET", f"/months/{month}").status_code == 403
    assert money.ask("finance_city", "GET", "/months/2026-13").status_code == 422
    past = money.ask("finance_city", "POST", "/months/2026-10/close").json
    assert (past["state"], "unsealed" in past["reasons"]) == ("closing", True)
    assert money.ask("finance_city", "GET", "/months/2026-10").json["state"] == "closing"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/days/0001-01-01/reconcile"),
        ("POST", "/days/1999-12-31/close"),
        ("GET", "/days/9999-12-31"),
        ("GET", "/months/9999-12"),
        ("POST", "/months/9999-12/close"),
        ("POST", "/months/0001-01/close"),
    ],
)
def test_days_of_no_year_of_ours_are_refused(money, method, path):
    """The first and last days of the calendar were a fault of ours; a month of the year 1 began to close."""
    answer = money.ask("finance_city", method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")
    assert money.ask("finance_city", "GET", "/months/2026-11").json["reasons"] == ["unsealed"]


def test_what_stands_against_a_close_is_named(money, paid):
    """The day without seal with who has not signed, the difference on it, the refund under way."""
    close(money)
    today = money.services.today()
    asked = money.ask("registrar_tongshan", "POST", f"/orders/{paid['order_no']}/refunds", json={})
    with money.db.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.break (key, type, biz_date, county_code, amount_fen, opened_at)"
            " VALUES ('K4:x', 'K4', %s, '421224', 1, now())",
            [today],
        )
        last = date(today.year, today.month, monthrange(today.year, today.month)[1])
        (obstacle, refunds) = months.against(conn, today.replace(day=1), now=money.services.now())
    assert (obstacle.reason, obstacle.day.on, obstacle.day.state) == ("unsealed", last, "open")
    assert (refunds.reason, refunds.items) == ("open_refunds", (asked.json["refund_no"],))
    day = money.ask("finance_city", "GET", f"/days/{today}").json["against_seal"]
    assert day["reasons"] == ["unsigned", "open_breaks"]
    assert day["unsigned"] == ["421200", "421202", "421221", "421222", "421223", "421224", "421281"]
    assert [row["type"] for row in day["breaks"]] == ["K4"]
    money.ask("finance_tongshan", "POST", f"/days/{today}/counties/421224/sign")
    day = money.ask("supervisor", "GET", f"/days/{today}").json["against_seal"]
    assert "421224" not in day["unsigned"]
    assert money.ask("finance_tongshan", "GET", f"/days/{today}").json["against_seal"] is None
    refused = money.ask("finance_city", "POST", f"/days/{today}/seal")
    assert (refused.status_code, refused.json["code"]) == (409, "seal_refused")
    earlier = money.ask("finance_city", "POST", "/months/2026-10/close").json["against"]
    assert [(found["reason"], (found["day"] or {}).get("date")) for found in earlier] == [
        ("unsealed", "2026-10-31")
    ]
