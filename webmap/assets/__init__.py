"""The browser's libraries: exact npm packages, brought once, verified, served from ourselves only."""

from webmap.assets.manifest import load_manifest, local_file, resolve

__all__ = ["load_manifest", "local_file", "resolve"]
