"""Registration of an accepted submission in one transaction: sub-districts, parcel versions, lineage."""

from datetime import datetime
from decimal import Decimal

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.jobs.records import Job
from spatial.districts.records import District
from spatial.districts.service import load_districts
from spatial.parcels.records import ChangeSet, Layer, LineageEdge, NewVersion
from spatial.parcels.service import register
from spatial.survey import store
from spatial.survey.checking import examine, plan_as_json, stored_draft
from spatial.survey.errors import SurveyLooksDifferent
from spatial.survey.ground import store as ground_store
from spatial.survey.records import Features, Plan, Severity, Status, Submission
from spatial.survey.runs import store as runs

Conn = Connection[TupleRow]
_LISTED = 20
_CENT = Decimal("0.01")


def register_survey(conn: Conn, survey: Submission, *, login: str, now: datetime) -> None:
    """Register an accepted submission; whole or not at all.

    The checks are run again against the register of this moment: approval is the same check with a commit.

    Raises
    ------
    SurveyLooksDifferent
        If the check now finds errors that nobody waived.
    NingtuError
        What the register refuses.
    """
    plan = _recheck(conn, survey, now=now)
    features = store.fetch_features(conn, survey.survey_id)
    districts = store.fetch_subdistricts(conn, survey.survey_id)
    if districts is not None:
        source = f"survey {survey.survey_id}"
        load_districts(
            conn,
            [
                District(code, name or code, geom, source)
                for code, name, geom in zip(districts.codes, districts.names, districts.geoms, strict=True)
            ],
            valid_from=survey.effective_on,
        )
    change = ChangeSet(
        valid_from=survey.effective_on,
        new=[_version(features, at, Layer(survey.layer)) for at in plan.written],
        retired=plan.retired,
        lineage=[
            LineageEdge(edge.parent, edge.child, edge.kind, Decimal(str(edge.area_m2))) for edge in plan.edges
        ],
        survey_id=survey.survey_id,
    )
    if change.new or change.retired:
        register(conn, change, now=now)
    store.set_registered(conn, survey.survey_id, now)
    store.set_status(conn, survey.survey_id, Status.REGISTERED, login=login, now=now)


def _recheck(conn: Conn, survey: Submission, *, now: datetime) -> Plan:
    report, plan = examine(conn, stored_draft(conn, survey), now=now)
    waived = runs.waived_errors(conn, survey.survey_id, day_of(now))
    errors = [
        finding
        for finding in report.findings
        if finding.severity is Severity.ERROR and (finding.rule_id, finding.object_id) not in waived
    ]
    if errors:
        raise SurveyLooksDifferent(
            count=len(errors),
            errors=[
                {"rule_id": finding.rule_id, "object_id": finding.object_id, "other_id": finding.other_id}
                for finding in errors[:_LISTED]
            ],
        )
    last = runs.last_run(conn, survey.survey_id)
    if last is None or last["base_revision"] != ground_store.base_revision(conn):
        runs.insert_run(conn, survey.survey_id, report, plan_as_json(plan))
    return plan


def _version(features: Features, at: int, layer: Layer) -> NewVersion:
    geom = features.geoms[at]
    declared = features.declared_m2[at]
    area = None if declared is None else Decimal(str(declared)).quantize(_CENT)
    unit = features.unit_codes[at]
    return NewVersion(
        parcel_code=str(features.codes[at]),
        layer=layer,
        geom=shapely.get_geometry(geom, 0) if shapely.get_num_geometries(geom) == 1 else geom,
        official_area_m2=area,
        surveyed_area_m2=area,
        land_use=features.land_use[at],
        address=features.address[at],
        unit_code=unit,
    )


def run_register_job(db: Database, job: Job, *, now: datetime) -> None:
    """Register a large accepted submission; a second run of the job changes nothing."""
    survey_id = int(job.payload["survey_id"])
    with db.transaction(SYSTEM) as conn:
        conn.execute("SELECT set_config('statement_timeout', '3600000', true)")
        survey = store.fetch(conn, survey_id, lock=True)
        if survey is None or survey.status != Status.ACCEPTED:
            return
        register_survey(conn, survey, login=SYSTEM.login, now=now)
