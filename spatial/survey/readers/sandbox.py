"""The parent's side: identify, start the child, wait, take its answer; a dead child is an unreadable file."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
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
    if path.stat().st_size > limits.file_bytes:
        raise Unreadable("too_large", "file_large", limit_mib=limits.file_bytes // MIB)
    with path.open("rb") as file:
        kind = identify(name, file.read(_HEAD))
    with tempfile.TemporaryDirectory(prefix="ningtu-read-") as scratch:
        folder = Path(scratch)
        request = {
            "path": str(path.resolve()),
            "kind": kind,
            "source_layer": asked.source_layer,
            "crs": asked.crs,
            "axes": asked.axes,
            "limits": asdict(limits),
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run(folder, _driver_kind(kind, path), limits)
        problem = wire.read_problem(folder)
        if problem is not None:
            raise problem
        return wire.read_content(folder)


def _driver_kind(kind: str, path: Path) -> str:
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
        )
        try:
            status = child.wait(timeout=limits.wall_s)
        except subprocess.TimeoutExpired as error:
            raise Unreadable("unreadable_file", "reading_too_long", limit_s=limits.wall_s) from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if status != 0:
        tail = (folder / "stderr").read_bytes()[-_LOGGED:].decode("utf-8", "replace")
        log.warning("reader ended with %s: %s", status, tail)
        raise Unreadable("unreadable_file", "reader_died")


def _environment(folder: Path, kind: str) -> dict[str, str]:
    scratch = str(folder)
    base = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    return base | environment(kind)
