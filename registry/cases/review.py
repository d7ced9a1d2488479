"""Review points of a case: the automatic ones are answered here, the manual ones by people.

The same function serves the dry run, the condition ``review_points_pass`` and registration itself.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.cases import rules, store
from registry.cases.records import Case, CaseParty, CaseUnit, PointResult, Received
from registry.handbook.records import Entry
from registry.rights import service as rights
from registry.rights.records import Question, Verdict
from registry.rights.rules import RULES
from spatial.buildings.service import find_unit
from spatial.parcels.service import get_live

HOLDS = Verdict(True)


@dataclass(frozen=True, slots=True)
class File:
    """A case with everything the review looks at."""

    case: Case
    entry: Entry
    units: list[CaseUnit]
    people: list[CaseParty]
    materials: list[Received]

    def copies(self) -> Counter[str]:
        """Return the copies received, by material code."""
        copies: Counter[str] = Counter()
        for received in self.materials:
            copies[received.code] += received.copies
        return copies

    def facts(self) -> frozenset[str]:
        """Return the facts found at acceptance."""
        return frozenset(self.case.detail.get("declares", ()))

    def of_role(self, role: str | None) -> list[CaseParty]:
        """Return the applicants of a role."""
        return [person for person in self.people if person.role == role]

    @property
    def receivers(self) -> list[CaseParty]:
        """Return those who get the right."""
        return self.of_role(self.entry.holder_role)


def open_file(conn: store.Conn, case: Case, entry: Entry) -> File:
    """Fetch everything the review looks at."""
    return File(
        case,
        entry,
        store.fetch_units(conn, case.case_no),
        store.fetch_parties(conn, case.case_no),
        store.fetch_materials(conn, case.case_no),
    )


def points(conn: store.Conn, file: File, today: date) -> list[PointResult]:
    """Answer every review point of a case; of several units the first that fails is told.

    Parameters
    ----------
    conn : Connection
        Open transaction; at registration it holds the pages' locks.
    file : File
        The case.
    today : date
        Day in Asia/Shanghai.
    """
    questions = [question(conn, file, unit, today) for unit in file.units]
    results = []
    for point in file.entry.review_points:
        if point.rule_ref is None:
            results.append(PointResult(point.id, point.text, point.kind, None, None))
            continue
        verdict = _ask(conn, file, point.rule_ref, questions, today)
        holds = None if verdict is None else verdict.holds
        found = verdict or HOLDS
        results.append(
            PointResult(
                point.id, point.text, point.kind, point.rule_ref, holds, found.reason, dict(found.params)
            )
        )
    return results


def failed(results: list[PointResult]) -> list[PointResult]:
    """Return the points that do not hold; those not yet answerable and manual ones do not count."""
    return [result for result in results if result.holds is False]


def question(conn: store.Conn, file: File, unit: CaseUnit, today: date) -> Question:
    """Put together what the register's rules are asked about one unit."""
    entries = rights.live_entries(conn, [unit.unit_code, unit.parcel_code])
    receivers = frozenset(person.id_hash for person in file.receivers)
    homesteads: frozenset[str] = frozenset()
    if file.case.county_code is not None and _asks(file.entry, "one_homestead"):
        homesteads = rights.homesteads_of(conn, receivers, file.case.county_code)
    return Question(
        unit_code=unit.unit_code,
        registration_type=file.entry.registration_type,
        right_kind=file.entry.right_kind,
        today=today,
        entries=[entry for entry in entries if entry.unit_code == unit.unit_code],
        parcel_entries=[entry for entry in entries if entry.unit_code != unit.unit_code],
        givers=frozenset(person.id_hash for person in file.of_role(file.entry.giver_role)),
        receivers=receivers,
        shares=rules.shares_asked([person.share for person in file.receivers]),
        materials=frozenset(file.copies()),
        other_homesteads=homesteads,
    )


def _asks(entry: Entry, rule_ref: str) -> bool:
    return any(point.rule_ref == rule_ref for point in entry.review_points)


def _ask(
    conn: store.Conn, file: File, rule_ref: str, questions: list[Question], today: date
) -> Verdict | None:
    if rule_ref in RULES:
        verdicts = [rights.judge(rule_ref, question) for question in questions]
        return next((verdict for verdict in verdicts if not verdict.holds), verdicts[0])
    return CASE_RULES[rule_ref](conn, file, today)


def _unit_exists(conn: store.Conn, file: File, _today: date) -> Verdict:
    gone = [unit.unit_code for unit in file.units if find_unit(conn, unit.unit_code) is None]
    return Verdict(False, "unit_gone", {"unit_code": gone[0]}) if gone else HOLDS


def _county_decided(_conn: store.Conn, file: File, _today: date) -> Verdict:
    return HOLDS if file.case.county_code else Verdict(False, "county_undecided")


def _unit_bare(_conn: store.Conn, file: File, _today: date) -> Verdict:
    built = [unit.unit_code for unit in file.units if unit.kind != "W"]
    return Verdict(False, "unit_not_bare", {"unit_code": built[0]}) if built else HOLDS


def _unit_homestead(_conn: store.Conn, file: File, _today: date) -> Verdict:
    other = [unit.unit_code for unit in file.units if unit.unit_code[12:14] != "JC" or unit.kind != "F"]
    return Verdict(False, "unit_not_homestead", {"unit_code": other[0]}) if other else HOLDS


def _tax_paid(_conn: store.Conn, file: File, _today: date) -> Verdict:
    return Verdict(False, "tax_unpaid") if tax_unpaid(file.case) else HOLDS


def _notice_over(_conn: store.Conn, file: File, today: date) -> Verdict | None:
    over = notice_over(file, today)
    if over is None:
        return None
    return HOLDS if over else Verdict(False, "notice_running", {"until": str(file.case.notice_to)})


def _homestead_area(conn: store.Conn, file: File, _today: date) -> Verdict:
    """Tell the area above the limit: it is noted in the annex, it does not block."""
    excess = excess_m2(conn, file)
    return Verdict(True, params={"excess_m2": str(excess)}) if excess else HOLDS


def excess_m2(conn: store.Conn, file: File) -> Decimal | None:
    """Return by how much (m²) the homestead's parcel exceeds the handbook's limit, None if not."""
    limits = file.entry.limits_m2
    parcel = get_live(conn, file.units[0].parcel_code)
    if limits is None or parcel is None or parcel.official_area_m2 <= limits.farm_land:
        return None
    return parcel.official_area_m2 - limits.farm_land


def tax_unpaid(case: Case) -> bool:
    """Tell whether taxes are due and not paid."""
    return case.pay_before == "register" and case.paid_at is None


def notice_over(file: File, today: date) -> bool | None:
    """Tell whether the public notice is over; None when it has not begun and no result was handed in."""
    if rules.NOTICE_RESULT in file.copies():
        return True
    if file.case.notice_to is None:
        return None
    return today > file.case.notice_to


CASE_RULES: Mapping[str, Callable[[store.Conn, File, date], Verdict | None]] = {
    "unit_exists": _unit_exists,
    "county_decided": _county_decided,
    "unit_bare": _unit_bare,
    "unit_homestead": _unit_homestead,
    "homestead_area": _homestead_area,
    "tax_paid": _tax_paid,
    "notice_over": _notice_over,
}
