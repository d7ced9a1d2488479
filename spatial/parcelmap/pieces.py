"""Pieces of the tables around a drawing: thin lines, boxes, texts that fit their cell."""

import numpy as np

from spatial.parcelmap.records import Box, Page, Path, Points, Text
from spatial.parcelmap.rules import text_width

# A text that one line holds only smaller than this part of its size gets two lines of the other part.
ONE_LINE, TWO_LINES = 0.85, 0.8


def corners(box: Box) -> Points:
    """Return the corners of a box, clockwise on the page."""
    return np.array(
        [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
    )


def rule(page: Page, x1: float, y1: float, x2: float, y2: float) -> None:
    """Draw a thin line."""
    page.paths.append(Path("rule", [np.array([(x1, y1), (x2, y2)])], closed=False))


def join_rules(page: Page) -> None:
    """Make one path of the many rules of a page: it is drawn in one go."""
    rules = [ring for path in page.paths if path.kind == "rule" for ring in path.rings]
    page.paths[:] = [path for path in page.paths if path.kind != "rule"]
    page.paths.append(Path("rule", rules, closed=False))


def fitted(x: float, y: float, size: float, text: str, room: float) -> Text:
    """Return a text that begins at x, smaller if it would not fit; far too long ones end in an ellipsis."""
    fitting = min(size, size * room / max(text_width(text, size), 0.1))
    if fitting < size * 0.6:
        fitting = size * 0.6
        while text_width(f"{text}…", fitting) > room:
            text = text[:-1]
        text += "…"
    return Text(x, y, fitting, text, anchor="start")


def fitted_lines(x: float, y: float, size: float, text: str, room: float) -> list[Text]:
    """Return a text around the middle line y: in one line where it fits almost at its size, else in two."""
    one = fitted(x, y, size, text, room)
    if one.size >= size * ONE_LINE:
        return [one]
    smaller = size * TWO_LINES
    return [
        fitted(x, y + turn * smaller * 0.6, smaller, line, room)
        for turn, line in zip((-1, 1), halves(text), strict=True)
    ]


def halves(text: str) -> tuple[str, str]:
    """Part a text near its middle, between words or Chinese letters; a single word wherever that is.

    Examples
    --------
    >>> halves("Self-contained dwelling")
    ('Self-contained', 'dwelling')
    >>> halves("湖北省咸宁市咸安区")
    ('湖北省咸', '宁市咸安区')
    """
    half = text_width(text, 0.5)
    places = range(1, len(text))
    free = [at for at in places if not (text[at - 1] + text[at]).isascii() or " " in text[at - 1 : at + 1]]
    cut = min(free or places, key=lambda at: abs(text_width(text[:at], 1.0) - half))
    return text[:cut].rstrip(), text[cut:].lstrip()
