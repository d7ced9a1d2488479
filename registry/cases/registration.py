"""Registration (登簿): the entry in the register, after every rule was asked under the pages' locks."""

import secrets
from datetime import date, datetime
from typing import Any

from data.access.records import Actor
from data.clock import SHANGHAI, day_of
from registry.cases import review, rules, store, store_certificates
from registry.cases.errors import CountyUndecided, RegistrationBlocked
from registry.cases.records import Case, CaseParty, CaseUnit, Certificate, PointResult
from registry.cases.review import File
from registry.handbook.records import Entry
from registry.rights import service as rights
from registry.rights.records import Holder, Kind, LiveEntry, NewEntry
from registry.rights.rules import owning_entry

# Characters of check codes that are not mistaken for one another.
_CHECK_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CHECK_LENGTH = 6
_WORDS = {"right": "不动产权", "proof": "不动产证明"}


def register(conn: store.Conn, case: Case, entry: Entry, *, actor: Actor, now: datetime) -> list[Certificate]:
    """Write the entries of a case and number its certificates, in the caller's transaction.

    The pages of all units are locked first: two cases on one unit are registered one after the other, and
    the second is judged by what the first left.

    Raises
    ------
    CountyUndecided
    RegistrationBlocked
        Lists the rules that do not hold.
    EntryEnded
        The right it takes the place of is gone.
    """
    if case.county_code is None:
        raise CountyUndecided(case_no=case.case_no, decision_id=case.decision_id)
    units = store.fetch_units(conn, case.case_no)
    rights.lock(conn, [unit.unit_code for unit in units], case.county_code, now)
    file = review.open_file(conn, case, entry)
    blocked = review.failed(review.points(conn, file, day_of(now)))
    if blocked:
        raise RegistrationBlocked(case_no=case.case_no, errors=[_fault(point) for point in blocked])
    made: list[Certificate] = []
    for unit in units:
        rrr_id = _enter(conn, file, unit, actor=actor, now=now)
        made += _certificates(conn, file, unit, rrr_id, now)
    return made


def planned(conn: store.Conn, file: File, today: date) -> list[dict[str, Any]]:
    """Return the entries as registration would write them, without writing."""
    plan = []
    for unit in file.units:
        held = _held(conn, unit)
        new = _new_entry(file, unit, held, None)
        plan.append(
            {
                "unit_code": unit.unit_code,
                "kind": str(new.kind),
                "right_type": new.right_type,
                "registration_type": new.registration_type,
                "sharing": new.sharing,
                "holders": [
                    {
                        "name": person.name,
                        "role": holder.role,
                        "share": f"{holder.share_num}/{holder.share_den}",
                    }
                    for person, holder in zip(_holding(file), new.holders, strict=True)
                ],
                "supersedes": held.rrr_id if held is not None and new.kind != Kind.MORTGAGE else None,
                "on": new.on_rrr_id,
                "certificates": _count(file),
                "on_day": today.isoformat(),
            }
        )
    return plan


def _fault(point: PointResult) -> dict[str, object]:
    return {"field": point.id, "code": point.reason, "text": point.text, **point.params}


def _held(conn: store.Conn, unit: CaseUnit) -> LiveEntry | None:
    entries = rights.live_entries(conn, [unit.unit_code])
    return owning_entry(entries)


def _enter(conn: store.Conn, file: File, unit: CaseUnit, *, actor: Actor, now: datetime) -> int:
    held = _held(conn, unit)
    excess = review.excess_m2(conn, file)
    note = None if excess is None else f"超占面积{excess}平方米"
    new = _new_entry(file, unit, held, note)
    if held is not None and new.kind != Kind.MORTGAGE:
        return rights.supersede(conn, new, held.rrr_id, by=actor.login, now=now)
    return rights.enter(conn, new, by=actor.login, now=now)


def _new_entry(file: File, unit: CaseUnit, held: LiveEntry | None, note: str | None) -> NewEntry:
    case, entry, detail = file.case, file.entry, file.case.detail
    kind = rules.entry_kind(entry)
    mortgage = kind == Kind.MORTGAGE
    maximum = "maximum_amount" in file.facts()
    return NewEntry(
        unit_code=unit.unit_code,
        county_code=str(case.county_code),
        accept_office=case.accept_office,
        kind=kind,
        right_type="" if mortgage else rules.right_type(entry, unit.unit_code, held),
        registration_type=entry.registration_type,
        holders=_holders(file),
        cause=detail.get("cause") or entry.name,
        sharing=rules.sharing([person.share for person in file.receivers]),
        on_rrr_id=held.rrr_id if mortgage and held is not None else None,
        case_no=case.case_no,
        subtype=("2" if maximum else "1") if mortgage else None,
        transfer_ban=mortgage and bool(detail.get("transfer_ban")),
        amount_fen=detail.get("amount_fen") if mortgage else None,
        area_m2=unit.area_m2,
        use_code=unit.use_code,
        term_from=_day(detail.get("term_from")),
        term_to=_day(detail.get("term_to")),
        note=note,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _holding(file: File) -> list[CaseParty]:
    givers = file.of_role(file.entry.giver_role) if file.entry.right_kind == "mortgage" else []
    return [*file.receivers, *givers]


def _holders(file: File) -> list[Holder]:
    """Return who stands on the page: those who get the right, and of a mortgage also those who gave it."""
    mortgage = file.entry.right_kind == "mortgage"
    holders = []
    for person in _holding(file):
        num, den = person.share or (1, 1)
        holders.append(Holder(person.party_id, person.role if mortgage else "holder", num, den))
    return holders


def _count(file: File) -> int:
    """Return the certificates of each right; a proof is one."""
    wanted = file.case.detail.get("certificates")
    return rules.certificates(file.entry, wanted, len(file.receivers)) or 1


def _certificates(
    conn: store.Conn, file: File, unit: CaseUnit, rrr_id: int, now: datetime
) -> list[Certificate]:
    case = file.case
    if file.entry.document == "none":
        return []
    kind = "proof" if file.entry.document == "proof" else "right"
    authority, _ = store_certificates.authority_of(conn, str(case.county_code), day_of(now))
    year = now.astimezone(SHANGHAI).year
    made = []
    for copy_no in range(1, _count(file) + 1):
        serial = store_certificates.next_serial(conn, authority, kind, year)
        certificate = Certificate(
            certificate_no=f"鄂({year}){authority}{_WORDS[kind]}第{serial:07d}号",
            kind=kind,
            authority=authority,
            year=year,
            serial=serial,
            case_no=case.case_no,
            rrr_id=rrr_id,
            unit_code=unit.unit_code,
            copy_no=copy_no,
            check_code="".join(secrets.choice(_CHECK_CHARACTERS) for _ in range(_CHECK_LENGTH)),
            county_code=str(case.county_code),
            issued_at=now,
            live=True,
        )
        store_certificates.insert(conn, certificate, case.accept_office)
        made.append(certificate)
    return made
