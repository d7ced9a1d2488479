"""The month statement of a county: sums, drill-down, item-list hashes, signatures that openssl accepts."""

import csv
import io
import re
import subprocess
import zipfile

import psycopg
import pytest
from openpyxl import load_workbook
from psycopg.conninfo import make_conninfo
from pypdf import PdfReader

from data.access.records import SYSTEM
from data.documents import service as documents
from tests.web.money_desk import close, give_back, new_order, pay

pytestmark = pytest.mark.town

FIGURES = ("due", "paid", "arrived", "cleared", "confirmed", "refunded", "returned", "disputed")
TONGSHAN = "421224"


def statement(money, who="finance_tongshan", county=TONGSHAN, month=None, **query):
    month = month or f"{money.services.today():%Y-%m}"
    return money.ask(who, "GET", f"/months/{month}/counties/{county}/statement", query_string=query)


def test_the_month_adds_up_to_the_day_sheets_and_every_number_opens_its_rows(money):
    pay(money, new_order(money))
    close(money)
    found = statement(money).json
    today = money.services.today()
    day = money.ask("finance_tongshan", "GET", f"/days/{today}").json
    for figure in ("due", "paid", "arrived", "cleared", "confirmed", "refunded"):
        assert found["totals"][f"{figure}_fen"] == day["totals"][f"{figure}_fen"], figure
    (row,) = found["figures"]["items"]
    assert (row["channel"], row["paid_fen"], row["confirmed_fen"]) == ("sandbox", 55_000, 55_000)
    for figure in FIGURES:
        narrowed = {
            "figure": figure,
            "date": row["day"],
            "to": row["day"],
            "county": row["county_code"],
            "kind": row["kind"],
            "channel": row["channel"],
            "item": row["item_code"],
        }
        rows = money.ask("finance_tongshan", "GET", "/reports/lines", query_string=narrowed).json["items"]
        assert sum(one["amount_fen"] for one in rows) == row[f"{figure}_fen"], figure
        assert all(one["parcel_code"] for one in rows)
    narrowed = {"figure": "paid", "channel": "another"}
    assert money.ask("finance_tongshan", "GET", "/reports/lines", query_string=narrowed).json["items"] == []


def test_what_a_county_gave_back_is_in_its_month(money):
    order = pay(money, new_order(money))
    close(money)
    refund = give_back(money, order, cause="mistaken")
    assert refund["state"] == "returning"
    path = f"/refunds/{refund['refund_no']}/returns/{TONGSHAN}"
    sent = money.ask("finance_tongshan", "POST", path, json={"reference": "TF-1"})
    assert sent.status_code == 200, sent.json
    totals = statement(money).json["totals"]
    assert (totals["returned_fen"], totals["refunded_fen"]) == (55_000, 0)
    rows = money.ask("finance_tongshan", "GET", "/reports/lines", query_string={"figure": "returned"}).json
    assert [row["reference"] for row in rows["items"]] == ["TF-1"]
    assert statement(money, "finance_chibi", "421281").json["totals"]["returned_fen"] == 0


def test_an_item_list_that_is_no_longer_what_the_bank_was_told_is_seen(money, superuser_url):
    pay(money, new_order(money))
    close(money)
    (row,) = statement(money).json["payouts"]["items"]
    message = money.ask("finance_tongshan", "GET", f"/payouts/{row['msg_id']}.xml").get_data(as_text=True)
    told = re.search(r"<Ustrd>n=1;sha256=([0-9a-f]{64})</Ustrd>", message)
    assert (row["list_agrees"], row["items_sha256"]) == (True, told[1])
    with money.db.transaction(SYSTEM) as conn:
        name = conn.info.dbname
    with psycopg.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("UPDATE money.order_line SET name = name || '!'")
    assert statement(money).json["payouts"]["items"][0]["list_agrees"] is False


def test_files_are_signed_and_openssl_accepts_them(money, tmp_path):
    pay(money, new_order(money))
    close(money)
    with zipfile.ZipFile(io.BytesIO(statement(money, format="zip").data)) as archive:
        archive.extractall(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    stem = f"statement-{TONGSHAN}-{money.services.today():%Y-%m}"
    assert f"{stem}.csv.sig" in names
    how = [line for line in (tmp_path / "VERIFY.txt").read_text().splitlines() if line.startswith("openssl")]
    assert len(how) == 5
    for line in how:
        subprocess.run(line, shell=True, check=True, cwd=tmp_path, capture_output=True)
    changed = tmp_path / f"{stem}.csv"
    changed.write_bytes(changed.read_bytes().replace(b"550.00", b"551.00"))
    told = subprocess.run(how[2], shell=True, check=False, cwd=tmp_path, capture_output=True)
    assert told.returncode != 0
    pdf = (tmp_path / f"{stem}.pdf").read_bytes()
    state = documents.inspect_signature(
        pdf, roots=[(tmp_path / "root.pem").read_bytes()], at=money.services.now()
    )
    assert state.valid
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "通山县" in text
    assert "550.00" in text


def test_tables_hold_what_the_page_shows(money):
    pay(money, new_order(money))
    close(money)
    head, row = csv.reader(io.StringIO(statement(money, format="csv").data.decode("utf-8-sig")))
    assert dict(zip(head, row, strict=True))["已缴(元)"] == "550.00"
    book = load_workbook(io.BytesIO(statement(money, format="xlsx").data))
    assert [sheet.title for sheet in book] == ["按日、渠道、项目的收缴清分", "划拨清单"]
    assert book.worksheets[1].cell(4, 8).value == 550


def test_a_county_reads_its_own_only(money):
    assert statement(money, "finance_chibi").json["code"] == "not_your_county"
    assert statement(money, "clerk_xianan").status_code == 403
    assert statement(money, "finance_city").status_code == 200
    assert statement(money, month="2026-13").status_code == 422
    assert statement(money, "finance_city", "999999").status_code == 403
