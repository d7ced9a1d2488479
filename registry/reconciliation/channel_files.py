"""Read the day statements of payment channels (CSV). Nothing is guessed, nothing is stored."""

import csv
import io
import re
from datetime import date, datetime

from data.clock import YEARS, day_of
from registry.payments.rules import MAX_CODE, MAX_FEN
from registry.reconciliation.errors import FileFault, unreadable
from registry.reconciliation.records import ChannelLine, ChannelStatement

COLUMNS = [
    "channel",
    "stated_on",
    "channel_txn",
    "kind",
    "payment_code",
    "amount_fen",
    "fee_fen",
    "occurred_at",
]
# Only some channels number their refunds.
NUMBERED = [*COLUMNS, "refund_id"]
TOTAL = "TOTAL"
KINDS = frozenset({"paid", "refunded"})
MAX_LINES = 200_000
_FEN = re.compile(r"-?[0-9]{1,15}")
_TXN = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def is_channel_file(raw: bytes) -> bool:
    """Tell whether a file begins as a channel's statement does."""
    return raw.removeprefix(b"\xef\xbb\xbf").startswith(",".join(COLUMNS[:3]).encode())


def read(raw: bytes) -> ChannelStatement:
    """Read a channel's day statement.

    The columns are channel, stated_on (ISO), channel_txn, kind (paid or refunded), payment_code, amount_fen,
    fee_fen, occurred_at (RFC 3339) and, of channels that number their refunds, refund_id; without it a
    payment has one refund a day at most. The last row has the kind TOTAL; its amount_fen (paid less refunded)
    and fee_fen must be the sums of the lines, so that a cut file is refused.

    Raises
    ------
    StatementUnreadable
    """
    try:
        return _read(raw)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise unreadable(error) from error


def _read(raw: bytes) -> ChannelStatement:
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), strict=True))
    if not rows or list(rows[0]) not in (COLUMNS, NUMBERED) or len(rows) > MAX_LINES:
        raise FileFault("columns")
    *first, last = rows
    lines = tuple(_line(seq, row) for seq, row in enumerate(first, start=1))
    found = ChannelStatement(last["channel"], date.fromisoformat(last["stated_on"]), lines)
    _check(found, rows, last)
    return found


def _check(found: ChannelStatement, rows: list[dict[str, str]], last: dict[str, str]) -> None:
    if last["kind"] != TOTAL or (_fen(last["amount_fen"]), _fen(last["fee_fen"])) != (
        found.net_fen,
        found.fee_fen,
    ):
        raise FileFault("total")
    if found.stated_on.year not in YEARS:
        raise FileFault("period")
    if len({(row["channel"], row["stated_on"]) for row in rows}) != 1:
        raise FileFault("several")
    if len({(line.kind, line.channel_txn, line.refund_id) for line in found.lines}) != len(found.lines):
        raise FileFault("twice")


def _line(seq: int, row: dict[str, str]) -> ChannelLine:
    occurred_at = datetime.fromisoformat(row["occurred_at"])
    amount_fen, fee_fen = _fen(row["amount_fen"]), _fen(row["fee_fen"])
    sound = row["kind"] in KINDS and 0 < amount_fen <= MAX_FEN and 0 <= fee_fen <= MAX_FEN
    code = row["payment_code"]
    if len(code) > MAX_CODE or not code.isprintable():
        raise FileFault("line")
    dated = occurred_at.tzinfo is not None and occurred_at.year in YEARS
    if not sound or not dated or _TXN.fullmatch(row["channel_txn"]) is None:
        raise FileFault("line")
    if abs((day_of(occurred_at) - date.fromisoformat(row["stated_on"])).days) > 1:
        raise FileFault("period")
    refund_id = row.get("refund_id") or None
    if refund_id is not None and (row["kind"] != "refunded" or _TXN.fullmatch(refund_id) is None):
        raise FileFault("line")
    return ChannelLine(
        seq, row["channel_txn"], row["kind"], row["payment_code"], amount_fen, fee_fen, occurred_at, refund_id
    )


def _fen(text: str) -> int:
    if _FEN.fullmatch(text) is None:
        raise FileFault("amount")
    return int(text)
