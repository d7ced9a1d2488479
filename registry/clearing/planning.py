"""Freeze what has arrived and plan its payouts: one transaction, all or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from data.clock import day_of
from data.reference import service as reference
from data.reference.records import CountyAccount
from registry.clearing import rules, store
from registry.clearing.records import Batch, Item, Payout
from registry.ledger import rules as chart
from registry.ledger import service as ledger
from registry.ledger import store as ledger_store
from registry.ledger.records import Entry, Phase, PostingDraft

Checkpoint = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Act:
    """What is posted of a payout: business key, kind and message id."""

    key: str
    kind: str
    msg_id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Which attempt of a payout is planned, when, and for which day of the bank."""

    attempt: int
    now: datetime
    execute_on: date


def bank_day(conn: store.Conn, day: date, *, keeps_bank_days: bool) -> date:
    """Return the day on which a bank pays what it is asked to pay on a day."""
    return reference.work_calendar(conn).first_workday(day) if keeps_bank_days else day


def plan_payout(conn: store.Conn, batch_id: int, items: list[Item], plan: Plan) -> None:
    """Reserve the money of one county and kind and write its payout.

    The first attempt belongs to the day of the run; a later one to the present, with the account of now.

    Raises
    ------
    AccountUnknown
        The county has no account in force.
    """
    batch = store.batch(conn, batch_id)
    if batch is None:
        raise LookupError(batch_id)
    first = plan.attempt == 1
    county_code, kind = items[0].county_code, items[0].kind
    account = reference.county_account(
        conn, county_code, kind, on=batch.biz_date if first else day_of(plan.now)
    )
    msg_id = rules.message_id(county_code, batch.biz_date, batch.seq, kind=kind, attempt=plan.attempt)
    key = f"clr:{batch.biz_date}:{batch.seq}:{county_code}:{kind}:{plan.attempt}"
    day = batch.biz_date if first else None
    reserved = _reservation(county_code, kind, sum(item.amount_fen for item in items))
    posted = post(conn, Act(key, "freeze", msg_id), reserved, day=day, now=plan.now)
    pending = ledger_store.transfer_ids(conn, posted)
    store.insert_payout(conn, _payout(batch, items, plan, msg_id=msg_id, account=account, pending=pending))


def _payout(
    batch: Batch,
    items: list[Item],
    plan: Plan,
    *,
    msg_id: str,
    account: CountyAccount,
    pending: Sequence[int],
) -> Payout:
    """Return the payout of items of one county and kind; ``pending`` keeps money of bank and county."""
    debit_id, owed_id = pending
    return Payout(
        msg_id=msg_id,
        batch_id=batch.batch_id,
        county_code=items[0].county_code,
        kind=items[0].kind,
        attempt=plan.attempt,
        amount_fen=sum(item.amount_fen for item in items),
        n_items=len(items),
        items_sha256=rules.items_sha256(items),
        creditor_name=account.name,
        creditor_number=account.number,
        creditor_bank=account.bank,
        creditor_cnaps=account.cnaps,
        debit_pending_id=debit_id,
        owed_pending_id=owed_id,
        file_sha256=None,
        state="planned",
        reason="",
        changed_at=plan.now,
        biz_date=batch.biz_date,
        seq=batch.seq,
        frozen_at=batch.frozen_at,
        execute_on=plan.execute_on,
    )


def _reservation(county_code: str, kind: str, amount_fen: int) -> tuple[Entry, Entry]:
    """Return what keeps the money of a payout: at the bank, and of what the county is owed."""
    return (
        Entry(chart.in_transit(county_code), chart.COLLECTION, amount_fen, Phase.PENDING),
        Entry(chart.owed(county_code, kind), chart.discharged(county_code, kind), amount_fen, Phase.PENDING),
    )


def post(
    conn: store.Conn, act: Act, entries: tuple[Entry, ...], *, now: datetime, day: date | None = None
) -> int:
    """Write a posting about a payout, on a day or on the present accounting day; return its key."""
    draft = PostingDraft(
        key=act.key,
        kind=act.kind,
        biz_date=day or ledger.biz_day(conn, now),
        event_at=now,
        actor="system",
        entries=entries,
        msg_id=act.msg_id,
    )
    return ledger.post(conn, draft).posting_id


def items_of(conn: store.Conn, payout: Payout) -> list[Item]:
    """Return the items of a payout."""
    return [
        item
        for item in store.items(conn, payout.batch_id)
        if (item.county_code, item.kind) == (payout.county_code, payout.kind)
    ]
