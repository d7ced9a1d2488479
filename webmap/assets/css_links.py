"""Where style sheets lead: every ``url()`` must end at a file of the manifest."""

import posixpath
import re
from pathlib import Path

from webmap.assets.records import Manifest

_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")
# Needs no file: inline data, and the VML namespace of long dead browsers.
_NO_FILE = ("data:", "#")


def dead_links(assets_dir: Path, manifest: Manifest) -> list[str]:
    """Return the links of brought style sheets that lead to another host or to no file of the manifest.

    Returns
    -------
    list of str
        ``"<style sheet>: <link>"``, sorted.
    """
    served = {f"{package.folder}/{file}" for package in manifest.packages for file in package.files}
    dead = [
        f"{sheet}: {link}"
        for sheet in sorted(name for name in served if name.endswith(".css"))
        for link in links_of((assets_dir / sheet).read_text(encoding="utf-8"))
        if target_of(sheet, link) not in served
    ]
    return sorted(dead)


def links_of(css: str) -> list[str]:
    """Return the addresses a style sheet names, without inline data.

    Examples
    --------
    >>> links_of("a{background:url(x.png)} b{src:url('//host/f.woff?#iefix')} c{x:url(data:,)}")
    ['x.png', '//host/f.woff?#iefix']
    """
    return [link for link in _URL.findall(css) if not link.startswith(_NO_FILE)]


def target_of(sheet: str, link: str) -> str:
    """Return the path below the assets folder that a link leads to; one to another host stays as it is."""
    if "//" in link:
        return link
    bare = link.partition("?")[0].partition("#")[0]
    return posixpath.normpath(posixpath.join(posixpath.dirname(sheet), bare))
