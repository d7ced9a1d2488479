"""A bill made out to the wrong payer (更正换开): reversed whole and issued anew; no money moves.

One that is held because no font has its payer's name becomes void, and one to the name as it can be printed
is issued.
"""

from dataclasses import replace
from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.documents import service as documents
from data.jobs.service import enqueue
from registry.parties.rules import checked_name
from registry.payments import service as payments
from registry.payments.errors import SamePersonDecides
from registry.receipts import custody, store, store_corrections
from registry.receipts import service as receipts
from registry.receipts.errors import CorrectionNotFound, CorrectionRefused
from registry.receipts.issuing import BillOffice, instead_of, red_of, rest_of
from registry.receipts.records import Bill, Correction, RightPayer

# After this time the worker signs what an approval has left unsigned, seconds.
FOLLOW_S = 30.0


def request(
    office: BillOffice, actor: Actor, key: tuple[str, str], *, payer: RightPayer, reason: str, now: datetime
) -> Correction:
    """Ask that a bill is made out to another payer; a second person decides.

    Parameters
    ----------
    office : BillOffice
        Who issues.
    actor : Actor
        Who asks; sees the bill.
    key : tuple of str
        Code and number of the wrong bill.
    payer : RightPayer
        The payer as it should be.
    reason : str
        Words.
    now : datetime
        Aware instant.

    Raises
    ------
    ReceiptNotFound
    PartyNameBad
    GlyphMissing
        The name could not be printed.
    CorrectionRefused
        Neither a signed blue bill in force nor a held one, it says so already, a correction of it is under
        way, or a part of it was promised back.
    """
    payer = replace(payer, name=checked_name(payer.name))
    documents.require_glyphs([payer.name])
    with office.db.transaction(actor) as conn:
        bill = receipts.get_bill(conn, *key)
    with office.db.transaction(SYSTEM) as conn:
        payments.lock_order(conn, bill.order_no)
        bill = receipts.get_bill(conn, *key)
        _check(conn, bill)
        if payer == RightPayer(bill.payer_name, bill.payer_kind, bill.payer_code):
            raise CorrectionRefused(bill=bill.key)
        if store_corrections.live_of(conn, *key) is not None:
            raise CorrectionRefused(bill=bill.key)
        made = store_corrections.insert(conn, bill, payer, reason=reason, by=actor.login, at=now)
        audit.record(conn, actor, "bill.correction.request", bill.key, detail={"reason": reason})
    return made


def decide(
    office: BillOffice, actor: Actor, correction_id: int, *, approve: bool, comment: str, now: datetime
) -> Correction:
    """Approve or reject a correction; approved, the red bill and the new one are numbered and signed.

    Raises
    ------
    CorrectionNotFound
    SamePersonDecides
        By who asked.
    CorrectionRefused
        It is decided already, or the bill has changed since.
    """
    with office.db.transaction(SYSTEM) as conn:
        asked = store_corrections.fetch(conn, correction_id)
        if asked is None:
            raise CorrectionNotFound(correction_id=correction_id)
        wrong = receipts.get_bill(conn, asked.code, asked.number)
        payments.lock_order(conn, wrong.order_no)
        asked = store_corrections.fetch(conn, correction_id) or asked
        if asked.state != "requested":
            raise CorrectionRefused(bill=wrong.key)
        if asked.requested_by == actor.login:
            raise SamePersonDecides
        state = "approved" if approve else "rejected"
        store_corrections.decide(conn, correction_id, state, by=actor.login, comment=comment, at=now)
        if approve:
            _number(office, conn, actor, asked, now)
            job = {"order_no": wrong.order_no}
            enqueue(conn, "order_paid", job, key=f"bill_correction:{correction_id}", delay_s=FOLLOW_S)
        audit.record(conn, actor, f"bill.correction.{state}", wrong.key, detail={"comment": comment})
        decided = store_corrections.fetch(conn, correction_id) or asked
    if approve:
        office.sign_all(wrong.order_no)
    return decided


def corrections(
    conn: store.Conn, *, state: str | None = None, before: int | None = None, limit: int = 50
) -> list[Correction]:
    """Return corrections of the bills that the caller may see, newest first, from before one of them."""
    return store_corrections.listed(conn, state, before, limit)


def _number(office: BillOffice, conn: store.Conn, actor: Actor, asked: Correction, now: datetime) -> None:
    wrong = receipts.get_bill(conn, asked.code, asked.number)
    _check(conn, wrong)
    if wrong.state == "held":
        reason = f"更正 {asked.correction_id}：{asked.reason}"
        custody.void_in(conn, actor, wrong, reason=reason, now=now)
        office.number(conn, _to(instead_of(wrong, now), asked))
        return
    red, right = red_of(wrong, None, now), rest_of(wrong, wrong.amount_fen, None, now)
    office.number(conn, replace(red, correction_id=asked.correction_id, dispute_no=None))
    right = replace(right, correction_id=asked.correction_id, dispute_no=None)
    office.number(conn, _to(right, asked))


def _to(bill: Bill, asked: Correction) -> Bill:
    """Return a bill to the right payer."""
    return replace(
        bill, payer_name=asked.payer_name, payer_kind=asked.payer_kind, payer_code=asked.payer_code
    )


def _check(conn: store.Conn, bill: Bill) -> None:
    """Refuse what is neither a whole signed blue bill in force nor a held one of an order."""
    in_force = bill.state == "signed" and not bill.reversed
    waits = bill.state == "held" and bill.replaces is None
    if bill.kind != "blue" or not (in_force or waits) or store.left_of(conn, bill) != bill.amount_fen:
        raise CorrectionRefused(bill=bill.key)
