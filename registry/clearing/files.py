"""Payout files: written aside, synced, renamed; what a crash leaves is swept."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

SUFFIX = ".tmp"
# Nothing is written for as long as this: an older file that is aside was left by a crash.
STALE_S = 3600


def _pass(_name: str) -> None:
    """Do nothing at a checkpoint; tests put a crash here."""


@dataclass(frozen=True, slots=True)
class PayoutFiles:
    """The folder of payout files."""

    folder: Path
    checkpoint: Callable[[str], None] = field(default=_pass)

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all, also after a loss of power."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f"{name}{SUFFIX}"
        with aside.open("wb") as file:
            self.checkpoint(f"file:opened:{name}")
            file.write(content)
            file.flush()
            self.checkpoint(f"file:written:{name}")
            os.fsync(file.fileno())
        self.checkpoint(f"file:synced:{name}")
        aside.replace(self.folder / name)
        self.checkpoint(f"file:renamed:{name}")
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None."""
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def sweep(self, day: date) -> int:
        """Remove what a crash left half written for a day, whose lock is held; returns how many."""
        return self._remove([*self.folder.glob(f"XN??????{day:%Y%m%d}*{SUFFIX}")])

    def sweep_stale(self) -> int:
        """Remove what was left half written an hour ago or more (at a worker's start); returns how many."""
        before = time.time() - STALE_S
        return self._remove(
            [path for path in self.folder.glob(f"*{SUFFIX}") if path.stat().st_mtime < before]
        )

    def _remove(self, found: list[Path]) -> int:
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)
