"""Key files of the sandbox: a folder nobody else reads, written whole, one writer at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and wait until it is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: two processes of a first start must not make two authorities."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def retire(folder: Path, stem: str, *, at: datetime) -> None:
    """Put a key and its certificate aside (rotation, 换证); the next signer of the name makes new ones.

    What was signed with it holds on: each bill keeps the certificates it was signed under. A running process
    signs with the old key until it is started again.

    Parameters
    ----------
    folder : Path
        Keys folder.
    stem : str
        First part of the names of the files.
    at : datetime
        Aware instant, part of the new names.
    """
    with locked(folder):
        for kind in ("key", "crt"):
            path = folder / f"{stem}.{kind}.pem"
            if path.exists():
                path.rename(folder / f"{stem}.retired-{at:%Y%m%dT%H%M%S}.{kind}.pem")
