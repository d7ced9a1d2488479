"""Examining an upload against the register, and the job that does it for a stored submission."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.jobs.records import Job
from data.jobs.service import report_progress
from spatial.survey import store
from spatial.survey.change_records import Change, Plan
from spatial.survey.changes import plan_changes
from spatial.survey.checks import Progress, check
from spatial.survey.ground import store as ground_store
from spatial.survey.objects import store as objects_store
from spatial.survey.objects.drafts import draft_objects
from spatial.survey.objects.ending import ended_objects
from spatial.survey.objects.records import Objects
from spatial.survey.readers.records import Content, Note, Source
from spatial.survey.records import (
    Features,
    Ground,
    Kind,
    Moment,
    Order,
    Report,
    Scope,
    Status,
    Submission,
    no_shapes,
)
from spatial.survey.rules.context import Context
from spatial.survey.runs import store as runs

log = logging.getLogger(__name__)

Conn = Connection[TupleRow]
# After this many attempts the submission is called failed instead of tried again.
_ATTEMPTS = 3


class GivenUp(Exception):
    """The sender gave the submission up while a job worked on it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An upload as read, what is wanted with it, and whether its datum was confirmed."""

    features: Features
    content: Content
    order: Order
    verified: bool


def compare(conn: Conn, draft: Draft, *, now: datetime) -> tuple[Ground, Plan]:
    """Fetch the ground of an upload, and what the upload changes on it; nothing is written.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    draft : Draft
        Upload, EPSG:4547.
    now : datetime
        Aware instant; the county boundaries of its day count.
    """
    return _compared(conn, draft, draft_objects(draft.content.objects)[0], now=now)


def _compared(conn: Conn, draft: Draft, objects: Objects, *, now: datetime) -> tuple[Ground, Plan]:
    features, order = draft.features, draft.order
    if all(geom is None for geom in features.geoms):
        raise ValueError("an upload without any polygon is refused by its reader")
    ground = ground_store.fetch_ground(
        conn,
        features,
        order,
        today=day_of(now),
        subdistricts=draft.content.subdistricts,
        objects=objects,
    )
    plan = plan_changes(features, ground.parcels or no_shapes(), order.scope, ground.registered)
    plan = replace(plan, ended=ended_objects(conn, features, objects, order, plan))
    restrictions = ground_store.restrictions_on(conn, plan, day_of(now))
    return replace(ground, datum_verified=draft.verified, restrictions=restrictions), plan


def examine(
    conn: Conn,
    draft: Draft,
    *,
    now: datetime,
    moment: Moment = Moment.SUBMIT,
    progress: Progress | None = None,
) -> tuple[Report, Plan]:
    """Check an upload against the register as it is now.

    Parameters
    ----------
    conn : Connection
        Open transaction; nothing is written.
    draft : Draft
        Upload, EPSG:4547.
    now : datetime
        Aware instant; the county boundaries of its day count.
    moment : Moment
        Pre-check, upload or approval.
    progress : callable, optional
        Called with rules done and rules in all.
    """
    revision = ground_store.base_revision(conn)
    typed = draft_objects(draft.content.objects)
    ground, plan = _compared(conn, draft, typed[0], now=now)
    context = _context(draft, typed, ground, plan, moment)
    return check(context, now=now, base_revision=revision, progress=progress), plan


def context_of(draft: Draft, ground: Ground, plan: Plan, moment: Moment) -> Context:
    """Return what rules see of an upload on its ground."""
    return _context(draft, draft_objects(draft.content.objects), ground, plan, moment)


def _context(
    draft: Draft, typed: tuple[Objects, list[Note]], ground: Ground, plan: Plan, moment: Moment
) -> Context:
    objects, remarks = typed
    return Context(
        features=draft.features,
        ground=ground,
        kind=draft.order.kind,
        layer=draft.order.layer,
        replaced=frozenset(code for code in draft.features.codes if code) | frozenset(plan.retired),
        notes=[*draft.content.notes, *remarks],
        objects=objects,
        scope=draft.order.scope,
        moment=moment,
        changes=plan.changes,
    )


def stored_draft(conn: Conn, survey: Submission) -> Draft:
    """Fetch a stored submission in the form it was read."""
    features = store.fetch_features(conn, survey.survey_id)
    source = survey.source
    content = Content(
        source=Source(source["driver"], source["layer"], source["epsg"], source["declared_crs"]),
        geoms=features.geoms,
        rows=[],
        faults=features.faults,
        notes=[Note(*note) for note in source["notes"]],
        subdistricts=store.fetch_subdistricts(conn, survey.survey_id),
        objects=objects_store.fetch_tables(conn, survey.survey_id),
    )
    return Draft(features, content, order_of(survey), bool(source.get("datum_verified")))


def order_of(survey: Submission) -> Order:
    """Return what the sender of a stored submission wants."""
    return Order(
        project_code=survey.project_code,
        layer=survey.layer,
        kind=Kind(survey.kind),
        scope=Scope(survey.scope),
        effective_on=survey.effective_on,
        version=survey.version,
    )


def run_check_job(db: Database, job: Job, *, now: datetime, told: Progress | None = None) -> None:
    """Check a received submission; a second run of the job changes nothing.

    The states are written in transactions of their own, so that everybody sees that the check runs.
    """
    survey_id = int(job.payload["survey_id"])
    with db.transaction(SYSTEM) as conn:
        survey = store.fetch(conn, survey_id, lock=True)
        if survey is None or survey.status not in {Status.RECEIVED, Status.CHECKING}:
            return
        if survey.status == Status.RECEIVED:
            store.set_status(conn, survey_id, Status.CHECKING, login=SYSTEM.login, now=now)
    try:
        _check(db, survey, job, now=now, told=told)
    except GivenUp:
        log.info("survey %s was given up while it was checked", survey_id)
    except Exception:
        if job.attempts < _ATTEMPTS:
            raise
        log.exception("survey %s cannot be checked", survey_id)
        with db.transaction(SYSTEM) as conn:
            store.set_problem(conn, survey_id, {"code": "check_failed", "attempts": job.attempts})
            store.set_status(conn, survey_id, Status.FAILED, login=SYSTEM.login, now=now)


def _check(
    db: Database, survey: Submission, job: Job, *, now: datetime, told: Progress | None = None
) -> None:
    def report_step(done: int, total: int | None) -> None:
        report_progress(db, job.job_id, done, total, "checking")
        with db.transaction(SYSTEM) as other:
            if store.status_of(other, survey.survey_id) == Status.CANCELLED:
                raise GivenUp

    def progress(done: int, total: int) -> None:
        report_step(done, total)
        if told is not None:
            told(done, total)

    report_step(0, None)  # fetching the drafts takes its time
    with db.transaction(SYSTEM) as conn:
        conn.execute("SELECT set_config('statement_timeout', '600000', true)")
        draft = stored_draft(conn, survey)
        report, plan = examine(conn, draft, now=now, progress=progress)
        current = store.fetch(conn, survey.survey_id, lock=True)
        if current is None or current.status != Status.CHECKING:  # cancelled meanwhile
            return
        runs.insert_run(conn, survey.survey_id, report, plan_as_json(plan))
        store.mark_changes(conn, survey.survey_id, _kinds(draft.features, plan))
        store.set_status(conn, survey.survey_id, Status.CHECKED, login=SYSTEM.login, now=now)


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """Return the changes as they are kept with a run."""
    return {
        "items": [_change(change) for change in plan.changes],
        "unchanged": len(plan.unchanged),
        "written": len(plan.written),
        "retired": len(plan.retired),
        "counts": plan.counts,
        "ended": {"buildings": list(plan.ended.buildings), "flats": list(plan.ended.flats)},
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "change": change.kind,
        "codes": list(change.codes),
        "parents": list(change.parents),
        "old_area_m2": change.area_before_m2,
        "new_area_m2": change.area_after_m2,
        "moved_m": change.moved_m,
        "minor": change.minor,
        "attributes": list(change.attributes),
        "area_tolerance_m2": change.area_tolerance_m2,
        "balanced": change.balanced,
    }


def _kinds(features: Features, plan: Plan) -> dict[int, str]:
    """Return by feature number what each draft parcel is against the register."""
    of_code = {code: change.kind for change in plan.changes for code in change.codes}
    kinds = {at + 1: of_code[str(features.codes[at])] for at in plan.written}
    return kinds | {at + 1: "unchanged" for at in plan.unchanged}
