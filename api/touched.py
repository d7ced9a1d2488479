"""Who else is concerned when ground changes: rights, mortgages, seizures and open cases on its parcels."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from data.access.records import Actor
from registry.cases import service as cases
from registry.cases.records import CaseOnParcel
from registry.rights import service as rights
from registry.rights.records import OWNING, Kind, LiveEntry
from spatial.survey.store import Conn

# Who may follow a case or a unit by its number; others read how many there are.
FOLLOWERS = ("reviewer", "supervisor", "admin", "clerk", "registrar")
_COUNTED = {Kind.MORTGAGE: "mortgages", Kind.SEIZURE: "seizures"}
_KINDS = ("rights", "mortgages", "seizures", "others", "open_cases")


def touched(conn: Conn, who: Actor, parents: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return by parcel code what the register and the offices have on it, without persons.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    who : Actor
        Units and case numbers are told to those who work with them.
    parents : iterable of str
        Registered parcels that change, nineteen characters.
    """
    codes = sorted(set(parents))
    if not codes:
        return {}
    entries, open_cases = rights.live_entries(conn, codes), cases.open_cases_on(conn, codes)
    by_parcel: dict[str, tuple[list[LiveEntry], list[CaseOnParcel]]] = defaultdict(lambda: ([], []))
    for entry in entries:
        by_parcel[entry.parcel_code][0].append(entry)
    for case in open_cases:
        by_parcel[case.parcel_code][1].append(case)
    detailed = who.may(*FOLLOWERS)
    return {code: _of_parcel(*found, detailed=detailed) for code, found in by_parcel.items()}


def cases_on_units(conn: Conn, codes: Iterable[str]) -> list[str]:
    """Return the numbers of the open cases on units (28 characters) and on those in buildings (24)."""
    wanted = set(codes)
    found = cases.open_cases_on(conn, sorted({code[:19] for code in wanted})) if wanted else []
    on_them = [case.case_no for case in found if {case.unit_code, case.unit_code[:24]} & wanted]
    return list(dict.fromkeys(on_them))


def together(found: dict[str, dict[str, Any]], parents: Iterable[str]) -> dict[str, Any]:
    """Add up what is on the parcels of one change."""
    here = [found[code] for code in parents if code in found]
    total: dict[str, Any] = {kind: sum(one[kind] for one in here) for kind in _KINDS}
    for name in ("units", "cases"):
        if any(name in one for one in here):
            total[name] = [item for one in here for item in one.get(name, [])]
    return total


def _of_parcel(entries: list[LiveEntry], open_cases: list[CaseOnParcel], *, detailed: bool) -> dict[str, Any]:
    counts = dict.fromkeys(_KINDS, 0)
    for entry in entries:
        kind = Kind(entry.kind)
        counts["rights" if kind in OWNING else _COUNTED.get(kind, "others")] += 1
    numbers = list(dict.fromkeys(case.case_no for case in open_cases))
    counts["open_cases"] = len(numbers)
    if not detailed:
        return dict(counts)
    units = list(dict.fromkeys(entry.unit_code for entry in entries))
    return {**counts, "units": units, "cases": numbers}
