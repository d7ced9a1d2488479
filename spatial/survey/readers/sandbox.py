"""The parent's side: identify, start the child, wait, take its answer; a dead child is an unreadable file."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Final

from spatial.survey.readers import wire
from spatial.survey.readers.archive import DAMAGED
from spatial.survey.readers.drivers import environment
from spatial.survey.readers.identify import identify
from spatial.survey.readers.limits import MIB, UPLOAD, Limits
from spatial.survey.readers.records import Asked, Content, Unreadable

log = logging.getLogger(__name__)

_ROOT: Final = Path(__file__).resolve().parents[3]
_HEAD: Final = 4096
_LOGGED: Final = 2_000
_SCRATCH: Final = "ningtu-read-"
# Which driver an archive needs; the first that fits.
_DRIVER_BY_MEMBER: Final = {".shp": "shp", ".gdbtable": "gdb", ".gpkg": "gpkg", ".fgb": "fgb"}


def read_file(path: Path, name: str, asked: Asked, limits: Limits = UPLOAD) -> Content:
    """Read a foreign file in a confined child process.

    Parameters
    ----------
    path : Path
        Where its bytes are; it is only read.
    name : str
        Its name as sent; used for its suffix alone.
    asked : Asked
        Layer and coordinate system wanted.
    limits : Limits
        Bounds.

    Returns
    -------
    Content
        Polygons in EPSG:4547 (E, N) metres.

    Raises
    ------
    Unreadable
    """
    kind = kind_of(path, name, limits)
    with scratch() as folder:
        write_request(folder, path, kind, asked, limits)
        _run(folder, driver_kind(kind, path), limits)
        problem = wire.read_problem(folder)
        if problem is not None:
            raise problem
        return wire.read_content(folder)


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder for one reading; folders of processes that were killed go first."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        owner = folder.name.removeprefix(_SCRATCH).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_SCRATCH}{os.getpid()}-") as made:
        yield Path(made)


def kind_of(path: Path, name: str, limits: Limits) -> str:
    """Tell the kind of a file by its name and first bytes.

    Raises
    ------
    Unreadable
    """
    if path.stat().st_size > limits.file_bytes:
        raise Unreadable("too_large", "file_large", limit_mib=limits.file_bytes // MIB)
    with path.open("rb") as file:
        return identify(name, file.read(_HEAD))


def write_request(
    folder: Path, path: Path, kind: str, asked: Asked, limits: Limits, *, parts_to: int | None = None
) -> None:
    """Write what the child is asked; with ``parts_to``, the descriptor that takes the features in parts."""
    request = {
        "path": str(path.resolve()),
        "kind": kind,
        "source_layer": asked.source_layer,
        "crs": asked.crs,
        "axes": asked.axes,
        "limits": asdict(limits),
        "parts_to": parts_to,
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")


def driver_kind(kind: str, path: Path) -> str:
    """Tell which GDAL driver the child needs; an archive's directory says it."""
    if kind != "zip":
        return kind
    import zipfile

    with suppress(*DAMAGED), zipfile.ZipFile(path) as archive:
        suffixes = {PurePath(name).suffix.lower() for name in archive.namelist()}
        return next((kind for suffix, kind in _DRIVER_BY_MEMBER.items() if suffix in suffixes), "gpkg")
    return "zip"


def _run(folder: Path, kind: str, limits: Limits) -> None:
    """Run the child.

    Raises
    ------
    Unreadable
        ``unreadable_file`` when it dies or does not end in time.
    """
    with child_of(folder, kind) as child:
        try:
            status = child.wait(timeout=limits.wall_s)
        except subprocess.TimeoutExpired as error:
            raise Unreadable("unreadable_file", "reading_too_long", limit_s=limits.wall_s) from error
    judge_end(folder, status)


@contextmanager
def child_of(folder: Path, kind: str, keep: tuple[int, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """Run the child that reads the request of a folder; at the end of the block it is ended if it runs.

    Parameters
    ----------
    folder : Path
        Holds the request, takes the answer.
    kind : str
        Which driver it may have.
    keep : tuple of int
        Open descriptors it takes over.
    """
    command = [sys.executable, "-m", "spatial.survey.readers.child", str(folder)]
    with (folder / "stderr").open("wb") as errors:
        child = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=_environment(folder, kind),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            pass_fds=keep,
        )
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def judge_end(folder: Path, status: int) -> None:
    """Call a file unreadable whose reader died.

    Raises
    ------
    Unreadable
    """
    if status != 0:
        tail = (folder / "stderr").read_bytes()[-_LOGGED:].decode("utf-8", "replace")
        log.warning("reader ended with %s: %s", status, tail)
        raise Unreadable("unreadable_file", "reader_died")


def _environment(folder: Path, kind: str) -> dict[str, str]:
    base = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    return base | environment(kind)
