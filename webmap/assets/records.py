"""What the manifest says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Texts to replace in a file after it was verified, and the SHA-256 of the result."""

    replace: tuple[tuple[str, str], ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """One package and the files of it that pages use.

    ``files`` maps a path inside the package to its SHA-256; ``folder`` is where it is served below
    ``/assets/``. A ``wheel`` package lies in the Python environment already (folium brings some scripts).
    """

    source: Literal["npm", "wheel"]
    name: str
    version: str
    folder: str
    files: Mapping[str, str]
    rewrites: Mapping[str, Rewrite]

    def served_sha256(self, file: str) -> str:
        """Return the SHA-256 of a file as it is served."""
        rewrite = self.rewrites.get(file)
        return self.files[file] if rewrite is None else rewrite.sha256


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every package, and what each address of a public CDN stands for here.

    A link mapped to None is left out of the page: nothing of it is used.
    """

    packages: tuple[Package, ...]
    links: Mapping[str, str | None]
