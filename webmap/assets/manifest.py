"""Read the manifest; find the local file of an address."""

import json
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from webmap.assets.errors import AssetLinkUnknown
from webmap.assets.records import Manifest, Package, Rewrite

SERVED_AT = "/assets/"
_OURS = (SERVED_AT, "/static/")


@cache
def load_manifest() -> Manifest:
    """Return the manifest that lies beside this module."""
    text = resources.files("webmap.assets").joinpath("manifest.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    packages = [_package("npm", entry) for entry in raw["npm"]]
    packages += [_package("wheel", entry) for entry in raw["wheels"]]
    return Manifest(tuple(packages), raw["links"])


def resolve(url: str) -> str | None:
    """Return the local address that stands for an address of a public CDN.

    Parameters
    ----------
    url : str
        Address as folium or a plugin names it; a local one is given back as it is.

    Returns
    -------
    str or None
        Path on this server; None if the page does without.

    Raises
    ------
    AssetLinkUnknown
        If the manifest does not know the address.

    Examples
    --------
    >>> resolve("https://code.jquery.com/jquery-3.7.1.min.js")
    '/assets/jquery/dist/jquery.min.js'
    """
    if url.startswith(_OURS):
        return url
    links = load_manifest().links
    if url not in links:
        raise AssetLinkUnknown(url=url)
    return links[url]


def local_file(root: Path, path: str) -> Path | None:
    """Return the file of ``/assets/<path>`` below the assets folder, or None.

    Only files that the manifest names are given: whatever else lies in the folder is not served.
    """
    return root / path if path in _served() else None


@cache
def _served() -> frozenset[str]:
    return frozenset(
        str(PurePosixPath(package.folder) / file)
        for package in load_manifest().packages
        for file in package.files
    )


def _package(source: Literal["npm", "wheel"], entry: dict[str, Any]) -> Package:
    rewrites = {
        file: Rewrite(tuple((old, new) for old, new in change["replace"]), change["sha256"])
        for file, change in entry.get("rewrites", {}).items()
    }
    return Package(source, entry["name"], entry["version"], entry["folder"], entry["files"], rewrites)
