"""``test`` and ``check``: prove the city, prove the code."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parents[2]
CHECKS: dict[str, tuple[str, ...]] = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
    "fast tests": ("pytest", "-q", "tests/unit"),
}
# Settings that tests are to see; all others of the caller's shell are hidden from them.
_KEPT = ("NINGTU_SHARED_DATA", "NINGTU_PG_BIN", "NINGTU_HOME")
# Each process brings a city and a browser of its own: more of them need memory rather than cores.
_MOST_PROCESSES = 4


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "test",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        options_metavar="[PYTEST ARGUMENTS]",
    )(test)
    app.command("check")(check)


def test(context: typer.Context) -> None:
    """Run the whole suite, a process per core, on a throw-away database; arguments go to pytest instead."""
    from api.cli.installation import find_installation
    from api.cli.steps import Steps
    from data.cluster.throwaway import throwaway_cluster, throwaway_folder
    from webmap.assets.fetching import bring

    steps = Steps()
    home = find_installation().settings.home
    with steps.step("browser libraries"):
        bring(home / "assets", home, say=steps.say)
    print("· throw-away PostGIS", flush=True)
    with throwaway_cluster() as url, throwaway_folder() as temporary:
        steps.say(f"ready after {steps.seconds():.1f} s")
        arguments = context.args or whole_suite(len(os.sched_getaffinity(0)))
        told = {"NINGTU_TEST_DATABASE_URL": url, "TMPDIR": str(temporary)}
        status = run_tool(("pytest", *arguments), told)
    raise typer.Exit(status)


def whole_suite(cores: int) -> list[str]:
    """Return the arguments of pytest for all tests: whole files go to the processes, since they share rows.

    Examples
    --------
    >>> whole_suite(2)
    ['-n', '2', '--dist', 'loadfile']
    """
    return ["-n", str(min(cores, _MOST_PROCESSES)), "--dist", "loadfile"]


def check() -> None:
    """Check format, lint, types and import contracts, and run the fast tests."""
    failed = []
    for name, command in CHECKS.items():
        begin = time.monotonic()
        print(f"· {name}: {' '.join(command)}", flush=True)
        if run_tool(command) != 0:
            failed.append(name)
        print(f"  {time.monotonic() - begin:.1f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
        raise typer.Exit(1)
    print("all checks pass")


def run_tool(command: Sequence[str], more: dict[str, str] | None = None) -> int:
    """Run a tool of the environment in the checkout; returns its exit status."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("NINGTU_") or name in _KEPT
    }
    program = Path(sys.executable).parent / command[0]
    return subprocess.run(
        [str(program), *command[1:]], cwd=ROOT, env={**kept, **(more or {})}, check=False
    ).returncode
