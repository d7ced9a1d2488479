"""``money simulate``: run a simulated city of money from a seed, on a database of its own."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parents[2]


def add_to(group: typer.Typer) -> None:
    """Add the command to the group ``money``."""
    group.command("simulate")(simulate)


def simulate(
    seed: Annotated[int | None, typer.Option(min=0, help="one seed, with its trace")] = None,
    seeds: Annotated[str | None, typer.Option(help="several, such as 1-100; says only how each ends")] = None,
    days: Annotated[int, typer.Option(min=1, max=60, help="simulated days with faults")] = 3,
) -> None:
    """Run the money of a simulated city with faults, crashes and jumping clocks; exit 1 if a seed fails.

    A seed is one run, the same everywhere: orders, channels, the bank, six county banks and clocks follow
    from it. Nothing of the installation is touched.
    """
    chosen = _range(seeds) if seeds else range(seed or 0, (seed or 0) + 1)
    # Test equipment, as the benchmarks are: the product holds no crash hook and no false bank.
    runs = import_module("tests.money_proof.runs")
    failed = []
    print("· throw-away PostGIS", file=sys.stderr, flush=True)
    with runs.throwaway_place() as place:
        for number in chosen:
            if not _holds(place, number, days, trace=seeds is None):
                failed.append(number)
    if failed:
        for number in failed:
            print(f"replay: ./ningtu money simulate --seed {number} --days {days}   (commit {_commit()})")
        raise typer.Exit(1)


def _holds(place: Any, seed: int, days: int, *, trace: bool) -> bool:
    run = place.simulation(seed, days=days, say=print if trace else None)
    try:
        run.run()
    except Exception as error:  # noqa: BLE001  whatever stops a seed is what is looked for
        print(f"seed {seed} FAILS: {type(error).__name__}: {error}", flush=True)
        for line in run.lines[-1:]:
            print(f"  last: {line}")
        return False
    told = ", ".join(f"{run.counts[name]} {name}" for name in ("issue", "told", "frozen", "crash", "jump"))
    print(f"seed {seed} holds: {told}; trace {run.sha256[:16]}", flush=True)
    return True


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        raise typer.BadParameter("such as 1-100")
    return range(int(first), int(last or first) + 1)


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
