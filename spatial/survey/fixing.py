"""The sender accepts fixes: the drafts move, what they were is kept, and the check runs again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from data.access import audit
from data.access.records import Actor
from data.db import Database
from data.jobs import service as jobs
from spatial.survey import service, store
from spatial.survey.checking import compare, stored_draft
from spatial.survey.errors import FixConflict, FixUnknown, SurveyNotFound
from spatial.survey.fixes import store as fixes
from spatial.survey.fixes.merging import Merging
from spatial.survey.fixes.records import Accepted, Proposal
from spatial.survey.intake import CHECK_JOB
from spatial.survey.records import Status, Submission
from spatial.survey.runs import store as runs
from spatial.survey.store import Conn

_LISTED = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What accepting fixes did: findings fixed in which draft, and findings that became proposals."""

    survey: Submission
    draft_no: int
    fixed: list[int]
    proposed: list[int]


def accept_fixes(
    db: Database, actor: Actor, survey_id: int, finding_ids: Sequence[int], *, now: datetime
) -> Outcome:
    """Do the fixes of findings of the last run, all or none; a second time does nothing.

    Fixes of the upload make a new draft, which is checked again. Fixes of registered neighbours become
    proposals that the reviewer sees; no neighbour changes.

    Parameters
    ----------
    db : Database
        One transaction.
    actor : Actor
        The sender.
    survey_id : int
        Submission, checked or returned.
    finding_ids : sequence of int
        Findings whose fixes are accepted.
    now : datetime
        Aware instant.

    Raises
    ------
    SurveyNotFound, SurveyStateWrong
    FixUnknown
        No finding of the last run with a fix.
    FixConflict
        Fixes of one parcel that exclude each other, or would together leave it worse.
    """
    wanted = sorted(set(finding_ids))
    with db.transaction(actor) as conn:
        survey = service.get(conn, actor, survey_id, lock=True)
        if survey.submitted_by != actor.login and not actor.may("admin"):
            raise SurveyNotFound(survey_id=survey_id)
        known = fixes.answered(conn, survey_id)
        if all(finding_id in known for finding_id in wanted):
            return _outcome(conn, survey_id, wanted, known)
        service.allow(survey, Status.CHECKED, Status.RETURNED)
        found = _findings(conn, survey_id, wanted)
        own = [row for row in found if row["params"]["fix"]["feature_no"] is not None]
        proposals = [_proposal(row) for row in found if row["params"]["fix"]["feature_no"] is None]
        fixes.insert_proposals(conn, survey_id, proposals, login=actor.login, now=now)
        if own:
            draft_no = fixes.last_draft(conn, survey_id) + 1
            accepted = _merged(conn, survey, own, now=now)
            fixes.insert_fixes(conn, survey_id, draft_no, accepted, login=actor.login, now=now)
            _check_again(conn, survey_id, draft_no, login=actor.login, now=now)
        audit.record(conn, actor, "survey.fix", str(survey_id), detail={"findings": wanted})
        return _outcome(conn, survey_id, wanted, fixes.answered(conn, survey_id))


def _findings(conn: Conn, survey_id: int, wanted: list[int]) -> list[dict[str, Any]]:
    """Return the findings of the last run; each must have a fix."""
    run = runs.last_run(conn, survey_id)
    rows = {
        int(row["finding_id"]): row
        for row in fixes.findings(conn, survey_id, wanted)
        if run is not None and row["run_id"] == run["run_id"] and "fix" in row["params"]
    }
    unknown = [finding_id for finding_id in wanted if finding_id not in rows]
    if unknown:
        raise FixUnknown(
            count=len(unknown), errors=[{"finding_id": finding_id} for finding_id in unknown[:_LISTED]]
        )
    return [rows[finding_id] for finding_id in wanted]


def _merged(conn: Conn, survey: Submission, found: list[dict[str, Any]], *, now: datetime) -> list[Accepted]:
    draft = stored_draft(conn, survey)
    ground, plan = compare(conn, draft, now=now)
    features = draft.features
    leaving = {code for code in features.codes if code} | set(plan.retired)
    live: Mapping[str, shapely.Geometry] = {}
    if ground.parcels is not None:
        pairs = zip(ground.parcels.codes, ground.parcels.geoms, strict=True)
        live = {code: geom for code, geom in pairs if code not in leaving}
    names = [features.object_id(at) for at in range(len(features))]
    merging = Merging(features.geoms, names, live, run_id=int(found[0]["run_id"]))
    refused = [_named(row["object_id"], [row["finding_id"]]) for row in found if not merging.do(row)]
    refused += [_named(features.object_id(one.feature_no - 1), one.finding_ids) for one in merging.harmful()]
    if refused:
        raise FixConflict(count=len(refused), errors=refused[:_LISTED])
    return list(merging.accepted())


def _named(object_id: str, finding_ids: list[int]) -> dict[str, Any]:
    return {"object_id": object_id, "finding_ids": finding_ids}


def _proposal(row: Mapping[str, Any]) -> Proposal:
    kept = row["params"]["fix"]
    return Proposal(
        finding_id=int(row["finding_id"]),
        parcel_code=kept["parcel_code"],
        code=kept["code"],
        geom=row["fix"],
        moved_m=kept["moved_m"],
        area_delta_m2=kept["area_delta_m2"],
    )


def _check_again(conn: Conn, survey_id: int, draft_no: int, *, login: str, now: datetime) -> None:
    store.set_status(conn, survey_id, Status.RECEIVED, login=login, now=now)
    key = f"{CHECK_JOB}:{survey_id}:{draft_no}"
    store.set_job(conn, survey_id, jobs.enqueue(conn, CHECK_JOB, {"survey_id": survey_id}, key=key))


def _outcome(conn: Conn, survey_id: int, wanted: list[int], answered: Mapping[int, int | None]) -> Outcome:
    survey = store.fetch(conn, survey_id)
    if survey is None:
        raise SurveyNotFound(survey_id=survey_id)
    fixed = [finding_id for finding_id in wanted if answered[finding_id] is not None]
    drafts = [draft for finding_id in fixed if (draft := answered[finding_id]) is not None]
    return Outcome(
        survey,
        max(drafts, default=fixes.last_draft(conn, survey_id)),
        fixed,
        [finding_id for finding_id in wanted if answered[finding_id] is None],
    )
