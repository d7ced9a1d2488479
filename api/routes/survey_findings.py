"""Findings of a survey submission: as a list, on paper, against the version before; and their fixes."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.finding_report import findings_report
from api.pages import encode_cursor, key_number
from api.routes.surveys import READERS, Crs, FeatureQuery
from api.schemas import Query, Strict
from api.survey_views import collection, difference_features, finding_features, proposal_features
from spatial.survey import fixing
from spatial.survey import service as surveys
from spatial.survey.errors import SurveyStateWrong
from spatial.survey.fixes import store as fixes
from spatial.survey.records import Status
from spatial.survey.reporting.paper import findings_pdf
from spatial.survey.reporting.records import FindingsReport
from spatial.survey.reporting.workbook import findings_xlsx
from spatial.survey.runs import store as runs

bp = APIBlueprint("survey_findings", __name__, url_prefix="/api/v1/surveys")

_STILL_OPEN = frozenset({Status.CHECKED, Status.SUBMITTED})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FindingQuery(FeatureQuery):
    """A page of findings, or all of them as a report on paper or as a workbook."""

    format: Literal["geojson", "pdf", "xlsx"] = "geojson"


class CrsQuery(Query):
    """In which coordinates."""

    crs: Crs = "EPSG:4490"


class FixesBody(Strict):
    """Findings whose fixes are accepted."""

    finding_ids: Annotated[list[int], Field(min_length=1, max_length=1_000)]


@bp.get("/<int:survey_id>/findings")
@bp.input(FindingQuery, location="query")
@needs(*READERS)
def list_findings(survey_id: int, query_data: FindingQuery) -> dict[str, object] | Response:
    """List the findings of the last run as GeoJSON, or give a report with all rules as pdf or xlsx."""
    after = key_number(query_data.cursor) or 0
    with services().db.transaction(actor()) as conn:
        survey = surveys.get(conn, actor(), survey_id)
        run = runs.last_run(conn, survey_id)
        whole = query_data.format != "geojson"
        limit = surveys.COMPARED if whole else query_data.limit
        rows = runs.findings(conn, run["run_id"], after=0 if whole else after, limit=limit) if run else []
    if not surveys.sees_all(actor()) and survey.status in _STILL_OPEN:
        # What a reviewer thinks of doing is told with the decision.
        rows = [{**row, "answer": None} for row in rows]
    if query_data.format != "geojson":
        if run is None:
            raise SurveyStateWrong(survey_id=survey_id, state=survey.status, allowed=["checked"])
        report = findings_report(survey, run, rows, language(), now=services().now())
        return _report_file(report, query_data.format, f"survey-{survey_id}-findings.{query_data.format}")
    cursor = encode_cursor(rows[-1]["finding_id"]) if len(rows) == query_data.limit else None
    return finding_features(rows, language(), crs=query_data.crs, next_cursor=cursor)


def _report_file(report: FindingsReport, wanted: Literal["pdf", "xlsx"], name: str) -> Response:
    body = findings_pdf(report) if wanted == "pdf" else findings_xlsx(report)
    response = Response(body, content_type="application/pdf" if wanted == "pdf" else XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@bp.get("/<int:survey_id>/findings/differences")
@needs(*READERS)
def list_differences(survey_id: int) -> dict[str, object]:
    """List what became of the findings of the version before: gone, new, remaining."""
    with services().db.transaction(actor()) as conn:
        previous, found = surveys.differences(conn, actor(), survey_id)
    answer = difference_features(found, language())
    return {**answer, "previous": {"id": previous.survey_id, "version": previous.version}}


@bp.post("/<int:survey_id>/fixes")
@bp.input(FixesBody)
@needs("surveyor", "partner", "admin")
def accept_fixes(survey_id: int, json_data: FixesBody) -> tuple[dict[str, object], int]:
    """Accept fixes of findings of the last run: the parcels move in a new draft, which is checked again.

    A fix of a registered neighbour becomes a proposal for the reviewer; no neighbour changes.
    """
    done = fixing.accept_fixes(services().db, actor(), survey_id, json_data.finding_ids, now=services().now())
    return {
        "id": survey_id,
        "status": done.survey.status,
        "draft_no": done.draft_no,
        "fixed": done.fixed,
        "proposed": done.proposed,
    }, 202


@bp.get("/<int:survey_id>/fixes")
@bp.input(CrsQuery, location="query")
@needs(*READERS)
def list_fixes(survey_id: int, query_data: CrsQuery) -> dict[str, object]:
    """List accepted fixes by draft, and what is proposed for registered neighbours, as GeoJSON."""
    with services().db.transaction(actor()) as conn:
        surveys.get(conn, actor(), survey_id)
        draft_no = fixes.last_draft(conn, survey_id)
        done, proposed = fixes.drafts(conn, survey_id), fixes.proposals(conn, survey_id)
    return {
        "draft_no": draft_no,
        "fixes": [dict(row) for row in done],
        "proposals": collection(proposal_features(proposed, language(), crs=query_data.crs), None),
    }
