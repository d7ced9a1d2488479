"""Survey submissions: send, follow, changes, drafts, submit, decide, cancel."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response, url_for
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.pages import encode_cursor, key_number, page
from api.place_views import shown_geometries
from api.review_views import desk_json, reason_names
from api.routes.checks import CheckForm
from api.schemas import Day, PageQuery, Query, Strict, Whole
from api.survey_views import change_features, collection, progress_json, survey_json
from api.touched import FOLLOWERS, cases_on_units, together, touched
from api.uploads import uploaded_file
from data.jobs import service as jobs
from spatial.buildings.ending import held
from spatial.survey import service as surveys
from spatial.survey import store
from spatial.survey.ground import store as ground
from spatial.survey.objects import store as objects
from spatial.survey.readers.limits import UPLOAD
from spatial.survey.records import Decision, Incoming, Order, Status, Submission, Waiver
from spatial.survey.review import service as review
from spatial.survey.review.records import Review
from spatial.survey.runs import store as runs
from spatial.survey.store import Conn

bp = APIBlueprint("surveys", __name__, url_prefix="/api/v1/surveys")

READERS = ("surveyor", "partner", "reviewer", "supervisor", "admin")

NO_CHANGES = {"items": [], "unchanged": 0, "written": 0, "retired": 0}
KIB = 1024
Crs = Literal["EPSG:4490", "EPSG:4547"]


class SurveyForm(CheckForm):
    """A submission; the day of effect is today unless said.

    ``replaces`` names the version of the project that this one takes the place of; ``sha256`` is the hash of
    the file, which is refused when it is another.
    """

    project_code: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    version: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,32}$")] = "1"
    effective_on: Day | None = None
    replaces: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,32}$")] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | None = None


class SurveyQuery(PageQuery):
    """Which submissions."""

    status: Status | None = None


class FeatureQuery(Query):
    """A page of features."""

    limit: Annotated[Whole, Field(ge=1, le=10_000, strict=False)] = 5_000
    cursor: str | None = None
    crs: Crs = "EPSG:4490"


Reason = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")]


class WaiverBody(Strict):
    """A finding that is let pass."""

    finding_id: int
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    until: Annotated[Day | None, Field(strict=False)] = None
    reason_code: Reason | None = None


class ReviewBody(Strict):
    """A reviewer's decision."""

    decision: Literal["accept", "return"]
    comment: Annotated[str, Field(max_length=4000)] = ""
    reason_codes: Annotated[list[Reason], Field(default_factory=list, max_length=20)]
    waivers: Annotated[list[WaiverBody], Field(default_factory=list, max_length=10_000)]


@bp.post("")
@bp.input(SurveyForm, location="form")
@needs("surveyor", "partner", "admin")
def send_survey(form_data: SurveyForm) -> tuple[dict[str, object], int, dict[str, str]]:
    """Take a survey file in: read it, a large one in the background, and have it checked.

    The same project, version and file give the same submission again.
    """
    order = Order(
        project_code=form_data.project_code,
        layer=form_data.layer.value,
        kind=form_data.kind,
        scope=form_data.scope,
        effective_on=form_data.effective_on or services().today(),
        version=form_data.version,
        source_layer=form_data.source_layer or None,
        crs=form_data.crs or None,
        axes=form_data.axes,
        replaces=form_data.replaces,
        sha256=form_data.sha256.lower() if form_data.sha256 else None,
    )
    settings = services().settings
    with uploaded_file() as (path, name):
        survey, _ = surveys.send(
            services().db,
            actor(),
            Incoming(path, name, order),
            files_dir=settings.files_dir,
            now=services().now(),
            limits=replace(UPLOAD, at_once_bytes=settings.read_at_once_kib * KIB),
        )
    place = url_for("surveys.show_survey", survey_id=survey.survey_id)
    return {"id": survey.survey_id, "status": survey.status}, 202, {"Location": place}


@bp.get("")
@bp.input(SurveyQuery, location="query")
@needs(*READERS)
def list_surveys(query_data: SurveyQuery) -> dict[str, object]:
    """List the submissions the caller may see, newest first."""
    before = key_number(query_data.cursor)
    with services().db.transaction(actor()) as conn:
        found = surveys.find(
            conn,
            actor(),
            status=query_data.status.value if query_data.status else None,
            before=before,
            limit=query_data.limit,
        )
        counts = runs.counts_of(conn, [survey.survey_id for survey in found])
        working = jobs.states_of(conn, [survey.job_id for survey in found if survey.job_id])
    items = [
        survey_json(
            survey,
            language(),
            counts=counts.get(survey.survey_id),
            progress=progress_json(working.get(survey.job_id or 0)),
        )
        for survey in found
    ]
    more = len(found) == query_data.limit
    return page(items, encode_cursor(found[-1].survey_id) if more else None)


@bp.get("/<int:survey_id>")
@needs(*READERS)
def show_survey(survey_id: int) -> dict[str, object]:
    """Show a submission with its last run and how far the check is; ``objects`` counts rows by table."""
    with services().db.transaction(actor()) as conn:
        return _shown(conn, surveys.get(conn, actor(), survey_id))


def _shown(conn: Conn, survey: Submission) -> dict[str, object]:
    run = runs.last_run(conn, survey.survey_id)
    job = jobs.state_of(conn, survey.job_id) if survey.job_id else None
    counts = run["counts"] if run else None
    shown = survey_json(survey, language(), counts=counts, run=run, progress=progress_json(job))
    desk = review.desk(conn, survey, today=services().today())
    return {
        **shown,
        **_decision(conn, survey, desk.reviews),
        "review": desk_json(desk, language()) if surveys.sees_all(actor()) else None,
        "replaces": survey.replaces_id,
        "replaced_by": store.replaced_by(conn, survey.survey_id),
        "objects": objects.counts_of(conn, survey.survey_id),
        "events": store.events(conn, survey.survey_id),
    }


def _decision(conn: Conn, survey: Submission, reviews: list[Review]) -> dict[str, object]:
    """Return the decision that took effect, with the names of its reasons."""
    if survey.decided_at is None:
        return {}
    last = next((one for one in reversed(reviews) if one.takes_effect), None)
    return {
        "decision": {
            "by": survey.decided_by,
            "decided_at": survey.decided_at,
            "comment": survey.comment,
            "reasons": [] if last is None else reason_names(conn, last, services().today(), language()),
        }
    }


@bp.get("/<int:survey_id>/changes")
@bp.input(FeatureQuery, location="query")
@needs(*READERS)
def list_changes(survey_id: int, query_data: FeatureQuery) -> dict[str, object]:
    """List what the submission changes in the register, as of its last run, and what that touches now."""
    first = key_number(query_data.cursor) or 0
    with services().db.transaction(actor()) as conn:
        surveys.get(conn, actor(), survey_id)
        run = runs.last_run(conn, survey_id)
        changes: dict[str, Any] = run["changes"] if run else dict(NO_CHANGES)
        items = changes["items"][first : first + query_data.limit]
        drafts = store.shapes_of(conn, survey_id, [code for item in items for code in item["codes"]])
        parents = [code for item in items for code in item["parents"]]
        old = ground.latest_shapes(conn, parents)
        concerned = touched(conn, actor(), parents)
        ended = _ended(conn, changes.get("ended") or {})
    last = first + query_data.limit
    cursor = encode_cursor(last) if last < len(changes["items"]) else None
    features = change_features(items, drafts, old, crs=query_data.crs)
    for item, feature in zip(items, features, strict=True):
        feature["properties"]["touched"] = together(concerned, item["parents"])
    answer = collection(features, cursor)
    totals: dict[str, int] = {}
    for item in changes["items"]:
        totals[item["change"]] = totals.get(item["change"], 0) + 1
    parcels = {name: changes[name] for name in ("unchanged", "written", "retired")}
    return {**answer, "counts": totals, "parcels": parcels | changes.get("counts", {}), "ended": ended}


def _ended(conn: Conn, ended: dict[str, list[str]]) -> dict[str, Any]:
    """Return the buildings and flats that would end, how many flats have rights that forbid it, and cases."""
    buildings, flats = ended.get("buildings", []), ended.get("flats", [])
    still = held(conn, [*buildings, *flats])
    under = cases_on_units(conn, [*buildings, *flats])
    more: dict[str, Any] = {"held_units": still, "cases": under} if actor().may(*FOLLOWERS) else {}
    return {"buildings": buildings, "flats": flats, "held": len(still), "open_cases": len(under), **more}


@bp.get("/<int:survey_id>/features")
@bp.input(FeatureQuery, location="query")
@needs(*READERS)
def list_features(survey_id: int, query_data: FeatureQuery) -> dict[str, object]:
    """List the draft parcels as GeoJSON."""
    after = key_number(query_data.cursor) or 0
    with services().db.transaction(actor()) as conn:
        surveys.get(conn, actor(), survey_id)
        rows = store.draft_page(conn, survey_id, after=after, limit=query_data.limit)
    features = [
        {
            "type": "Feature",
            "id": row["feature_no"],
            "geometry": geometry,
            "properties": {name: value for name, value in row.items() if name != "geom"},
        }
        for row, geometry in zip(
            rows, shown_geometries([row["geom"] for row in rows], query_data.crs), strict=True
        )
    ]
    more = len(rows) == query_data.limit
    return collection(features, encode_cursor(rows[-1]["feature_no"]) if more else None)


@bp.post("/<int:survey_id>/submit")
@needs("surveyor", "partner", "admin")
def submit_survey(survey_id: int) -> dict[str, object]:
    """Hand a checked submission to the reviewers."""
    survey = surveys.submit(services().db, actor(), survey_id, now=services().now())
    return {"id": survey.survey_id, "status": survey.status}


@bp.post("/<int:survey_id>/cancel")
@needs("surveyor", "partner", "admin")
def cancel_survey(survey_id: int) -> dict[str, object]:
    """Give a submission up."""
    survey = surveys.cancel(services().db, actor(), survey_id, now=services().now())
    return {"id": survey.survey_id, "status": survey.status}


@bp.post("/<int:survey_id>/decision")
@bp.input(ReviewBody)
@needs("reviewer")
def decide_survey(survey_id: int, json_data: ReviewBody) -> dict[str, object]:
    """Accept a submission, which registers it, or return it.

    Where two people must accept, the first acceptance leaves it ``submitted`` (``waits_for``).
    """
    decision = Decision(
        accept=json_data.decision == "accept",
        comment=json_data.comment,
        waivers=tuple(
            Waiver(entry.finding_id, entry.reason, entry.until, entry.reason_code)
            for entry in json_data.waivers
        ),
        reason_codes=tuple(json_data.reason_codes),
    )
    survey = review.decide(services().db, actor(), survey_id, decision, now=services().now())
    waits = decision.accept and survey.status == Status.SUBMITTED
    return {
        "id": survey.survey_id,
        "status": survey.status,
        "waits_for": "second_reviewer" if waits else None,
    }


@bp.get("/<int:survey_id>/file")
@needs(*READERS)
def download_file(survey_id: int) -> Response:
    """Give the file back exactly as it was sent."""
    with services().db.transaction(actor()) as conn:
        survey = surveys.get(conn, actor(), survey_id)
    data = (services().settings.files_dir / survey.file_sha256).read_bytes()
    response = Response(data, content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=f"survey-{survey_id}.bin")
    return response
