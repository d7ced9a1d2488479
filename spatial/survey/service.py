"""Use cases of survey submissions: pre-check, send, look at, submit, cancel; deciding is in ``review``."""

from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from spatial.survey import store
from spatial.survey.differences import Differences, compare_findings
from spatial.survey.errors import NoPrevious, SurveyHasErrors, SurveyNotFound, SurveyStateWrong
from spatial.survey.intake import precheck, send
from spatial.survey.records import Status, Submission
from spatial.survey.runs import store as runs

__all__ = [
    "allow",
    "cancel",
    "differences",
    "find",
    "get",
    "must",
    "no_open_errors",
    "precheck",
    "sees_all",
    "send",
    "submit",
]

Conn = Connection[TupleRow]

# So many faults are told one by one.
LISTED = 20
NONE: frozenset[int] = frozenset()
# Findings of a version that are compared with those of the next.
COMPARED = 20_000


def sees_all(actor: Actor) -> bool:
    """Tell whether the actor may see the submissions of all senders."""
    return actor.may("reviewer", "supervisor", "admin")


def get(conn: Conn, actor: Actor, survey_id: int, *, lock: bool = False) -> Submission:
    """Return a submission the actor may see: one's own, or any for reviewers and supervisors.

    Raises
    ------
    SurveyNotFound
    """
    found = must(store.fetch(conn, survey_id, lock=lock), survey_id)
    if not sees_all(actor) and found.submitted_by != actor.login:
        raise SurveyNotFound(survey_id=survey_id)
    return found


def must(found: Submission | None, survey_id: int) -> Submission:
    """Return what was found, or refuse.

    Raises
    ------
    SurveyNotFound
    """
    if found is None:
        raise SurveyNotFound(survey_id=survey_id)
    return found


def find(conn: Conn, actor: Actor, *, status: str | None, before: int | None, limit: int) -> list[Submission]:
    """List the submissions the actor may see, newest first."""
    login = None if sees_all(actor) else actor.login
    return store.page(conn, login=login, status=status, before=before, limit=limit)


def differences(conn: Conn, actor: Actor, survey_id: int) -> tuple[Submission, Differences]:
    """Return the version before a submission, and what became of its findings.

    Raises
    ------
    SurveyNotFound
    NoPrevious
        It follows no other, or one of the two was not checked.
    """
    survey = get(conn, actor, survey_id)
    run = runs.last_run(conn, survey_id)
    if survey.replaces_id is None or run is None:
        raise NoPrevious(survey_id=survey_id)
    former = get(conn, actor, survey.replaces_id)
    before = runs.last_run(conn, former.survey_id)
    if before is None:
        raise NoPrevious(survey_id=survey_id)
    rows = [runs.findings(conn, one["run_id"], after=0, limit=COMPARED) for one in (before, run)]
    return former, compare_findings(*rows)


def submit(db: Database, actor: Actor, survey_id: int, *, now: datetime) -> Submission:
    """Hand a checked submission to the reviewers.

    Raises
    ------
    SurveyNotFound, SurveyStateWrong
    SurveyHasErrors
        Errors of the last run that no waiver covers.
    """
    with db.transaction(actor) as conn:
        survey = get(conn, actor, survey_id, lock=True)
        if survey.submitted_by != actor.login and not actor.may("admin"):
            raise SurveyNotFound(survey_id=survey_id)
        allow(survey, Status.CHECKED, Status.RETURNED)
        no_open_errors(conn, survey_id, day_of(now))
        store.set_status(conn, survey_id, Status.SUBMITTED, login=actor.login, now=now)
        audit.record(conn, actor, "survey.submit", str(survey_id))
        return must(store.fetch(conn, survey_id), survey_id)


def cancel(db: Database, actor: Actor, survey_id: int, *, now: datetime) -> Submission:
    """Give a submission up before it is accepted.

    Raises
    ------
    SurveyNotFound, SurveyStateWrong
    """
    with db.transaction(actor) as conn:
        survey = get(conn, actor, survey_id, lock=True)
        if survey.submitted_by != actor.login and not actor.may("admin"):
            raise SurveyNotFound(survey_id=survey_id)
        allow(
            survey, Status.RECEIVED, Status.CHECKING, Status.CHECKED, Status.FAILED, Status.SUBMITTED,
            Status.RETURNED,
        )  # fmt: skip
        store.set_status(conn, survey_id, Status.CANCELLED, login=actor.login, now=now)
        audit.record(conn, actor, "survey.cancel", str(survey_id))
        return must(store.fetch(conn, survey_id), survey_id)


def allow(survey: Submission, *states: Status) -> None:
    """Refuse a submission that is in none of these states.

    Raises
    ------
    SurveyStateWrong
    """
    if survey.status not in states:
        raise SurveyStateWrong(
            survey_id=survey.survey_id, state=survey.status, allowed=[state.value for state in states]
        )


def no_open_errors(conn: Conn, survey_id: int, today: date, *, let_pass: frozenset[int] = NONE) -> None:
    """Refuse a submission with errors of its last run that neither a waiver nor ``let_pass`` covers.

    Raises
    ------
    SurveyStateWrong
        If no run is there.
    SurveyHasErrors
    """
    run = runs.last_run(conn, survey_id)
    if run is None:
        raise SurveyStateWrong(survey_id=survey_id, state="received", allowed=["checked"])
    errors = [row for row in runs.open_errors(conn, run["run_id"], today) if row[0] not in let_pass]
    if errors:
        raise SurveyHasErrors(
            count=len(errors),
            errors=[
                {"finding_id": finding_id, "rule_id": rule_id, "object_id": object_id}
                for finding_id, rule_id, object_id in errors[:LISTED]
            ],
        )
