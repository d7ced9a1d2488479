"""``audit``: ask the rules that hold for what is registered."""

import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from api.context import Services
    from spatial.survey.records import Report


def commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    district: Annotated[str, typer.Option(help="only codes that begin so, such as 421202")] = "",
    layer: Annotated[str | None, typer.Option(help="only this layer of parcels")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="keep the run, as at night")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Check all parcels and rights in force; exits 1 where a rule finds an error."""
    from api.app import build_services
    from api.cli.installation import open_city
    from api.survey_views import finding_json

    if keep and (district or layer):
        raise typer.BadParameter("a run of a part is not kept", param_hint="--keep")
    with open_city() as (db, installation):
        services = build_services(installation.settings, db=db)
        found, results = _asked(services, district, layer, keep=keep)
    rows = [finding_json(finding, "zh", None) for report in found for finding in report.findings]
    features = sum(report.features for report in found)
    if as_json:
        print(json.dumps({"features": features, "findings": rows}, ensure_ascii=False, indent=1))
    else:
        _print(results, rows, features)
    if any(row["severity"] == "error" for row in rows):
        raise typer.Exit(1)


def _asked(
    services: "Services", district: str, layer: str | None, *, keep: bool
) -> "tuple[list[Report], Counter[tuple[str, str]]]":
    from api.audit_jobs import keep_gathered, reports, rule_set_sha256
    from data.access.records import SYSTEM
    from spatial.audits.records import Made
    from spatial.audits.service import gather

    now, begin = services.now(), time.perf_counter()
    with services.db.transaction(SYSTEM) as conn:
        found = list(reports(conn, now=now, district=district, layer=layer))
    if keep:
        seconds = round(time.perf_counter() - begin, 3)
        run = keep_gathered(services, gather(found), Made(now, seconds, rule_set_sha256()))
        print(f"run {run.run_id} kept: {run.appeared} new, {run.gone} gone, {seconds} s", file=sys.stderr)
    results = Counter((rule.rule_id, rule.result) for report in found for rule in report.run.rules)
    return found, results


def _print(results: Counter[tuple[str, str]], rows: list[dict[str, Any]], features: int) -> None:
    for row in rows:
        print(f"{row['severity']:8} {row['rule_id']:20} {row['object_id']} {row['message']}")
    for rule_id in dict.fromkeys(rule_id for rule_id, _ in results):
        counts = ", ".join(
            f"{results[rule_id, state]} {state}"
            for state in ("passed", "found", "not_run")
            if results[rule_id, state]
        )
        print(f"{rule_id:22} {counts}")
    print(f"{features:,} parcels and entries, {len(rows)} findings")
