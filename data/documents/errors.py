"""Errors of documents."""

from data.errors import Invalid, NotFound, Unavailable


class GlyphMissing(Invalid):
    """No font of ours can draw a character of the document."""

    code = "glyph_missing"


class FontMissing(Unavailable):
    """A font that documents need is not installed."""

    code = "font_missing"


class AttachmentRefused(Invalid):
    """The file is empty or not of a kind that is kept."""

    code = "material_refused"


class AttachmentNotFound(NotFound):
    """No such document, or its file is no longer what it was."""

    code = "document_not_found"
