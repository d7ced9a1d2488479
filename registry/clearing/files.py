"""Payout files: written aside, synced, renamed; what a crash leaves is swept."""

import os
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".tmp"


@dataclass(frozen=True, slots=True)
class PayoutFiles:
    """The folder of payout files."""

    folder: Path

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all, also after a loss of power."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f"{name}{SUFFIX}"
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / name)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None."""
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def sweep(self) -> int:
        """Remove what a crash left half written; returns how many."""
        found = list(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else []
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)
