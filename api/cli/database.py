"""``db``: the schema, copies of everything, and a way in."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(help="folder of the copy")]


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The database: upgrade, reset, backup, restore, psql.", no_args_is_help=True)
    for name, command in (
        ("upgrade", upgrade),
        ("reset", reset),
        ("backup", backup),
        ("restore", restore),
        ("psql", psql),
    ):
        group.command(name)(command)
    app.add_typer(group, name="db")


def upgrade() -> None:
    """Bring the schema to the newest."""
    from api.cli.installation import running_installation
    from data.migrations.run import upgrade as run_migrations

    with running_installation(say=print) as installation:
        run_migrations(installation.settings.owner_url)
    print("the schema is the newest")


def reset(yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
    """Empty the database: schema and reference data only. Documents in .ningtu/files stay."""
    from api.cli import copies
    from api.cli.installation import running_installation

    refuse_while_running()
    if not yes:
        typer.confirm("Everything in the database will be deleted. Go on?", abort=True)
    with running_installation(say=print) as installation:
        copies.empty(installation)
        copies.fill(installation)
    print("the database is empty but for reference data; ./ningtu up loads the rest")


def backup(folder: Folder) -> None:
    """Write database, documents and keys into a folder that is empty or absent; the city may run."""
    from api.cli import copies
    from api.cli.installation import running_installation

    with running_installation(say=print) as installation:
        for line in copies.backup(installation, folder):
            print(line)


def restore(folder: Folder, yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
    """Replace database, documents and keys by those of a copy."""
    from api.cli import copies
    from api.cli.installation import running_installation

    refuse_while_running()
    copies.check_copy(folder)
    if not yes:
        typer.confirm("Database, documents and keys will be replaced. Go on?", abort=True)
    with running_installation(say=print) as installation:
        for line in copies.restore(installation, folder):
            print(line)


def psql() -> None:
    """Open psql as the owner of the database."""
    from api.cli.copies import client
    from api.cli.installation import running_installation

    with running_installation(say=lambda line: print(line, file=sys.stderr)) as installation:
        command, environment = client("psql", installation.settings.owner_url)
        # Ctrl-C is for psql, which asks for it itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = subprocess.run([command], env=environment, check=False).returncode
    raise typer.Exit(status)


def refuse_while_running() -> None:
    """End the command if the city runs."""
    from api.cli.installation import find_installation
    from api.supervisor import find_running

    if find_running(find_installation().settings.home) is not None:
        print("ningtu: the city runs; first ./ningtu down", file=sys.stderr)
        raise typer.Exit(1)
