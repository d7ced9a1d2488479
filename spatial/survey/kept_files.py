"""Files as sent, kept under their SHA-256."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

# Beside the files, hidden: of files on their way in, and of locks, which stay.
_INCOMING: Final = ".incoming-"
_LOCK: Final = ".lock-"


def plain_name(name: str) -> str:
    """Return the last part of a file name, printable letters only."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:200] or "file"


def digest_of(path: Path) -> tuple[str, int]:
    """Return SHA-256 (hex) and size in bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


@contextmanager
def kept(path: Path, files_dir: Path, digest: str) -> Iterator[None]:
    """Keep the file under its hash; a copy made here goes again when what follows fails.

    Who sends the same bytes meanwhile waits: he would rely on a copy that a failure here takes away.
    """
    files_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(files_dir, digest):
        made = _keep(path, files_dir, digest)
        try:
            yield
        except BaseException:
            if made:
                (files_dir / digest).unlink(missing_ok=True)
            raise


@contextmanager
def _alone(files_dir: Path, digest: str) -> Iterator[None]:
    """Wait until nobody keeps a file of this hash, or of one that begins alike; then keep others out."""
    with (files_dir / f"{_LOCK}{digest[:3]}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(path: Path, files_dir: Path, digest: str) -> bool:
    """Copy the file under its hash; whether it was not there before."""
    target = files_dir / digest
    if target.exists():
        return False
    handle, temporary = tempfile.mkstemp(dir=files_dir, prefix=_INCOMING)
    try:
        with os.fdopen(handle, "wb") as sink:
            shutil.copyfile(path, temporary)  # within the kernel
            os.fsync(sink.fileno())
        Path(temporary).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    return True
