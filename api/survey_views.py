"""How surveys are shown: reports, findings and changes as JSON and GeoJSON in the asker's language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely

from api.place_views import DEGREES, shown_geometries
from data.jobs.records import JobState
from data.messages import known, text
from spatial.survey.differences import Differences
from spatial.survey.records import Finding, Report, Submission

BALANCE = ("minor", "attributes", "area_tolerance_m2", "balanced")
_BEFORE_A_RUN = frozenset({"received", "checking", "failed"})


def report_json(report: Report, lang: str) -> dict[str, Any]:
    """Show a report that is not stored."""
    places = shown_geometries([finding.place for finding in report.findings])
    fixes = shown_geometries([finding.fix for finding in report.findings])
    findings = [
        {**finding_json(finding, lang, fix), "geometry": place}
        for finding, place, fix in zip(report.findings, places, fixes, strict=True)
    ]
    run = report.run
    return {
        "counts": report.counts(),
        "findings": findings,
        "run": {
            "rule_set_sha256": run.rule_set_sha256,
            "tolerance_m": run.tolerance_m,
            "base_revision": run.base_revision,
            "started_at": run.started_at,
            "seconds": run.seconds,
            "rules": [
                rule_json(
                    {
                        "rule_id": rule.rule_id,
                        "result": rule.result,
                        "findings": rule.findings,
                        "skipped": rule.skipped,
                        "reason": rule.reason,
                    },
                    lang,
                )
                for rule in run.rules
            ],
        },
    }


def finding_json(finding: Finding, lang: str, fix: dict[str, Any] | None) -> dict[str, Any]:
    """Show one finding of a report."""
    row: dict[str, Any] = {
        "rule_id": finding.rule_id,
        "severity": finding.severity.value,
        "object_id": finding.object_id,
        "other_id": finding.other_id,
        "feature_no": finding.feature_no,
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit,
        "code": finding.message,
        "message": message_of(finding.message, finding.params, lang),
    }
    if fix is not None:
        row["fix"] = fix
        row |= fix_facts(finding.params, lang)
    return row


def fix_facts(params: dict[str, Any], lang: str) -> dict[str, Any]:
    """Say what a fix does; a ``parcel_code`` names a registered neighbour, to whom it is only proposed."""
    kept = params.get("fix")
    if kept is None:
        return {}
    names = ("code", "moved_m", "area_delta_m2", "feature_no", "parcel_code")
    facts = {name: kept[name] for name in names}
    return {"fix_facts": {**facts, "text": text(f"survey.fix.{kept['code']}", lang)}}


def message_of(code: str, params: dict[str, Any], lang: str) -> str:
    """Put a finding's text together; areas are written to 0.01 m², lengths to the millimetre."""
    own = f"survey.finding.{code}"
    written = {name: _written(name, value) for name, value in params.items()}
    return text(own if known(own) else code, lang, **written)


def _written(name: str, value: object) -> object:
    if not isinstance(value, float):
        return value
    places = {"m2": 2, "m": 3}.get(name.rpartition("_")[2])
    return value if places is None else f"{value:.{places}f}"


def rule_json(rule: dict[str, Any], lang: str) -> dict[str, Any]:
    """Show how a rule ended, with its title and, where it did not run, why."""
    shown = {**rule, "title": text(f"survey.rule.{rule['rule_id']}", lang)}
    if rule["reason"]:
        shown["reason_text"] = text(f"survey.not_run.{rule['reason']}", lang)
    return shown


def finding_features(
    rows: Iterable[dict[str, Any]], lang: str, *, crs: str, next_cursor: str | None
) -> dict[str, Any]:
    """Show stored findings as a FeatureCollection."""
    rows = list(rows)
    places = shown_geometries([row["geom"] for row in rows], crs)
    fixes = shown_geometries([row["fix"] for row in rows], crs)
    features = []
    for row, place, fix in zip(rows, places, fixes, strict=True):
        properties = {key: value for key, value in row.items() if key not in {"geom", "fix", "params"}}
        properties["code"] = row["message"]
        properties["message"] = message_of(row["message"], row["params"], lang)
        if fix is not None:
            properties["fix"] = fix
            properties |= fix_facts(row["params"], lang)
        features.append(
            {"type": "Feature", "id": row["finding_id"], "geometry": place, "properties": properties}
        )
    return collection(features, next_cursor)


def proposal_features(rows: Sequence[Mapping[str, Any]], lang: str, *, crs: str) -> list[dict[str, Any]]:
    """Show what is proposed for registered neighbours."""
    shown = shown_geometries([row["geom"] for row in rows], crs)
    return [
        {
            "type": "Feature",
            "id": row["proposal_id"],
            "geometry": geometry,
            "properties": {
                **{name: value for name, value in row.items() if name != "geom"},
                "text": text(f"survey.fix.{row['code']}", lang),
            },
        }
        for row, geometry in zip(rows, shown, strict=True)
    ]


def difference_features(found: Differences, lang: str) -> dict[str, Any]:
    """Show what became of findings, what is new first: features with ``difference``, and counts."""
    groups = {"new": found.new, "remaining": found.remaining, "gone": found.gone}
    features: list[dict[str, Any]] = []
    for word, rows in groups.items():
        for feature in finding_features(rows, lang, crs=DEGREES, next_cursor=None)["features"]:
            feature["properties"]["difference"] = word
            features.append(feature)
    return {**collection(features, None), "counts": {word: len(rows) for word, rows in groups.items()}}


def progress_json(job: JobState | None) -> dict[str, Any] | None:
    """Show how far the job of a submission is: done and total count in the step."""
    if job is None:
        return None
    return {"done": job.done, "total": job.total, "step": job.step, "state": job.state}


def collection(features: list[dict[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    """Return a FeatureCollection, with ``next`` when there is more."""
    answer: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if next_cursor is not None:
        answer["next"] = next_cursor
    return answer


def survey_json(
    survey: Submission,
    lang: str,
    *,
    counts: dict[str, int] | None = None,
    run: dict[str, Any] | None = None,
    progress: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Show a submission; ``counts`` and ``run`` are of its last run."""
    shown: dict[str, Any] = {
        "id": survey.survey_id,
        "status": survey.status,
        "project_code": survey.project_code,
        "version": survey.version,
        "layer": survey.layer,
        "source_layer": survey.source.get("layer"),
        "crs": f"EPSG:{survey.source['epsg']}" if "epsg" in survey.source else None,
        "kind": survey.kind,
        "scope": survey.scope,
        "effective_on": survey.effective_on,
        "counts": None if survey.status in _BEFORE_A_RUN else counts,
        "feature_count": survey.feature_count,
        "file_name": survey.file_name,
        "file_sha256": survey.file_sha256,
        "file_bytes": survey.file_bytes,
        "submitted_by": survey.submitted_by,
        "received_at": survey.created_at,
        "registered_at": survey.registered_at,
        "problem": _problem(survey.problem, lang),
    }
    if run is not None:
        shown["run"] = {
            "rule_set_sha256": run["rule_set_sha256"],
            "tolerance_m": run["tolerance_m"],
            "base_revision": run["base_revision"],
            "started_at": run["started_at"],
            "seconds": run["seconds"],
            "rules": [rule_json(rule, lang) for rule in run["rules"]],
        }
    if progress is not None:
        shown["progress"] = progress
    return shown


def _problem(problem: dict[str, Any] | None, lang: str) -> dict[str, Any] | None:
    if problem is None:
        return None
    faults = [_fault(fault, lang) for fault in problem.get("errors", [])]
    told = next((fault["message"] for fault in faults if "message" in fault), None)
    return {**problem, "errors": faults, "detail": told or text(problem["code"], lang, **problem)}


def _fault(fault: dict[str, Any], lang: str) -> dict[str, Any]:
    """Put the words of a refusal beside its reason."""
    code = fault.get("message_code")
    if code is None:
        return fault
    shown = {key: value for key, value in fault.items() if key != "message_code"}
    return {**shown, "message": text(code, lang, **shown)}


def change_features(
    items: list[dict[str, Any]], drafts: dict[str, Any], old: dict[str, Any], *, crs: str
) -> list[dict[str, Any]]:
    """Show changes against the register; a change lies where its new parcels are, otherwise its old ones."""
    geoms = [
        _together([drafts[code] for code in item["codes"] if code in drafts])
        or _together([old[code] for code in item["parents"] if code in old])
        for item in items
    ]
    features = []
    for item, geometry in zip(items, shown_geometries(geoms, crs), strict=True):
        properties: dict[str, Any] = {
            "change": item["change"],
            "kind": item["change"],
            "new_codes": item["codes"],
            "old_codes": item["parents"],
            "old_area_m2": item["old_area_m2"] if item["parents"] else None,
            "new_area_m2": item["new_area_m2"] if item["codes"] else None,
            "area_delta_m2": round(item["new_area_m2"] - item["old_area_m2"], 2),
            "moved_m": item["moved_m"],
            # Runs of before the areas were balanced say nothing of it.
            **{name: item[name] for name in BALANCE if name in item},
        }
        names = {*item["codes"], *item["parents"]}
        if len(names) == 1:
            properties["parcel_code"] = names.pop()
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return features


def _together(geoms: list[Any]) -> Any:
    parts = [part for geom in geoms for part in shapely.get_parts(geom)]
    return shapely.MultiPolygon(parts) if parts else None
