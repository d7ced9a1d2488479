"""``down`` and ``status``: end what runs, say what runs."""

import os
import signal
import sys
import time
from pathlib import Path

import typer

from api.cli.installation import Installation

_STOP_S = 30.0
_MODULES = frozenset({b"api.server", b"api.worker", b"api.bulk_worker", b"api.supervisor"})


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("down")(down)
    app.command("status")(status)


def down() -> None:
    """Stop all that up started; the data stay."""
    from api.cli.installation import find_installation
    from api.supervisor import find_running, run_file

    installation = find_installation()
    home = installation.settings.home
    running = find_running(home)
    ended = []
    if running is not None:
        ended.append("web server and worker")
        end(running.pid)
    end_left_over(installation)
    run_file(home).unlink(missing_ok=True)
    if installation.embedded is not None and installation.embedded.stop():
        ended.append("PostgreSQL")
    print(f"stopped: {', '.join(ended)}" if ended else "nothing runs")


def status() -> None:
    """Say what runs; exits 1 if the city does not run."""
    from api.cli.installation import find_installation
    from api.cli.running import address
    from api.supervisor import find_running

    installation = find_installation()
    running = find_running(installation.settings.home)
    if running is None:
        print("the city does not run (./ningtu up)")
    else:
        print(f"{address(running.host, running.port)} (pid {running.pid})")
    if installation.embedded is None:
        print("database: given by NINGTU_DATABASE_URL")
    else:
        pid = installation.embedded.pid()
        print(f"database: embedded, {f'pid {pid}' if pid else 'stopped'}")
    if running is None:
        raise typer.Exit(1)


def end_left_over(installation: Installation) -> None:
    """End processes of this installation whose supervisor was killed."""
    for pid in left_over(installation):
        end(pid)


def left_over(installation: Installation) -> list[int]:
    """Return processes of this installation whose supervisor was killed, found by their environment."""
    mark = f"NINGTU_HOME={installation.settings.home}".encode()
    return [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and int(process.name) != os.getpid() and _is_ours(process, mark)
    ]


def _is_ours(process: Path, mark: bytes) -> bool:
    try:
        arguments = (process / "cmdline").read_bytes().split(b"\0")
        if not _MODULES.intersection(arguments):
            return False
        return mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def end(pid: int) -> None:
    """Ask a process to end, then make it."""
    deadline = time.monotonic() + _STOP_S
    try:
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            if _is_dead(pid):
                return
            time.sleep(0.1)
        print(f"pid {pid} does not end: killed", file=sys.stderr)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _is_dead(pid: int) -> bool:
    from api.supervisor import start_time

    return start_time(pid) is None
