"""What Debian packages a command needs, and how they come: by apt, or unpacked into ``.ningtu/debs``.

Run by the launcher before the Python environment exists, so it uses the standard library only:
``python3 -m data.cluster.packages <command> <home>``. Exits 1 after saying the one command to run, when what
is missing cannot be had.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.cluster import debs
from data.cluster.errors import PostgisAbsent

DOCUMENTS = (
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "fonts-noto-cjk",
    "fonts-lxgw-wenkai",
)
# pdfsig and pdftotext judge what the document engine made; Chromium walks the pages.
READERS = ("poppler-utils",)
BROWSER = ("chromium",)
# What imports are measured against: ogr2ogr.
RIVALS = ("gdal-bin",)
POSTGIS = "postgis"
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "up": (POSTGIS, *DOCUMENTS),
    "test": (POSTGIS, *DOCUMENTS, *READERS, *BROWSER),
    "check": (*DOCUMENTS, *READERS),
    "bench": (POSTGIS, *DOCUMENTS, *RIVALS),
    "city": (POSTGIS,),
    "db": (POSTGIS,),
    # What makes the environment where Python comes without ensurepip: Debian keeps pip's wheel apart.
    "environment": ("python3-pip-whl", "python3-setuptools-whl", "python3-venv"),
}
# What is brought without root is unpacked, not installed: a browser needs more of the system than that.
_NOT_UNPACKED = frozenset(BROWSER)
_CREATECLUSTER = "/etc/postgresql-common/createcluster.conf"


@dataclass(frozen=True, slots=True)
class Means:
    """How packages can come here: ``prefix`` before apt-get when we may install, None when we may not."""

    prefix: tuple[str, ...] | None
    has_apt: bool


def main(arguments: Sequence[str]) -> int:
    """Bring what a command needs."""
    command, home = arguments[0], Path(arguments[1])
    missing = missing_packages(command, os.environ)
    if not missing:
        return 0
    means = find_means()
    if means.has_apt and means.prefix is not None:
        return install(missing, means.prefix)
    refused = sorted(_NOT_UNPACKED.intersection(missing))
    if refused or not means.has_apt or not debs.is_possible():
        return _say_what_to_run(command, missing)
    tell(f"· neither root nor sudo: unpacking {', '.join(missing)} into {home / 'debs'}")
    try:
        debs.bring(missing, home / "debs", say=tell)
    except debs.NotBrought as error:
        tell(f"ningtu: {error}")
        return _say_what_to_run(command, missing)
    return 0


def missing_packages(command: str, environ: Mapping[str, str]) -> list[str]:
    """Return the packages that a command needs and this machine lacks."""
    wanted = list(_NEEDS.get(command, ()))
    if POSTGIS in wanted:
        wanted.remove(POSTGIS)
        given = environ.get("NINGTU_DATABASE_URL") and command not in {"test", "bench"}
        if not given and not _has_postgis(environ):
            wanted.insert(0, postgis_package())
    return [package for package in wanted if not is_installed(package)]


def is_installed(package: str) -> bool:
    """Return whether a package is installed, or what it is for is here by other means."""
    if package == "chromium" and shutil.which("chromium"):
        return True
    if package == "poppler-utils" and shutil.which("pdfsig"):
        return True
    if package == "gdal-bin" and shutil.which("ogr2ogr"):
        return True
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout == "installed" or debs.has_unpacked(package)


def postgis_package() -> str:
    """Return the PostGIS package of this distribution, of its newest PostgreSQL."""
    pattern = r"^postgresql-([0-9]+)-postgis-3$"
    done = subprocess.run(
        ["apt-cache", "search", "--names-only", pattern], capture_output=True, text=True, check=False
    )
    names = [line.split(" ")[0] for line in done.stdout.splitlines()]
    found = [int(match[1]) for name in names if (match := re.match(pattern, name))]
    return f"postgresql-{max(found)}-postgis-3" if found else "postgresql-15-postgis-3"


def find_means() -> Means:
    """Return whether and how packages can be installed."""
    has_apt = bool(shutil.which("apt-get") and shutil.which("dpkg"))
    if os.geteuid() == 0:
        return Means((), has_apt)
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return Means((sudo, "-n"), has_apt)
    return Means(None, has_apt)


def install(packages: Sequence[str], prefix: Sequence[str]) -> int:
    """Install packages by apt; returns the exit status."""
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    quiet = [*apt, "-qq", "-y", "--no-install-recommends", "install"]
    tell(f"· installing {', '.join(packages)} by apt")
    subprocess.run([*apt, "-qq", "update"], check=False)
    # The lists may have been empty until now.
    packages = [postgis_package() if "-postgis-" in package else package for package in packages]
    makes_cluster = any("-postgis-" in package for package in packages)
    undo = makes_cluster and _forbid_system_cluster(quiet, prefix)
    done = subprocess.run([*quiet, *packages], check=False, stdout=subprocess.DEVNULL)
    if undo:
        _edit(prefix, "s/^create_main_cluster = false # by ningtu$/#create_main_cluster = true/")
    if done.returncode != 0:
        tell(f"ningtu: apt-get could not install {' '.join(packages)}")
    return done.returncode


def _forbid_system_cluster(install_command: Sequence[str], prefix: Sequence[str]) -> bool:
    """Keep Debian from starting a PostgreSQL of its own at the first installation."""
    if is_installed("postgresql-common"):
        return False
    subprocess.run([*install_command, "postgresql-common"], check=False, stdout=subprocess.DEVNULL)
    _edit(prefix, "s/^#create_main_cluster = true$/create_main_cluster = false # by ningtu/")
    return True


def _edit(prefix: Sequence[str], change: str) -> None:
    subprocess.run([*prefix, "sed", "-i", change, _CREATECLUSTER], check=False)


def _has_postgis(environ: Mapping[str, str]) -> bool:
    from data.cluster.binaries import find_binaries

    try:
        find_binaries(environ)
    except PostgisAbsent:
        return False
    return True


def _say_what_to_run(command: str, missing: Sequence[str]) -> int:
    who = "" if os.geteuid() == 0 else "sudo "
    tell(
        f"ningtu: ./ningtu {command} needs packages that cannot be brought here without root. Run:\n\n"
        f"  {who}apt-get install -y --no-install-recommends {' '.join(missing)}\n"
    )
    return 1


def tell(line: str) -> None:
    """Say something to the person at the terminal."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
