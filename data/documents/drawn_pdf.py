"""Drawn pages as a PDF/A-3b: fonts, colours and metadata around the canvases."""

import io
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pydyf

from data.documents import faces
from data.documents.canvas import POINTS_PER_MM, Canvas
from data.documents.faces import Face
from data.documents.records import Attachment

AUTHOR = "咸宁市不动产登记中心"
PRODUCER = "Ningtu"
# Symbolic: the codes of our texts are the font's own.
FONT_FLAGS = 4
CMAP_HEAD = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
    "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
)
CMAP_FOOT = "endcmap CMapName currentdict /CMap defineresource pop end end"
# Of carried files, as names of a PDF; what is not here is not carried.
MIME_TYPES = {".xml": "/text#2fxml"}
# A CMap lists at most so many characters at once.
CMAP_BLOCK = 100


def write(
    pages: Sequence[Canvas],
    *,
    title: str,
    metadata: str,
    created: datetime,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Return the file; equal pages, words, files and instant give equal bytes.

    Parameters
    ----------
    pages : sequence of Canvas
        Pages in order.
    title : str
        What the document is called.
    metadata : str
        The same as XMP.
    created : datetime
        Aware instant that the file states as its date.
    attachments : sequence of Attachment
        Files to carry (PDF/A-3 allows any kind).
    """
    pdf = pydyf.PDF()
    fonts = pydyf.Dictionary()
    codes = {}
    for face, letters in sorted(_letters(pages).items(), key=lambda one: one[0].number):
        codes[face.number], fonts[f"F{face.number}"] = _embed(pdf, face, letters)
    used = pydyf.Dictionary({"Font": fonts})
    pdf.add_object(used)
    contents = [page.content(codes) for page in pages]
    for page, content in zip(pages, contents, strict=True):
        box = pydyf.Array([0, 0, page.width * POINTS_PER_MM, page.height * POINTS_PER_MM])
        entry = {"Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": box, "Resources": used.reference}
        pdf.add_page(pydyf.Dictionary(entry | {"Contents": _stream(pdf, content)}))
    _describe(pdf, title=title, metadata=metadata, created=created)
    _attach(pdf, attachments, created)
    carried = [sha256(item.content).digest() for item in attachments]
    identifier = sha256(b"".join([*contents, metadata.encode(), *carried])).hexdigest().encode()
    file = io.BytesIO()
    pdf.write(file, version=b"1.7", identifier=identifier)
    return file.getvalue()


def _letters(pages: Sequence[Canvas]) -> dict[Face, dict[int, tuple[str, int]]]:
    """Return of each face the glyphs that are drawn, with their character and advance."""
    letters: dict[Face, dict[int, tuple[str, int]]] = defaultdict(dict)
    for page in pages:
        for run in page.runs:
            letters[run.face].update({glyph: (text, advance) for text, glyph, advance in run.glyphs})
    return letters


def _embed(
    pdf: pydyf.PDF, face: Face, letters: Mapping[int, tuple[str, int]]
) -> tuple[dict[int, int], bytes]:
    """Add the used part of a face; return the codes of its glyphs and the font's reference."""
    part = faces.subset(face, letters)
    tag = "".join(chr(65 + byte % 26) for byte in sha256(part.program).digest()[:6])
    name = f"/{tag}+{face.family.replace(' ', '-')}"
    ascent, descent = face.metrics
    cff = part.outlines == "cff"
    program = _stream(
        pdf,
        part.program,
        {"Subtype": "/CIDFontType0C"} if cff else {"Length1": len(part.program)},
    )
    descriptor = {
        "Type": "/FontDescriptor",
        "FontName": name,
        "Flags": FONT_FLAGS,
        "FontBBox": pydyf.Array([-1000, descent, 2000, ascent]),
        "ItalicAngle": 0,
        "Ascent": ascent,
        "Descent": descent,
        "CapHeight": ascent,
        "StemV": 80,
        "FontFile3" if cff else "FontFile2": program,
    }
    by_code = sorted((part.codes[glyph], text, advance) for glyph, (text, advance) in letters.items())
    widths = [item for code, _, advance in by_code for item in (code, pydyf.Array([advance]))]
    system = {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Identity"), "Supplement": 0}
    inner = {
        "Type": "/Font",
        "Subtype": "/CIDFontType0" if cff else "/CIDFontType2",
        "BaseFont": name,
        "CIDSystemInfo": pydyf.Dictionary(system),
        "FontDescriptor": _add(pdf, descriptor),
        "W": pydyf.Array(widths),
    }
    if not cff:
        inner["CIDToGIDMap"] = "/Identity"
    outer = {
        "Type": "/Font",
        "Subtype": "/Type0",
        "BaseFont": name,
        "Encoding": "/Identity-H",
        "DescendantFonts": pydyf.Array([_add(pdf, inner)]),
        "ToUnicode": _stream(pdf, _to_unicode([(code, text) for code, text, _ in by_code])),
    }
    return part.codes, _add(pdf, outer)


def _to_unicode(codes: Sequence[tuple[int, str]]) -> bytes:
    blocks = []
    for start in range(0, len(codes), CMAP_BLOCK):
        block = codes[start : start + CMAP_BLOCK]
        rows = "\n".join(f"<{code:04x}> <{text.encode('utf-16-be').hex()}>" for code, text in block)
        blocks.append(f"{len(block)} beginbfchar\n{rows}\nendbfchar\n")
    return (CMAP_HEAD + "".join(blocks) + CMAP_FOOT).encode("ascii")


def _describe(pdf: pydyf.PDF, *, title: str, metadata: str, created: datetime) -> None:
    """State who made the file when, and which colours are meant (PDF/A)."""
    stated = _date(created)
    for key, value in (("Title", title), ("Author", AUTHOR), ("Producer", PRODUCER)):
        pdf.info[key] = pydyf.String(value)
    pdf.info["CreationDate"] = pdf.info["ModDate"] = stated
    colours = pydyf.Stream([], {"N": 3, "Filter": "/FlateDecode"})
    colours.stream = [_srgb()]
    pdf.add_object(colours)
    intent = {
        "Type": "/OutputIntent",
        "S": "/GTS_PDFA1",
        "OutputConditionIdentifier": pydyf.String("sRGB"),
        "DestOutputProfile": colours.reference,
    }
    pdf.catalog["OutputIntents"] = pydyf.Array([_add(pdf, intent)])
    pdf.catalog["Metadata"] = _stream(
        pdf, metadata.encode(), {"Type": "/Metadata", "Subtype": "/XML"}, plain=True
    )
    pdf.catalog["Lang"] = pydyf.String("zh-CN")


def _attach(pdf: pydyf.PDF, attachments: Sequence[Attachment], created: datetime) -> None:
    """Add files that belong to the document as a whole (ISO 19005-3, 6.8)."""
    if not attachments:
        return
    names: list[object] = []
    files = []
    for item in sorted(attachments, key=lambda one: one.name):
        stated = {"Size": len(item.content), "CreationDate": _date(created), "ModDate": _date(created)}
        stream = {
            "Type": "/EmbeddedFile",
            "Subtype": MIME_TYPES[Path(item.name).suffix],
            "Params": pydyf.Dictionary(stated),
        }
        embedded = pydyf.Dictionary({"F": _stream(pdf, item.content, stream)})
        file = {
            "Type": "/Filespec",
            "F": pydyf.String(item.name),
            "UF": pydyf.String(item.name),
            "EF": embedded,
            "Desc": pydyf.String(item.description),
            "AFRelationship": f"/{item.relationship}",
        }
        files.append(_add(pdf, file))
        names += [pydyf.String(item.name), files[-1]]
    tree = _add(pdf, {"Names": pydyf.Array(names)})
    pdf.catalog["Names"] = pydyf.Dictionary({"EmbeddedFiles": tree})
    pdf.catalog["AF"] = pydyf.Array(files)


def _date(at: datetime) -> pydyf.String:
    offset = at.strftime("%z")
    return pydyf.String(f"D:{at:%Y%m%d%H%M%S}{offset[:3]}'{offset[3:5]}'")


@cache
def _srgb() -> bytes:
    """Return the colour profile that WeasyPrint brings for its own PDF/A files, compressed."""
    package = find_spec("weasyprint")  # not imported: that takes longer than a hundred maps
    if package is None or package.origin is None:
        raise ModuleNotFoundError("weasyprint")
    return zlib.compress((Path(package.origin).parent / "pdf" / "sRGB2014.icc").read_bytes(), 9)


def _add(pdf: pydyf.PDF, values: Mapping[str, object]) -> bytes:
    item = pydyf.Dictionary(values)
    pdf.add_object(item)
    return bytes(item.reference)


def _stream(
    pdf: pydyf.PDF, content: bytes, extra: Mapping[str, object] = {}, *, plain: bool = False
) -> bytes:
    item = pydyf.Stream([content], dict(extra), compress=not plain)
    pdf.add_object(item)
    return bytes(item.reference)
