"""Pure rules of cases: facts, materials, certificates, time limits and the steps of a node."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from data.access.records import Actor
from data.reference.errors import CalendarEnds
from registry.cases.records import AllowedAction, Case, CaseUnit, NewApplicant, Steps
from registry.handbook.records import Entry, Material, Node, NodeAction
from registry.rights.records import Kind, LiveEntry

if TYPE_CHECKING:
    from data.reference.calendar import WorkCalendar

FRIDAY = 4
NOTICE_RESULT = "notice_result"
# Fixture and parcel character -> right type (QLLX) that a unit without an entry would carry.
_RIGHT_TYPES = {
    ("W", "B"): "3",
    ("F", "B"): "4",
    ("W", "C"): "5",
    ("F", "C"): "6",
    ("W", "D"): "9",
    ("L", "E"): "10",
    ("W", "E"): "11",
    ("L", "L"): "12",
}
# QLLX -> kind of entry.
_ENTRY_KINDS = {
    "3": Kind.USE_RIGHT,
    "7": Kind.USE_RIGHT,
    "4": Kind.OWNERSHIP,
    "8": Kind.OWNERSHIP,
    "5": Kind.HOMESTEAD,
    "6": Kind.HOMESTEAD,
}


def facts(
    declares: Iterable[str], applicants: Iterable[NewApplicant], entries: Iterable[LiveEntry]
) -> frozenset[str]:
    """Return what is declared together with what we find ourselves.

    Parameters
    ----------
    declares : iterable of str
        Facts stated at the window.
    applicants : iterable of NewApplicant
        Who applies.
    entries : iterable of LiveEntry
        Live entries of the units.
    """
    found = set(declares)
    applicants = list(applicants)
    if any(applicant.role == "agent" for applicant in applicants):
        found.add("agent")
    for entry in entries:
        if entry.kind == Kind.MORTGAGE:
            found.add("mortgaged")
            if entry.transfer_ban:
                found.add("mortgage_forbids_transfer")
        if entry.kind == Kind.OBJECTION:
            found.add("objection")
    return frozenset(found)


def required(entry: Entry, facts_of_case: frozenset[str]) -> list[Material]:
    """Return the materials a case must have."""
    return [
        material
        for material in entry.materials
        if material.required_when is None or material.required_when in facts_of_case
    ]


def missing(entry: Entry, facts_of_case: frozenset[str], received: Mapping[str, int]) -> list[Material]:
    """Return the required materials that are absent or short of copies.

    Parameters
    ----------
    received : mapping of str to int
        Copies by material code.
    """
    return [
        material
        for material in required(entry, facts_of_case)
        if received.get(material.code, 0) < max(material.copies, 1)
    ]


def right_type(entry: Entry, unit_code: str, held: LiveEntry | None) -> str:
    """Return the right type (QLLX) of a unit for the tariff and the entry.

    For a right of its own it is the handbook's; a mortgage takes that of the right it lies on.
    """
    if entry.right_kind == "own":
        return entry.right_types[0]
    if held is not None:
        return held.right_type
    return _RIGHT_TYPES.get((unit_code[19], unit_code[13]), entry.right_types[0])


def entry_kind(entry: Entry) -> Kind:
    """Return the kind of entry that registration writes."""
    if entry.right_kind == "mortgage":
        return Kind.MORTGAGE
    return _ENTRY_KINDS[entry.right_types[0]]


def use_class(unit: CaseUnit, declares: frozenset[str], garages: frozenset[str] = frozenset()) -> str:
    """Return the tariff's class of use: ``garage`` if declared so, else ``housing`` or ``non_housing``.

    ``garages`` names units; without them the fact ``garage`` means every unit.

    Bare construction land is not housing, whatever is planned on it (发改价格规〔2016〕2559号).
    """
    if unit.unit_code in garages or ("garage" in declares and not garages):
        return "garage"
    bare = unit.kind == "W" and unit.unit_code[13] != "C"
    return "housing" if unit.housing and not bare else "non_housing"


def certificates(entry: Entry, wanted: int | None, holders: int) -> int:
    """Return how many certificates each right gets; 0 where a proof is issued instead.

    Raises
    ------
    ValueError
        If more are wanted than there are holders, or fewer than one.
    """
    mode = entry.fees[0].certificates
    if mode == "none":
        return 0
    most = 1 if mode == "one" else max(holders, 1)
    if wanted is None:
        return most
    if not 1 <= wanted <= most:
        raise ValueError(wanted)
    return wanted


def sharing(shares: Sequence[tuple[int, int] | None]) -> str:
    """Return GYFS: 0 one holder, 2 by stated shares, 1 jointly."""
    if len(shares) == 1:
        return "0"
    return "1" if all(share is None for share in shares) else "2"


def shares_asked(shares: Sequence[tuple[int, int] | None]) -> tuple[tuple[int, int], ...]:
    """Return the shares that must add up to one; a joint or single holder holds the whole."""
    stated = tuple(share for share in shares if share is not None)
    if not stated:
        return ((1, 1),)
    return stated


def add_workdays(calendar: "WorkCalendar", day: date, count: int) -> date:
    """Return the day on which ``count`` working days after ``day`` are over.

    Past the end of the published calendar the days of the week count, until the holidays are published.
    """
    left = count
    while left > 0:
        day += timedelta(days=1)
        left -= _is_workday(calendar, day)
    return day


def workdays_between(calendar: "WorkCalendar", start: date, end: date) -> int:
    """Return the working days after ``start`` up to and with ``end``."""
    span = (end - start).days
    return sum(_is_workday(calendar, start + timedelta(days=step)) for step in range(1, span + 1))


def _is_workday(calendar: "WorkCalendar", day: date) -> bool:
    try:
        return calendar.is_workday(day)
    except CalendarEnds:
        return day.weekday() <= FRIDAY


def node_office(node: Node, accept_office: str, decide_office: str | None) -> str | None:
    """Return the office that acts at a node; None while the county is undecided."""
    return accept_office if node.office == "accept" else decide_office


def steps(case: Case, node: Node | None, unmet: Mapping[str, str]) -> Steps:
    """Return what can be done now, and what the rest waits for.

    Parameters
    ----------
    case : Case
        The case.
    node : Node or None
        Its node; None when it is closed.
    unmet : mapping of str to str
        Condition -> message code, for the conditions that do not hold.
    """
    if node is None:
        return Steps(case.node, [], [])
    if case.node_office is None:
        return Steps(node.code, [], ["county_undecided"])
    allowed = [
        AllowedAction(
            action.action, action.label, node.role, case.node_office, action.primary, action.comment
        )
        for action in node.actions
        if not any(condition in unmet for condition in action.requires)
    ]
    waiting = {
        unmet[condition] for action in node.actions for condition in action.requires if condition in unmet
    }
    return Steps(node.code, allowed, sorted(waiting))


def action_of(node: Node, name: str) -> NodeAction | None:
    """Return a node's action by name."""
    return next((action for action in node.actions if action.action == name), None)


def may_act(actor: Actor, node: Node, office: str | None) -> bool:
    """Tell whether somebody may act at a node: the role, at the office; a registrar may do a clerk's work."""
    if actor.system:
        return True
    roles = (node.role, "registrar") if node.role == "clerk" else (node.role,)
    return office is not None and actor.office == office and actor.may(*roles)


def may_see(actor: Actor, case: Case) -> bool:
    """Tell whether somebody may see a case: city-wide roles, the accepting office, the deciding county."""
    if actor.scope == "all":
        return True
    if actor.scope == "none":
        return False
    own_county = actor.county_code is not None and actor.county_code == case.county_code
    return own_county or actor.window == case.accept_office
