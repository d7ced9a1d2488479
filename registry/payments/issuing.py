"""Issue orders: lines from fees and tax assessments, each county decided and frozen with its evidence."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from data.jobs.service import enqueue
from data.reference import service as reference
from registry.cases import service as cases
from registry.cases.errors import CountyUndecided
from registry.cases.records import Case, FeeLine
from registry.payments import lifecycle, rules, service, store, store_refunds, store_tax
from registry.payments.errors import (
    CaseNotPayable,
    CasesInOrders,
    NothingToPay,
    PayersDiffer,
)
from registry.payments.records import Order, OrderHead, Payer, WantedLine
from spatial.counties import register as counties
from spatial.counties.records import StoredDecision
from spatial.counties.rules import split_amount

SERIALS = 10**9
PERSON_KINDS = {"person": "person", "organisation": "unit"}
Wanted = tuple[WantedLine, Payer]
# Which live order has which line, by case and source of the line.
Claims = dict[tuple[str, str], str]


def issue_order(db: Database, actor: Actor, case_nos: Sequence[str], *, now: datetime) -> Order:
    """Issue one order for all that is unpaid of one or several cases of one payer.

    Asked again, it answers the live order of the same cases; one whose time is over is expired first. Of
    several cases all get the order or none: one that other live orders ask for already is named. An order
    of zero is paid at once, without a code.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Clerk or registrar of the accepting or deciding office.
    case_nos : sequence of str
        Cases.
    now : datetime
        Aware instant of issue; the boundary set in force on its day counts.

    Raises
    ------
    CaseNotFound
    CaseNotPayable
        A case is not accepted, or closed without a result.
    NothingToPay, PayersDiffer
    CasesInOrders
        Of several cases some have a live order for all they owe; the error names each with its order.
    CountyUndecided
        Names the decision that a person must make; the decision's record stays.
    """
    with db.transaction(actor) as conn:
        found = issue_in(conn, actor, case_nos, now=now)
    if isinstance(found, StoredDecision):
        # Raised outside the transaction: the evidence of the open decision must be kept.
        raise CountyUndecided(decision_id=found.decision_id, subject=found.subject)
    return found


def issue_in(
    conn: store.Conn, actor: Actor, case_nos: Sequence[str], *, now: datetime
) -> Order | StoredDecision:
    """Issue an order in the caller's transaction; an undecided county is returned, not raised.

    Raises
    ------
    CaseNotFound, CaseNotPayable, NothingToPay, PayersDiffer, CasesInOrders
    """
    names = list(dict.fromkeys(case_nos))
    for case_no in sorted(names):
        store.lock_case(conn, case_no)
    area_split = reference.county_policy(conn, on=day_of(now)).area_split
    wanted = [line for case_no in names for line in _wanted(conn, case_no, undecided=area_split)]
    for order_no in sorted(set(store.claimed(conn, names).values())):
        lifecycle.expire(conn, order_no, now=now, grace=timedelta(0))
    claims = store.claimed(conn, names)
    free = [pair for pair in wanted if (pair[0].case_no, pair[0].source) not in claims]
    if not free:
        return _live_order(conn, names, claims)
    _require_open(names, claims, {line.case_no for line, _ in free})
    lines, payer = _of_one_payer(free, several=len(names) > 1)
    decisions = _decide(conn, actor, lines, now)
    undecided = next(
        (found for found in decisions.values() if not (found.decided or found.decision.shares)), None
    )
    if undecided is not None:
        return undecided
    return _write(conn, actor, payer, lines=lines, decisions=decisions, now=now)


def _wanted(conn: store.Conn, case_no: str, *, undecided: bool) -> list[Wanted]:
    """Return what a case asks for: its fee lines less what reliefs gave back, then its tax assessments."""
    case = cases.require_orderable(conn, case_no, undecided=undecided)
    if case.status in lifecycle.NOT_PAYABLE:
        raise CaseNotPayable(case_no=case_no, status=case.status)
    places = {unit.unit_code: unit.place for unit in cases.case_units(conn, case_no)}
    fees = cases.fee_lines(conn, case_no)
    relieved = store_refunds.relieved(conn, [case_no])
    found = []
    for fee in fees:
        whole = _fee_line(case, fee, places.get(fee.unit_code))
        back_fen = relieved.get((case_no, whole.source), 0)
        if not back_fen or whole.amount_fen > back_fen:
            found.append((replace(whole, amount_fen=whole.amount_fen - back_fen), _payer(fee)))
    for item in store_tax.assessments(conn, case_no):
        line = WantedLine(
            case_no=case_no,
            source=f"tax:{item.assessment_no}",
            kind="tax",
            item_code=item.tax_code,
            name=item.name,
            amount_fen=item.amount_fen,
            rule_id=item.assessment_no,
            reason="税务部门核定",
            reason_en="Assessed by the tax authority",
            unit_code=item.unit_code,
            parcel_code=item.unit_code[:19],
            accept_office=case.accept_office,
            place=places.get(item.unit_code),
        )
        payer = _payer(fees[0]) if fees else Payer(item.payer_name, "person", None, None)
        found.append((line, payer))
    return found


def _fee_line(case: Case, line: FeeLine, place: object) -> WantedLine:
    return WantedLine(
        case_no=case.case_no,
        source=f"fee:{line.line_no}",
        kind="fee",
        item_code=line.item_code,
        name=line.name,
        amount_fen=line.amount_fen,
        rule_id=line.rule_id,
        reason=line.reason,
        reason_en=line.reason_en,
        unit_code=line.unit_code,
        parcel_code=line.parcel_code,
        accept_office=case.accept_office,
        place=place,
    )


def _payer(line: FeeLine) -> Payer:
    kind = PERSON_KINDS[line.payer_kind]
    return Payer(line.payer_name, kind, line.payer_code, line.payer_id_masked[-4:])


def _of_one_payer(free: list[Wanted], *, several: bool) -> tuple[list[WantedLine], Payer]:
    """Return the lines of the first payer; cases put together must have one payer only."""
    payer = free[0][1]
    own = [line for line, other in free if other == payer]
    if several and len(own) != len(free):
        raise PayersDiffer
    return own, payer


def _live_order(conn: store.Conn, names: list[str], claims: Claims) -> Order:
    """Return the latest live order that asks for something of every case."""
    if not claims:
        raise NothingToPay
    orders = [{order_no for (of, _), order_no in claims.items() if of == case_no} for case_no in names]
    of_all = set.intersection(*orders)
    if not of_all:
        raise CasesInOrders(_orders_by_case(claims))
    return service.get_order(conn, max(of_all))


def _require_open(names: list[str], claims: Claims, open_cases: set[str]) -> None:
    """Refuse to leave out of an order a case of several that live orders ask for already."""
    taken = {of: no for of, no in _orders_by_case(claims).items() if of not in open_cases}
    if taken and len(names) > 1:
        raise CasesInOrders(taken)


def _orders_by_case(claims: Claims) -> dict[str, str]:
    return {case_no: order_no for (case_no, _), order_no in sorted(claims.items())}


def _decide(
    conn: store.Conn, actor: Actor, lines: Sequence[WantedLine], now: datetime
) -> dict[str, StoredDecision]:
    """Return the county decision of every unit of the lines, by unit code."""
    codes = dict.fromkeys(line.unit_code or line.parcel_code or "" for line in lines)
    area_split = reference.county_policy(conn, on=day_of(now)).area_split
    return {
        code: counties.ensure_decision(
            conn, code, as_of=day_of(now), decided_by=actor.login, now=now, area_split=area_split
        )
        for code in codes
    }


def _by_county(
    lines: list[WantedLine], decisions: dict[str, StoredDecision]
) -> list[tuple[WantedLine, str, int]]:
    """Return each line with its county and decision; one that is split is a line for each county."""
    made = []
    for line in lines:
        found = decisions[line.unit_code or line.parcel_code or ""]
        if found.decided:
            made.append((line, found.county_code or "", found.decision_id))
            continue
        shares = split_amount(line.amount_fen, found.decision.shares)
        # What costs nothing is one line, at the county with the largest part.
        paying = {county: fen for county, fen in shares.items() if fen} or dict([next(iter(shares.items()))])
        made += [(replace(line, amount_fen=fen), county, found.decision_id) for county, fen in paying.items()]
    return made


def _write(
    conn: store.Conn,
    actor: Actor,
    payer: Payer,
    *,
    lines: list[WantedLine],
    decisions: dict[str, StoredDecision],
    now: datetime,
) -> Order:
    amount_fen = sum(line.amount_fen for line in lines)
    chosen = _by_county(lines, decisions)
    head = OrderHead(
        order_no=rules.order_number(day_of(now), store.next_order_numbers(conn, 1)[0]),
        payment_code=None,
        state="draft",
        amount_fen=amount_fen,
        payer_name=payer.name,
        payer_kind=payer.kind,
        payer_code=payer.code,
        payer_last4=payer.last4,
        accept_office=lines[0].accept_office,
        county_codes=sorted({county_code for _, county_code, _ in chosen}),
        created_by=actor.login,
        issued_at=now,
        expires_at=now + rules.ORDER_LIFE,
    )
    _insert_with_code(conn, head, now)
    for number, (line, county_code, decision_id) in enumerate(chosen, start=1):
        store.insert_line(conn, head.order_no, number, line, county_code=county_code, decision_id=decision_id)
    store.insert_claims(conn, head.order_no, lines)
    state = "issued" if amount_fen else "paid"
    store.add_event(conn, head.order_no, "draft", state, at=now, actor=actor.login)
    if not amount_fen:
        enqueue(conn, "order_paid", {"order_no": head.order_no}, key=f"order_paid:{head.order_no}")
    audit.record(conn, actor, "order.issue", head.order_no, detail={"amount_fen": amount_fen})
    return service.get_order(conn, head.order_no)


def _insert_with_code(conn: store.Conn, head: OrderHead, now: datetime) -> None:
    """Insert an order under a payment code that nobody has; codes cannot be guessed from each other."""
    if head.amount_fen == 0:
        store.insert_order(conn, head)
        return
    while not store.insert_order(
        conn, replace(head, payment_code=rules.payment_code(day_of(now), secrets.randbelow(SERIALS)))
    ):
        pass
