"""Use cases of survey submissions: pre-check, send, look at, submit, decide, cancel."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from data.jobs import service as jobs
from spatial.survey import store
from spatial.survey.checking import Draft, examine
from spatial.survey.datum import judge
from spatial.survey.errors import (
    EffectiveDateWrong,
    OwnSurvey,
    SurveyHasErrors,
    SurveyNotFound,
    SurveyStateWrong,
    SurveyVersionTaken,
    WaiverUnknown,
    refused,
)
from spatial.survey.features import draft_features
from spatial.survey.ground import store as ground_store
from spatial.survey.readers.limits import UPLOAD, Limits
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.sandbox import read_file
from spatial.survey.records import (
    Decision,
    Features,
    Incoming,
    Kind,
    Order,
    Report,
    Status,
    Submission,
    Waiver,
)
from spatial.survey.registering import register_survey
from spatial.survey.runs import store as runs

Conn = Connection[TupleRow]

CHECK_JOB = "check_survey"
REGISTER_JOB = "register_survey"
# Above this many parcels registration is done by the worker, so that no request waits for minutes.
REGISTER_AT_ONCE = 20_000
_LISTED = 20


def precheck(db: Database, actor: Actor, incoming: Incoming, *, now: datetime) -> Report:
    """Check a file and store nothing.

    Parameters
    ----------
    db : Database
        Read only.
    actor : Actor
        Who asks.
    incoming : Incoming
        File and what is wanted; the project code is not used.
    now : datetime
        Aware instant.

    Raises
    ------
    FileRefused
    """
    content = _read(incoming, UPLOAD)
    features = draft_features(content)
    with db.transaction(actor) as conn:
        verified = _judge_datum(conn, features, incoming.order.layer, day_of(now))
        report, _ = examine(conn, Draft(features, content, incoming.order, verified), now=now)
    return report


def send(
    db: Database,
    actor: Actor,
    incoming: Incoming,
    *,
    files_dir: Path,
    now: datetime,
    limits: Limits = UPLOAD,
) -> tuple[Submission, bool]:
    """Take a file in: read it, store its drafts, and have it checked.

    Parameters
    ----------
    db : Database
        One transaction for everything stored.
    actor : Actor
        The sender.
    incoming : Incoming
        File and what is wanted.
    files_dir : Path
        Folder of stored files, named by SHA-256.
    now : datetime
        Aware instant.
    limits : Limits
        Bounds of the file.

    Returns
    -------
    Submission, bool
        Whether it is new; the same project, version and bytes give the first submission again.

    Raises
    ------
    FileRefused, EffectiveDateWrong, SurveyVersionTaken
    """
    order, today = incoming.order, day_of(now)
    _check_dates(order, today)
    digest, size = _digest(incoming.path)
    with db.transaction(actor) as conn:
        known = _known(conn, actor, order, digest)
    if known is not None:
        return known, False
    content = _read(incoming, limits)
    features = draft_features(content)
    kept = _keep(incoming.path, files_dir, digest)
    try:
        with db.transaction(actor) as conn:
            verified = _judge_datum(conn, features, order.layer, today)
            facts = {
                "file_name": _plain_name(incoming.name),
                "file_sha256": digest,
                "file_bytes": size,
                "source": _source(content, verified),
                "feature_count": len(features),
                "submitted_by": actor.login,
                "created_at": now,
            }
            return _store(conn, actor, Draft(features, content, order, verified), facts)
    except BaseException:
        if kept:
            (files_dir / digest).unlink(missing_ok=True)
        raise


def _read(incoming: Incoming, limits: Limits) -> Content:
    asked = Asked(incoming.order.source_layer, incoming.order.crs)
    try:
        return read_file(incoming.path, incoming.name, asked, limits)
    except Unreadable as problem:
        raise refused(problem) from problem


def _judge_datum(conn: Conn, features: Features, layer: str, today: date) -> bool:
    try:
        return judge(features, ground_store.fetch_reference(conn, features, layer=layer, today=today))
    except Unreadable as problem:
        raise refused(problem) from problem


def _check_dates(order: Order, today: date) -> None:
    """Allow the past only with a load or a correction, and no day after the next year's end."""
    past_allowed = order.kind in {Kind.INITIAL_LOAD, Kind.CORRECTION}
    if order.effective_on < today and not past_allowed:
        raise EffectiveDateWrong(effective_on=order.effective_on, kind=order.kind.value)
    if not 1949 <= order.effective_on.year <= today.year + 1:  # noqa: PLR2004  no register is older
        raise EffectiveDateWrong(effective_on=order.effective_on, kind=order.kind.value)


def _known(conn: Conn, actor: Actor, order: Order, digest: str) -> Submission | None:
    found = store.by_project(conn, order.project_code, order.version)
    if found is None:
        return None
    if found.file_sha256 != digest or found.submitted_by != actor.login:
        raise SurveyVersionTaken(project_code=order.project_code, version=order.version)
    return found


def _store(conn: Conn, actor: Actor, draft: Draft, facts: dict[str, Any]) -> tuple[Submission, bool]:
    order, content = draft.order, draft.content
    survey_id = store.insert_survey(conn, order, facts)
    if survey_id is None:  # somebody was faster with the same project and version
        known = _known(conn, actor, order, facts["file_sha256"])
        if known is None:
            raise SurveyNotFound(survey_id=0)
        return known, False
    store.copy_features(conn, survey_id, draft.features)
    if content.subdistricts is not None:
        store.copy_subdistricts(conn, survey_id, content.subdistricts)
    now: datetime = facts["created_at"]
    store.set_status(conn, survey_id, Status.RECEIVED, login=actor.login, now=now)
    key = f"{CHECK_JOB}:{survey_id}"
    store.set_job(conn, survey_id, jobs.enqueue(conn, CHECK_JOB, {"survey_id": survey_id}, key=key))
    audit.record(conn, actor, "survey.send", str(survey_id), detail={"sha256": facts["file_sha256"]})
    return _must(store.fetch(conn, survey_id), survey_id), True


def _source(content: Content, verified: bool) -> dict[str, Any]:
    source = content.source
    return {
        "driver": source.driver,
        "layer": source.layer,
        "epsg": source.epsg,
        "declared_crs": source.declared_crs,
        "encoding": source.encoding,
        "datum_verified": verified,
        "notes": [[note.code, note.severity, note.feature_no, note.params] for note in content.notes],
    }


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:200] or "file"


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _keep(path: Path, files_dir: Path, digest: str) -> bool:
    """Copy the file under its hash; whether it was not there before."""
    target = files_dir / digest
    if target.exists():
        return False
    files_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=files_dir, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as sink, path.open("rb") as source:
            while chunk := source.read(1024 * 1024):
                sink.write(chunk)
            sink.flush()
            os.fsync(sink.fileno())
        Path(temporary).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    return True


def get(conn: Conn, actor: Actor, survey_id: int, *, lock: bool = False) -> Submission:
    """Return a submission the actor may see: one's own, or any for reviewers and supervisors.

    Raises
    ------
    SurveyNotFound
    """
    found = _must(store.fetch(conn, survey_id, lock=lock), survey_id)
    if not actor.may("reviewer", "supervisor", "admin") and found.submitted_by != actor.login:
        raise SurveyNotFound(survey_id=survey_id)
    return found


def _must(found: Submission | None, survey_id: int) -> Submission:
    if found is None:
        raise SurveyNotFound(survey_id=survey_id)
    return found


def find(conn: Conn, actor: Actor, *, status: str | None, before: int | None, limit: int) -> list[Submission]:
    """List the submissions the actor may see, newest first."""
    everyones = actor.may("reviewer", "supervisor", "admin")
    login = None if everyones else actor.login
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
