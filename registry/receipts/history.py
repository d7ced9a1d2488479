"""Load payments of the past (the synthetic city): orders paid, cleared and billed, all by the same books."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from data.clock import SHANGHAI, day_of
from data.reference import service as reference
from registry.clearing import pain001
from registry.clearing import rules as clearing_rules
from registry.clearing import store as clearing_store
from registry.clearing.records import Batch, Item, Payout
from registry.payments import rules
from registry.payments import store as payments_store
from registry.receipts import store
from registry.receipts.bureau import SandboxBureau, bill_code
from registry.receipts.issuing import new_check_code
from registry.receipts.records import PastOrder

SERIALS = 10**9


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A past order with its number and payment code."""

    order_no: str
    payment_code: str | None
    past: PastOrder

    @property
    def amount_fen(self) -> int:
        return sum(line.amount_fen for line in self.past.lines)

    @property
    def biz_date(self) -> date:
        return day_of(self.past.paid_at)


def load_history(conn: store.Conn, orders: Iterable[PastOrder], *, now: datetime) -> int:
    """Write past orders with events, postings, daily clearing, payouts and numbered bills.

    Parameters
    ----------
    conn : Connection
        Open transaction as the system; everything is written in it.
    orders : iterable of PastOrder
        Orders of days before today, amounts in fen; zero orders are written as paid without a bill.
    now : datetime
        Aware instant of loading; nothing may have been paid on its day or later.

    Returns
    -------
    int
        Number of orders.
    """
    numbered = list(_numbered(conn, orders))
    if any(item.biz_date >= day_of(now) for item in numbered):
        raise ValueError("a past order is paid before today")
    store.stage_history(conn)
    store.copy_past_orders(conn, (_order_row(item) for item in numbered))
    store.copy_past_lines(conn, (row for item in numbered for row in _line_rows(item)))
    store.load_past_orders(conn)
    days = sorted({item.biz_date for item in numbered if item.amount_fen})
    store.copy_past_payouts(conn, (row for day in days for row in _payout_rows(conn, day)))
    store.copy_past_bills(conn, _bill_rows(conn, numbered))
    store.load_past_payouts(conn)
    return len(numbered)


def _numbered(conn: store.Conn, orders: Iterable[PastOrder]) -> Iterator[_Numbered]:
    """Give orders their numbers in the order of issue, and payment codes that differ."""
    codes: set[str] = set()
    ordered = sorted(orders, key=lambda item: (item.issued_at, item.case_no))
    numbers = payments_store.next_order_numbers(conn, len(ordered))
    for past, number in zip(ordered, numbers, strict=True):
        day = day_of(past.issued_at)
        code = None
        if sum(line.amount_fen for line in past.lines):
            serial = int.from_bytes(hashlib.sha256(past.case_no.encode()).digest()[:8]) % SERIALS
            code = rules.payment_code(day, serial)
            while code in codes:
                serial = (serial + 1) % SERIALS
                code = rules.payment_code(day, serial)
            codes.add(code)
        yield _Numbered(rules.order_number(day, number), code, past)


def _order_row(item: _Numbered) -> tuple[object, ...]:
    body = {
        "channel_txn": f"H{item.order_no}",
        "kind": "paid",
        "payment_code": item.payment_code,
        "amount_fen": item.amount_fen,
        "occurred_at": item.past.paid_at.isoformat(),
    }
    return (
        item.order_no,
        item.payment_code,
        item.amount_fen,
        item.past.payer_name,
        item.past.payer_last4,
        item.past.accept_office,
        sorted({line.county_code for line in item.past.lines}),
        item.past.issued_at,
        item.past.paid_at,
        item.biz_date,
        json.dumps(body).encode(),
    )


def _line_rows(item: _Numbered) -> Iterator[tuple[object, ...]]:
    for number, line in enumerate(item.past.lines, start=1):
        east_m, north_m = line.place_m or (None, None)
        yield (
            item.order_no,
            number,
            line.item_code,
            line.name,
            line.amount_fen,
            line.rule_id,
            line.reason,
            item.past.case_no,
            line.source,
            line.unit_code,
            line.parcel_code,
            line.county_code,
            line.decision_id,
            item.past.accept_office,
            east_m,
            north_m,
        )


def _payout_rows(conn: store.Conn, day: date) -> list[tuple[object, ...]]:
    """Return the payouts of the newest run of a day, with the hashes a live run would have."""
    batch = clearing_store.batches(conn, day)[-1]
    groups = clearing_rules.grouped(clearing_store.items(conn, batch.batch_id))
    return [_payout_row(conn, batch, items) for items in groups.values()]


def _payout_row(conn: store.Conn, batch: Batch, items: list[Item]) -> tuple[object, ...]:
    county_code, kind = items[0].county_code, items[0].kind
    account = reference.county_account(conn, county_code, kind, on=batch.biz_date)
    msg_id = clearing_rules.message_id(county_code, batch.biz_date, batch.seq, kind=kind, attempt=1)
    payout = Payout(
        msg_id=msg_id,
        batch_id=batch.batch_id,
        county_code=county_code,
        kind=kind,
        attempt=1,
        amount_fen=sum(item.amount_fen for item in items),
        n_items=len(items),
        items_sha256=clearing_rules.items_sha256(items),
        creditor_name=account.name,
        creditor_number=account.number,
        creditor_bank=account.bank,
        creditor_cnaps=account.cnaps,
        debit_pending_id=0,
        owed_pending_id=0,
        file_sha256=None,
        state="settled",
        reason="",
        changed_at=batch.frozen_at,
        biz_date=batch.biz_date,
        seq=batch.seq,
        frozen_at=batch.frozen_at,
        execute_on=batch.biz_date,
    )
    message = pain001.write(payout, clearing_rules.COLLECTION_ACCOUNT)
    return (
        msg_id,
        batch.batch_id,
        county_code,
        payout.amount_fen,
        payout.n_items,
        payout.items_sha256,
        account.name,
        account.number,
        account.bank,
        account.cnaps,
        hashlib.sha256(message).digest(),
        batch.biz_date,
        batch.seq,
        batch.frozen_at,
    )


def _bill_rows(conn: store.Conn, numbered: list[_Numbered]) -> Iterator[tuple[object, ...]]:
    """Give the bills of the orders their numbers: by code-year and county, in the order of payment."""
    wanted: dict[tuple[str, str], list[tuple[_Numbered, int]]] = defaultdict(list)
    for item in sorted(numbered, key=lambda item: (item.past.paid_at, item.order_no)):
        sums: dict[str, int] = defaultdict(int)
        for line in item.past.lines:
            sums[line.county_code] += line.amount_fen
        for county_code, amount_fen in sums.items():
            if amount_fen:
                wanted[bill_code(item.biz_date), county_code].append((item, amount_fen))
    for (code, county_code), bills in wanted.items():
        numbers = _take_numbers(conn, code, county_code, len(bills))
        for (item, amount_fen), (pool_id, number) in zip(bills, numbers, strict=True):
            yield (
                code,
                number,
                pool_id,
                item.order_no,
                item.past.case_no,
                county_code,
                item.past.accept_office,
                item.past.payer_name,
                amount_fen,
                new_check_code(),
                _billed_at(item),
                item.biz_date,
            )


def _take_numbers(conn: store.Conn, code: str, county_code: str, count: int) -> Iterator[tuple[int, str]]:
    while count:
        taken = store.take_numbers(conn, code, county_code, count)
        if taken is None:
            SandboxBureau().allocate(conn, code, county_code)
            continue
        pool_id, first, size = taken
        for number in range(first, first + size):
            yield pool_id, f"{number:010d}"
        count -= size


def _billed_at(item: _Numbered) -> datetime:
    """Return the instant of issue: at payment, and not past the end of its day."""
    return min(item.past.paid_at, datetime.combine(item.biz_date, time.max, SHANGHAI))
