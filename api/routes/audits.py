"""The audit of the register: kept runs, their counts by rule and county, their findings."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.pages import encode_cursor, key_number, page
from api.place_views import shown_geometries
from api.schemas import CountyCode, PageQuery
from api.survey_views import collection, message_of
from data.messages import text
from spatial.audits import service as audits
from spatial.audits.records import AuditRun, Row, State, Wanted
from spatial.survey.records import Severity

bp = APIBlueprint("audits", __name__, url_prefix="/api/v1/audits")

READERS = ("reviewer", "registrar", "supervisor", "admin")
_ALL_COUNTIES = ("reviewer", "supervisor", "admin")


class AuditFindingQuery(PageQuery):
    """Which findings of a run: those it has, those the run before had not, those only the run before had."""

    state: State = State.PRESENT
    rule: Annotated[str, Field(max_length=40)] | None = None
    severity: Severity | None = None
    county: CountyCode | None = None
    crs: Literal["EPSG:4490", "EPSG:4547"] = "EPSG:4490"


@bp.get("")
@bp.input(PageQuery, location="query")
@needs(*READERS)
def list_audits(query_data: PageQuery) -> dict[str, object]:
    """List the runs of the audit, newest first."""
    with services().db.transaction(actor()) as conn:
        found = audits.runs(conn, before=key_number(query_data.cursor), limit=query_data.limit + 1)
    shown = found[: query_data.limit]
    more = len(found) > query_data.limit
    return page([_run(run) for run in shown], encode_cursor(shown[-1].run_id) if more else None)


@bp.get("/latest")
@needs(*READERS)
def latest_audit() -> dict[str, Any]:
    """Show the last run: figures, and counts by rule and county beside those of the run before."""
    return _shown(None)


@bp.get("/<int:run_id>")
@needs(*READERS)
def show_audit(run_id: int) -> dict[str, Any]:
    """Show a run: figures, and counts by rule and county beside those of the run before."""
    return _shown(run_id)


@bp.get("/<int:run_id>/findings")
@bp.input(AuditFindingQuery, location="query")
@needs(*READERS)
def audit_findings(run_id: int, query_data: AuditFindingQuery) -> dict[str, Any]:
    """List findings of a run as GeoJSON; a registrar reads those of the own county."""
    wanted = Wanted(
        limit=query_data.limit + 1,
        state=query_data.state,
        after=key_number(query_data.cursor) or 0,
        rule_id=query_data.rule,
        severity=query_data.severity,
        county_code=_county() or query_data.county,
    )
    with services().db.transaction(actor()) as conn:
        run = audits.run_of(conn, run_id)
        rows = audits.findings(conn, run.run_id, wanted)
    shown = rows[: query_data.limit]
    following = encode_cursor(shown[-1]["finding_id"]) if len(rows) > query_data.limit else None
    return collection(_features(shown, query_data.crs), following)


def _shown(run_id: int | None) -> dict[str, Any]:
    with services().db.transaction(actor()) as conn:
        run = audits.run_of(conn, run_id)
        counts = audits.counts(conn, run.run_id, _county())
    lang = language()
    rules = [
        {"rule_id": rule_id, "title": text(f"survey.rule.{rule_id}", lang), **_results(results)}
        for rule_id, results in sorted(run.rules.items())
    ]
    names = ("rule_id", "county_code", "findings", "appeared", "gone")
    rows = [{name: getattr(count, name) for name in names} for count in counts]
    return {**_run(run), "rules": rules, "counts": rows}


def _county() -> str | None:
    """Return the county a reader is bound to; None where all are open."""
    return None if actor().may(*_ALL_COUNTIES) else actor().county_code or ""


def _run(run: AuditRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "started_at": run.started_at,
        "seconds": run.seconds,
        "features": run.features,
        "rule_set_sha256": run.rule_set_sha256,
        "errors": run.errors,
        "warnings": run.warnings,
        "infos": run.infos,
        "new": run.appeared,
        "gone": run.gone,
    }


def _results(results: dict[str, int]) -> dict[str, int]:
    return {name: results.get(name, 0) for name in ("passed", "found", "not_run", "counted", "kept")}


def _features(rows: list[Row], crs: str) -> list[dict[str, Any]]:
    lang = language()
    places = shown_geometries([row["geom"] for row in rows], crs)
    features = []
    for row, place in zip(rows, places, strict=True):
        properties = {name: value for name, value in row.items() if name not in {"geom", "params"}}
        properties["code"] = row["message"]
        properties["message"] = message_of(row["message"], row["params"], lang)
        properties["rule_title"] = text(f"survey.rule.{row['rule_id']}", lang)
        features.append(
            {"type": "Feature", "id": row["finding_id"], "geometry": place, "properties": properties}
        )
    return features
