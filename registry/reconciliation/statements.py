"""Bank statements: read, keep, match by message id and amount."""

import csv
import hashlib
import io
from datetime import date, datetime
from typing import Any

from lxml import etree

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from registry.clearing import rules as clearing
from registry.ledger import service as ledger
from registry.reconciliation import store
from registry.reconciliation.errors import StatementKnown, StatementUnreadable
from registry.reconciliation.records import Loaded, Statement, StatementEntry

OPENING, CLOSING = "OPBD", "CLBD"
FEN_PER_YUAN = 100
COLUMNS = ["account", "statement_ref", "booked_on", "amount_fen", "reference", "counterparty"]
SETTLEMENT = "SETTLE"
MAX_ENTRIES = 100_000


def read(raw: bytes) -> Statement:
    """Read a statement file: camt.053 (XML) or our CSV.

    The CSV has the columns account, statement_ref, booked_on (ISO), amount_fen (negative for debits),
    reference, counterparty; rows with the reference OPBD and CLBD give the balances.

    Raises
    ------
    StatementUnreadable
    """
    try:
        found = _camt(raw) if raw.lstrip()[:1] == b"<" else _csv(raw)
    except (ValueError, KeyError, etree.XMLSyntaxError) as error:
        raise StatementUnreadable from error
    if not found.account or not found.ref or len(found.entries) > MAX_ENTRIES:
        raise StatementUnreadable
    return found


def load(db: Database, actor: Actor, raw: bytes, *, now: datetime) -> Loaded:
    """Keep a statement and match it; the same bytes again change nothing.

    Raises
    ------
    StatementUnreadable
    StatementKnown
        Account and number are known with other content.
    """
    statement = read(raw)
    sha256 = hashlib.sha256(raw).digest()
    with db.transaction(SYSTEM) as conn:
        known = store.statement_by_sha256(conn, sha256)
        if known is not None:
            return Loaded(known, len(statement.entries), 0, 0)
        statement_id = store.insert_statement(
            conn, statement, raw=raw, sha256=sha256, by=actor.login, now=now
        )
        if statement_id is None:
            raise StatementKnown(account=statement.account, statement_ref=statement.ref)
        matched, breaks = _match(conn, statement, statement_id, now)
        audit.record(conn, actor, "statement.load", statement.ref, detail={"statement_id": statement_id})
    return Loaded(statement_id, len(statement.entries), matched, breaks)


def _match(conn: store.Conn, statement: Statement, statement_id: int, now: datetime) -> tuple[int, int]:
    collection = statement.account == clearing.COLLECTION_ACCOUNT.number
    matched = breaks = 0
    for entry in statement.entries:
        kind = _judge(conn, statement.account, entry, now, collection=collection)
        if kind is None:
            matched += 1
            continue
        facts: dict[str, Any] = {"day": entry.booked_on, "amount_fen": abs(entry.amount_fen)}
        if store.payout_facts(conn, entry.reference) is not None:
            facts["msg_id"] = entry.reference
        breaks += store.open_break(conn, f"{kind}:{statement_id}:{entry.seq}", kind, facts=facts, now=now)
    breaks += _check_sums(conn, statement, statement_id, now)
    if collection and statement.entries:
        breaks += _missing(conn, statement, now)
    return matched, breaks


def _judge(
    conn: store.Conn, account: str, entry: StatementEntry, now: datetime, *, collection: bool
) -> str | None:
    """Return the kind of break an entry is, or None when it matches."""
    if collection and entry.amount_fen > 0:
        return _settlement(conn, entry, now)
    facts = store.payout_facts(conn, entry.reference)
    if facts is None:
        return "K7"
    amount_fen, creditor, _, _ = facts
    if store.times_booked(conn, account, entry.reference) > 1:
        return "K4"
    if collection:
        return None if entry.amount_fen == -amount_fen else "K6"
    return None if (entry.amount_fen, account) == (amount_fen, creditor) else "K6"


def _settlement(conn: store.Conn, entry: StatementEntry, now: datetime) -> str | None:
    """Book the arrival of a channel's money of a day when the sum agrees."""
    kind, _, rest = entry.reference.partition(":")
    channel, _, day = rest.partition(":")
    if kind != SETTLEMENT:
        return "K7"
    try:
        paid_on = date.fromisoformat(day)
    except ValueError:
        return "K7"
    waiting = store.not_arrived(conn, channel, paid_on)
    if not waiting:
        return "K2"
    if sum(amount for _, _, amount in waiting) != entry.amount_fen:
        return "C3"
    biz_date = ledger.biz_day(conn, now)
    for payment in waiting:
        store.arrive(conn, payment, channel=channel, day=biz_date, now=now)
    return None


def _check_sums(conn: store.Conn, statement: Statement, statement_id: int, now: datetime) -> int:
    """Open a break when opening and entries do not give the closing balance."""
    if statement.opening_fen is None or statement.closing_fen is None:
        return 0
    gap = statement.opening_fen + sum(item.amount_fen for item in statement.entries) - statement.closing_fen
    if gap == 0:
        return 0
    day = max((item.booked_on for item in statement.entries), default=ledger.biz_day(conn, now))
    facts: dict[str, Any] = {"day": day, "amount_fen": abs(gap)}
    return int(store.open_break(conn, f"K8:{statement_id}", "K8", facts=facts, now=now))


def _missing(conn: store.Conn, statement: Statement, now: datetime) -> int:
    """Open a break for each payout we hold for debited on the statement's days that it does not show."""
    days = [item.booked_on for item in statement.entries]
    count = 0
    for msg_id, amount_fen, day in store.not_booked(conn, statement.account, min(days), max(days)):
        facts: dict[str, Any] = {"day": day, "amount_fen": amount_fen, "msg_id": msg_id}
        count += store.open_break(conn, f"K3:{msg_id}", "K3", facts=facts, now=now)
    return count


def _csv(raw: bytes) -> Statement:
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    if not rows or list(rows[0]) != COLUMNS:
        raise ValueError("columns")
    if len({(row["account"], row["statement_ref"]) for row in rows}) != 1:
        raise ValueError("more than one statement")
    balances = {row["reference"]: int(row["amount_fen"]) for row in rows if _is_balance(row["reference"])}
    entries = tuple(
        StatementEntry(
            seq,
            date.fromisoformat(row["booked_on"]),
            int(row["amount_fen"]),
            row["reference"],
            row["counterparty"] or "",
        )
        for seq, row in enumerate((row for row in rows if not _is_balance(row["reference"])), start=1)
    )
    if any(entry.amount_fen == 0 for entry in entries):
        raise ValueError("amount")
    first = rows[0]
    return Statement(
        first["account"], first["statement_ref"], "csv", balances.get(OPENING), balances.get(CLOSING), entries
    )


def _is_balance(reference: str) -> bool:
    return reference in {OPENING, CLOSING}


def _camt(raw: bytes) -> Statement:
    if b"<!DOCTYPE" in raw:
        raise ValueError("document type")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(raw, parser)
    if "camt.053" not in (root.nsmap.get(root.prefix) or ""):
        raise ValueError("namespace")
    statements = root.findall(".//{*}Stmt")
    if len(statements) != 1:
        raise ValueError("more than one statement")
    found = statements[0]
    balances = {_text(item, "{*}Tp/{*}CdOrPrtry/{*}Cd"): _signed(item) for item in found.findall("{*}Bal")}
    entries = tuple(
        StatementEntry(
            seq,
            date.fromisoformat(_text(item, "{*}BookgDt/{*}Dt")),
            _signed(item),
            _reference(item),
            item.findtext(".//{*}RltdPties//{*}Othr/{*}Id") or "",
        )
        for seq, item in enumerate(found.findall("{*}Ntry"), start=1)
    )
    account = found.findtext("{*}Acct/{*}Id/{*}Othr/{*}Id") or found.findtext("{*}Acct/{*}Id/{*}IBAN") or ""
    return Statement(
        account, _text(found, "{*}Id"), "camt.053", balances.get(OPENING), balances.get(CLOSING), entries
    )


def _reference(entry: etree._Element) -> str:
    for path in (".//{*}Refs/{*}EndToEndId", ".//{*}Refs/{*}MsgId", "{*}NtryRef"):
        found = entry.findtext(path)
        if found:
            return str(found)
    return ""


def _signed(element: etree._Element) -> int:
    amount = element.find("{*}Amt")
    if amount is None or amount.get("Ccy") != "CNY":
        raise ValueError("amount")
    whole, _, rest = (amount.text or "").partition(".")
    fen = int(whole) * FEN_PER_YUAN + int((rest + "00")[:2])
    return fen if _text(element, "{*}CdtDbtInd") == "CRDT" else -fen


def _text(element: etree._Element, path: str) -> str:
    found = element.findtext(path)
    if not found:
        raise ValueError(path)
    return str(found)
