"""Which characters the fonts of our documents can draw."""

import subprocess
from collections.abc import Iterable
from functools import cache

from data.documents.errors import FontMissing

# In the order in which a document looks for a character; both are Debian packages.
FONT_FAMILIES = ("Noto Sans CJK SC", "LXGW WenKai")


def missing_characters(texts: Iterable[str]) -> list[str]:
    """Return the characters of the texts that no font has, sorted; white space is always had."""
    wanted = {character for text in texts for character in text if not character.isspace()}
    return sorted(character for character in wanted if not any(ord(character) in cmap for cmap in _cmaps()))


@cache
def _cmaps() -> tuple[frozenset[int], ...]:
    return tuple(_cmap(family) for family in FONT_FAMILIES)


def _cmap(family: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    path, index = locate(family)
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap())


def locate(family: str) -> tuple[str, int]:
    """Return file and index of a family's regular face.

    Raises
    ------
    FontMissing
        If fontconfig would answer with another family.
    """
    pattern = f"{family}:style=Regular"
    answer = subprocess.run(
        ["fc-match", "--format", "%{family}\n%{file}\n%{index}", pattern],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    families, path, index = answer
    if family not in families.split(","):
        raise FontMissing(family=family)
    return path, int(index) & 0xFFFF
