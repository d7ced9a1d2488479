"""Versions of a project: version n follows version n-1 as a submission of its own."""

from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.survey import store
from spatial.survey.errors import ProjectContradicted, ReplacedAccepted, ReplacedUnknown
from spatial.survey.readers.records import Note
from spatial.survey.records import Order, Status, Submission
from spatial.survey.writers.bundle import NOT_STATED

Conn = Connection[TupleRow]

_NAME_LENGTH: Final = 64
# What was accepted stands; what follows changes the register, not the submission.
_STANDS: Final = frozenset({Status.ACCEPTED, Status.REGISTERED})


def follow_stated(conn: Conn, survey: Submission, order: Order, *, now: datetime) -> None:
    """Let a new submission take the place of the version that the sender named.

    The former is cancelled if it was not accepted; it keeps its files, runs and findings.

    Raises
    ------
    ReplacedUnknown
        The sender has no such version.
    ReplacedAccepted
        It was accepted and cannot be replaced.
    """
    if order.replaces is None:
        return
    former = _former(conn, survey, order.replaces)
    if former is None:
        raise ReplacedUnknown(project_code=survey.project_code, version=order.replaces)
    if former.status in _STANDS:
        raise ReplacedAccepted(project_code=survey.project_code, version=former.version)
    _follow(conn, survey, former, now=now)


def follow_described(
    conn: Conn, survey: Submission, manifest: dict[str, Any] | None, *, now: datetime
) -> None:
    """Let a bundle follow the version its description names, if that is known here.

    Unlike a wish of the sender this is a remark of the bundle: where it fits nothing, nothing happens, and an
    accepted version is followed, not replaced.

    Raises
    ------
    ProjectContradicted
        The bundle is described as another project's.
    """
    if manifest is None:
        return
    described = manifest["project_code"].strip()
    if survey.project_code == survey.file_name[:_NAME_LENGTH] != described:
        return  # loaded by command without a project, and so named after its file
    if described not in {NOT_STATED, survey.project_code.strip()}:
        raise ProjectContradicted(
            stated=survey.project_code,
            described=described,
            suggestion={"parameter": "project_code", "value": described},
        )
    version = manifest.get("previous_version")
    if survey.replaces_id is not None or not version:
        return
    former = _former(conn, survey, version)
    if former is not None:
        _follow(conn, survey, former, now=now)


def version_notes(manifest: dict[str, Any] | None, version: str) -> list[Note]:
    """Remark on a bundle that is described as another version than it was sent as, which counts.

    A bundle that was exported here and is sent again after a change is still described as what it was.
    """
    described = "" if manifest is None else manifest["version"].strip()
    if described in {"", NOT_STATED, version.strip()}:
        return []
    return [
        Note("bundle_version_other", "info", params={"described": described[:_NAME_LENGTH], "sent": version})
    ]


def _former(conn: Conn, survey: Submission, version: str) -> Submission | None:
    former = store.by_project(conn, survey.project_code, version, lock=True)
    if former is None or former.survey_id == survey.survey_id or former.submitted_by != survey.submitted_by:
        return None
    return former


def _follow(conn: Conn, survey: Submission, former: Submission, *, now: datetime) -> None:
    store.set_replaces(conn, survey.survey_id, former.survey_id)
    if former.status not in {*_STANDS, Status.CANCELLED}:
        words = f"→ {survey.version}"
        store.set_status(
            conn, former.survey_id, Status.CANCELLED, login=survey.submitted_by, now=now, comment=words
        )
