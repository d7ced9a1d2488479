"""``audit``: ask the rules that hold for what is registered."""

import json
from collections import Counter
from collections.abc import Iterator
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
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Check all parcels and rights in force, reading only; exits 1 where a rule finds an error."""
    from api.app import build_services
    from api.cli.installation import open_city
    from api.survey_views import finding_json

    with open_city() as (db, installation):
        services = build_services(installation.settings, db=db)
        results: Counter[tuple[str, str]] = Counter()
        rows: list[dict[str, Any]] = []
        features = 0
        for report in _reports(services, district, layer):
            features += report.features
            results.update((rule.rule_id, rule.result) for rule in report.run.rules)
            rows += [finding_json(finding, "zh", None) for finding in report.findings]
    if as_json:
        print(json.dumps({"features": features, "findings": rows}, ensure_ascii=False, indent=1))
    else:
        _print(results, rows, features)
    if any(row["severity"] == "error" for row in rows):
        raise typer.Exit(1)


def _reports(services: "Services", district: str, layer: str | None) -> "Iterator[Report]":
    from data.access.records import SYSTEM
    from registry.rights.audit.service import audit as audit_rights
    from spatial.survey.auditing import audit_parcels

    now = services.now()
    with services.db.transaction(SYSTEM) as conn:
        conn.execute("SELECT set_config('statement_timeout', '600000', true)")
        for _, _, report in audit_parcels(conn, now=now, district=district, layer=layer):
            yield report
        yield audit_rights(conn, now=now)


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
