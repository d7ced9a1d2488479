"""Use cases of cases: read, list, pay, settle the county, rate; steps are in :mod:`actions`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import day_of
from data.db import Database
from registry.cases import rules, store, store_certificates, store_lines
from registry.cases.acceptance import accept, leading, office_of, one_county, preview, write_event
from registry.cases.actions import act, dry_run, open_steps, visible_case
from registry.cases.errors import CaseClosed, CaseNotFound, CertificateNotFound, CountyUndecided
from registry.cases.records import (
    Case,
    CaseHit,
    CaseOnParcel,
    CaseParty,
    CaseQuery,
    CaseUnit,
    Certificate,
    Event,
    FeeLine,
    Move,
    NewRating,
    OpenCase,
    Received,
)
from registry.handbook import service as handbook
from registry.handbook.records import Entry, Material
from registry.parties import service as parties
from spatial.counties.register import ensure_decision

__all__ = [
    "CaseFile",
    "accept",
    "act",
    "case_units",
    "certificates",
    "dry_run",
    "fee_lines",
    "find_cases",
    "get_case",
    "list_cases",
    "mark_paid",
    "mark_refunded",
    "open_cases",
    "open_steps",
    "preview",
    "rate",
    "read_case",
    "release_tax",
    "require_orderable",
    "require_tax",
    "settle_counties",
    "timeline",
    "unit_to_decide",
    "verify_certificate",
]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all that its page shows, also fee lines that were replaced; numbers of persons masked."""

    case: Case
    entry: Entry
    units: list[CaseUnit]
    people: list[CaseParty]
    materials: list[Received]
    required: list[Material]
    lines: list[FeeLine]
    certificates: list[Certificate]
    rating: NewRating | None


def get_case(conn: store.Conn, case_no: str, *, lock: bool = False) -> Case:
    """Return a case by number, in the caller's transaction; row-level security decides who sees it.

    Raises
    ------
    CaseNotFound
    """
    case = store.fetch_case(conn, case_no, lock=lock)
    if case is None:
        raise CaseNotFound(case_no=case_no)
    return case


def fee_lines(conn: store.Conn, case_no: str, *, replaced: bool = False) -> list[FeeLine]:
    """Return the fee lines of a case with their payer, also those ``replaced`` later; amounts in fen."""
    return store_lines.fetch_lines(conn, case_no, replaced=replaced)


def case_units(conn: store.Conn, case_no: str) -> list[CaseUnit]:
    """Return the units of a case; places in EPSG:4547 (E, N) metres."""
    return store.fetch_units(conn, case_no)


def certificates(conn: store.Conn, case_no: str) -> list[Certificate]:
    """Return the certificates of a case, in order of serial."""
    return store_certificates.of_case(conn, case_no)


def require_orderable(conn: store.Conn, case_no: str, *, undecided: bool = False) -> Case:
    """Return a case for which a payment order may be made.

    Parameters
    ----------
    undecided : bool
        Whether it may be one whose county nobody decided: where money is split by area, or was frozen before.

    Raises
    ------
    CaseNotFound
    CountyUndecided
        Names the decision that is waited for.
    CaseClosed
        The case is refused or withdrawn.
    """
    case = settled(conn, get_case(conn, case_no), SYSTEM, None)
    if case.county_code is None and not undecided:
        raise CountyUndecided(case_no=case_no, decision_id=case.decision_id)
    if case.status in {"refused", "withdrawn"}:
        raise CaseClosed(case_no=case_no, status=case.status)
    return case


def mark_paid(conn: store.Conn, case_no: str, order_no: str, now: datetime) -> None:
    """Note that the order of a case is paid; a second time changes nothing.

    Raises
    ------
    CaseNotFound
    """
    case = get_case(conn, case_no, lock=True)
    if case.paid_at is not None:
        return
    store.update_case(conn, case_no, {"paid_at": now, "order_no": order_no})
    _note(conn, case, "paid", now, {"order_no": order_no})


def mark_refunded(conn: store.Conn, case_no: str, order_no: str, now: datetime) -> None:
    """Note that a case is no longer paid, since an order of it was refunded; a second time changes nothing.

    Raises
    ------
    CaseNotFound
    """
    case = get_case(conn, case_no, lock=True)
    if case.paid_at is None:
        return
    store.update_case(conn, case_no, {"paid_at": None, "order_no": None})
    _note(conn, case, "refunded", now, {"order_no": order_no})


def require_tax(conn: store.Conn, case_no: str, now: datetime, *, owed: bool = True) -> None:
    """Note that taxes are due: everything is to be paid before registration.

    Parameters
    ----------
    owed : bool
        Whether there is an amount to pay: a case that was paid is then unpaid again.

    Raises
    ------
    CaseNotFound
    CaseClosed
        The case is in the register already, or closed.
    """
    case = get_case(conn, case_no, lock=True)
    if case.registered_at is not None or case.closed_at is not None:
        raise CaseClosed(case_no=case_no, status=case.status)
    changed: dict[str, object] = {} if case.pay_before == "register" else {"pay_before": "register"}
    if owed and case.paid_at is not None:
        changed |= {"paid_at": None, "order_no": None}
    if changed:
        store.update_case(conn, case_no, changed)
        _note(conn, case, "tax_due", now, {})


def release_tax(conn: store.Conn, case_no: str, now: datetime) -> None:
    """Note that no tax is asked for any more: the fee alone is to be paid, before the certificate is issued.

    Raises
    ------
    CaseNotFound
    """
    case = get_case(conn, case_no, lock=True)
    if case.pay_before == "register":
        store.update_case(conn, case_no, {"pay_before": "issue"})
        _note(conn, case, "tax_gone", now, {})


def unit_to_decide(conn: store.Conn, case_no: str) -> str:
    """Return the code of the unit whose county a case waits for (its first unit when it waits for none).

    Raises
    ------
    CaseNotFound
    """
    case = get_case(conn, case_no)
    units = store.fetch_units(conn, case_no)
    waiting = [unit for unit in units if unit.decision_id == case.decision_id]
    return (waiting or units)[0].unit_code


def settle_counties(conn: store.Conn, now: datetime) -> int:
    """Let cases whose county was undecided go on where people have decided meanwhile.

    Returns
    -------
    int
        Number of cases settled.
    """
    found = store.undecided_cases(conn)
    return sum(settled(conn, case, SYSTEM, now).county_code is not None for case in found)


def settled(conn: store.Conn, case: Case, actor: Actor, now: datetime | None) -> Case:
    """Return a case with its county, if the decisions of its units now name one."""
    if case.county_code is not None or case.closed_at is not None:
        return case
    instant = now or case.accepted_at
    units = store.fetch_units(conn, case.case_no)
    decisions = [
        ensure_decision(conn, unit.unit_code, as_of=day_of(instant), decided_by=actor.login, now=instant)
        for unit in units
    ]
    county_code = one_county(decisions)
    if county_code is None:
        return case
    office = office_of(conn, county_code)
    for unit, decision in zip(units, decisions, strict=True):
        store.settle_unit(conn, case.case_no, unit.seq, decision.decision_id)
    people = store.fetch_parties(conn, case.case_no)
    parties.settle_county(conn, [person.party_id for person in people], county_code)
    store_lines.settle_lines(conn, case.case_no, county_code)
    _, entry = handbook.entry_version(conn, case.type_code, case.handbook_version)
    node = entry.node(case.node)
    store.update_case(
        conn,
        case.case_no,
        {
            "county_code": county_code,
            "decide_office": office,
            "decision_id": leading(decisions).decision_id,
            "node_office": None if node is None else rules.node_office(node, case.accept_office, office),
        },
    )
    _note(conn, case, "county", instant, {"county_code": county_code})
    return get_case(conn, case.case_no)


def _note(conn: store.Conn, case: Case, action: str, now: datetime, detail: dict[str, object]) -> None:
    """Write an event that does not move the case."""
    move = Move(action, case.node, case.status, detail=detail)
    write_event(conn, case.case_no, (case.node, case.status), move, actor=SYSTEM, now=now)


def read_case(db: Database, actor: Actor, case_no: str) -> CaseFile:
    """Return everything the page of a case shows; the read is recorded.

    Raises
    ------
    CaseNotFound
        None, or none this office may see.
    """
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no)
        _, entry = handbook.entry_version(conn, case.type_code, case.handbook_version)
        audit.record(conn, actor, "case.read", case_no)
        return CaseFile(
            case,
            entry,
            store.fetch_units(conn, case_no),
            store.fetch_parties(conn, case_no),
            store.fetch_materials(conn, case_no),
            rules.required(entry, frozenset(case.detail.get("declares", ()))),
            store_lines.fetch_lines(conn, case_no, replaced=True),
            store_certificates.of_case(conn, case_no),
            store.fetch_rating(conn, case_no),
        )


def list_cases(db: Database, actor: Actor, query: CaseQuery, *, today: date) -> list[Case]:
    """Return a page of the cases the actor may see, newest first."""
    with db.transaction(actor) as conn:
        found = store.fetch_list(conn, query, actor=actor, today=today)
        audit.record(conn, actor, "case.list", query.text or "*", detail={"count": len(found)})
        return found


def timeline(db: Database, actor: Actor, case_no: str) -> list[Event]:
    """Return what happened to a case, in order.

    Raises
    ------
    CaseNotFound
    """
    with db.transaction(actor) as conn:
        visible_case(conn, actor, case_no)
        return store.fetch_events(conn, case_no)


def find_cases(conn: store.Conn, text: str, limit: int = 10) -> list[CaseHit]:
    """Find cases by the beginning of their number, and certificates by that of theirs (one-box search)."""
    wanted = text.strip()
    if not (wanted.upper().startswith("YW") or wanted.startswith("鄂")):
        return []
    return store.find(conn, wanted, limit)


def open_cases(conn: store.Conn, unit_code: str) -> list[OpenCase]:
    """Return the open cases on a unit that the reader may see."""
    return store.open_cases(conn, unit_code)


def open_cases_on(conn: store.Conn, parcel_codes: Sequence[str]) -> list[CaseOnParcel]:
    """Return the open cases on parcels (19 characters), of every office, without persons."""
    return store.open_cases_on(conn, parcel_codes)


def certificate_numbers(conn: store.Conn, unit_code: str) -> dict[int, str]:
    """Return the number of the certificate of each entry (``rrr_id``) of a unit; of copies, the first's."""
    found = store_certificates.of_unit(conn, unit_code)
    return {one.rrr_id: one.certificate_no for one in reversed(found)}


def rate(db: Database, actor: Actor, case_no: str, rating: NewRating, *, now: datetime) -> None:
    """Store the rating (好差评) of a case; one a case.

    Raises
    ------
    CaseNotFound, AlreadyRated
    """
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no)
        store.insert_rating(conn, case, rating, now)
        _note(conn, case, "rated", now, {"level": rating.level})


def verify_certificate(db: Database, certificate_no: str, check_code: str) -> Certificate:
    """Return a certificate whose number and check code agree; anybody may ask.

    Raises
    ------
    CertificateNotFound
        Number and check code do not belong together.
    """
    with db.transaction(SYSTEM) as conn:
        found = store_certificates.by_number(
            conn, certificate_no.strip().replace("（", "(").replace("）", ")")
        )
        if found is None or found.check_code != check_code.strip().upper():
            raise CertificateNotFound(certificate_no=certificate_no)
        return found
