"""Taking files in: look at one without storing it, or store it with its drafts and have it checked."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from spatial.survey.errors import EffectiveDateWrong, SurveyNotFound, SurveyVersionTaken, refused
from spatial.survey.features import draft_features
from spatial.survey.ground import store as ground_store
from spatial.survey.objects import store as objects_store
from spatial.survey.objects.land import add_land_tables
from spatial.survey.readers.limits import UPLOAD, Limits
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.sandbox import read_file
from spatial.survey.records import Features, Incoming, Kind, Moment, Order, Report, Status, Submission

Conn = Connection[TupleRow]

CHECK_JOB = "check_survey"


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
    facts = {
        "file_name": _plain_name(incoming.name),
        "file_sha256": digest,
        "file_bytes": size,
        "submitted_by": actor.login,
        "created_at": now,
    }
    with _kept(incoming.path, files_dir, digest), db.transaction(actor) as conn:
        verified = _judge_datum(conn, features, order.layer, today)
        return _store(conn, actor, Draft(features, content, order, verified), facts)


def _read(incoming: Incoming, limits: Limits) -> Content:
    order = incoming.order
    asked = Asked(order.source_layer, order.crs, order.axes)
    try:
        content = read_file(incoming.path, incoming.name, asked, limits)
    except Unreadable as problem:
        raise refused(problem) from problem
    add_land_tables(content)
    return content


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
    source = _source(content, draft.verified)
    survey_id = store.insert_survey(
        conn, order, {**facts, "source": source, "feature_count": len(draft.features)}
    )
    if survey_id is None:  # somebody was faster with the same project and version
        known = _known(conn, actor, order, facts["file_sha256"])
        if known is None:
            raise SurveyNotFound(survey_id=0)
        return known, False
    store.copy_features(conn, survey_id, draft.features)
    if content.subdistricts is not None:
        store.copy_subdistricts(conn, survey_id, content.subdistricts)
    objects_store.copy_tables(conn, survey_id, content.objects)
    now: datetime = facts["created_at"]
    store.set_status(conn, survey_id, Status.RECEIVED, login=actor.login, now=now)
    key = f"{CHECK_JOB}:{survey_id}"
    store.set_job(conn, survey_id, jobs.enqueue(conn, CHECK_JOB, {"survey_id": survey_id}, key=key))
    audit.record(conn, actor, "survey.send", str(survey_id), detail={"sha256": facts["file_sha256"]})
    stored = store.fetch(conn, survey_id)
    if stored is None:
        raise SurveyNotFound(survey_id=survey_id)
    return stored, True


def _source(content: Content, verified: bool) -> dict[str, Any]:
    source = content.source
    return {
        "driver": source.driver,
        "layer": source.layer,
        "epsg": source.epsg,
        "declared_crs": source.declared_crs,
        "encoding": source.encoding,
        "datum_verified": verified,
        "manifest": content.manifest,
        "notes": [[note.code, note.severity, note.feature_no, note.params] for note in content.notes],
    }


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:200] or "file"


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


@contextmanager
def _kept(path: Path, files_dir: Path, digest: str) -> Iterator[None]:
    """Keep the file under its hash; a copy made here goes again when what follows fails."""
    made = _keep(path, files_dir, digest)
    try:
        yield
    except BaseException:
        if made:
            (files_dir / digest).unlink(missing_ok=True)
        raise


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
