"""Faces of our documents' fonts, for text that is drawn glyph by glyph: what has which glyph, and subsets."""

import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import groupby

import uharfbuzz
from fontTools.ttLib import TTFont

from data.documents.errors import FontMissing
from data.documents.glyphs import FONT_FAMILIES, locate

# How a text is written: as everything, or as the words of a seal (宋体, where the installation has it).
PLAIN, SEAL = "plain", "seal"
SEAL_FAMILY = "Noto Serif CJK SC"
PER_EM = 1_000
CFF = "CFF "
# Tables by which letters are set or hinted: our texts name glyphs and places.
USELESS = (b"BASE", b"DSIG", b"GPOS", b"GSUB", b"VORG", b"vhea", b"vmtx")


@dataclass(frozen=True)
class Face:
    """One face of a font file.

    Attributes
    ----------
    number : int
        Place in the order in which a character is looked for.
    family : str
        Name of the family.
    font : uharfbuzz.Font
        The opened face; one opened twice is the same face.
    """

    number: int
    family: str
    font: uharfbuzz.Font = field(compare=False)

    def glyph(self, character: str) -> int:
        """Return the glyph of a character, 0 if the face has none."""
        found: int | None = self.font.get_nominal_glyph(ord(character))
        return found or 0

    @cached_property
    def metrics(self) -> tuple[int, int]:
        """Return ascent and descent in thousandths of the font size."""
        extents = self.font.get_font_extents("ltr")
        return self.per_em(extents.ascender), self.per_em(extents.descender)

    def advance(self, glyph: int) -> int:
        """Return how wide a glyph is, in thousandths of the font size."""
        return self.per_em(self.font.get_glyph_h_advance(glyph))

    def per_em(self, units: float) -> int:
        """Return font units in thousandths of the font size."""
        upem: int = self.font.face.upem
        return round(units * PER_EM / upem)


@dataclass(frozen=True, slots=True)
class Subset:
    """What a document carries of a face.

    Attributes
    ----------
    program : bytes
        The font program: a bare CFF table (``outlines`` "cff") or a TrueType file ("truetype").
    codes : dict
        The two-byte code by which a text names each glyph.
    """

    program: bytes
    outlines: str
    codes: dict[int, int]


@cache
def faces(hand: str = PLAIN) -> tuple[Face, ...]:
    """Return the faces of documents in the order in which a character is looked for.

    Raises
    ------
    FontMissing
    """
    if hand == PLAIN:
        return tuple(_open(number, family) for number, family in enumerate(FONT_FAMILIES))
    with suppress(FontMissing):
        return (_open(len(FONT_FAMILIES), SEAL_FAMILY), *faces())
    return faces()


def _open(number: int, family: str) -> Face:
    path, index = locate(family)
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path), index)
    return Face(number, family, uharfbuzz.Font(face))


@cache
def find(character: str, hand: str = PLAIN) -> tuple[Face, int, int]:
    """Return the face of a character, its glyph and its advance; what no face has is an empty box."""
    for face in faces(hand):
        if glyph := face.glyph(character):
            return face, glyph, face.advance(glyph)
    first = faces()[0]
    return first, 0, first.advance(0)


def runs(text: str, hand: str = PLAIN) -> Iterator[tuple[Face, list[tuple[str, int, int]]]]:
    """Cut a text where its face changes; yield face and (character, glyph, advance) of each run."""
    placed = ((character, *find(character, hand)) for character in text)
    for face, run in groupby(placed, key=lambda one: one[1]):
        yield face, [(character, glyph, advance) for character, _, glyph, advance in run]


def width(text: str, hand: str = PLAIN) -> int:
    """Return how wide a text is, in thousandths of the font size."""
    return sum(find(character, hand)[2] for character in text)


def subset(face: Face, glyphs: Iterable[int]) -> Subset:
    """Return the part of a face that a document needs."""
    wanted = uharfbuzz.SubsetInput()
    wanted.sets(uharfbuzz.SubsetInputSets.GLYPH_INDEX).update(glyphs)
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.DESUBROUTINIZE
    wanted.drop_table_tag_set.update(int.from_bytes(tag, "big") for tag in USELESS)
    plan = uharfbuzz.SubsetPlan(face.font.face, wanted)
    file = bytes(plan.execute().blob.data)
    renamed = dict(plan.old_to_new_glyph_mapping)
    with TTFont(io.BytesIO(file)) as font:
        if CFF not in font.reader:
            return Subset(file, "truetype", renamed)
        # A text names the glyphs of a CID-keyed font by CID, those of another by number.
        names = font[CFF].cff.topDictIndex[0].charset
        keyed = hasattr(font[CFF].cff.topDictIndex[0], "ROS")
        codes = {old: int(names[new][3:]) if keyed and new else new for old, new in renamed.items()}
        return Subset(bytes(font.reader[CFF]), "cff", codes)
