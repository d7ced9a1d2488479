"""``up``: make everything, start the city, say where it is."""

import sys
import threading
import time
from dataclasses import replace
from typing import Annotated

import typer

from api.cli import preparation
from api.cli.installation import Installation
from api.cli.steps import Steps

# The server's own processes take a moment to end after it was killed.
_OURS_END_S = 5.0
_READY_S = 90.0
_INTERRUPTED = 130
_OK = 200
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  compared, not bound
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
    port: Annotated[int | None, typer.Option(help="port of the web server [default: 8000]")] = None,
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
    _check_port(installation)
    try:
        content = preparation.choose_content(installation, demo=demo, empty=empty)
        installation = _prepare(installation, content, steps)
        status = (_start_detached if detach else _run)(installation, content, steps)
    except BaseException as error:
        _stop_database(installation)
        if isinstance(error, KeyboardInterrupt):
            print("\nstopped", file=sys.stderr)
            raise typer.Exit(_INTERRUPTED) from None
        raise
    raise typer.Exit(status)


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
    print(f"The city runs already: {address(running.host, running.port)} (pid {running.pid})")
    return True


def _check_port(installation: Installation) -> None:
    from api.cli.ports import holder_of, is_taken, next_free

    host, port = installation.settings.host, installation.settings.port
    try:
        deadline = time.monotonic() + _OURS_END_S
        while is_taken(host, port):
            holder = holder_of(port)
            if holder is not None and "-m api.server" in holder.command and time.monotonic() < deadline:
                time.sleep(0.3)
                continue
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


def _run(installation: Installation, content: str, steps: Steps) -> int:
    """Supervise in this process until told to stop; returns the exit status."""
    import os

    from api.process import stop_on_signals
    from api.supervisor import open_log, supervise

    stop = stop_on_signals()
    os.environ.update(installation.environment())
    ready = threading.Event()

    def wait() -> None:
        if wait_until_ready(installation, stop):
            ready.set()
            steps.say(f"ready after {steps.seconds():.1f} s")
            _announce(installation, content)
            print("Ctrl-C stops it.", flush=True)
        else:
            stop.set()

    with steps.step("web server and worker"):
        pass
    threading.Thread(target=wait, daemon=True).start()
    supervise(installation.settings, stop, output=open_log(installation.settings.home))
    _stop_database(installation)
    if not ready.is_set():
        _show_log(installation)
    print("stopped")
    return 0 if ready.is_set() else 1


def _start_detached(installation: Installation, content: str, steps: Steps) -> int:
    """Start the supervisor as a process of its own, wait until the city answers; returns the status."""
    import subprocess

    from api.supervisor import ROOT, open_log

    with steps.step("web server and worker"):
        output = open_log(installation.settings.home)
        process = subprocess.Popen(
            [sys.executable, "-m", "api.supervisor"],
            cwd=ROOT,
            env=installation.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        if not wait_until_ready(installation, threading.Event()):
            process.terminate()
            process.wait()
            _stop_database(installation)
            _show_log(installation)
            return 1
    steps.say(f"ready after {steps.seconds():.1f} s")
    _announce(installation, content)
    return 0


def wait_until_ready(installation: Installation, stop: threading.Event) -> bool:
    """Wait until ``/readyz`` answers 200; False if it never does or ``stop`` is set."""
    import urllib.error
    import urllib.request

    settings = installation.settings
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    url = f"{address(host, settings.port)}readyz"
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline and not stop.is_set():
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  http, to ourselves
                if answer.status == _OK:
                    return True
        except (urllib.error.URLError, OSError):
            stop.wait(0.2)
    return False


def address(host: str, port: int) -> str:
    """Return the address to open."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _announce(installation: Installation, content: str) -> None:
    from api.cli.announcement import announcement

    print(announcement(installation.settings, content), flush=True)
    if installation.settings.host not in _LOOPBACK:
        print(
            "It listens beyond this machine: put TLS in front, set NINGTU_SECURE_COOKIES=true and"
            " NINGTU_TRUSTED_HOSTS to the names it is called by.",
            flush=True,
        )


def _stop_database(installation: Installation) -> None:
    if installation.embedded is not None:
        installation.embedded.stop()


def _show_log(installation: Installation) -> None:
    from api.supervisor import LOG_FILE

    path = installation.settings.home / "log" / LOG_FILE
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    print(f"ningtu: the city did not come up; the end of {path}:\n{text[-3000:]}", file=sys.stderr)
