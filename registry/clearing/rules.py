"""Pure rules of clearing: cut-offs, message ids, item hashes, states."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from data.clock import SHANGHAI, day_of
from data.reference.records import ClearingHours
from registry.clearing.errors import BeforeCutoff, DayInFuture
from registry.clearing.records import BankAccount, DayRow, Item, Payout

FIGURES = (
    "due_fen",
    "paid_fen",
    "arrived_fen",
    "cleared_fen",
    "confirmed_fen",
    "refunded_fen",
    "suspense_fen",
)
KINDS = ("nontax", "tax")
COUNTIES = ("421202", "421221", "421222", "421223", "421224", "421281")
# The city signs the whole day sheet under its own code (市本级).
CITY_CODE = "421200"
# The city's collection account (归集户); a synthetic number of the sandbox.
COLLECTION_ACCOUNT = BankAccount(
    "咸宁市不动产登记资金归集户(合成)", "990000421200000001", "沙箱银行", "990536000001"
)
_DAY_STATE = {
    "planned": "frozen",
    "rejected": "frozen",
    "written": "filed",
    "sent": "sent",
    "unknown": "sent",
    "acked": "sent",
    "confirmed": "confirmed",
    "settled": "done",
}
DAY_STATES = ("frozen", "filed", "sent", "confirmed", "done")
FIELDS_OF_CSV = (
    "order_no",
    "line_no",
    "case_no",
    "item_code",
    "name",
    "parcel_code",
    "decision_id",
    "amount_fen",
)


def cut(day: date, *, hours: ClearingHours, now: datetime, run_now: bool) -> datetime:
    """Return the instant up to which arrived money is cleared on a day.

    Parameters
    ----------
    day : date
        Accounting day to close.
    hours : ClearingHours
        Cut-offs of the day; what arrives in the late window still leaves the same day.
    now : datetime
        Aware instant.
    run_now : bool
        Whether to clear what has arrived so far instead of waiting.

    Raises
    ------
    DayInFuture, BeforeCutoff
    """
    require_come(day, now)
    if day < day_of(now):
        return datetime.combine(day, time.max, SHANGHAI)
    if run_now:
        return now
    passed = passed_cut(day, hours=hours, now=now)
    if passed is None:
        raise BeforeCutoff(date=day.isoformat(), cutoff=hours.cutoff.isoformat("minutes"))
    return passed


def require_come(day: date, now: datetime) -> None:
    """Refuse a day that has not begun: nothing is known of it.

    Raises
    ------
    DayInFuture
    """
    if day > day_of(now):
        raise DayInFuture(date=day.isoformat())


def passed_cut(day: date, *, hours: ClearingHours, now: datetime) -> datetime | None:
    """Return the last cut-off of a day that has passed, None before the first."""
    cuts = [datetime.combine(day, at, SHANGHAI) for at in (hours.cutoff, hours.late_cutoff)]
    return max((at for at in cuts if at <= now), default=None)


def next_cut(now: datetime, *, hours: ClearingHours) -> datetime:
    """Return the first cut-off after an instant, today's or tomorrow's first."""
    today = day_of(now)
    days = (today, today, today + timedelta(days=1))
    cuts = [
        datetime.combine(day, at, SHANGHAI)
        for day, at in zip(days, (hours.cutoff, hours.late_cutoff, hours.cutoff), strict=True)
    ]
    return min(at for at in cuts if at > now)


def message_id(county_code: str, day: date, seq: int, *, kind: str, attempt: int) -> str:
    """Return the message id of a payout, at most 35 characters.

    Examples
    --------
    >>> message_id("421224", date(2026, 11, 24), 1, kind="nontax", attempt=1)
    'XN4212242026112401N1'
    """
    return f"XN{county_code}{day:%Y%m%d}{seq:02d}{'N' if kind == 'nontax' else 'T'}{attempt}"


def items_csv(items: Iterable[Item]) -> bytes:
    """Return the item list of a payout as CSV (UTF-8), by order and line; amounts in fen."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS_OF_CSV)
    for item in sorted(items, key=lambda item: (item.order_no, item.line_no)):
        writer.writerow([_cell(getattr(item, name)) for name in FIELDS_OF_CSV])
    return out.getvalue().encode()


def _cell(value: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def items_sha256(items: Iterable[Item]) -> bytes:
    """Return the SHA-256 of the item list; the county can rebuild it from the CSV."""
    return hashlib.sha256(items_csv(items)).digest()


def grouped(items: Iterable[Item]) -> dict[tuple[str, str], list[Item]]:
    """Return the items by county and kind, in order."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in sorted(items, key=lambda item: (item.county_code, item.kind, item.line_id)):
        groups.setdefault((item.county_code, item.kind), []).append(item)
    return groups


def live_payouts(payouts: Iterable[Payout]) -> list[Payout]:
    """Return the newest attempt of each run, county and kind."""
    newest: dict[tuple[int, str, str], Payout] = {}
    for payout in payouts:
        key = (payout.batch_id, payout.county_code, payout.kind)
        if key not in newest or newest[key].attempt < payout.attempt:
            newest[key] = payout
    return list(newest.values())


def day_state(runs: int, payouts: Iterable[Payout]) -> str:
    """Return the state of a day: that of its slowest payout; open without a run."""
    if runs == 0:
        return "open"
    states = [DAY_STATES.index(_DAY_STATE[payout.state]) for payout in live_payouts(payouts)]
    return DAY_STATES[min(states, default=len(DAY_STATES) - 1)]


def sheet_sha256(day: date, rows: Sequence[DayRow]) -> bytes:
    """Return the SHA-256 of a county's figures of a day, which it signs."""
    body = [day.isoformat(), [asdict(row) for row in rows]]
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).digest()
