"""Errors of documents."""

from data.errors import Invalid, Unavailable


class GlyphMissing(Invalid):
    """No font of ours can draw a character of the document."""

    code = "glyph_missing"


class FontMissing(Unavailable):
    """A font that documents need is not installed."""

    code = "font_missing"
