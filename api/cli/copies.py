"""Copies of an installation: a folder with the database, the documents and the keys."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.cli.installation import Installation, open_database
from data.errors import Invalid, Unavailable

DUMP = "database.dump"
ABOUT = "copy.json"
_FOLDERS = ("files", "keys")
_SECRETS = ("secret_key",)
# Files that are still being written while a city runs, and locks: the one may be gone when its turn comes.
_ON_THEIR_WAY = shutil.ignore_patterns(".*", "*.tmp")
_SCHEMAS = ("share", "map", "money", "registry", "spatial", "ref")


class CopyUnfit(Invalid):
    """The folder is not a copy, or not the whole of one."""

    code = "copy_unfit"


class ToolFailed(Unavailable):
    """A program of PostgreSQL failed."""

    code = "cluster_failed"


def backup(installation: Installation, folder: Path) -> Iterator[str]:
    """Write a copy; yields what was written.

    Raises
    ------
    CopyUnfit
        If the folder is not empty.
    ToolFailed
    """
    _make_empty(folder)
    # The database first: a document is written before the row that names it, so the later copy has it.
    _tool(
        installation,
        "pg_dump",
        "-Fc",
        "--no-password",
        *_dump_options(installation),
        "-f",
        str(folder / DUMP),
    )
    yield f"{DUMP}: {(folder / DUMP).stat().st_size:,} bytes"
    home = installation.settings.home
    for name in _FOLDERS:
        if (home / name).is_dir():
            shutil.copytree(home / name, folder / name, ignore=_ON_THEIR_WAY)
            yield f"{name}: {sum(1 for path in (folder / name).rglob('*') if path.is_file()):,} files"
    for name in _SECRETS:
        if (home / name).exists():
            shutil.copy2(home / name, folder / name)
    about = {"made_at": datetime.now(UTC).isoformat(), "sums": _sums(folder)}
    (folder / ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")
    yield f"copy complete in {folder}"


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise CopyUnfit(folder=folder, reason="not empty")
        folder.chmod(0o700)
    except OSError as error:
        raise CopyUnfit(folder=folder, reason=error.strerror) from error


def _dump_options(installation: Installation) -> list[str]:
    """Return what pg_dump is to take: our schemas, without the extensions that the bootstrap makes.

    The owner role of a given database is under row security, too: it asks for the rows of every county, where
    pg_dump by itself would give up.
    """
    options = [f"--schema={name}" for name in _SCHEMAS]
    return options if installation.embedded is not None else ["--enable-row-security", *options]


def check_copy(folder: Path) -> None:
    """Read a copy through and compare every sum.

    Raises
    ------
    CopyUnfit
    """
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CopyUnfit(folder=folder, reason=f"{ABOUT} cannot be read") from error
    found = _sums(folder)
    wrong = sorted(name for name, total in about["sums"].items() if found.get(name) != total)
    if wrong:
        raise CopyUnfit(folder=folder, reason=f"{wrong[0]} is absent or altered")


def restore(installation: Installation, folder: Path) -> Iterator[str]:
    """Replace the installation's content by a copy's; yields what was done.

    Raises
    ------
    ToolFailed
    """
    empty(installation)
    _tool(installation, "pg_restore", "--exit-on-error", "--no-password", "-d", "", str(folder / DUMP))
    yield "database restored"
    home = installation.settings.home
    for name in _FOLDERS:
        if (folder / name).is_dir():
            shutil.rmtree(home / name, ignore_errors=True)
            shutil.copytree(folder / name, home / name)
            yield f"{name} restored"
    for name in _SECRETS:
        if (folder / name).exists():
            shutil.copy2(folder / name, home / name)
    from data.migrations.run import upgrade

    upgrade(installation.settings.owner_url)
    _settle(installation)
    yield "schema brought to the newest"


def _settle(installation: Installation) -> None:
    """Make followed rows older than the transactions of this cluster, whose numbers are its own."""
    import psycopg

    with psycopg.connect(installation.settings.owner_url) as conn:
        conn.execute("SELECT map.settle_transactions()")


def empty(installation: Installation) -> None:
    """Drop everything of ours in the database."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(installation.settings.owner_url, autocommit=True) as conn:
        for schema in _SCHEMAS:
            conn.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def fill(installation: Installation) -> None:
    """Make the schema and load the reference data."""
    from api.loading.reference import load_reference
    from data.migrations.run import upgrade

    upgrade(installation.settings.owner_url)
    db = open_database(installation)
    try:
        load_reference(db)
    finally:
        db.close()


def client(program: str, url: str) -> tuple[str, dict[str, str]]:
    """Return a client program and the environment that makes it connect; no password on the command line."""
    from psycopg.conninfo import conninfo_to_dict

    from data.cluster.binaries import find_binaries
    from data.cluster.errors import PostgisAbsent

    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    names["sslmode"] = "PGSSLMODE"
    parts = {names[key]: str(value) for key, value in conninfo_to_dict(url).items() if key in names}
    try:
        binaries = find_binaries()
    except PostgisAbsent:
        return program, {**os.environ, **parts}
    return binaries.program(program), {**os.environ, **binaries.environment, **parts}


def _tool(installation: Installation, program: str, *arguments: str) -> None:
    """Run pg_dump or pg_restore, as superuser if the cluster is ours, else as owner who sees all rows."""
    settings = installation.settings
    embedded = installation.embedded
    url = settings.owner_url if embedded is None else embedded.superuser_url()
    command, environment = client(program, url)
    environment["PGOPTIONS"] = "-c ningtu.scope=all"
    words = [environment["PGDATABASE"] if word == "" else word for word in arguments]
    done = subprocess.run([command, *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolFailed(program=program, output=done.stderr[-800:])


def _sums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): _sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ABOUT
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
