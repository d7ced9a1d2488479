"""Read bank statements: camt.053, or our CSV for banks without it. Nothing is guessed, nothing is stored."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from lxml import etree

from data.clock import YEARS, day_of
from registry.reconciliation.errors import FileFault, unreadable
from registry.reconciliation.records import Statement, StatementEntry

OPENING, CLOSING, BOOKED = "OPBD", "CLBD", "BOOK"
# Statuses of entries that move no balance: pending, for information, to come.
NOT_BOOKED = frozenset({"PDNG", "INFO", "FUTR"})
# A bank may call the opening balance of a day the closing balance of the day before.
OPENINGS = (OPENING, "PRCD")
COLUMNS = ["account", "statement_ref", "booked_on", "amount_fen", "reference", "counterparty"]
SEQ_COLUMN = "seq_no"
MAX_ENTRIES = 100_000
# A statement speaks of a year at most: what it covers is compared day by day.
LONGEST = timedelta(days=366)
MAX_NAME = 64
FEN_PER_YUAN = 100
_YUAN = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2})0*)?")
_FEN = re.compile(r"-?[0-9]{1,15}")
_SEQ = re.compile(r"[0-9]{1,15}")
_SIGNS = {"CRDT": 1, "DBIT": -1}


def read(raw: bytes) -> Statement:
    """Read a statement file: camt.053 (XML) or our CSV.

    The CSV has the columns account, statement_ref, booked_on (ISO), amount_fen (negative for debits),
    reference, counterparty, and may have seq_no, the bank's running number; rows with the reference OPBD and
    CLBD give the balances. A file with one balance only has lost its other end and is refused.

    Raises
    ------
    StatementUnreadable
    """
    body = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        found = _camt(body) if body.lstrip()[:1] == b"<" else _csv(body)
        _check(found)
    except (ValueError, KeyError, TypeError, csv.Error, etree.XMLSyntaxError) as error:
        raise unreadable(error) from error
    return found


def _check(found: Statement) -> None:
    """Refuse what cannot be: half of the balances, no name, too much, days that are none of ours."""
    if (found.opening_fen is None) != (found.closing_fen is None):
        raise FileFault("balance")
    if not all(
        0 < len(word.strip()) <= MAX_NAME and word.isprintable() for word in (found.account, found.ref)
    ):
        raise FileFault("name")
    if len(found.entries) > MAX_ENTRIES:
        raise FileFault("too_many")
    first, last = found.from_on, found.to_on
    if first is None or last is None:
        return
    if not (first.year in YEARS and last.year in YEARS and first <= last <= first + LONGEST):
        raise FileFault("period")


def _csv(raw: bytes) -> Statement:
    reader = csv.DictReader(io.StringIO(raw.decode("utf-8")), strict=True)
    rows = list(reader)
    if not rows or list(rows[0]) not in (COLUMNS, [*COLUMNS, SEQ_COLUMN]):
        raise FileFault("columns")
    if len({(row["account"], row["statement_ref"], row.get(SEQ_COLUMN)) for row in rows}) != 1:
        raise FileFault("several")
    balances = [row for row in rows if row["reference"] in {OPENING, CLOSING}]
    if len({row["reference"] for row in balances}) != len(balances):
        raise FileFault("balance")
    entries = tuple(
        StatementEntry(seq, _day(row), _fen(row["amount_fen"]), row["reference"], row["counterparty"] or "")
        for seq, row in enumerate((row for row in rows if row not in balances), start=1)
    )
    if any(entry.amount_fen == 0 for entry in entries):
        raise FileFault("amount")
    sums = {row["reference"]: _fen(row["amount_fen"]) for row in balances}
    days = [_day(row) for row in rows]
    first = rows[0]
    return Statement(
        first["account"],
        first["statement_ref"],
        "csv",
        sums.get(OPENING),
        sums.get(CLOSING),
        entries,
        min(days),
        max(days),
        _number(first.get(SEQ_COLUMN)),
    )


def _day(row: dict[str, str]) -> date:
    return date.fromisoformat(row["booked_on"])


def _fen(text: str) -> int:
    if _FEN.fullmatch(text) is None:
        raise FileFault("amount")
    return int(text)


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if _SEQ.fullmatch(text) is None:
        raise ValueError("number of the statement")
    return int(text)


def _camt(raw: bytes) -> Statement:
    if b"<!DOCTYPE" in raw:
        raise ValueError("document type")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(raw, parser)
    # In another encoding the words above do not stand in the bytes.
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # parsed from bytes: there is one
        raise ValueError("document type")
    if "camt.053" not in (root.nsmap.get(root.prefix) or ""):
        raise ValueError("namespace")
    statements = root.findall(".//{*}Stmt")
    if len(statements) != 1:
        raise FileFault("several")
    found = statements[0]
    opening, closing = _balances(found.findall("{*}Bal"))
    parts = [part for item in found.findall("{*}Ntry") for part in _parts(item)]
    entries = tuple(replace(part, seq=seq) for seq, part in enumerate(parts, start=1))
    period = _days(found, "{*}FrToDt/*")
    if period != sorted(period):
        raise FileFault("period")
    days = [item.booked_on for item in entries] + period + _days(found, "{*}Bal/{*}Dt/*")
    account = found.findtext("{*}Acct/{*}Id/{*}Othr/{*}Id") or found.findtext("{*}Acct/{*}Id/{*}IBAN") or ""
    return Statement(
        account,
        _text(found, "{*}Id"),
        "camt.053",
        None if opening is None else _signed(opening),
        None if closing is None else _signed(closing),
        entries,
        min(days, default=None),
        max(days, default=None),
        _number(found.findtext("{*}LglSeqNb") or found.findtext("{*}ElctrncSeqNb")),
    )


def _balances(items: Sequence[etree._Element]) -> tuple[etree._Element | None, etree._Element | None]:
    """Return opening and closing balance; other kinds are passed over, and none of ours stands twice."""
    kinds = [item.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd") for item in items]
    if any(kinds.count(kind) > 1 for kind in (*OPENINGS, CLOSING)):
        raise FileFault("balance")
    found = dict(zip(kinds, items, strict=True))
    return next((found[kind] for kind in OPENINGS if kind in found), None), found.get(CLOSING)


def _parts(item: etree._Element) -> list[StatementEntry]:
    """Return what an entry books: itself, or each payment of a batch that a bank booked as one.

    The payments of a batch make up its amount to the fen. What is not booked yet moves no balance and is left
    out.
    """
    status = (item.findtext("{*}Sts/{*}Cd") or item.findtext("{*}Sts") or BOOKED).strip()
    if status in NOT_BOOKED:
        return []
    if status != BOOKED:
        raise ValueError("status")
    amount_fen = _signed(item)
    booked = _when(item.findtext("{*}BookgDt/{*}Dt") or _text(item, "{*}BookgDt/{*}DtTm"))
    details = item.findall("{*}NtryDtls/{*}TxDtls")
    if len(details) <= 1:
        parts = [StatementEntry(0, booked, amount_fen, _reference(item), _other(item))]
    else:
        sign = _text(item, "{*}CdtDbtInd")
        parts = [
            StatementEntry(0, booked, _signed(part, sign), _reference(part), _other(part)) for part in details
        ]
    if any(part.amount_fen == 0 for part in parts) or sum(part.amount_fen for part in parts) != amount_fen:
        raise FileFault("amount")
    return parts


def _other(element: etree._Element) -> str:
    return element.findtext(".//{*}RltdPties//{*}Othr/{*}Id") or ""


def _days(statement: etree._Element, path: str) -> list[date]:
    return [_when(item.text or "") for item in statement.findall(path)]


def _when(text: str) -> date:
    """Return the day of a date, or of an instant: in Asia/Shanghai where it names its zone."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        # Such as 24:00:00, which is of the day that it ends.
        return date.fromisoformat(text[:10])
    return instant.date() if instant.tzinfo is None else day_of(instant)


def _reference(entry: etree._Element) -> str:
    for path in (".//{*}Refs/{*}EndToEndId", ".//{*}Refs/{*}MsgId", "{*}NtryRef"):
        found = entry.findtext(path)
        if found:
            return str(found)
    return ""


def _signed(element: etree._Element, sign: str | None = None) -> int:
    """Return an amount in fen, negative for a debit; ``sign`` is that of the batch for a part without one."""
    amount = element.find("{*}Amt")
    if amount is None:
        amount = element.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
    if amount is None or amount.get("Ccy") != "CNY":
        raise FileFault("amount")
    parts = _YUAN.fullmatch((amount.text or "").strip())
    if parts is None:
        raise FileFault("amount")
    return _SIGNS[element.findtext("{*}CdtDbtInd") or sign or ""] * (
        int(parts[1]) * 100 + int((parts[2] or "").ljust(2, "0"))
    )


def _text(element: etree._Element, path: str) -> str:
    found = element.findtext(path)
    if not found:
        raise ValueError(path)
    return str(found)
