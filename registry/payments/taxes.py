"""Tax assessments: taken as signed messages, withdrawn, replaced, paid with orders, and reported back."""

from collections.abc import Mapping
from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM
from data.db import Database
from data.jobs.service import enqueue
from registry.cases import service as cases
from registry.payments import rules, service, store, store_tax
from registry.payments.errors import (
    AssessmentConflict,
    AssessmentStateRefuses,
    AssessmentUnitForeign,
    AssessmentUnknown,
    PaymentUnderWay,
    SignatureBad,
    TaxSourceTwice,
)
from registry.payments.records import Assessment, TaxEvent, TaxNews
from registry.payments.tax_messages import read_message
from registry.payments.tax_office import TaxDelivery, TaxOffice, TaxReport

AUTHORITY = "tax"


def take_message(
    db: Database, case_no: str, delivery: TaxDelivery, *, keys: Mapping[str, str], now: datetime
) -> Assessment:
    """Take a signed message about a case's taxes; the same bytes again change nothing.

    An assessment is paid before registration. One that is withdrawn is no longer owed: an unpaid order that
    asks for it is cancelled. One that replaces another withdraws that one.

    Returns
    -------
    Assessment
        The assessment as it stands now.

    Raises
    ------
    SignatureBad, EventMalformed, CaseNotFound, CaseClosed
    AssessmentUnitForeign
        The unit is none of the case's.
    AssessmentConflict
        The number is known with other content, or of another case.
    TaxSourceTwice
        Its tax source is assessed or paid in the case under another number that it does not replace.
    AssessmentUnknown
        The case has no such assessment.
    AssessmentStateRefuses
        It is paid, or withdrawn already, or not paid yet.
    PaymentUnderWay
        Its order is being paid: to be sent again.
    """
    if not rules.in_window(rules.authentic(delivery.signature, keys, delivery.raw), now):
        raise SignatureBad
    message = read_message(case_no, delivery.raw)
    with db.transaction(SYSTEM) as conn:
        if isinstance(message, TaxNews):
            _take_news(conn, message, now)
        else:
            _take_assessment(conn, message, now)
        found = store_tax.lock_assessment(conn, case_no, message.assessment_no)
    if found is None:
        raise AssessmentUnknown(assessment_no=message.assessment_no)
    return found


def list_assessments(conn: store.Conn, case_no: str) -> list[tuple[Assessment, list[TaxEvent]]]:
    """Return the assessments of a case the caller may see, each with its changes of state.

    Raises
    ------
    CaseNotFound
    """
    cases.get_case(conn, case_no)
    return [
        (item, store_tax.events(conn, item.assessment_no))
        for item in store_tax.all_assessments(conn, case_no)
    ]


def note_order(conn: store.Conn, order_no: str, state: str, *, now: datetime) -> None:
    """Note that the taxes of an order were ``paid`` or ``refunded``, and report each; once."""
    before = {"paid": {"assessed", "refunded"}, "refunded": {"paid", "certified"}}[state]
    for listed in store_tax.of_order(conn, order_no):
        item = store_tax.lock_assessment(conn, listed.case_no, listed.assessment_no)
        if item is None or item.state not in before or not item.amount_fen:
            continue
        seq = _write(conn, item, state, now=now, actor="system", order_no=order_no)
        enqueue(
            conn,
            "report_tax",
            {"assessment_no": item.assessment_no, "case_no": item.case_no, "seq": seq},
            key=f"report_tax:{item.assessment_no}:{seq}",
        )


def report(
    db: Database, office: TaxOffice, payload: Mapping[str, object], *, keys: Mapping[str, str], now: datetime
) -> None:
    """Tell the tax authority of a change, and take its answer; re-entrant.

    Raises
    ------
    AssessmentUnknown
    """
    assessment_no, case_no = str(payload["assessment_no"]), str(payload["case_no"])
    with db.transaction(SYSTEM) as conn:
        item = store_tax.lock_assessment(conn, case_no, assessment_no)
        event = next(
            (one for one in store_tax.events(conn, assessment_no) if one.seq == payload["seq"]), None
        )
    if item is None or event is None:
        raise AssessmentUnknown(assessment_no=assessment_no)
    told = TaxReport(
        assessment_no,
        item.tax_source_no,
        case_no,
        event.to_state,
        item.amount_fen,
        str(event.order_no),
        event.at,
    )
    answer = office.report(told, now=now)
    if answer is not None:
        take_message(db, case_no, answer, keys=keys, now=now)


def _take_assessment(conn: store.Conn, item: Assessment, now: datetime) -> None:
    replaced = _replaced(conn, item)
    known = store_tax.insert_assessment(conn, item, now)
    if known is not None:
        if known != (item.case_no, item.body_sha256):
            raise AssessmentConflict(assessment_no=item.assessment_no)
        return
    cases.require_tax(conn, item.case_no, now, owed=item.amount_fen > 0)
    if item.unit_code not in {unit.unit_code for unit in cases.case_units(conn, item.case_no)}:
        raise AssessmentUnitForeign(unit_code=item.unit_code, case_no=item.case_no)
    _require_new_source(conn, item)
    store_tax.insert_event(
        conn,
        TaxEvent(item.assessment_no, 1, "none", "assessed", now, AUTHORITY, body_sha256=item.body_sha256),
    )
    audit.record(conn, SYSTEM, "tax.assess", item.case_no, detail={"assessment_no": item.assessment_no})
    if replaced is not None:
        _withdraw(conn, replaced, now, reason=f"→ {item.assessment_no}", body_sha256=None)


def _require_new_source(conn: store.Conn, item: Assessment) -> None:
    """Refuse the tax of a source (税源) that the case owes or paid already: it would be paid twice."""
    for other in store_tax.assessments(conn, item.case_no):
        same = item.tax_source_no is not None and (other.tax_source_no, other.tax_code) == (
            item.tax_source_no,
            item.tax_code,
        )
        another = other.assessment_no not in {item.assessment_no, item.replaces}
        if same and another and other.state != "refunded":
            raise TaxSourceTwice(tax_source_no=item.tax_source_no, assessment_no=other.assessment_no)


def _replaced(conn: store.Conn, item: Assessment) -> Assessment | None:
    """Return the assessment that a new one replaces; None when it replaces none or did so before."""
    if item.replaces is None:
        return None
    found = store_tax.lock_assessment(conn, item.case_no, item.replaces)
    if found is None:
        raise AssessmentUnknown(assessment_no=item.replaces)
    return None if found.state == "withdrawn" else found


def _take_news(conn: store.Conn, news: TaxNews, now: datetime) -> None:
    item = store_tax.lock_assessment(conn, news.case_no, news.assessment_no)
    if item is None:
        raise AssessmentUnknown(assessment_no=news.assessment_no)
    if news.body_sha256 in {one.body_sha256 for one in store_tax.events(conn, item.assessment_no)}:
        return
    if news.state == "withdrawn":
        _withdraw(conn, item, now, reason=news.reason, body_sha256=news.body_sha256)
        _settle(conn, item.case_no, now)
        return
    if item.state != "paid":
        raise AssessmentStateRefuses(assessment_no=item.assessment_no, state=item.state)
    _write(
        conn,
        item,
        "certified",
        now=now,
        actor=AUTHORITY,
        certificate_no=news.certificate_no,
        body_sha256=news.body_sha256,
    )


def _withdraw(
    conn: store.Conn, item: Assessment, now: datetime, *, reason: str | None, body_sha256: bytes | None
) -> None:
    if item.state not in {"assessed", "refunded"}:
        raise AssessmentStateRefuses(assessment_no=item.assessment_no, state=item.state)
    _release_order(conn, item, now)
    _write(conn, item, "withdrawn", now=now, actor=AUTHORITY, reason=reason, body_sha256=body_sha256)
    audit.record(conn, SYSTEM, "tax.withdraw", item.case_no, detail={"assessment_no": item.assessment_no})


def _release_order(conn: store.Conn, item: Assessment, now: datetime) -> None:
    """Cancel the unpaid order that asks for an assessment."""
    order_no = store_tax.claiming_order(conn, item.case_no, item.assessment_no)
    head = None if order_no is None else store.lock_order(conn, order_no)
    if head is None:
        return
    if head.state not in rules.LIVE_UNPAID:
        raise AssessmentStateRefuses(assessment_no=item.assessment_no, state="paid")
    until = rules.attempt_ends(store.fetch_events(conn, head.order_no))
    if until is not None and until > now:
        raise PaymentUnderWay(order_no=head.order_no, until=until.isoformat())
    store.add_event(conn, head.order_no, head.state, "cancelled", at=now, actor=AUTHORITY)


def _settle(conn: store.Conn, case_no: str, now: datetime) -> None:
    """Let a case go on whose last unpaid tax was withdrawn."""
    if not store_tax.assessments(conn, case_no):
        cases.release_tax(conn, case_no, now)
    paid_with = store_tax.paid_order(conn, case_no)
    if paid_with is not None and service.is_paid_up(conn, case_no):
        cases.mark_paid(conn, case_no, paid_with, now)


def _write(
    conn: store.Conn, item: Assessment, state: str, *, now: datetime, actor: str, **facts: object
) -> int:
    """Write the next change of state; returns its place."""
    seq = len(store_tax.events(conn, item.assessment_no)) + 1
    store_tax.insert_event(
        conn,
        TaxEvent(item.assessment_no, seq, item.state, state, now, actor, **facts),  # type: ignore[arg-type]  # fields of the record
    )
    return seq
