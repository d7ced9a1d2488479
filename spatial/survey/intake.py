"""Taking files in: look at one without storing it, or store it with its drafts and have it checked."""

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
from spatial.survey.checks import Progress
from spatial.survey.datum import judge
from spatial.survey.drafts.store import copy_features
from spatial.survey.errors import (
    EffectiveDateWrong,
    HashWrong,
    SurveyNotFound,
    SurveyVersionTaken,
    refused,
)
from spatial.survey.features import draft_features
from spatial.survey.ground import store as ground_store
from spatial.survey.kept_files import digest_of, kept, plain_name
from spatial.survey.objects import store as objects_store
from spatial.survey.readers.limits import UPLOAD, Limits
from spatial.survey.readers.records import Content, Unreadable
from spatial.survey.reading import read
from spatial.survey.records import Features, Incoming, Kind, Moment, Order, Report, Status, Submission
from spatial.survey.versions import follow_described, follow_stated, version_notes

Conn = Connection[TupleRow]

CHECK_JOB = "check_survey"
RECEIVE_JOB = "receive_survey"


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
    content = read(incoming, UPLOAD)
    features = draft_features(content)
    with db.transaction(actor) as conn:
        verified = judge_datum(conn, features, incoming.order.layer, day_of(now))
        draft = Draft(features, content, incoming.order, verified)
        report, _ = examine(conn, draft, now=now, moment=Moment.PRECHECK)
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

    A file above ``limits.at_once_bytes`` is only kept; a job reads it (:mod:`spatial.survey.receiving`).

    Parameters
    ----------
    db : Database
        One transaction for everything stored.
    actor, incoming : Actor, Incoming
        The sender; file and what is wanted.
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
    FileRefused, EffectiveDateWrong, SurveyVersionTaken, HashWrong, ReplacedUnknown, ReplacedAccepted,
    ProjectContradicted
    """
    order, today = incoming.order, day_of(now)
    known, facts = admitted(db, actor, incoming, now=now)
    if known is not None:
        return known, False
    digest = facts["file_sha256"]
    if facts["file_bytes"] > limits.at_once_bytes:
        with kept(incoming.path, files_dir, digest), db.transaction(actor) as conn:
            return _put_off(conn, actor, order, facts)
    content = read(incoming, limits)
    features = draft_features(content)
    with kept(incoming.path, files_dir, digest), db.transaction(actor) as conn:
        verified = judge_datum(conn, features, order.layer, today)
        return _store(conn, actor, Draft(features, content, order, verified), facts)


def admitted(
    db: Database, actor: Actor, incoming: Incoming, *, now: datetime
) -> tuple[Submission | None, dict[str, Any]]:
    """Judge what is said of a file before it is read.

    Returns
    -------
    Submission or None, dict
        The submission that these very bytes made before; what is kept of the file.

    Raises
    ------
    EffectiveDateWrong, HashWrong, SurveyVersionTaken
    """
    order = incoming.order
    _check_dates(order, day_of(now))
    digest, size = digest_of(incoming.path)
    if order.sha256 is not None and order.sha256 != digest:
        raise HashWrong(stated=order.sha256, actual=digest)
    with db.transaction(actor) as conn:
        known = _known(conn, actor, order, digest)
    return known, {
        "file_name": plain_name(incoming.name),
        "file_sha256": digest,
        "file_bytes": size,
        "submitted_by": actor.login,
        "created_at": now,
    }


def judge_datum(conn: Conn, features: Features, layer: str, today: date) -> bool:
    """Tell whether what the register knows confirms the datum.

    Raises
    ------
    FileRefused
        It shows another datum.
    """
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
    content, count = draft.content, len(draft.features)
    source = source_of(content, draft.order.version, draft.verified)
    survey, new = insert(conn, actor, draft.order, {**facts, "source": source, "feature_count": count})
    if new:
        copy_features(conn, survey.survey_id, draft.features)
        store_beside(conn, survey, content, now=facts["created_at"])
        have_it_done(conn, survey, CHECK_JOB)
    return again(conn, survey), new


def _put_off(conn: Conn, actor: Actor, order: Order, facts: dict[str, Any]) -> tuple[Submission, bool]:
    asked = {"source_layer": order.source_layer, "crs": order.crs, "axes": order.axes}
    survey, new = insert(conn, actor, order, {**facts, "source": {"asked": asked}, "feature_count": 0})
    if new:
        have_it_done(conn, survey, RECEIVE_JOB)
    return again(conn, survey), new


def insert(conn: Conn, actor: Actor, order: Order, facts: dict[str, Any]) -> tuple[Submission, bool]:
    """Insert a submission, unless somebody was faster with the same project and version."""
    survey_id = store.insert_survey(conn, order, facts)
    if survey_id is None:
        known = _known(conn, actor, order, facts["file_sha256"])
        if known is None:
            raise SurveyNotFound(survey_id=0)
        return known, False
    now: datetime = facts["created_at"]
    store.set_status(conn, survey_id, Status.RECEIVED, login=actor.login, now=now)
    audit.record(conn, actor, "survey.send", str(survey_id), detail={"sha256": facts["file_sha256"]})
    survey = _must(store.fetch(conn, survey_id), survey_id)
    follow_stated(conn, survey, order, now=now)
    return survey, True


def have_it_done(conn: Conn, survey: Submission, kind: str) -> None:
    """Ask for the job that goes on with a submission."""
    survey_id = survey.survey_id
    job_id = jobs.enqueue(conn, kind, {"survey_id": survey_id}, key=f"{kind}:{survey_id}")
    store.set_job(conn, survey_id, job_id)


def again(conn: Conn, survey: Submission) -> Submission:
    """Fetch a submission as it is now."""
    return _must(store.fetch(conn, survey.survey_id), survey.survey_id)


def _must(survey: Submission | None, survey_id: int) -> Submission:
    if survey is None:
        raise SurveyNotFound(survey_id=survey_id)
    return survey


def store_beside(
    conn: Conn, survey: Submission, content: Content, *, now: datetime, told: Progress | None = None
) -> None:
    """Write what stands beside the features of a file; ``told`` hears how many rows are written."""
    if content.subdistricts is not None:
        store.copy_subdistricts(conn, survey.survey_id, content.subdistricts)
    objects_store.copy_tables(conn, survey.survey_id, content.objects, told)
    follow_described(conn, again(conn, survey), content.manifest, now=now)


def source_of(content: Content, version: str, verified: bool) -> dict[str, Any]:
    """Return how a file was read, as it is kept with its submission of that version."""
    source, notes = content.source, [*content.notes, *version_notes(content.manifest, version)]
    return {
        "driver": source.driver,
        "layer": source.layer,
        "epsg": source.epsg,
        "declared_crs": source.declared_crs,
        "encoding": source.encoding,
        "datum_verified": verified,
        "manifest": content.manifest,
        "notes": [[note.code, note.severity, note.feature_no, note.params] for note in notes],
    }
