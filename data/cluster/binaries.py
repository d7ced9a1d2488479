"""Find PostgreSQL's server programs, of a version that has PostGIS."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data.cluster.errors import PostgisAbsent

MIN_VERSION = 15
# Folder of the server's programs, if it is to be found nowhere else (also set for the unpacked packages).
BIN_SETTING = "NINGTU_PG_BIN"
_DEBIAN_ROOT = Path("/usr/lib/postgresql")
_PROGRAMS = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL version, and the environment they need."""

    folder: Path
    version: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def program(self, name: str) -> str:
        """Return the path of a program, such as ``initdb``."""
        return str(self.folder / name)

    def has(self, name: str) -> bool:
        """Return whether a program is there."""
        return os.access(self.folder / name, os.X_OK)


def find_binaries(environ: Mapping[str, str] | None = None) -> Binaries:
    """Return the newest server programs that come with PostGIS.

    Raises
    ------
    PostgisAbsent
        If there are none.
    """
    environ = os.environ if environ is None else environ
    found = [
        Binaries(folder, version, _environment(folder))
        for folder in _folders(environ)
        if (version := _version(folder)) >= MIN_VERSION and has_postgis(folder, version)
    ]
    if not found:
        raise PostgisAbsent(version=MIN_VERSION)
    return max(found, key=lambda binaries: binaries.version)


def has_postgis(folder: Path, version: int) -> bool:
    """Return whether the server of these programs can ``CREATE EXTENSION postgis``."""
    return any((share / "extension" / "postgis.control").exists() for share in _shares(folder, version))


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get(BIN_SETTING):
        yield Path(environ[BIN_SETTING])
        return
    if _DEBIAN_ROOT.is_dir():
        yield from (folder / "bin" for folder in sorted(_DEBIAN_ROOT.iterdir()))
    told = _pg_config(Path("pg_config"), "--bindir")
    if told is not None:
        yield told


def _version(folder: Path) -> int:
    if not all(os.access(folder / name, os.X_OK) for name in _PROGRAMS):
        return 0
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **_environment(folder)},
        ).stdout
    except OSError:
        return 0
    match = re.search(r" (\d+)", answer)
    return int(match[1]) if match else 0


def _shares(folder: Path, version: int) -> Iterator[Path]:
    told = _pg_config(folder / "pg_config", "--sharedir")
    if told is not None:
        yield told
    # As Debian lays it out: <root>/lib/postgresql/<version>/bin beside <root>/share/postgresql/<version>.
    yield folder.parents[3] / "share" / "postgresql" / str(version)


def _pg_config(program: Path, option: str) -> Path | None:
    try:
        done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def _environment(folder: Path) -> dict[str, str]:
    """Return what programs outside ``/usr`` need to find their libraries and PROJ its tables."""
    parents = folder.parents
    if len(parents) <= 3 or parents[3].name != "usr" or parents[3] == Path("/usr"):  # noqa: PLR2004  lib/postgresql/<version>/bin
        return {}
    usr = parents[3]
    libraries = [str(path) for path in (*usr.glob("lib/*-linux-gnu*"), usr / "lib") if path.is_dir()]
    already = [os.environ["LD_LIBRARY_PATH"]] if os.environ.get("LD_LIBRARY_PATH") else []
    environment = {"LD_LIBRARY_PATH": ":".join(libraries + already)}
    if (usr / "share" / "proj" / "proj.db").exists():
        environment["PROJ_DATA"] = str(usr / "share" / "proj")
    return environment
