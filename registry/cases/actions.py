"""Steps of a case: which are open now, and taking one. The nodes and their actions come from the handbook."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from data.jobs.service import enqueue
from data.reference import service as reference
from registry.cases import registration, review, rules, store, store_certificates
from registry.cases.acceptance import write_event
from registry.cases.errors import (
    ActionNotAllowed,
    ActionUnknown,
    CaseClosed,
    CaseNotFound,
    CommentNeeded,
    NotYourOffice,
)
from registry.cases.records import CLOSED, Case, Move, PointResult, Steps
from registry.cases.review import File
from registry.handbook import service as handbook
from registry.handbook.records import Entry, Node, NodeAction

# What ends a case without anything to pay for; rooms above learn it by the job ``case_ended``.
WITHOUT_RESULT = frozenset({"refused", "withdrawn"})


def visible_case(conn: store.Conn, actor: Actor, case_no: str, *, lock: bool = False) -> Case:
    """Return a case the actor may see.

    Raises
    ------
    CaseNotFound
        There is none, or another county's office asks (the refusal is recorded).
    """
    case = store.fetch_case(conn, case_no, lock=lock)
    if case is None or not rules.may_see(actor, case):
        raise CaseNotFound(case_no=case_no)
    return case


def open_steps(db: Database, actor: Actor, case_no: str, *, now: datetime) -> Steps:
    """Return the steps open now and what the others wait for.

    Raises
    ------
    CaseNotFound
    """
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no)
        entry = _entry(conn, case)
        file = review.open_file(conn, case, entry)
        return steps_of(conn, file, day_of(now))


def steps_of(conn: store.Conn, file: File, today: date) -> Steps:
    """Return the steps of a case from what is known of it."""
    node = file.entry.node(file.case.node)
    unmet = {} if node is None else _unmet(conn, file, node, today)
    return rules.steps(file.case, node, unmet)


def act(
    db: Database, actor: Actor, case_no: str, action: str, *, now: datetime, comment: str | None = None
) -> Case:
    """Take a step.

    Parameters
    ----------
    db : Database
        Where the case is.
    actor : Actor
        Somebody with the node's role at the node's office.
    case_no : str
        Case.
    action : str
        Action of the node.
    now : datetime
        Aware instant.
    comment : str, optional
        Words; some actions need them.

    Returns
    -------
    Case
        As it stands afterwards.

    Raises
    ------
    CaseNotFound, CaseClosed, ActionUnknown, NotYourOffice, CommentNeeded
    ActionNotAllowed
        Names the conditions that do not hold.
    RegistrationBlocked
        At registration: lists the rules that do not hold.
    """
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no, lock=True)
        entry = _entry(conn, case)
        node = entry.node(case.node)
        if node is None:
            raise CaseClosed(case_no=case_no, status=case.status)
        step = _checked(actor, case, node, action, comment)
        file = review.open_file(conn, case, entry)
        _check_conditions(conn, file, step, now)
        detail = _do(conn, case, entry, step, actor=actor, now=now)
        _arrive(conn, case, entry, step, now)
        move = Move(step.action, step.to, _status(entry, step), comment, detail)
        write_event(conn, case_no, (case.node, case.status), move, actor=actor, now=now)
        audit.record(conn, actor, f"case.{step.action}", case_no)
        after = visible_case(conn, actor, case_no)
        store.note_change(conn, after)
        if after.status in WITHOUT_RESULT:
            enqueue(conn, "case_ended", {"case_no": case_no}, key=f"case_ended:{case_no}")
        return after


def _entry(conn: store.Conn, case: Case) -> Entry:
    return handbook.entry_version(conn, case.type_code, case.handbook_version)[1]


def _checked(actor: Actor, case: Case, node: Node, action: str, comment: str | None) -> NodeAction:
    step = rules.action_of(node, action)
    if step is None:
        raise ActionUnknown(action=action, node=node.code)
    if not rules.may_act(actor, node, case.node_office):
        raise NotYourOffice(role=node.role, office=case.node_office or "")
    if step.comment and not (comment or "").strip():
        raise CommentNeeded(action=action)
    return step


def _check_conditions(conn: store.Conn, file: File, step: NodeAction, now: datetime) -> None:
    today = day_of(now)
    codes = [
        code for condition in step.requires if (code := CONDITIONS[condition](conn, file, today)) is not None
    ]
    if codes:
        faults: list[dict[str, object]] = [{"field": "action", "code": code} for code in codes]
        faults += [_point_fault(point) for point in _failing(conn, file, step, today)]
        raise ActionNotAllowed(action=step.action, errors=faults)


def _failing(conn: store.Conn, file: File, step: NodeAction, today: date) -> list[PointResult]:
    if "review_points_pass" not in step.requires:
        return []
    return review.failed(review.points(conn, file, today))


def _point_fault(point: PointResult) -> dict[str, object]:
    return {"field": point.id, "code": point.reason, "text": point.text, **point.params}


def _do(
    conn: store.Conn, case: Case, entry: Entry, step: NodeAction, *, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Do what an action means beside the move; returns facts for the event."""
    if step.action != "register":
        return {}
    made = registration.register(conn, case, entry, actor=actor, now=now)
    store.update_case(conn, case.case_no, {"registered_at": now})
    return {"certificates": [certificate.certificate_no for certificate in made]}


def _status(entry: Entry, step: NodeAction) -> str:
    node = entry.node(step.to)
    return step.to if node is None else node.status


def _arrive(conn: store.Conn, case: Case, entry: Entry, step: NodeAction, now: datetime) -> None:
    """Move the case to the node an action leads to; a node where the clock stops lengthens the limit."""
    node, left = entry.node(step.to), entry.node(case.node)
    values: dict[str, Any] = {"node": step.to, "status": _status(entry, step), "node_since": now}
    values["node_role"] = None if node is None else node.role
    office = None if node is None else rules.node_office(node, case.accept_office, case.decide_office)
    values["node_office"] = office
    today = day_of(now)
    calendar = reference.work_calendar(conn)
    if node is None:
        values["closed_at"] = now
    elif node.status == "notice":
        values["notice_to"] = rules.add_workdays(calendar, today, node.limit_days)
    if left is not None and left.clock_stops:
        stood = rules.workdays_between(calendar, day_of(case.node_since), today)
        values["due_on"] = rules.add_workdays(calendar, case.due_on, stood)
    store.update_case(conn, case.case_no, values)


def _unmet(conn: store.Conn, file: File, node: Node, today: date) -> dict[str, str]:
    asked = {condition for action in node.actions for condition in action.requires}
    found = {condition: CONDITIONS[condition](conn, file, today) for condition in sorted(asked)}
    return {condition: code for condition, code in found.items() if code is not None}


def _materials_complete(_conn: store.Conn, file: File, _today: date) -> str | None:
    return "materials_incomplete" if rules.missing(file.entry, file.facts(), file.copies()) else None


def _county_decided(_conn: store.Conn, file: File, _today: date) -> str | None:
    return None if file.case.county_code else "county_undecided"


def _points_pass(conn: store.Conn, file: File, today: date) -> str | None:
    return "review_points_open" if review.failed(review.points(conn, file, today)) else None


def _tax_paid(_conn: store.Conn, file: File, _today: date) -> str | None:
    return "tax_unpaid" if review.tax_unpaid(file.case) else None


def _fee_paid(_conn: store.Conn, file: File, _today: date) -> str | None:
    return None if file.case.nothing_due else "fee_unpaid"


def _notice_over(_conn: store.Conn, file: File, today: date) -> str | None:
    return None if review.notice_over(file, today) else "notice_running"


# Condition of the handbook -> message code while it does not hold, None when it does.
CONDITIONS: Mapping[str, Callable[[store.Conn, File, date], str | None]] = {
    "materials_complete": _materials_complete,
    "county_decided": _county_decided,
    "review_points_pass": _points_pass,
    "tax_paid": _tax_paid,
    "fee_paid": _fee_paid,
    "notice_period_over": _notice_over,
}


def dry_run(db: Database, actor: Actor, case_no: str, *, now: datetime) -> dict[str, Any]:
    """Return the registration as it would be, with every rule's answer; nothing is written.

    Raises
    ------
    CaseNotFound, CaseClosed
    """
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no)
        if case.status in CLOSED or case.registered_at is not None:
            raise CaseClosed(case_no=case_no, status=case.status)
        file = review.open_file(conn, case, _entry(conn, case))
        results = review.points(conn, file, day_of(now))
        audit.record(conn, actor, "case.dry_run", case_no)
        return {
            "case_no": case_no,
            "passes": not review.failed(results) and case.county_code is not None,
            "points": results,
            "entries": registration.planned(conn, file, day_of(now)),
            "authority": _authority(conn, case, now),
        }


def _authority(conn: store.Conn, case: Case, now: datetime) -> str | None:
    if case.county_code is None:
        return None
    return store_certificates.authority_of(conn, case.county_code, day_of(now))[1]
