"""Use cases of survey submissions: pre-check, send, look at, submit, decide, cancel."""

from collections.abc import Sequence
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from data.jobs import service as jobs
from spatial.survey import store
from spatial.survey.errors import (
    OwnSurvey,
    SurveyHasErrors,
    SurveyNotFound,
    SurveyStateWrong,
    WaiverUnknown,
)
from spatial.survey.intake import precheck, send
from spatial.survey.records import Decision, Status, Submission, Waiver
from spatial.survey.registering import register_survey
from spatial.survey.runs import store as runs

__all__ = ["cancel", "decide", "find", "get", "precheck", "sees_all", "send", "submit"]

Conn = Connection[TupleRow]

REGISTER_JOB = "register_survey"
# Above this many parcels registration is done by the worker, so that no request waits for minutes.
REGISTER_AT_ONCE = 20_000
_LISTED = 20


def sees_all(actor: Actor) -> bool:
    """Tell whether the actor may see the submissions of all senders."""
    return actor.may("reviewer", "supervisor", "admin")


def get(conn: Conn, actor: Actor, survey_id: int, *, lock: bool = False) -> Submission:
    """Return a submission the actor may see: one's own, or any for reviewers and supervisors.

    Raises
    ------
    SurveyNotFound
    """
    found = _must(store.fetch(conn, survey_id, lock=lock), survey_id)
    if not sees_all(actor) and found.submitted_by != actor.login:
        raise SurveyNotFound(survey_id=survey_id)
    return found


def _must(found: Submission | None, survey_id: int) -> Submission:
    if found is None:
        raise SurveyNotFound(survey_id=survey_id)
    return found


def find(conn: Conn, actor: Actor, *, status: str | None, before: int | None, limit: int) -> list[Submission]:
    """List the submissions the actor may see, newest first."""
    login = None if sees_all(actor) else actor.login
    return store.page(conn, login=login, status=status, before=before, limit=limit)


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
        _allow(survey, Status.CHECKED, Status.RETURNED)
        _no_open_errors(conn, survey_id, day_of(now))
        store.set_status(conn, survey_id, Status.SUBMITTED, login=actor.login, now=now)
        audit.record(conn, actor, "survey.submit", str(survey_id))
        return _must(store.fetch(conn, survey_id), survey_id)


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
        _allow(
            survey, Status.RECEIVED, Status.CHECKING, Status.CHECKED, Status.FAILED, Status.SUBMITTED,
            Status.RETURNED,
        )  # fmt: skip
        store.set_status(conn, survey_id, Status.CANCELLED, login=actor.login, now=now)
        audit.record(conn, actor, "survey.cancel", str(survey_id))
        return _must(store.fetch(conn, survey_id), survey_id)


def decide(db: Database, actor: Actor, survey_id: int, decision: Decision, *, now: datetime) -> Submission:
    """Accept or return a submission; an accepted one is registered in the same transaction.

    A reviewer may also accept a checked submission with errors that was not submitted, when the waivers of
    the decision cover them all.

    Parameters
    ----------
    db : Database
        One transaction.
    actor : Actor
        The reviewer; not the sender.
    survey_id : int
        Submission.
    decision : Decision
        With waivers of errors of the last run.
    now : datetime
        Aware instant.

    Raises
    ------
    SurveyNotFound, OwnSurvey, SurveyStateWrong, SurveyHasErrors, WaiverUnknown, SurveyLooksDifferent
    """
    with db.transaction(actor) as conn:
        conn.execute("SELECT set_config('statement_timeout', '600000', true)")
        survey = get(conn, actor, survey_id, lock=True)
        if survey.submitted_by == actor.login:
            raise OwnSurvey(survey_id=survey_id)
        _allow(survey, Status.SUBMITTED, Status.CHECKED)
        _waive(conn, survey, decision.waivers, login=actor.login, now=now)
        store.set_decision(conn, survey_id, login=actor.login, now=now, comment=decision.comment)
        word = "survey.accept" if decision.accept else "survey.return"
        audit.record(conn, actor, word, str(survey_id), detail={"waivers": len(decision.waivers)})
        if not decision.accept:
            store.set_status(
                conn, survey_id, Status.RETURNED, login=actor.login, now=now, comment=decision.comment
            )
            return _must(store.fetch(conn, survey_id), survey_id)
        _no_open_errors(conn, survey_id, day_of(now))
        store.set_status(
            conn, survey_id, Status.ACCEPTED, login=actor.login, now=now, comment=decision.comment
        )
        if survey.feature_count > REGISTER_AT_ONCE:
            jobs.enqueue(conn, REGISTER_JOB, {"survey_id": survey_id}, key=f"{REGISTER_JOB}:{survey_id}")
        else:
            register_survey(conn, survey, login=actor.login, now=now)
        return _must(store.fetch(conn, survey_id), survey_id)


def _allow(survey: Submission, *states: Status) -> None:
    if survey.status not in states:
        raise SurveyStateWrong(
            survey_id=survey.survey_id, state=survey.status, allowed=[state.value for state in states]
        )


def _no_open_errors(conn: Conn, survey_id: int, today: date) -> None:
    run = runs.last_run(conn, survey_id)
    if run is None:
        raise SurveyStateWrong(survey_id=survey_id, state="received", allowed=["checked"])
    errors = runs.open_errors(conn, run["run_id"], today)
    if errors:
        raise SurveyHasErrors(
            count=len(errors),
            errors=[
                {"finding_id": finding_id, "rule_id": rule_id, "object_id": object_id}
                for finding_id, rule_id, object_id in errors[:_LISTED]
            ],
        )


def _waive(conn: Conn, survey: Submission, waivers: Sequence[Waiver], *, login: str, now: datetime) -> None:
    if not waivers:
        return
    run = runs.last_run(conn, survey.survey_id)
    known = set(runs.error_ids(conn, run["run_id"])) if run else set()
    unknown = [waiver.finding_id for waiver in waivers if waiver.finding_id not in known]
    if unknown:
        raise WaiverUnknown(errors=[{"finding_id": finding_id} for finding_id in unknown[:_LISTED]])
    runs.insert_waivers(conn, waivers, login=login, now=now)
