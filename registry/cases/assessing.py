"""Assess the fee of a case on its way in: what its units are, which reliefs are granted, and who pays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from data.access.records import Actor
from data.clock import day_of
from registry.cases import rules, store
from registry.cases.records import CaseUnit, NewApplicant, NewCase
from registry.fees import service as fees
from registry.fees.records import AssessedLine, FeeFacts, FeeUnit, Grant, Tariff
from registry.fees.rules import assess, granted_facts
from registry.handbook.records import Entry, Material, Published
from registry.parties.records import NewParty
from registry.rights.records import LiveEntry
from registry.rights.rules import owning_entry


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked application on its way to a case."""

    new: NewCase
    published: Published
    entry: Entry
    units: list[CaseUnit]
    people: list[NewParty]
    entries: list[LiveEntry]
    facts: frozenset[str]
    missing: list[Material]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a fee is assessed from: ``certificates`` wanted, None for as many as usual."""

    entry: Entry
    units: list[CaseUnit]
    county_code: str | None
    facts: frozenset[str]
    garages: frozenset[str]
    certificates: int | None
    holders: int
    entries: list[LiveEntry]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is decided; county and office are None while undecided."""

    units: list[CaseUnit]
    county_code: str | None
    office: str | None
    decision_id: int | None


def fee_lines(
    conn: store.Conn, draft: Draft, place: Place, *, actor: Actor, now: datetime
) -> list[AssessedLine]:
    """Assess the fee by the tariff of the day; accepting the case grants the reliefs it declares.

    Raises
    ------
    TariffSilent, ReliefUnproven, ReliefUnknown
    """
    entry, new = draft.entry, draft.new
    basis = Basis(
        entry=entry,
        units=place.units,
        county_code=place.county_code,
        facts=draft.facts,
        garages=new.garages,
        certificates=new.certificates,
        holders=len(receivers(new, entry)),
        entries=draft.entries,
    )
    tariff = fees.tariff_on(conn, day_of(now))
    grants = _grants(new, _flags(basis, _uses(basis)), tariff, by=actor.login)
    return assess_on(basis, tariff, grants)


def assess_on(basis: Basis, tariff: Tariff, grants: Mapping[str, Grant]) -> list[AssessedLine]:
    """Assess the fee of what is known of a case.

    Raises
    ------
    TariffSilent, ReliefUnproven, ReliefUnknown
    """
    entry, uses = basis.entry, _uses(basis)
    count = rules.certificates(entry, basis.certificates, basis.holders)
    units = tuple(
        FeeUnit(
            unit.unit_code,
            unit.parcel_code,
            basis.county_code,
            rules.right_type(entry, unit.unit_code, owning_entry(_entries_of(basis, unit.unit_code))),
            uses[unit.unit_code],
            count,
        )
        for unit in basis.units
    )
    facts = FeeFacts(entry.registration_type, entry.right_kind, _flags(basis, uses), units, grants)
    return assess(facts, tariff)


def payer(draft: Draft, lines: list[AssessedLine], party_of: dict[str, int]) -> int:
    """Return the party that pays: of the role the tariff names, else who gets the right."""
    roles = [line.payer_role for line in lines[:1]] + [draft.entry.holder_role]
    return next(party_of[role] for role in roles if role in party_of)


def receivers(new: NewCase, entry: Entry) -> list[NewApplicant]:
    """Return those who get the right."""
    return [applicant for applicant in new.applicants if applicant.role == entry.holder_role]


def _grants(new: NewCase, flags: frozenset[str], tariff: Tariff, *, by: str) -> dict[str, Grant]:
    """Return the reliefs granted: for declared facts, and where a document is named."""
    named = {relief.fact: relief.document for relief in new.reliefs}
    wanted = (flags & granted_facts(tariff).keys()) | named.keys()
    return {fact: Grant(named.get(fact), by) for fact in sorted(wanted)}


def _uses(basis: Basis) -> dict[str, str]:
    return {unit.unit_code: rules.use_class(unit, basis.facts, basis.garages) for unit in basis.units}


def _flags(basis: Basis, uses: Mapping[str, str]) -> frozenset[str]:
    return basis.facts if "housing" in uses.values() else basis.facts - {"with_dwelling"}


def _entries_of(basis: Basis, unit_code: str) -> list[LiveEntry]:
    return [entry for entry in basis.entries if entry.unit_code == unit_code]
