"""Stored files, named by their SHA-256: written aside, synced, renamed; never changed."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of files named by content."""

    folder: Path

    def put(self, content: bytes) -> bytes:
        """Store content and return its SHA-256; storing the same twice is one file."""
        sha256 = hashlib.sha256(content).digest()
        path = self._path(sha256)
        if path.is_file():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return sha256

    def get(self, sha256: bytes) -> bytes | None:
        """Return content by its SHA-256; None when it is absent or no longer what it was."""
        path = self._path(bytes(sha256))
        if not path.is_file():
            return None
        content = path.read_bytes()
        return content if hashlib.sha256(content).digest() == bytes(sha256) else None

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self.folder / name[:2] / name
