"""``survey check``: the surveyor's pre-check, offline, and ``import``: bulk load of a file."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.days import check_day, day_of_word

if TYPE_CHECKING:
    from spatial.survey.bulk import Say
    from spatial.survey.records import Incoming, Report

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="survey file")]
LayerName = Annotated[str, typer.Option("--layer", help="use_surface, use_above, collective, contract, …")]
SourceLayer = Annotated[str | None, typer.Option("--source-layer", help="layer of parcels in the file")]
Crs = Annotated[str | None, typer.Option("--crs", help="coordinate system of a file that names none")]
Axes = Annotated[str | None, typer.Option("--axes", help="swap: north and east are exchanged")]
KindName = Annotated[str, typer.Option("--kind", help="new, resurvey, correction or initial_load")]
_ERRORS_FOUND = 1


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Survey files: check them before sending.", no_args_is_help=True)
    group.command("check")(check)
    group.callback()(_group)
    app.add_typer(group, name="survey")
    app.command("import")(import_file)


def _group() -> None:
    """Keep ``check`` a command of the group, though it is the only one."""


def check(  # noqa: PLR0913, PLR0917  one parameter an option
    file: File,
    layer: LayerName = "use_surface",
    source_layer: SourceLayer = None,
    crs: Crs = None,
    axes: Axes = None,
    kind: KindName = "new",
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
    gpkg: Annotated[Path | None, typer.Option("--gpkg", help="write findings with places here")] = None,
) -> None:
    """Check a file with the rules of an upload; nothing is sent. Ends with 1 when errors are found."""
    from api.cli.__main__ import terminal_language
    from api.survey_views import report_json
    from data.clock import SystemClock
    from spatial.survey.offline import check_offline

    if gpkg is not None and not os.access(gpkg.resolve().parent, os.W_OK):
        raise typer.BadParameter(f"{gpkg} cannot be written", param_hint="--gpkg")
    lang = terminal_language()
    order = _incoming(file, layer, kind, source_layer=source_layer, crs=crs, axes=axes)
    report, _ = check_offline(order, now=SystemClock().now())
    shown = report_json(report, lang)
    if gpkg is not None:
        _write_findings(report, shown, gpkg)
    if as_json:
        print(json.dumps(shown, ensure_ascii=False, default=str))
    else:
        _print_report(shown)
    if report.counts()["errors"]:
        raise typer.Exit(_ERRORS_FOUND)


def _incoming(
    file: Path, layer: str, kind: str, *, source_layer: str | None, crs: str | None, **more: Any
) -> "Incoming":
    from data.clock import SystemClock, day_of
    from spatial.parcels.records import Layer
    from spatial.survey.records import Incoming, Kind, Order, Scope

    try:
        order = Order(
            project_code=str(more.get("project") or file.name)[:64],
            layer=Layer(layer).value,
            kind=Kind(kind),
            scope=Scope(more.get("scope") or "partial"),
            effective_on=more.get("effective_on") or day_of(SystemClock().now()),
            version=str(more.get("version") or "1"),
            source_layer=source_layer,
            crs=crs,
            axes=more.get("axes"),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return Incoming(file, file.name, order)


def _print_report(shown: dict[str, Any]) -> None:
    for rule in shown["run"]["rules"]:
        state = {"passed": "✓", "found": "✗", "not_run": "–"}[rule["result"]]
        tail = rule.get("reason_text") or (f"{rule['findings']}" if rule["findings"] else "")
        print(f"{state} {rule['rule_id']:<22} {rule['title']}  {tail}")
    print()
    for finding in shown["findings"]:
        measured = "" if finding["measured"] is None else f" {finding['measured']:g} {finding['unit'] or ''}"
        names = " / ".join(name for name in (finding["object_id"], finding["other_id"]) if name)
        print(f"[{finding['severity']}] {finding['rule_id']} {names}: {finding['message']}{measured}")
    counts = shown["counts"]
    print(
        f"\n{counts['features']} parcels · {counts['errors']} errors · {counts['warnings']} warnings"
        f" · {counts['infos']} infos · {counts['rules_passed']} rules passed"
        f" · {counts['rules_not_run']} not run"
    )


def _write_findings(report: "Report", shown: dict[str, Any], path: Path) -> None:
    """Write the findings as a GeoPackage layer in EPSG:4547."""
    import geopandas as gpd

    columns = ("rule_id", "severity", "object_id", "other_id", "measured", "limit", "unit", "message")
    rows = {column: [row[column] for row in shown["findings"]] for column in columns}
    places = [finding.place for finding in report.findings]
    frame = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(places, crs="EPSG:4547"))
    frame.to_file(path, layer="findings", driver="GPKG")


def import_file(  # noqa: PLR0913, PLR0917  one parameter an option
    file: File,
    layer: LayerName = "use_surface",
    crs: Crs = None,
    source: Annotated[
        str | None, typer.Option("--source", help="name of the load; default the file's")
    ] = None,
    source_layer: SourceLayer = None,
    kind: KindName = "initial_load",
    scope: Annotated[str, typer.Option("--scope", help="partial or complete")] = "partial",
    effective_on: Annotated[
        str, typer.Option("--effective-on", help="day, such as 2014-03-31", callback=check_day)
    ] = "today",
    version: Annotated[str, typer.Option("--version", help="version of the load")] = "1",
) -> None:
    """Load a file into the register: the same checks and constraints as an upload, without its limits."""
    from api.cli.installation import open_city
    from data.clock import SystemClock, day_of
    from spatial.survey.bulk import load_file

    day = day_of_word(effective_on, day_of(SystemClock().now()))
    incoming = _incoming(
        file, layer, kind, source_layer=source_layer, crs=crs, project=source, scope=scope,
        effective_on=day, version=version,
    )  # fmt: skip
    with open_city() as (db, installation), _progress_of(file.name) as say:
        files_dir = installation.settings.files_dir
        survey = load_file(db, incoming, files_dir=files_dir, now=SystemClock().now, say=say)
    print(f"{survey.feature_count:,} parcels: {survey.status} (survey {survey.survey_id})")


@contextmanager
def _progress_of(name: str) -> "Iterator[Say]":
    """Show a bar for each step of a load; the block says how far it is."""
    from rich import progress

    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
    )
    with progress.Progress(*columns) as bars:
        tasks: dict[str, progress.TaskID] = {}

        def say(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                for task in tasks.values():
                    bars.update(task, total=1, completed=1)
                tasks[step] = bars.add_task(f"{name}: {step}", total=None)
            bars.update(tasks[step], completed=done, total=total)

        yield say
