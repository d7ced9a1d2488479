"""``bench``: figures with their limit measured in the same run."""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parents[2]
_PREFIX = "bench_"


def commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    name: Annotated[str | None, typer.Argument(help="one benchmark; all if absent")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="small sizes, within 3 minutes")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="write what the rule catalogue shows")] = False,
) -> None:
    """Run the benchmarks on a throw-away cluster that writes to disk; exits 1 if a goal is missed."""
    from data.cluster.throwaway import throwaway_cluster

    names = discover()
    if name is not None and name not in names:
        print(f"ningtu: no benchmark {name}; there are: {', '.join(names)}", file=sys.stderr)
        raise typer.Exit(2)
    results: list[Any] = []
    with throwaway_cluster(durable=True) as url:
        context = import_module("tests.benchmarks.harness").Context(
            url, quick=quick, publish=publish, say=_say
        )
        for chosen in [name] if name else names:
            begin = time.monotonic()
            _say(f"· {chosen}")
            with _quiet_stdout():
                results += import_module(f"tests.benchmarks.{_PREFIX}{chosen}").run(context)
            _say(f"  {time.monotonic() - begin:.1f} s")
    if as_json:
        print(json.dumps([result.as_json() for result in results], ensure_ascii=False, indent=1))
    else:
        print_table(results)
    if any(result.holds is False for result in results):
        raise typer.Exit(1)


def discover() -> list[str]:
    """Return the names of the benchmarks."""
    folder = ROOT / "tests" / "benchmarks"
    return sorted(file.stem.removeprefix(_PREFIX) for file in folder.glob(f"{_PREFIX}*.py"))


def print_table(results: Sequence[Any]) -> None:
    """Print the figures, one a line."""
    rows = [("bench", "case", "value", "limit", "ratio", "goal", "holds", "n")]
    rows += [
        (
            result.bench,
            result.case,
            f"{result.value:,.4g} {result.unit}",
            "" if result.limit is None else f"{result.limit:,.4g} ({result.limit_name})",
            "" if result.ratio is None else f"{result.ratio:.3f}",
            result.goal or "",
            {True: "yes", False: "NO", None: ""}[result.holds],
            f"{result.n:,}",
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _quiet_stdout() -> AbstractContextManager[Any]:
    """Keep what a benchmark prints out of the JSON."""
    from contextlib import redirect_stdout

    return redirect_stdout(sys.stderr) if sys.stderr else nullcontext()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
