"""Debian packages without root: downloaded, unpacked into a folder, used from there.

PostgreSQL and the libraries are relocatable; what they need is in ``env.sh``, which the launcher reads. apt
works on package lists of its own, so nothing of the system is touched.
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

BIN_SETTING = "NINGTU_PG_BIN"
FOLDER_SETTING = "NINGTU_DEBS"
_INST = re.compile(r"^Inst (\S+) ")


class NotBrought(Exception):
    """The packages could not be downloaded or unpacked; the text says why."""


def is_possible() -> bool:
    """Return whether this machine has what it takes: apt-get, dpkg and package sources."""
    return all(shutil.which(program) for program in ("apt-get", "dpkg", "apt-cache"))


def bring(packages: Sequence[str], folder: Path, *, say: Callable[[str], None]) -> None:
    """Download packages and what they depend on, unpack them, and write ``env.sh``.

    Parameters
    ----------
    packages : sequence of str
        Names; what is installed already is not brought.
    folder : Path
        Its ``root`` takes the files.
    say : callable
        Is told what happens.

    Raises
    ------
    NotBrought
    """
    with tempfile.TemporaryDirectory(prefix="ningtu-apt-") as apt_folder:
        options = _apt_options(Path(apt_folder))
        _run(["apt-get", *options, "-qq", "update"], cwd=Path(apt_folder))
        names = _closure(options, packages)
        download = Path(apt_folder) / "download"
        download.mkdir()
        say(f"  downloading {len(names)} packages")
        _run(["apt-get", *options, "-qq", "download", *names], cwd=download)
        draft = folder / "root.part"
        shutil.rmtree(draft, ignore_errors=True)
        if (folder / "root").exists():
            shutil.copytree(folder / "root", draft, symlinks=True)
        draft.mkdir(parents=True, exist_ok=True)
        for file in sorted(download.glob("*.deb")):
            _run(["dpkg", "-x", str(file), str(draft)], cwd=download)
    _mend(draft)
    shutil.rmtree(folder / "root", ignore_errors=True)
    draft.rename(folder / "root")
    known = set(_unpacked_names(folder)) | set(packages) | set(names)
    (folder / "packages.txt").write_text("".join(f"{name}\n" for name in sorted(known)), encoding="utf-8")
    (folder / "env.sh").write_text(environment_text(folder), encoding="utf-8")


def has_unpacked(package: str) -> bool:
    """Return whether a package lies in the folder that ``env.sh`` names."""
    folder = os.environ.get(FOLDER_SETTING)
    return folder is not None and package in _unpacked_names(Path(folder))


def environment_text(folder: Path) -> str:
    """Return the shell lines that make programs find what was unpacked."""
    root = folder.resolve() / "root"
    values = {FOLDER_SETTING: str(folder.resolve())}
    libraries = [str(path) for path in sorted(root.glob("usr/lib/*-linux-gnu*"))]
    libraries += [str(path) for path in sorted(root.glob("lib/*-linux-gnu*"))]
    servers = sorted(root.glob("usr/lib/postgresql/*/bin"), key=lambda path: int(path.parent.name))
    if servers:
        values[BIN_SETTING] = str(servers[-1])
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    if libraries:
        joined = shlex.quote(":".join(libraries))
        lines.append(f'export LD_LIBRARY_PATH={joined}"${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"')
    lines.append(f'export PATH={shlex.quote(str(root / "usr" / "bin"))}:"$PATH"')
    fonts = _fonts_conf(folder, root)
    if fonts is not None:
        lines.append(f"export FONTCONFIG_FILE={shlex.quote(str(fonts))}")
    return "".join(f"{line}\n" for line in lines)


def _apt_options(folder: Path) -> list[str]:
    state, cache = folder / "state", folder / "cache"
    (state / "lists" / "partial").mkdir(parents=True)
    (cache / "archives" / "partial").mkdir(parents=True)
    values = {
        "Dir::State": str(state),
        "Dir::Cache": str(cache),
        "Dir::State::status": "/var/lib/dpkg/status",
        "APT::Install-Recommends": "false",
        # Post-invoke scripts of the system are for root.
        "APT::Update::Post-Invoke-Success::": "",
    }
    return [part for name, value in values.items() for part in ("-o", f"{name}={value}")]


def _closure(options: Sequence[str], packages: Sequence[str]) -> list[str]:
    """Return what apt would install: the packages and whatever they need that is not there."""
    output = _run(["apt-get", *options, "-s", "install", *packages], cwd=Path("/"))
    return sorted({match[1] for line in output.splitlines() if (match := _INST.match(line))})


def _mend(root: Path) -> None:
    """Do by hand what the packages' own scripts would have done."""
    for control in root.glob("usr/share/postgresql/*/extension/postgis-*.control"):
        plain = control.with_name("postgis.control")
        if not plain.exists():
            # Normally a link that update-alternatives makes.
            plain.unlink(missing_ok=True)
            shutil.copyfile(control, plain)


def _fonts_conf(folder: Path, root: Path) -> Path | None:
    fonts = root / "usr" / "share" / "fonts"
    if not fonts.is_dir():
        return None
    base = Path("/etc/fonts/fonts.conf")
    if not base.exists():
        base = root / "etc" / "fonts" / "fonts.conf"
    path = folder.resolve() / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        f'  <include ignore_missing="yes">{base}</include>\n  <dir>{fonts}</dir>\n'
        f"  <cachedir>{folder.resolve() / 'fontcache'}</cachedir>\n</fontconfig>\n",
        encoding="utf-8",
    )
    return path


def _unpacked_names(folder: Path) -> Iterable[str]:
    try:
        return (folder / "packages.txt").read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return ()


def _run(command: Sequence[str], *, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    if done.returncode != 0:
        raise NotBrought(f"{command[0]}: {done.stderr.strip()[-600:]}")
    return done.stdout
