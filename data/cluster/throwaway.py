"""Clusters for tests and benchmarks: made in a temporary folder, removed afterwards."""

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
    remove_leftovers()
    identity = server_identity()
    # mkdtemp makes it 0700 for us: give it to the user who runs the server.
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    (folder / "maker").write_text(str(os.getpid()), encoding="utf-8")
    identity.own(folder)
    server = Server(folder / "pg", identity, find_binaries(), durable=durable)
    password, port = new_password(), free_port()
    try:
        server.create(password)
        server.start(port)
        yield server.url(port, password)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Stop and remove throw-away clusters of ours whose makers were killed a while ago."""
    identity = server_identity()
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.stat().st_uid
        if owner != identity.uid or not _is_orphan(folder):
            continue
        Server(folder / "pg", identity, find_binaries()).stop()
        shutil.rmtree(folder, ignore_errors=True)


def _is_orphan(folder: Path) -> bool:
    """Return whether the process that made the folder is gone; its id is in ``maker``."""
    try:
        maker = int((folder / "maker").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return not Path(f"/proc/{maker}").exists()
