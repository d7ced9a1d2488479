"""Render, seal and sign documents."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from data.clock import SHANGHAI
from data.documents import amounts, glyphs
from data.documents.errors import GlyphMissing
from data.documents.records import Attachment, SealPlacement, SignatureState

if TYPE_CHECKING:
    from data.documents.canvas import Canvas
    from data.documents.signing import Signer

PDF_A = "pdf/a-3b"
MM_PER_QR_MODULE = 0.8


def render_template(package: str, name: str, /, **context: object) -> str:
    """Render ``<package>/templates/<name>``; ``document.html`` of this package can be extended.

    Parameters
    ----------
    package : str
        Dotted name of the room that owns the template, normally ``__package__``.
    name : str
        File name.
    **context
        Values; ``created`` (aware datetime) is needed by ``document.html``.
    """
    return _environment(package).get_template(name).render(**context)


@cache
def _environment(package: str) -> Environment:
    folders = [str(resources.files(room).joinpath("templates")) for room in (package, __package__)]
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["yuan"] = amounts.yuan
    environment.filters["capitals"] = amounts.capitals
    environment.filters["instant"] = _instant
    environment.globals["qr"] = qr_svg
    environment.globals["seal"] = _seal
    return environment


def check_glyphs(texts: Iterable[str]) -> list[str]:
    """Return the characters that no font can draw, sorted.

    Raises
    ------
    FontMissing
    """
    return glyphs.missing_characters(texts)


def require_glyphs(texts: Iterable[str]) -> None:
    """Refuse a document that would show a blank box.

    Raises
    ------
    GlyphMissing
        Names the characters.
    """
    missing = check_glyphs(texts)
    if missing:
        raise GlyphMissing(characters="".join(missing))


def render_pdf(
    html: str,
    *,
    created: datetime,
    attachments: Sequence[Attachment] = (),
    variant: str | None = PDF_A,
) -> bytes:
    """Render HTML to PDF; equal input gives equal bytes.

    Parameters
    ----------
    html : str
        Whole document with inline styles and SVG; only ``data:`` URLs are followed.
    created : datetime
        Aware instant that the file states as its date.
    attachments : sequence of Attachment
        Files to carry (PDF/A-3 allows any kind).
    variant : str, optional
        PDF variant, default ``pdf/a-3b``; None for plain PDF.
    """
    from data.documents.rendering import write_pdf

    return write_pdf(html, attachments=attachments, variant=variant, created=created)


def draw_pdf(
    pages: Sequence["Canvas"], *, title: str, created: datetime, attachments: Sequence[Attachment] = ()
) -> bytes:
    """Write pages that are drawn already as PDF/A-3b; equal input gives equal bytes.

    Parameters
    ----------
    pages : sequence of Canvas
        Pages in millimetres.
    title : str
        What the document is called.
    created : datetime
        Aware instant that the file states as its date.
    attachments : sequence of Attachment
        Files to carry (PDF/A-3 allows any kind).

    Raises
    ------
    FontMissing
    """
    from data.documents import drawn_pdf

    stated = {"author": drawn_pdf.AUTHOR, "producer": drawn_pdf.PRODUCER}
    metadata = render_template(
        __package__ or "", "metadata.xmp", title=title, created=created.isoformat(), **stated
    )
    return drawn_pdf.write(pages, title=title, metadata=metadata, created=created, attachments=attachments)


def sign_pdf(pdf: bytes, *, signer: "Signer", seal: SealPlacement | None, reason: str, at: datetime) -> bytes:
    """Sign a PDF (PAdES, no later change allowed), with a visible seal if a place is given.

    Parameters
    ----------
    pdf : bytes
        Unsigned file.
    signer : Signer
        Holds the key.
    seal : SealPlacement, optional
        Where the seal stands, millimetres from the left and top edge of the page.
    reason : str
        Why it is signed.
    at : datetime
        Aware instant of signing.
    """
    from data.documents.pdf_signing import add_signature

    return add_signature(pdf, signer=signer, seal=seal, reason=reason, at=at)


def inspect_signature(pdf: bytes, *, roots: Sequence[bytes], at: datetime) -> SignatureState:
    """Tell whether the file's signature is good.

    Parameters
    ----------
    pdf : bytes
        Any bytes; what is no PDF is simply not signed.
    roots : sequence of bytes
        Trusted root certificates, PEM.
    at : datetime
        Aware instant at which the certificate must be valid.
    """
    from data.documents.pdf_signing import read_signature

    return read_signature(pdf, roots=roots, at=at)


def qr_svg(text: str, module_mm: float = MM_PER_QR_MODULE) -> Markup:
    """Return a QR code as inline SVG; one module is ``module_mm`` millimetres wide."""
    import segno

    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(omitsize=True, border=2)
    size_mm = (code.symbol_size(border=2)[0]) * module_mm
    return Markup(svg.replace("<svg ", f'<svg width="{size_mm:.2f}mm" height="{size_mm:.2f}mm" ', 1))  # noqa: S704  segno's own output


def qr_file(text: str) -> bytes:
    """Return a QR code as an SVG file that stands alone."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", xmldecl=False, border=2, omitsize=True)
    return out.getvalue()


def _seal(arc: str, line: str, sample: str = "") -> Markup:
    from data.documents.seal import seal_svg

    return Markup(seal_svg(arc, line, sample))  # noqa: S704  seal_svg escapes its texts


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
