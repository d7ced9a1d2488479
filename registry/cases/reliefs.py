"""Reliefs granted after acceptance (减免补认): the fee is assessed again by the tariff of its first day."""

from dataclasses import dataclass, replace
from datetime import datetime

from data.access import audit
from data.access.records import Actor
from registry.cases import assessing, store, store_lines
from registry.cases.acceptance import write_event
from registry.cases.assessing import Basis
from registry.cases.errors import CaseClosed, NotYourOffice
from registry.cases.records import Case, FeeLine, Move, NewRelief
from registry.fees import service as fees
from registry.fees.errors import ReliefUnknown
from registry.fees.records import AssessedLine, FeeRule, Grant, Tariff
from registry.fees.rules import granted_facts, total_fen
from registry.handbook import service as handbook
from registry.rights import service as rights

NO_RESULT = frozenset({"refused", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Reassessed:
    """The fee lines of a case as they count, and as they would be with the relief; amounts in fen."""

    case: Case
    relief: NewRelief
    before: list[FeeLine]
    after: list[AssessedLine]


def open_reliefs(conn: store.Conn, case: Case) -> dict[str, FeeRule]:
    """Return the facts for which a relief could be granted by the tariff of the case, each with its rule."""
    return granted_facts(fees.tariff_on(conn, case.accepted_on))


def reassess(conn: store.Conn, actor: Actor, case: Case, relief: NewRelief) -> Reassessed:
    """Assess the fee of a locked case again, with one more relief; nothing is written.

    Raises
    ------
    NotYourOffice
        Only the accepting and the deciding office grant reliefs.
    CaseClosed
    ReliefUnknown
        The tariff of the day of acceptance grants nothing for the fact, or nothing more.
    """
    if actor.office not in {case.accept_office, case.decide_office}:
        raise NotYourOffice(role="clerk", office=case.accept_office)
    if case.status in NO_RESULT:
        raise CaseClosed(case_no=case.case_no)
    tariff = fees.tariff_on(conn, case.accepted_on)
    before = store_lines.fetch_lines(conn, case.case_no)
    grants = {**_granted(before, tariff), relief.fact: Grant(relief.document, actor.login)}
    after = assessing.assess_on(_basis(conn, case, relief.fact), tariff, grants)
    if total_fen(after) >= sum(line.amount_fen for line in before):
        raise ReliefUnknown(fact=relief.fact)
    return Reassessed(case, relief, before, after)


def replace_lines(conn: store.Conn, actor: Actor, found: Reassessed, *, reason: str, now: datetime) -> None:
    """Put the new lines in the place of those before, which stay, and write what was done."""
    case = found.case
    store_lines.supersede_lines(conn, case.case_no, by=actor.login, reason=reason, at=now)
    first = store_lines.last_line_no(conn, case.case_no)
    lines = [replace(line, line_no=first + line.line_no) for line in found.after]
    store_lines.insert_lines(conn, case.case_no, case.accept_office, found.before[0].payer_party_id, lines)
    declares = sorted({*case.detail["declares"], found.relief.fact})
    store_lines.set_fee(conn, case.case_no, total_fen(lines), {**case.detail, "declares": declares})
    note_relief(conn, actor, found, reason=reason, now=now)
    store.note_change(conn, case)


def note_relief(conn: store.Conn, actor: Actor, found: Reassessed, *, reason: str, now: datetime) -> None:
    """Write a relief granted later into the timeline and the audit trail."""
    case = found.case
    detail = {
        "fact": found.relief.fact,
        "document": found.relief.document,
        "before_fen": sum(line.amount_fen for line in found.before),
        "after_fen": total_fen(found.after),
    }
    move = Move("relief", case.node, case.status, comment=reason, detail=detail)
    write_event(conn, case.case_no, (case.node, case.status), move, actor=actor, now=now)
    audit.record(conn, actor, "case.relief", case.case_no, detail=detail)


def _basis(conn: store.Conn, case: Case, fact: str) -> Basis:
    _, entry = handbook.entry_version(conn, case.type_code, case.handbook_version)
    units = store.fetch_units(conn, case.case_no)
    people = store.fetch_parties(conn, case.case_no)
    return Basis(
        entry=entry,
        units=units,
        county_code=case.county_code,
        facts=frozenset({*case.detail["declares"], fact}),
        garages=frozenset(case.detail["garages"]),
        certificates=case.detail["certificates"],
        holders=sum(person.role == entry.holder_role for person in people),
        entries=rights.live_entries(conn, [unit.unit_code for unit in units]),
    )


def _granted(lines: list[FeeLine], tariff: Tariff) -> dict[str, Grant]:
    """Return the reliefs that the lines have already, by fact."""
    facts = {rule.rule_id: rule.flags_all[0] for rule in tariff.rules if rule.evidence_zh and rule.flags_all}
    return {
        facts[line.rule_id]: Grant(line.relief_document, line.relief_by or "")
        for line in lines
        if line.relief_document is not None and line.rule_id in facts
    }
