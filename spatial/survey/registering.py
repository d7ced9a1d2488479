"""Registration of an accepted submission in one transaction: sub-districts, parcels, lineage, objects."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.jobs.records import Job
from spatial.buildings.ending import end
from spatial.districts.records import District
from spatial.districts.service import load_districts
from spatial.parcels.records import ChangeSet, Layer, LineageEdge, NewVersion
from spatial.parcels.service import register
from spatial.survey import store
from spatial.survey.change_records import Plan
from spatial.survey.checking import compare, context_of, examine, plan_as_json, stored_draft
from spatial.survey.checks import RULES, run_rule
from spatial.survey.errors import SurveyLooksDifferent, SurveyUnregistrable
from spatial.survey.ground import store as ground_store
from spatial.survey.objects.registering import register_objects
from spatial.survey.records import (
    Features,
    Finding,
    Moment,
    Registered,
    Severity,
    Status,
    Submission,
)
from spatial.survey.rules.catalogue import catalogue, rule_set_sha256
from spatial.survey.runs import store as runs

Conn = Connection[TupleRow]
_LISTED = 20
# Parcels the register takes well in one set.
AT_ONCE = 50_000
_CENT = Decimal("0.01")


def register_survey(conn: Conn, survey: Submission, *, login: str, now: datetime) -> None:
    """Register an accepted submission; whole or not at all.

    Where the register has changed since the last run, the checks are run again: approval is the same check
    with a commit.

    Raises
    ------
    SurveyLooksDifferent
        If the check now finds errors that nobody waived.
    SurveyUnregistrable
        If a parcel, building or flat has no valid shape or no code.
    UnitsStillHeld
        If a flat that the survey would end has a right or restriction in force.
    NingtuError
        What the register refuses.
    """
    plan = _recheck(conn, survey, now=now)
    features = store.fetch_features(conn, survey.survey_id)
    _all_take_part(features, plan)
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
    for change in _change_sets(survey, features, plan):
        register(conn, change, now=now)
    register_objects(conn, survey, features, now=now)
    end(conn, plan.ended.buildings, plan.ended.flats, day=survey.effective_on, now=now)
    store.set_registered(conn, survey.survey_id, now)
    store.set_status(conn, survey.survey_id, Status.REGISTERED, login=login, now=now)


def _all_take_part(features: Features, plan: Plan) -> None:
    left_out = sorted(set(range(len(features))) - set(plan.written) - set(plan.unchanged))
    if left_out:
        raise SurveyUnregistrable(
            count=len(left_out),
            errors=[{"object_id": features.object_id(at), "feature_no": at + 1} for at in left_out[:_LISTED]],
        )


def _change_sets(survey: Submission, features: Features, plan: Plan) -> Iterator[ChangeSet]:
    """Cut a large registration into sets the register takes at once, all in one transaction.

    What ends or moves comes first and together, so that boundaries may be swapped; lineage comes last, when
    both its ends are known.
    """
    layer = Layer(survey.layer)
    taken = set(_replacing(features, plan))
    first = [at for at in plan.written if at in taken]
    rest = [at for at in plan.written if at not in taken]
    room = max(AT_ONCE - len(first), 0)
    parts = [first + rest[:room], *(rest[at : at + AT_ONCE] for at in range(room, len(rest), AT_ONCE))]
    edges = [
        LineageEdge(edge.parent, edge.child, edge.kind, Decimal(str(edge.area_m2))) for edge in plan.edges
    ]
    for number, part in enumerate(parts):
        retired, lineage = plan.retired if number == 0 else (), edges if number == len(parts) - 1 else ()
        if part or retired or lineage:
            yield ChangeSet(
                valid_from=survey.effective_on,
                new=[_version(features, at, layer, plan) for at in part],
                retired=retired,
                lineage=lineage,
                survey_id=survey.survey_id,
            )


def _replacing(features: Features, plan: Plan) -> Iterator[int]:
    """Yield the features that take ground over from a live parcel or keep its code."""
    kept = {code for change in plan.changes for code in change.codes if change.parents}
    for at in plan.written:
        if features.codes[at] in kept:
            yield at


def _recheck(conn: Conn, survey: Submission, *, now: datetime) -> Plan:
    """Check again where rules or register have changed since the last run; otherwise its result stands."""
    draft = stored_draft(conn, survey)
    last = runs.last_run(conn, survey.survey_id)
    if (
        last is not None
        and last["base_revision"] == ground_store.base_revision(conn)
        and last["rule_set_sha256"] == rule_set_sha256()
    ):
        ground, plan = compare(conn, draft, now=now)
        # Neither a seizure nor a case changes anything on the map, and so not the revision.
        context = context_of(draft, ground, plan, Moment.APPROVAL)
        for rule in ("seized", "under_case"):
            _refuse_errors(conn, survey, run_rule(catalogue()[rule], RULES[rule], context)[1], now)
        return plan
    report, plan = examine(conn, draft, now=now, moment=Moment.APPROVAL)
    _refuse_errors(conn, survey, report.findings, now)
    runs.insert_run(conn, survey.survey_id, report, plan_as_json(plan))
    return plan


def _refuse_errors(conn: Conn, survey: Submission, findings: list[Finding], now: datetime) -> None:
    waived = runs.waived_errors(conn, survey.survey_id, day_of(now))
    errors = [
        finding
        for finding in findings
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


def _version(features: Features, at: int, layer: Layer, plan: Plan) -> NewVersion:
    """Return the version a feature becomes; a use or address that it does not state stays as registered."""
    geom = features.geoms[at]
    before = plan.before.get(str(features.codes[at]), Registered())
    declared = features.declared_m2[at]
    area, standing = _square_metres(declared), _square_metres(before.area_m2)
    unit = features.unit_codes[at]
    return NewVersion(
        parcel_code=str(features.codes[at]),
        layer=layer,
        geom=shapely.get_geometry(geom, 0) if shapely.get_num_geometries(geom) == 1 else geom,
        official_area_m2=standing if area is None else area,
        surveyed_area_m2=area,
        land_use=features.land_use[at] or before.land_use,
        address=features.address[at] or before.address,
        unit_code=unit,
    )


def _square_metres(area: float | None) -> Decimal | None:
    return None if area is None else Decimal(str(area)).quantize(_CENT)


def run_register_job(db: Database, job: Job, *, now: datetime) -> None:
    """Register a large accepted submission; a second run of the job changes nothing."""
    survey_id = int(job.payload["survey_id"])
    with db.transaction(SYSTEM) as conn:
        conn.execute("SELECT set_config('statement_timeout', '3600000', true)")
        survey = store.fetch(conn, survey_id, lock=True)
        if survey is None or survey.status != Status.ACCEPTED:
            return
        register_survey(conn, survey, login=SYSTEM.login, now=now)
