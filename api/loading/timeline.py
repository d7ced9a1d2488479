"""What happened to a loaded case, step by step, along the nodes of the handbook."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.loading.accounts import CLERKS
from data.synthetic.records import SyntheticCase
from registry.handbook.records import Entry

HALF_HOUR = timedelta(minutes=30)
SHORT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what was done when, by whom, and where the case stood afterwards."""

    at: datetime
    action: str
    node: str
    status: str
    login: str
    office: str


def timeline(case: SyntheticCase, entry: Entry, decide_office: str) -> list[Step]:
    """Return the steps of a case in order of time."""
    steps = []
    clerk = (clerk_of(case.accept_office), case.accept_office)
    registrar = (f"registrar_{decide_office}", decide_office)
    for at, action, to in _moves(case, entry):
        node = entry.node(to)
        by = clerk if action in {"accept", "submit_review", "withdraw", "issue"} else registrar
        steps.append(Step(at, action, to, to if node is None else node.status, *by))
    return steps


def clerk_of(office: str) -> str:
    """Return the demo account that accepts cases at an office."""
    if office in CLERKS:
        return f"clerk_{office}"
    return "system" if office == "city" else f"registrar_{office}"


def _moves(case: SyntheticCase, entry: Entry) -> Iterator[tuple[datetime, str, str]]:
    yield case.accepted_at, "accept", entry.nodes[0].code
    if case.withdrawn:
        yield case.accepted_at + HALF_HOUR, "withdraw", "withdrawn"
        return
    yield case.accepted_at + HALF_HOUR, "submit_review", "review"
    registered_at = case.registered_at
    if case.notice_at is not None:
        yield case.notice_at, "approve", "notice"
    if registered_at is None:
        return
    approval = "approve" if case.notice_at is None else "end_notice"
    yield max(registered_at - HALF_HOUR, case.accepted_at + HALF_HOUR), approval, "register"
    yield max(registered_at, case.accepted_at + 2 * HALF_HOUR), "register", "certify"
    yield registered_at + 2 * HALF_HOUR, "certify", "issue"
    if case.paid_at is not None:
        issued_at = max(case.paid_at, registered_at + 2 * HALF_HOUR) + SHORT
        yield issued_at, "issue", "archive"
        yield issued_at + SHORT, "archive", "archived"
