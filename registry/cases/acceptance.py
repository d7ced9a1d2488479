"""Accept a case (受理) at any window: units, applicants, materials, county, fee, in one transaction."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from data.errors import NingtuError
from data.reference import service as reference
from registry.cases import assessing, rules, store, store_lines
from registry.cases.assessing import Draft, Place
from registry.cases.errors import CaseInvalid, MaterialsMissing, OfficeNeeded
from registry.cases.records import Accepted, CaseUnit, Move, NewApplicant, NewCase
from registry.fees.rules import total_fen
from registry.handbook import service as handbook
from registry.handbook.records import FACTS, Entry, Material
from registry.parties import service as parties
from registry.parties.records import NewParty
from registry.rights import service as rights
from spatial.buildings.records import Unit
from spatial.buildings.service import find_unit
from spatial.codes.errors import CodeBad
from spatial.codes.rules import parse_written
from spatial.counties.records import StoredDecision
from spatial.counties.register import ensure_decision

Faults = list[dict[str, object]]


def accept(db: Database, actor: Actor, new: NewCase, *, now: datetime, search_key: bytes) -> Accepted:
    """Accept a case at the actor's office; the county of the parcel decides it.

    Parameters
    ----------
    db : Database
        Where to.
    actor : Actor
        Clerk or registrar; the accepting office is theirs.
    new : NewCase
        The application.
    now : datetime
        Aware instant; its day in Asia/Shanghai fixes tariff, handbook version and limit.
    search_key : bytes
        Key of the parties' search hash.

    Raises
    ------
    OfficeNeeded
        The actor has no office, or names another.
    CaseInvalid
        Lists every fault of units, applicants and facts.
    MaterialsMissing
        Lists the required materials that are absent (unless accepted as incomplete).
    EntryNotFound, TariffSilent
    ReliefUnproven, ReliefUnknown
        A relief has no document, or a document no relief.
    """
    with db.transaction(actor) as conn:
        return _accepted(conn, actor, new, now=now, search_key=search_key)


def preview(db: Database, actor: Actor, new: NewCase, *, now: datetime, search_key: bytes) -> Accepted:
    """Return what :func:`accept` would answer (it raises as acceptance does), and leave nothing behind."""
    with db.transaction(actor) as conn, conn.transaction(force_rollback=True):
        return _accepted(conn, actor, new, now=now, search_key=search_key)


def _accepted(conn: store.Conn, actor: Actor, new: NewCase, *, now: datetime, search_key: bytes) -> Accepted:
    if actor.office is None or new.accepting_office not in {None, actor.office}:
        raise OfficeNeeded(office=new.accepting_office or "")
    draft = _checked(conn, new, now, search_key)
    place = _placed(conn, draft, actor, now)
    return _written(conn, draft, place, actor=actor, now=now)


def _checked(conn: store.Conn, new: NewCase, now: datetime, search_key: bytes) -> Draft:
    published, entry = handbook.entry_at(conn, new.type_code, day_of(now))
    faults: Faults = []
    units = _units(conn, new, entry, faults)
    people = _people(new, entry, search_key, faults)
    _check_facts(new, entry, faults)
    if faults:
        raise CaseInvalid(errors=faults)
    entries = rights.live_entries(conn, [unit.unit_code for unit in units])
    facts = rules.facts(new.declares, new.applicants, entries)
    missing = rules.missing(entry, facts, _copies(new))
    if missing and not new.incomplete:
        raise MaterialsMissing(errors=missing_faults(missing))
    return Draft(new, published, entry, units, people, entries, facts, missing)


def missing_faults(missing: list[Material]) -> Faults:
    """Return one fault a missing material, for the list handed to the applicant."""
    return [
        {"field": "materials", "code": "material_missing", "material": item.code, "name": item.name}
        for item in missing
    ]


def _units(conn: store.Conn, new: NewCase, entry: Entry, faults: Faults) -> list[CaseUnit]:
    found: list[CaseUnit] = []
    seen: set[str] = set()
    for number, code in enumerate(new.unit_codes):
        unit, fault = _found(conn, code)
        if unit is None:
            fault = fault or "unit_unknown"
        elif unit.kind not in entry.unit_types:
            fault = "unit_kind_wrong"
        elif entry.parcel_characters and code[12:14] not in entry.parcel_characters:
            fault = "unit_character_wrong"
        elif code in seen:
            fault = "unit_twice"
        if unit is None or fault is not None:
            faults.append({"field": f"unit_codes.{number}", "code": fault, "unit_code": code})
            continue
        seen.add(code)
        found.append(
            CaseUnit(
                len(found) + 1,
                code,
                unit.parcel_code,
                unit.kind,
                unit.housing,
                unit.use_code,
                unit.address or code,
                unit.area_m2,
                unit.geom_point,
                None,
            )
        )
    return found


def _found(conn: store.Conn, code: str) -> tuple[Unit | None, str | None]:
    """Return the unit of a code, and the fault of a code that is none."""
    try:
        return find_unit(conn, parse_written(code).text), None
    except CodeBad as error:
        return None, error.error_code


def _people(new: NewCase, entry: Entry, search_key: bytes, faults: Faults) -> list[NewParty]:
    people = []
    roles = Counter(applicant.role for applicant in new.applicants)
    asked = {applicant.role: applicant.at_least for applicant in entry.applicants}
    for role in sorted(roles.keys() - asked.keys()):
        faults.append({"field": "applicants", "code": "applicant_role_wrong", "role": role})
    for role, at_least in asked.items():
        if roles[role] < at_least:
            faults.append({"field": "applicants", "code": "applicant_missing", "role": role})
    for number, applicant in enumerate(new.applicants):
        try:
            people.append(parties.checked(applicant.party, search_key))
        except NingtuError as error:
            faults.append({"field": f"applicants.{number}", "code": error.error_code})
    return people


def _check_facts(new: NewCase, entry: Entry, faults: Faults) -> None:
    receivers = assessing.receivers(new, entry)
    stated = [applicant.share for applicant in receivers if applicant.share is not None]
    if stated and len(stated) < len(receivers):
        faults.append({"field": "applicants", "code": "share_missing"})
    elif len({applicant.share is None for applicant in receivers}) == 1:
        _check_sum(receivers, faults)
    try:
        rules.certificates(entry, new.certificates, len(receivers))
    except ValueError:
        faults.append({"field": "certificates", "code": "certificates_wrong"})
    for code in sorted(new.garages - set(new.unit_codes)):
        faults.append({"field": "garages", "code": "unit_unknown", "unit_code": code})
    unknown = {name for name in new.declares if not name.isidentifier()}
    if unknown:
        faults.append({"field": "declares", "code": "fact_unknown", "known": sorted(FACTS)})


def _check_sum(receivers: list[NewApplicant], faults: Faults) -> None:
    from fractions import Fraction

    asked = rules.shares_asked([applicant.share for applicant in receivers])
    if sum((Fraction(*share) for share in asked), Fraction()) != 1:
        faults.append({"field": "applicants", "code": "shares_not_one"})


def _copies(new: NewCase) -> Counter[str]:
    copies: Counter[str] = Counter()
    for material in new.materials:
        copies[material.code] += material.copies
    return copies


def _placed(conn: store.Conn, draft: Draft, actor: Actor, now: datetime) -> Place:
    """Decide the county of each unit; units of several counties need a case each."""
    decisions = [
        ensure_decision(conn, unit.unit_code, as_of=day_of(now), decided_by=actor.login, now=now)
        for unit in draft.units
    ]
    units = [
        replace(unit, decision_id=decision.decision_id)
        for unit, decision in zip(draft.units, decisions, strict=True)
    ]
    county_code = one_county(decisions)
    return Place(units, county_code, office_of(conn, county_code), leading(decisions).decision_id)


def one_county(decisions: list[StoredDecision]) -> str | None:
    """Return the county of all decisions, None when one is undecided.

    Raises
    ------
    CaseInvalid
        If they name several counties.
    """
    named = {decision.county_code for decision in decisions}
    if len(named - {None}) > 1:
        raise CaseInvalid(errors=[{"field": "unit_codes", "code": "units_in_several_counties"}])
    return None if None in named else next(iter(named))


def leading(decisions: list[StoredDecision]) -> StoredDecision:
    """Return the decision a case waits for, else that of its first unit."""
    return next((decision for decision in decisions if decision.county_code is None), decisions[0])


def office_of(conn: store.Conn, county_code: str | None) -> str | None:
    """Return the office that decides for a county."""
    if county_code is None:
        return None
    return next(county.slug for county in reference.counties(conn) if county.county_code == county_code)


def _written(conn: store.Conn, draft: Draft, place: Place, *, actor: Actor, now: datetime) -> Accepted:
    entry, today = draft.entry, day_of(now)
    lines = assessing.fee_lines(conn, draft, place, actor=actor, now=now)
    node = entry.nodes[0]
    if draft.missing:
        node = entry.node("supplement") or node
    case_no = store.next_case_no(conn, today)
    office = str(actor.office)
    first = place.units[0]
    values: dict[str, Any] = {
        "case_no": case_no,
        "type_code": entry.type_code,
        "handbook_version": entry.version,
        "status": node.status,
        "node": node.code,
        "node_role": node.role,
        "node_office": rules.node_office(node, office, place.office),
        "accept_office": office,
        "decide_office": place.office,
        "county_code": place.county_code,
        "decision_id": place.decision_id,
        "unit_count": len(place.units),
        "place": first.place,
        "applicant": draft.people[0].name,
        "address": first.address,
        "accepted_by": actor.login,
        "accepted_at": now,
        "accepted_on": today,
        "due_on": rules.add_workdays(reference.work_calendar(conn), today, entry.limit.promised),
        "fee_total_fen": total_fen(lines),
        "survey_id": draft.new.survey_id,
        "detail": _detail(draft),
    }
    store.insert_case(conn, values)
    store.insert_units(conn, case_no, place.units)
    parties_of = _enter_people(conn, draft, case_no, place, office)
    store_lines.insert_lines(conn, case_no, office, assessing.payer(draft, lines, parties_of), lines)
    _enter_materials(conn, draft, case_no, actor, now)
    move = Move("accept", node.code, node.status, detail={"missing": [item.code for item in draft.missing]})
    write_event(conn, case_no, None, move, actor=actor, now=now)
    audit.record(conn, actor, "case.accept", case_no, detail={"type_code": entry.type_code})
    case = store.fetch_case(conn, case_no)
    if case is None:
        raise LookupError(case_no)
    store.note_change(conn, case)
    return Accepted(case, store_lines.fetch_lines(conn, case_no), [item.name for item in draft.missing])


def _detail(draft: Draft) -> dict[str, Any]:
    new = draft.new
    return {
        "declares": sorted(draft.facts),
        "garages": sorted(new.garages),
        "certificates": new.certificates,
        "amount_fen": new.amount_fen,
        "term_from": new.term_from and new.term_from.isoformat(),
        "term_to": new.term_to and new.term_to.isoformat(),
        "transfer_ban": new.transfer_ban,
        "cause": new.cause,
    }


def _enter_people(conn: store.Conn, draft: Draft, case_no: str, place: Place, office: str) -> dict[str, int]:
    """Store the applicants; returns the first party of each role."""
    first: dict[str, int] = {}
    for seq, (applicant, person) in enumerate(zip(draft.new.applicants, draft.people, strict=True), start=1):
        party_id = parties.enter(conn, person, county_code=place.county_code, accept_office=office)
        store.insert_party(conn, case_no, seq, party_id, role=applicant.role, share=applicant.share)
        first.setdefault(applicant.role, party_id)
    return first


def _enter_materials(conn: store.Conn, draft: Draft, case_no: str, actor: Actor, now: datetime) -> None:
    known = {material.code: material for material in draft.entry.materials}
    for given in draft.new.materials:
        material = known.get(given.code)
        store.insert_material(
            conn,
            case_no,
            {
                "code": given.code,
                "name": material.name if material else given.code,
                "original": material.original if material else False,
                "copies": given.copies,
                "now": now,
                "by": actor.login,
            },
        )


def write_event(
    conn: store.Conn, case_no: str, before: tuple[str, str] | None, move: Move, *, actor: Actor, now: datetime
) -> None:
    """Write what happened to a case; ``before`` is (node, status), None at acceptance."""
    from_node, from_status = before or (None, None)
    store.insert_event(
        conn,
        case_no,
        {
            "at": now,
            "action": move.action,
            "from_node": from_node,
            "to_node": move.node,
            "from_status": from_status,
            "to_status": move.status,
            "login": actor.login,
            "office": actor.office,
            "comment": move.comment,
            "detail": move.detail,
        },
    )
