"""Four books of some days, as many payments as wanted, and discrepancies put into them by kind.

The books are written as they would stand after the days, with COPY and without triggers; statements go
through the files and the readers of the product.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

import psycopg
from psycopg import sql

from data.clock import SHANGHAI
from registry.clearing.rules import COLLECTION_ACCOUNT, COUNTIES
from registry.payments import rules
from registry.reconciliation import bank_files, channel_files, store, store_match

FIRST = date(2026, 11, 2)
FEE, FEN = 30, 55_000
BASE = 10_000_000
ACCOUNTS = dict.fromkeys(COUNTIES, "")
COLUMNS = {
    "payment_order": "order_no payment_code state amount_fen payer_name accept_office county_codes created_by"
    " issued_at expires_at",
    "order_line": "line_id order_no line_no kind item_code name amount_fen rule_id case_no source county_code"
    " decision_id accept_office",
    "channel_event": "event_id channel channel_txn kind payment_code amount_fen occurred_at received_at raw"
    " headers sig_ok body_sha256",
    "posting": "posting_id key body_sha256 kind biz_date event_at order_no msg_id event_id actor n_rows"
    " total_fen",
    "transfer": "transfer_id posting_id biz_date n_rows seq dr cr amount_fen phase line_id",
    "batch": "batch_id biz_date seq frozen_at created_by",
    "payout": "msg_id batch_id county_code kind attempt amount_fen n_items items_sha256 creditor_name"
    " creditor_number creditor_bank creditor_cnaps debit_pending_id owed_pending_id state changed_at"
    " execute_on",
    "refund": "refund_no order_no amount_fen cause reason requested_by requested_at state done_at decided_by"
    " decided_at",
    "refund_line": "refund_no line_id county_code kind amount_fen",
    "bill_pool": "pool_id code county_code lo hi next issued_by",
    "bill": "code number pool_id kind red_of order_no case_no county_code accept_office payer_name payer_kind"
    " amount_fen check_code issued_at issued_on state xml xml_sha256 xml_sm3 xml_signature algorithm"
    " pdf_sha256 pdf_sm3",
    "bill_line": "code number line_id amount_fen",
}
ZERO = bytes(32)


@dataclass
class Payment:
    """A payment and what is wrong with it: kinds of differences."""

    n: int
    day: date
    county: str
    faults: set[str] = field(default_factory=set)
    late: bool = False

    @property
    def txn(self) -> str:
        return f"T{self.n}"

    @property
    def order_no(self) -> str:
        return f"O{self.day:%Y%m%d}{self.n:08d}"

    @property
    def code(self) -> str:
        return rules.payment_code(self.day, self.n)

    @property
    def at(self) -> datetime:
        hour, minute = (23, 45) if self.late else (9 + self.n % 10, self.n % 60)
        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=SHANGHAI)


@dataclass
class Books:
    """The days, what was put into them, and the keys of the differences that should be found."""

    payments: list[Payment]
    days: list[date]
    plan: dict[str, int] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    rows: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    ids: int = BASE

    def add(self, table: str, *values: object) -> None:
        self.rows.setdefault(table, []).append(values)

    def new_id(self) -> int:
        self.ids += 1
        return self.ids


def plan_books(days: int, a_day: int, plan: dict[str, int] | None = None, seed: int = 1) -> Books:
    """Return payments with faults spread over them by a seed; days are consecutive."""
    random = Random(seed)
    dates = [FIRST + timedelta(days=n) for n in range(days)]
    payments = [Payment(n, dates[n % days], COUNTIES[n // days % len(COUNTIES)]) for n in range(days * a_day)]
    books = Books(payments, dates, dict(plan or {}))
    of_last = [item for item in payments if item.day == dates[-1]]
    for item in random.sample(of_last, books.plan.get("C4", 0)):
        item.faults.add("C4")
        item.late = True
    free = [item for item in payments if not item.faults and dates[2] < item.day < dates[-4]]
    random.shuffle(free)
    for kind in ("C2", "C3", "B1", "B3", "B3c", "B4", "B5", "S1", "UNPAID"):
        for _ in range(books.plan.get(kind, 0)):
            free.pop().faults.add(kind)
    return books


def write_books(books: Books, url: str, dbname: str) -> None:
    """Write the ledger, orders, payouts and bills."""
    with psycopg.connect(url, dbname=dbname) as conn:
        conn.execute("SET session_replication_role = replica")
        accounts = dict(conn.execute("SELECT code, account_id FROM money.account").fetchall())
        found = conn.execute(
            "SELECT DISTINCT ON (county_code) county_code, number FROM ref.county_account"
            " WHERE kind = 'nontax' ORDER BY county_code, valid_from DESC"
        ).fetchall()
        ACCOUNTS.update({code: number for code, number in found if code in ACCOUNTS})
        for item in books.payments:
            _payment(books, item, accounts)
        for index, day in enumerate(books.days):
            _payouts(books, index, day, accounts)
        _bills(books)
        for table, columns in COLUMNS.items():
            _copy(conn, table, columns.split(), books.rows.get(table, []))
        conn.execute("ANALYZE")


def _copy(conn, table, columns, rows):
    query = sql.SQL("COPY money.{} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with conn.cursor() as cur, cur.copy(query) as copy:
        for row in rows:
            copy.write_row(row)


def _payment(books: Books, item: Payment, accounts: dict[str, int]) -> None:
    order, suspended, paid = item.order_no, "S1" in item.faults, "UNPAID" not in item.faults
    state = "issued" if suspended or not paid else "refunded" if "B5" in item.faults else "cleared"
    books.add(
        "payment_order", order, item.code, state, FEN, "缴款人", "xianan", [item.county], "t", item.at,
        item.at + timedelta(days=30),
    )  # fmt: skip
    line = BASE + item.n
    books.add(
        "order_line", line, order, 1, "fee", "452002", "登记费", FEN, "R03", f"YW{item.n:014d}", "fee:1",
        item.county, 1, "xianan",
    )  # fmt: skip
    if not paid:
        return
    event = books.new_id()
    digest = hashlib.sha256(item.txn.encode()).digest()
    books.add(
        "channel_event", event, "sandbox", item.txn, "paid", item.code, FEN, item.at, item.at, b"{}", "{}",
        True, digest,
    )  # fmt: skip
    key, kind = f"pay:sandbox:{item.txn}", "suspend" if suspended else "pay"
    sides = (accounts["1101.sandbox"], _owed(item, accounts), line)
    transfer = _post(books, item.day, item.at, key, kind, sides, order=order, event=event)
    if suspended:
        # The posting's number is the one before its transfer's.
        books.expected.add(f"S1:{transfer - 1}")
    if item.day not in _days_of(books, "K1"):
        sides = (accounts["1001"], accounts["1101.sandbox"], None)
        _post(books, item.day, item.at, f"arr:sandbox:{item.txn}", "arrive", sides, order=order)
    if "B5" in item.faults:
        books.add(
            "refund", f"R{order}", order, FEN, "mistaken", "误收", "t", item.at, "done", item.at, "u", item.at
        )  # fmt: skip
        books.add("refund_line", f"R{order}", line, item.county, "nontax", FEN)
        books.expected.add(f"B5:R{order}")


def _owed(item: Payment, accounts: dict[str, int]) -> int:
    return accounts["2301"] if "S1" in item.faults else accounts[f"2101.{item.county}"]


def _post(books, day, at, key, kind, sides, *, fen=FEN, order=None, msg=None, event=None, phase="FINAL"):
    posting, transfer = books.new_id(), books.new_id()
    debit, credit, line = sides
    books.add("posting", posting, key, ZERO, kind, day, at, order, msg, event, "t", 1, fen)
    books.add("transfer", transfer, posting, day, 1, 1, debit, credit, fen, phase, line)
    return transfer


def _days_of(books: Books, kind: str) -> list[date]:
    """Return the days chosen for a fault of a whole day; kinds have days of their own, none of the last."""
    start = {"K1": 0, "C5": 3, "C3S": 6}[kind]
    return books.days[start : start + books.plan.get(kind, 0)]


def _payouts(books: Books, index: int, day: date, accounts: dict[str, int]) -> None:
    at = datetime(day.year, day.month, day.day, 17, 30, tzinfo=SHANGHAI)
    batch = books.new_id()
    books.add("batch", batch, day, 1, at, "t")
    for number, county in enumerate(COUNTIES):
        msg, fen = msg_id(day, county), 1_000 + index * 10 + number
        transit, mirror = accounts[f"1901.{county}"], accounts[f"1201.{county}"]
        debit = _post(books, day, at, f"clr:{msg}", "freeze", (transit, accounts["1001"], None), fen=fen,
                      msg=msg, phase="PENDING")  # fmt: skip
        books.add(
            "payout", msg, batch, county, "nontax", 1, fen, 1, ZERO, "专户", ACCOUNTS[county], "行", "9" * 12,
            debit, debit, "settled", at, day,
        )  # fmt: skip
        _post(books, day, at, f"dbt:{msg}", "bank_debit", (transit, accounts["1001"], None), fen=fen, msg=msg)
        _post(books, day, at, f"crd:{msg}", "county_credit", (mirror, transit, None), fen=fen, msg=msg)


def msg_id(day: date, county: str) -> str:
    return f"XN{county}{day:%Y%m%d}01N1"


def _bills(books: Books) -> None:
    """Number bills by county; a fault B6 leaves a number out."""
    gaps = books.plan.get("B6", 0)
    for item in books.payments:
        if item.faults & {"B1", "S1"}:
            if "B1" in item.faults:
                books.expected.add(f"B1:{item.order_no}:YW{item.n:014d}:{item.county}")
            continue
        if gaps and not item.faults and item.n % 7 == 0:
            gaps -= 1
            code, number = _next_number(books, item.county)
            books.expected.add(f"B6:{code}-{number}")
        blue = _bill(books, item, "blue", None)
        if "B4" in item.faults:
            books.expected.add(f"B4:{_bill(books, item, 'red', blue)}")
        for fault, kind in (("B3", "B3"), ("B3c", "B3"), ("UNPAID", "B2")):
            if fault in item.faults:
                books.expected.add(f"{kind}:{blue}")
    for number, county in enumerate(COUNTIES):
        used = books.numbers.get(county, 0)
        books.add("bill_pool", 1_000 + number, f"9{number}000000", county, 1, 10**9, used + 1, "t")


def _next_number(books: Books, county: str) -> tuple[str, str]:
    books.numbers[county] = books.numbers.get(county, 0) + 1
    return f"9{COUNTIES.index(county)}000000", f"{books.numbers[county]:010d}"


def _bill(books: Books, item: Payment, kind: str, red_of: str | None) -> str:
    code, number = _next_number(books, item.county)
    sign = 1 if kind == "blue" else -1
    fen = sign * (FEN + (1 if "B3" in item.faults else 0))
    county = item.county
    if "B3c" in item.faults:
        county = COUNTIES[(COUNTIES.index(item.county) + 1) % len(COUNTIES)]
    digest = hashlib.sha256(f"{code}{number}".encode()).digest()
    books.add(
        "bill", code, number, 1_000 + COUNTIES.index(item.county), kind, red_of, item.order_no,
        f"YW{item.n:014d}", county, "xianan", "缴款人", "person", fen, "aaaaaa", item.at, item.day, "signed",
        b"x", digest, ZERO, b"s", "test", digest, ZERO,
    )  # fmt: skip
    books.add("bill_line", code, number, BASE + item.n, fen)
    return f"{code}-{number}"


# ---------------------------------------------------------------- what channel and banks state


def channel_files_of(books: Books) -> list[bytes]:
    """Return the channel's day statements, with the faults C1 to C5."""
    files = []
    fee_days = _days_of(books, "C5")
    for day in books.days:
        lines = []
        for item in (one for one in books.payments if one.day == day and "UNPAID" not in one.faults):
            if item.faults & {"C2", "C4"}:
                books.expected |= {f"{kind}:sandbox:{item.txn}" for kind in item.faults & {"C2", "C4"}}
                continue
            fen = FEN + (7 if "C3" in item.faults else 0)
            if "C3" in item.faults:
                books.expected.add(f"C3:sandbox:{item.txn}")
            lines.append((item.txn, item.code, fen, FEE if day in fee_days else 0, item.at))
        for number in (n for n in range(books.plan.get("C1", 0)) if _day_of_extra(books, n) == day):
            at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
            lines.append((f"X{number}", "0", FEN, 0, at))
            books.expected.add(f"C1:sandbox:paid:X{number}")
        files.append(channel_csv(day, lines))
    return files


def channel_csv(day: date, lines: list[tuple[str, str, int, int, datetime]]) -> bytes:
    rows = [",".join(channel_files.COLUMNS)]
    for txn, code, fen, fee, at in lines:
        rows.append(f"sandbox,{day},{txn},paid,{code},{fen},{fee},{at.isoformat()}")
    total, fees = sum(line[2] for line in lines), sum(line[3] for line in lines)
    rows.append(f"sandbox,{day},,TOTAL,,{total},{fees},")
    return "\n".join(rows).encode()


def bank_files_of(books: Books) -> list[bytes]:
    """Return the statements of the collection account and of every county, with the faults of K."""
    accounts = (COLLECTION_ACCOUNT.number, *ACCOUNTS.values())
    entries: dict[str, dict[date, list[tuple[int, str]]]] = {
        account: {day: [] for day in books.days} for account in accounts
    }
    _settle(books, entries[COLLECTION_ACCOUNT.number])
    _debit_and_credit(books, entries)
    for n in range(books.plan.get("K7", 0)):
        account = list(entries)[n % len(entries)]
        entries[account][books.days[n % len(books.days)]].append((n + 1, f"GIFT{n}"))
    files = []
    for account, days in entries.items():
        files += _chain(books, account, days)
    return files


def _settle(books: Books, days: dict[date, list[tuple[int, str]]]) -> None:
    for day in books.days:
        paid = [one for one in books.payments if one.day == day and "UNPAID" not in one.faults]
        fen, reference = FEN * len(paid), f"SETTLE:sandbox:{day}"
        if day in _days_of(books, "K1"):
            books.expected.add(f"K1:sandbox:{day}")
            continue
        if day in _days_of(books, "C5"):
            stated = [one for one in paid if not one.faults & {"C2", "C4"}]
            fen -= FEE * len(stated)
            books.expected.add(f"C5:sandbox:{day}")
        if day in _days_of(books, "C3S"):
            fen += 1
            books.expected.add(f"C3:SETTLE:sandbox:{day}")
        days[day].append((fen, reference))
    for n in range(books.plan.get("K2", 0)):
        days[books.days[n % len(books.days)]].append((9 + n, f"SETTLE:sandbox:2020-01-{n % 28 + 1:02d}"))


def _day_of_extra(books: Books, number: int) -> date:
    return books.days[3 + number % (len(books.days) - 8)]


def _debit_and_credit(books: Books, entries: dict[str, dict[date, list[tuple[int, str]]]]) -> None:
    subjects = [(day, county) for day in books.days for county in COUNTIES]
    Random(2).shuffle(subjects)
    fault_of = {}
    for kind in ("K3", "K4", "K5", "K6"):
        for _ in range(books.plan.get(kind, 0)):
            fault_of[subjects.pop()] = kind
    for index, day in enumerate(books.days):
        for number, county in enumerate(COUNTIES):
            msg, fen, fault = msg_id(day, county), 1_000 + index * 10 + number, fault_of.get((day, county))
            if fault in {"K3", "K5"}:
                books.expected.add(f"{fault}:{msg}")
            if fault != "K3":
                entries[COLLECTION_ACCOUNT.number][day].append((-fen, msg))
            if fault == "K4":
                entries[COLLECTION_ACCOUNT.number][day].append((-fen, msg))
            if fault != "K5":
                entries[ACCOUNTS[county]][day].append((fen + (5 if fault == "K6" else 0), msg))


def _chain(books: Books, account: str, days: dict[date, list[tuple[int, str]]]) -> list[bytes]:
    """Return an account's statements one after the other; every fifth may be broken (K8), in three ways."""
    files, balance, seq = [], 1_000_000, 1
    for index, (day, entries) in enumerate(days.items()):
        fault = None
        if books.plan.get("K8", 0) and index and index % 5 == 0:
            books.plan["K8"] -= 1
            fault = books.plan["K8"] % 3
            books.expected.add(f"K8:{account}:{day}")
        balance += 11 if fault == 0 else 0
        seq += 1 if fault == 1 else 0
        closing = balance + sum(fen for fen, _ in entries) + (13 if fault == 2 else 0)
        files.append(bank_csv(account, day, entries, opening=balance, closing=closing, seq=seq))
        balance, seq = closing, seq + 1
    return files


def bank_csv(account, day, entries, *, opening, closing, seq) -> bytes:
    rows = [",".join([*bank_files.COLUMNS, bank_files.SEQ_COLUMN])]
    for fen, reference in ((opening, "OPBD"), *entries, (closing, "CLBD")):
        rows.append(f"{account},{account}-{day},{day},{fen},{reference},,{seq}")
    return "\n".join(rows).encode()


def keep_statements(conn: store.Conn, channel: list[bytes], bank: list[bytes], now: datetime) -> None:
    """Keep the files as the product does, without matching them yet."""
    for raw in channel:
        found = channel_files.read(raw)
        digest = hashlib.sha256(raw).digest()
        assert store_match.insert_channel_statement(conn, found, raw=raw, sha256=digest, by="t", now=now)
    for raw in bank:
        read = bank_files.read(raw)
        digest = hashlib.sha256(raw).digest()
        assert store.insert_statement(conn, read, raw=raw, sha256=digest, by="t", now=now)
