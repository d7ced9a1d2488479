"""Clusters and folders for tests and benchmarks: made in a temporary place, removed afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.cluster.binaries import find_binaries
from data.cluster.identity import server_identity
from data.cluster.server import Server, free_port, new_password

PREFIX = "ningtu-throwaway-"
# Where files are memory. A test's database is a thousand files made and removed, and the product waits for
# the disk with each key, document and payout file: a busy disk takes both badly.
MEMORY = Path("/dev/shm")  # noqa: S108  the folders in it are made by mkdtemp
# Only where the tests cannot fill it: a run needs up to 4 GiB.
_ROOM = 8 * 1024**3


@contextmanager
def throwaway_cluster(*, durable: bool = False) -> Iterator[str]:
    """Run a cluster of its own for the time of the block.

    Parameters
    ----------
    durable : bool
        Whether commits wait for the disk, as in production; benchmarks want it, tests do not.

    Yields
    ------
    str
        The superuser's connection string.

    Raises
    ------
    PostgisAbsent, ClusterFailed
    """
    with throwaway_folder(durable=durable) as folder:
        server = Server(folder / "pg", server_identity(), find_binaries(), durable=durable)
        password, port = new_password(), free_port()
        try:
            server.create(password)
            server.start(port)
            yield server.url(port, password)
        finally:
            server.stop()


@contextmanager
def throwaway_folder(*, durable: bool = False) -> Iterator[Path]:
    """Make a folder for the time of the block, which the user who runs servers may enter.

    Parameters
    ----------
    durable : bool
        Whether it lies on a disk; if not, it lies in memory where there is room.
    """
    remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=None if durable else _place()))
    (folder / "maker").write_text(str(os.getpid()), encoding="utf-8")
    # mkdtemp makes it 0700 for us: give it to the user who runs the server.
    server_identity().own(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Stop and remove throw-away clusters of ours whose makers were killed a while ago."""
    identity = server_identity()
    places = {Path(tempfile.gettempdir()), MEMORY}
    for folder in (found for place in places for found in place.glob(f"{PREFIX}*")):
        owner = folder.stat().st_uid
        if owner != identity.uid or not _is_orphan(folder):
            continue
        Server(folder / "pg", identity, find_binaries()).stop()
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path | None:
    """Return the folder for a cluster that need not outlive the machine; None is the usual one."""
    roomy = os.path.ismount(MEMORY) and shutil.disk_usage(MEMORY).free >= _ROOM and _free_memory() >= _ROOM
    return MEMORY if roomy else None


def _free_memory() -> int:
    """Return the bytes that programs can still take."""
    with Path("/proc/meminfo").open(encoding="ascii") as lines:
        found = next((line for line in lines if line.startswith("MemAvailable:")), "MemAvailable: 0 kB")
    return int(found.split()[1]) * 1024


def _is_orphan(folder: Path) -> bool:
    """Return whether the process that made the folder is gone; its id is in ``maker``."""
    try:
        maker = int((folder / "maker").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return not Path(f"/proc/{maker}").exists()
