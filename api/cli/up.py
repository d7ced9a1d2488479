"""``up``: make everything, start the city, say where it is."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.cli import preparation
from api.cli.announcement import announcement
from api.cli.down import end_left_over
from api.cli.installation import Installation
from api.cli.running import address, run_apart, run_here, stop_database, wait_until_ready
from api.cli.steps import Steps

_INTERRUPTED = 130


def commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="port of the web server [default: 8000]")
    ] = None,
    host: Annotated[str | None, typer.Option(help="address to listen on [default: 127.0.0.1]")] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="with the synthetic demo city [default: demo]")
    ] = None,
    empty: Annotated[bool, typer.Option("--empty", help="schema and reference data, only admin")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="return when the city is ready")] = False,
) -> None:
    """Start the city: database, reference data, demo city, worker and web server."""
    from api.cli.installation import find_installation

    steps = Steps()
    installation = _with_address(find_installation(say=steps.say), host, port)
    if _runs_already(installation, asked_port=port):
        return
    with _alone(installation.settings.home):
        # What a killed supervisor left holds the port for a moment longer.
        end_left_over(installation)
        _check_port(installation)
        try:
            content = preparation.choose_content(installation, demo=demo, empty=empty)
            installation = _prepare(installation, content, steps)
            status = (run_apart if detach else run_here)(installation, content, steps)
        except BaseException as error:
            stop_database(installation)
            if isinstance(error, KeyboardInterrupt):
                print("\nstopped", file=sys.stderr)
                raise typer.Exit(_INTERRUPTED) from None
            raise
    raise typer.Exit(status)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep a second ``up`` out until this one ends: both would make the same database."""
    descriptor = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        print("ningtu: another ./ningtu up is at work here; wait until it is ready", file=sys.stderr)
        raise typer.Exit(1) from None
    try:
        yield
    finally:
        os.close(descriptor)


def _with_address(installation: Installation, host: str | None, port: int | None) -> Installation:
    settings = installation.settings
    host = host or settings.host
    trusted = settings.trusted_hosts if host in settings.trusted_hosts else (*settings.trusted_hosts, host)
    settings = replace(settings, host=host, port=port or settings.port, trusted_hosts=trusted)
    return replace(installation, settings=settings)


def _runs_already(installation: Installation, *, asked_port: int | None) -> bool:
    from api.supervisor import find_running

    running = find_running(installation.settings.home)
    if running is None:
        return False
    if asked_port not in (None, running.port):
        print(
            f"ningtu: the city runs already at {address(running.host, running.port)} (pid {running.pid});"
            " ./ningtu down stops it",
            file=sys.stderr,
        )
        raise typer.Exit(1)
    if installation.embedded is not None and not installation.embedded.is_running():
        print("· the database was not running")
        installation.embedded.start()
    settings = replace(installation.settings, host=running.host, port=running.port)
    if not wait_until_ready(settings, lambda: find_running(settings.home) is None):
        print("ningtu: it runs but does not answer; ./ningtu down, then ./ningtu up", file=sys.stderr)
        raise typer.Exit(1)
    print(f"The city runs already (pid {running.pid}):")
    print(announcement(settings, preparation.kept_content(settings.home)))
    return True


def _check_port(installation: Installation) -> None:
    from api.cli.ports import holder_of, is_taken, next_free

    host, port = installation.settings.host, installation.settings.port
    try:
        if is_taken(host, port):
            holder = holder_of(port)
            who = "another user's process" if holder is None else f"pid {holder.pid}: {holder.command}"
            print(
                f"ningtu: port {port} is taken ({who}).\n"
                f"Choose another: ./ningtu up --port {next_free(host, port)}",
                file=sys.stderr,
            )
            raise typer.Exit(1)
    except OSError as error:
        print(f"ningtu: cannot listen on {host}:{port}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(1) from error


def _prepare(installation: Installation, content: str, steps: Steps) -> Installation:
    installation = preparation.database(installation, steps)
    preparation.content(installation, content, steps)
    preparation.assets(installation, steps)
    return installation
