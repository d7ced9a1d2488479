"""QR codes drawn on a page."""

from itertools import groupby

import segno

from data.documents.canvas import Canvas
from data.documents.records import Pen

INK = Pen(None, "#000000", 0.0)
# Light modules around a code that readers need (ISO/IEC 18004 asks for four).
QUIET = 4


def draw_qr(page: Canvas, x: float, y: float, text: str, *, size_mm: float) -> None:
    """Draw a QR code whose square, with its quiet zone, has its upper left corner at (x, y).

    Parameters
    ----------
    page : Canvas
        Page in millimetres.
    x, y : float
        Corner.
    text : str
        What the code says.
    size_mm : float
        Side of the square.
    """
    matrix = segno.make(text, error="m", micro=False).matrix
    module = size_mm / (len(matrix) + 2 * QUIET)
    bars = []
    for row, modules in enumerate(matrix):
        top = y + (row + QUIET) * module
        at = QUIET
        for dark, run in groupby(modules):
            left, at = x + at * module, at + len(list(run))
            right = x + at * module
            if dark:
                bars.append([(left, top), (right, top), (right, top + module), (left, top + module)])
    page.path(bars, INK, closed=True)
